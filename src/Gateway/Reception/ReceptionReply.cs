using Gateway.Protocol.Refusals;

namespace Gateway.Reception;

/// <summary>The answer to a delivery.</summary>
/// <param name="Receipts">Ours, DER, from <paramref name="FirstReceipt"/> on.</param>
/// <param name="FirstReceipt">Number of the first.</param>
/// <param name="NextExpected">The sender's receipt that we expect next.</param>
/// <param name="Rejection">Why the message was not accepted.</param>
/// <param name="Signed">Whether the last receipt is the signed rejection.</param>
/// <param name="OnChannel">Whether the receipts are of the channel between the States rather than of the case.</param>
/// <param name="Duplicate">Whether it had been received before.</param>
internal sealed record ReceptionReply(IReadOnlyList<byte[]> Receipts, long FirstReceipt, long NextExpected, Refusal? Rejection, bool Signed, bool OnChannel, bool Duplicate)
{
    /// <summary>Refused without a receipt: nothing was stored, nothing grew.</summary>
    public static ReceptionReply Unsigned(Refusal refusal) => new([], 0, 0, refusal, false, false, false);

    /// <summary>The sender's receipts do not fit: it sends them again from the number expected.</summary>
    public static ReceptionReply Misfit(Refusal refusal, long nextExpected) => new([], 0, nextExpected, refusal, false, false, false);
}
