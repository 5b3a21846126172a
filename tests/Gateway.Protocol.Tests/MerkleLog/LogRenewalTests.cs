using System.Text;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Tests.Marks;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleLog;

/// <summary>What a card says of a log that was begun on purpose.</summary>
public sealed class LogRenewalTests
{
    private static readonly LogName Ended = new("XA", 2026);

    [Fact]
    public void A_card_says_which_log_follows_which_and_where_that_one_ended()
    {
        var read = PeerCard.Read(Card(Renewal()).Write()).Value.Log!.Renewal!;
        Assert.Equal((new LogName("XA", 2026, 2), Ended, 9, "a key was stolen"), (read.Begun, read.Ended, read.End.Size, read.Reason));
        Assert.Equal(Note("gateway-log/XA/2026", 9), read.Last.ToArray());
        Assert.Null(PeerCard.Read(Card(null).Write()).Value.Log!.Renewal);
    }

    [Theory]
    [InlineData("origin", "gateway-log/XB/2026-2")]
    [InlineData("origin", "gateway-log/XA/2026")]
    [InlineData("origin", "gateway-log/XA/2025-7")]
    [InlineData("origin", "gateway-log/XA/2026-100")]
    [InlineData("origin", "a log")]
    [InlineData("checkpoint", "")]
    [InlineData("checkpoint", "bm90aGluZw==")]
    [InlineData("reason", "")]
    [InlineData("reason", "two\nlines")]
    [InlineData("reason", "\u001b[2J")]
    public void What_cannot_be_is_refused(string member, string value)
    {
        var card = JsonNode.Parse(Card(Renewal()).Write())!;
        card["log"]!["renewal"]![member] = value;
        Assert.False(PeerCard.Read(Encoding.UTF8.GetBytes(card.ToJsonString() + "\n")).Succeeded);
    }

    [Fact]
    public void A_checkpoint_that_is_of_no_log_of_the_State_is_refused()
    {
        Assert.Equal(RefusalCode.CardNotValid, LogRenewal.Of(new LogName("XA", 2026, 2), Note("gateway-log/XB/2026", 9), "why").Refusal?.Code);
        Assert.Equal(RefusalCode.CardNotValid, LogRenewal.Of(new LogName("XA", 2026, 2), Note("example.com/log", 9), "why").Refusal?.Code);
        Assert.Equal(RefusalCode.CardNotValid, LogRenewal.Of(new LogName("XA", 2026, 2), new byte[LogRenewal.MaxNote + 1], "why").Refusal?.Code);
        Assert.Equal(RefusalCode.CardNotValid, LogRenewal.Of(new LogName("XA", 2026, 2), Note("gateway-log/XA/2026", 9), new string('x', LogRenewal.MaxReason + 1)).Refusal?.Code);
        var ofAnother = LogRenewal.Of(new LogName("XB", 2026, 2), Note("gateway-log/XB/2026", 9), "why").Value;
        Assert.Equal(RefusalCode.CardNotValid, PeerCard.Read(Card(ofAnother).Write()).Refusal?.Code);
    }

    private static LogRenewal Renewal() => LogRenewal.Of(Ended with { Number = 2 }, Note(Ended.Origin, 9), "a key was stolen").Value;

    private static byte[] Note(string origin, long size)
        => SignedNote.Compose(new Checkpoint(origin, size, TreeHash.Empty).Write(), [new NoteSignature(origin, 1, new byte[64])]).Bytes.ToArray();

    private static PeerCard Card(LogRenewal? renewal) => new("XA", 1, RequestSamples.Now, RequestSamples.Now.AddYears(1), [TestIdentity.P256.Certificate],
        [new CardAuthority("XA-CA", "Central Authority", ["CENTRAL_AUTHORITY_MLA"], "https://gateway.xa.example:8443", [TestIdentity.P256.Certificate], [], [], [], [])],
        ["P256-A256GCM-SHA256"], 1, RequestSamples.Profile,
        new CardLog([new NoteSigner("log", NoteAlgorithm.Ed25519).PublicKey], [new NoteSigner("witness", NoteAlgorithm.Cosignature).PublicKey], [TestIdentity.P256.Certificate]) { Renewal = renewal });
}
