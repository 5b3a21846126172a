using Gateway.Judging;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Judging;

/// <summary>Stamps by a certificate that the card in force names no more.</summary>
public sealed class StampTimeTests
{
    [Fact]
    public async Task A_retired_stamp_counts_only_when_the_time_that_it_states_is_of_its_own_period_too()
    {
        await using var state = TestState.Configured("XB");
        var first = state.IssueCard(null);
        using var old = new Keyed(state);
        File.Copy(Path.Combine(state.Folder, "XB-CP-stamp.crt"), Path.Combine(state.Folder, "XB-CA-stamp.crt"), overwrite: true);
        File.Copy(Path.Combine(state.Folder, "XB-CP-stamp.key"), Path.Combine(state.Folder, "XB-CA-stamp.key"), overwrite: true);
        state.Clock.Offset = TimeSpan.FromDays(10);
        var second = state.IssueCard(first);
        var retired = RetiredMarks.Of(second, [first]);
        var authority = second.Card.Find("XB-CA")!;
        var then = first.Card.Issued.AddDays(1);
        var later = second.Card.Issued + CardMarks.Tolerance + TimeSpan.FromMinutes(1);
        var stamped = Digest.Of("request"u8);
        MarkVerdict Judge(DateTimeOffset states, DateTimeOffset signed)
        {
            var stamp = new Stamp("XB-CA", "Registry", "R-1", states, stamped);
            return JudgeMarks.Stamp(Part.Of(PartRole.stamp, "stamp.cms", "application/pkcs7-mime", SignedDocument.Sign(stamp.Write(), old.Signer, signed)), stamped, authority, retired);
        }

        Assert.Equal("PASSED", Judge(then, then).Verdict);
        Assert.NotEqual("PASSED", Judge(later, then).Verdict);
        Assert.NotEqual("PASSED", Judge(then, later).Verdict);
    }

    /// <summary>The stamp of XB's central authority before it was exchanged.</summary>
    private sealed class Keyed : IDisposable
    {
        public Keyed(TestState state) => Signer = Signer.FromPem(File.ReadAllText(Path.Combine(state.Folder, "XB-CA-stamp.crt")), File.ReadAllText(Path.Combine(state.Folder, "XB-CA-stamp.key")));

        public Signer Signer { get; }

        public void Dispose() => Signer.Dispose();
    }
}
