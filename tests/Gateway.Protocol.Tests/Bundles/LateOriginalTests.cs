using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>What was signed about an original that came when the case was closed: judged like the act that it would have been.</summary>
public class LateOriginalTests
{
    [Fact]
    public async Task A_comparison_that_was_kept_alone_is_judged_by_signer_request_and_digest()
    {
        var good = Judge(await Kept(Original("XB-CA", "MATCH"), SampleCase.Shared.Asked.Lawyer));
        Assert.Equal(Verdict.VALID, good.Verdict);
        Assert.DoesNotContain(good.Findings, f => f.Code == FindingCode.DocumentUnreferenced);
        Assert.Contains(good.Story, l => l.Text.StartsWith("ORIGINAL_RECEIVED (MATCH), kept when the case was closed", StringComparison.Ordinal));

        Assert.True(Judge(await Kept(Original("XA-CA", "MATCH"), SampleCase.Shared.Asking.Lawyer)).Has(FindingCode.CoverContradicts));
        Assert.True(Judge(await Kept(Original("XB-CA", "MATCH", Digest.Of("another"u8)), SampleCase.Shared.Asked.Lawyer)).Has(FindingCode.CoverContradicts));
        Assert.True(Judge(await Kept(Original("XB-CA", "MATCH") with { RequestMessage = Ids.New() }, SampleCase.Shared.Asked.Lawyer)).Has(FindingCode.DocumentUnreferenced));
        // Signed by somebody of the other State.
        Assert.NotEqual(Verdict.VALID, Judge(await Kept(Original("XB-CA", "MATCH"), SampleCase.Shared.Asking.Lawyer)).Verdict);
        // No other act may stand alone.
        Assert.True(Judge(await Kept(Original("XB-CA", "MATCH") with { Kind = ActKind.EXECUTED }, SampleCase.Shared.Asked.Lawyer)).Has(FindingCode.DocumentUnreferenced));
    }

    private static Task<byte[]> Kept(Act act, Signer signer) => new SampleCase { LateOriginals = [(act, signer)] }.Write();

    private static Act Original(string authority, string comparison, Digest? sha256 = null)
    {
        using var more = JsonDocument.Parse(sha256 is null ? $$"""{"originalComparison":"{{comparison}}"}""" : $$"""{"originalComparison":"{{comparison}}","originalSha256":"{{sha256}}"}""");
        return new Act(Ids.New(), ActKind.ORIGINAL_RECEIVED, SampleCase.Content, SampleCase.Message, authority, "B-9/2026", "Compared with the printed request.", null, null, default) { Document = more.RootElement.Clone() };
    }
}
