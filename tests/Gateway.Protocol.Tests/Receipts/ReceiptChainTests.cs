using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Receipts;

public class ReceiptChainTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
    private static readonly ChainHead s_head = new(7, Digest.Of("the seventh"u8), s_now);

    [Theory]
    [InlineData(8, true, 0, null)]
    [InlineData(9, true, 0, "T501")]
    [InlineData(7, true, 0, "T501")]
    [InlineData(8, false, 0, "V032")]
    [InlineData(8, true, -1, "V032")]
    public void A_receipt_follows_the_head_by_number_digest_and_time(long seq, bool previous, int seconds, string? code)
    {
        var receipt = new Receipt(ReceiptEvent.RelayAcceptance, Party.Of("XB-CA"), Party.Of("XA-CA"), ReceiptChannel.@case, "XA-00000000000000000000000000000000", seq,
            previous ? s_head.Sha256 : Digest.Of("another"u8), 0, null, new ReceiptSubject("00000000000000000000000000000000", null), [], s_now.AddSeconds(seconds), false, "00000000000000000000000000000000");
        Assert.Equal(code, ReceiptChain.Follows(receipt, s_head)?.Code.Text());
    }
}
