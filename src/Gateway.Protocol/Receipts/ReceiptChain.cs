using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Receipts;

/// <summary>The last receipt of a chain: its number, its digest and its time. <see cref="Empty"/> before the first.</summary>
public readonly record struct ChainHead(long Seq, Digest? Sha256, DateTimeOffset Time)
{
    /// <summary>No receipt yet.</summary>
    public static ChainHead Empty => default;
}

/// <summary>The rule by which one receipt follows another.</summary>
public static class ReceiptChain
{
    /// <summary>
    /// Whether <paramref name="receipt"/> follows <paramref name="head"/> in its issuer's chain, judged against what is held of
    /// the other side. Null when it does; <see cref="RefusalCode.ReceiptDoesNotFit"/> for a gap or an old number,
    /// <see cref="RefusalCode.ChainBreak"/> for a wrong digest.
    /// </summary>
    public static Refusal? Follows(Receipt receipt, ChainHead head)
    {
        if (receipt.Seq != head.Seq + 1)
            return new(RefusalCode.ReceiptDoesNotFit, $"receipt {receipt.Seq} does not follow {head.Seq}; {head.Seq + 1} is expected", "seq");
        if (receipt.Previous != head.Sha256)
            return new(RefusalCode.ChainBreak, $"receipt {receipt.Seq} does not follow {head.Seq}: previous {receipt.Previous}, expected {head.Sha256}", "previous");
        if (receipt.Time < head.Time)
            return new(RefusalCode.ChainBreak, $"receipt {receipt.Seq} is dated before receipt {head.Seq}", "time");
        return null;
    }
}
