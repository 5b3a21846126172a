using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>What whoever exports can arrange with keys that are all genuine: none of it may come out as VALID.</summary>
public class HostileOperatorTests
{
    private static SampleState Asking => SampleCase.Shared.Asking;
    private static SampleState Asked => SampleCase.Shared.Asked;
    private static SampleState Witness => SampleCase.Shared.Witness;

    // The log, the decisions and the dates of the exporter are judged: a third State has none of them, and its seal would hide those of the two.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_State_that_has_no_part_in_a_case_does_not_export_it(bool statesItself)
    {
        var bundle = await new SampleCase().Write(s => s with
        {
            Exporter = Party.Of("XC-CA"),
            Logs = [],
            Cases = [.. s.Cases.Select(c => statesItself ? c with { Requested = Party.Of("XC-CA") } : c)],
        });
        var report = Judge(BundleFiles.Of(bundle).Reseal(Witness.Seal).Pack());
        Assert.Contains(report.Findings, f => f.Code == FindingCode.CaseFileDiffers);
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    // With every document withheld only the receipts say whose case it is.
    [Fact]
    public async Task Receipts_are_those_of_the_two_States_of_their_case()
    {
        var report = Judge(await new SampleCase().Write(s => s with { Documents = [], Withheld = [.. s.Documents.Select(d => d.Sha256)], Items = [], Cases = [.. s.Cases.Select(c => c with { Requested = Party.Of("XC-CA") })] }));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.CaseFileDiffers && f.Text.Contains("there are receipts of XB or for it", StringComparison.Ordinal));
    }

    // Who types a bare fingerprint means one State by it.
    [Fact]
    public async Task A_card_key_confirms_one_State()
    {
        var card = SignedCard.Open(SignedDocument.Sign(Asked.Card.Card.Write(), Asking.CardKey, SampleState.From.AddDays(1))).Value;
        var bundle = await new SampleCase().Write(s => s with { Cards = [.. s.Cards.Where(c => c.Card.State != "XB"), card] });
        var report = Judge(bundle, [new TrustAnchor(Asking.Card.CardKey, null, "a fingerprint heard by telephone"), Anchors[2]]);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.AnchorContradicts && f.Text.Contains("signs cards of XA and of XB", StringComparison.Ordinal));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    // The card of XB is made up by a third State whose key is trusted too: whoever typed its fingerprint did not mean XB by it.
    [Fact]
    public async Task What_a_bare_fingerprint_was_used_for_is_said()
    {
        var card = SignedCard.Open(SignedDocument.Sign(Asked.Card.Card.Write(), Witness.CardKey, SampleState.From.AddDays(1))).Value;
        var bundle = await new SampleCase { Log = new SampleLog(Asked) }.Write(s => s with { Cards = [.. s.Cards.Where(c => c.Card.State == "XA"), card] });
        var (bare, bound) = (new TrustAnchor(Witness.Card.CardKey, null, "a"), new TrustAnchor(Witness.Card.CardKey, "XC", "c"));

        var report = Judge(bundle, [Anchors[0], bare, new TrustAnchor(Digest.Of("y"u8), null, "b")]);
        Assert.Contains(report.Findings, f => f is { Code: FindingCode.AnchorNamesNoState, Severity: Severity.Warning } && f.Text.Contains("it was used for XB", StringComparison.Ordinal));
        Assert.Equal(["XB"], report.Anchors.Single(a => a.Source == "a").UsedFor);
        Assert.Empty(report.Anchors.Single(a => a.Source == "b").UsedFor);
        // Bound to its State it confirms nothing of another one.
        report = Judge(bundle, [Anchors[0], bound]);
        Assert.Equal(Verdict.BROKEN, report.Verdict);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.AnchorContradicts && f.Text.Contains("'c' says is the card key of XC", StringComparison.Ordinal));
        Assert.Empty(report.Anchors.Single(a => a.Source == "c").UsedFor);
        Assert.DoesNotContain(Judge(await Good, [Anchors[0], Anchors[1], Anchors[1] with { State = null }]).Findings, f => f.Code == FindingCode.AnchorNamesNoState);
    }

    // Two stories of one log, each shown to another witness: at one place of it stands one leaf.
    [Fact]
    public async Task Two_leaves_at_one_place_of_a_log_are_two_logs()
    {
        var report = Judge(await SampleLog.TwoStories());
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LogForked && f.Text.Contains("with different leaves at index", StringComparison.Ordinal));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    // The same where no place of the one is proved in the other: then only the way between their checkpoints could tell, and it is not there.
    [Fact]
    public async Task Two_trees_of_one_log_of_which_nothing_shows_that_one_became_the_other_are_not_valid()
    {
        var report = Judge(await SampleLog.TwoStories(disjoint: true));
        Assert.Equal([FindingCode.GrowthNotShown], report.Findings.Where(f => f.Severity >= Severity.Unconfirmed).Select(f => f.Code));
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
    }
}
