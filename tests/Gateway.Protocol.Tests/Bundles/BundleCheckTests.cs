using System.IO.Compression;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>The bundle as a whole: anchors, files, the exporter's list of them, what is told of the case.</summary>
public class BundleCheckTests
{
    private static SampleState Asking => SampleCase.Shared.Asking;

    [Fact]
    public async Task Without_anchors_a_good_bundle_is_only_consistent_and_names_the_fingerprints()
    {
        var report = Judge(await Good, []);
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
        Assert.Equal(["XA", "XB"], report.Findings.Where(f => f.Code == FindingCode.NotAnchored).Select(f => f.File!.Split('/')[1]));
        Assert.Equal([Asking.Card.CardKey, SampleCase.Shared.Asked.Card.CardKey, SampleCase.Shared.Witness.Card.CardKey], report.States.Select(s => s.CardKey));
    }

    [Fact]
    public async Task With_one_anchor_the_other_State_stays_unconfirmed()
        => Assert.Equal(Verdict.CONSISTENT, Judge(await Good, [Anchors[0]]).Verdict);

    [Fact]
    public async Task A_bundle_signed_anew_by_a_forger_is_never_valid()
    {
        var forged = await new SampleCase(new SampleState("XA"), new SampleState("XB")).Write();
        Assert.Equal(Verdict.CONSISTENT, Judge(forged, []).Verdict);
        var named = Judge(forged, [Anchors[0], new(SampleCase.Shared.Asked.Card.CardKey, "XB", "XB's card")]);
        Assert.Equal(Verdict.BROKEN, named.Verdict);
        Assert.Equal(2, named.Findings.Count(f => f.Code == FindingCode.AnchorContradicts));
        Assert.Equal(Verdict.CONSISTENT, Judge(forged, [.. Anchors.Select(a => a with { State = null })]).Verdict);
    }

    [Fact]
    public async Task A_forger_of_one_State_is_found_by_the_anchor_of_that_State()
    {
        var forged = await new SampleCase(asked: new SampleState("XB")).Write();
        Assert.NotEqual(Verdict.VALID, Judge(forged).Verdict);
        Assert.True(Judge(forged, [Anchors[0], Anchors[1] with { State = "XB" }]).Has(FindingCode.AnchorContradicts));
    }

    [Fact]
    public async Task A_good_bundle_with_anchors_is_valid_and_tells_the_story()
    {
        var report = Judge(await Good);
        Assert.Empty(report.Heavy());
        Assert.Equal(Verdict.VALID, report.Verdict);
        Assert.Equal(4, report.Chains.Count);
        Assert.Equal([StoryStep.Asked, StoryStep.Asked, StoryStep.Authorised], report.Story.Take(3).Select(s => s.Step).Order());
        Assert.Contains(report.Story, s => s.Step == StoryStep.Delivered && s.Text.Contains("disk-1.dd", StringComparison.Ordinal));
        Assert.Equal([FindingCode.TailUnconfirmed], report.Findings.Where(f => f.Severity == Severity.Warning).Select(f => f.Code).Distinct());
        Assert.True(Assert.Single(report.Items).HandedOver);
    }

    [Fact]
    public async Task The_files_packed_by_another_tool_are_still_valid()
    {
        foreach (var level in (CompressionLevel[])[CompressionLevel.NoCompression, CompressionLevel.SmallestSize])
        {
            var report = Judge(BundleFiles.Of(await Good).Pack(level));
            Assert.Equal(Verdict.VALID, report.Verdict);
            Assert.True(report.Has(FindingCode.Repacked));
        }
    }

    [Fact]
    public async Task Every_file_removed_swapped_or_doubled_breaks_the_bundle_and_is_named()
    {
        var names = BundleFiles.Of(await Good).Keys.ToList();
        for (var i = 0; i < names.Count; i++)
        {
            var (name, other) = (names[i], names[(i + 1) % names.Count]);
            var removed = BundleFiles.Of(await Good);
            removed.Remove(name);
            var report = Judge(removed.Pack());
            Assert.True(report.Verdict == Verdict.BROKEN, $"removed {name}");
            Assert.True(report.Findings.Any(f => f.Severity == Severity.Broken && (f.File == name || f.Text.Contains(name, StringComparison.Ordinal))), $"removed {name} is not named");
            var swapped = BundleFiles.Of(await Good);
            (swapped[name], swapped[other]) = (swapped[other], swapped[name]);
            Assert.True(Judge(swapped.Pack()).Verdict == Verdict.BROKEN, $"swapped {name}");
            var doubled = BundleFiles.Of(await Good);
            doubled[name + ".copy"] = doubled[name];
            Assert.True(Judge(doubled.Pack()).Has(FindingCode.FileNotListed, name + ".copy"), $"doubled {name}");
        }
    }

    [Fact]
    public async Task A_seal_that_had_expired_does_not_count()
    {
        var report = Judge(await new SampleCase(asked: new SampleState("XB", SampleState.From.AddMonths(2))).Write(), []);
        Assert.True(report.Has(FindingCode.SealNotValid));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task The_report_says_what_was_asked_authorised_and_delivered_and_who_had_the_item()
    {
        var report = Judge(await Good);
        var row = Assert.Single(report.Scope, s => s.Case == SampleCase.Content);
        Assert.Contains(row.Asked, l => l.StartsWith("data of 2026-02-12", StringComparison.Ordinal));
        Assert.Contains("the decision is attached", row.Authorised);
        Assert.Contains(row.Delivered, l => l.Contains("disk-1.dd", StringComparison.Ordinal));
        Assert.Equal(["ACQUIRED", "ATTACHED", "RELEASED (PROPOSE)", "RELEASED (APPROVE)", "SENT", "RECEIVED", "VERIFIED", "HANDED OVER"], report.Custody.Select(c => c.Event));
        Assert.Equal(2, report.Custody.Count(c => c.Event.StartsWith("RELEASED", StringComparison.Ordinal) && c.Actor.EndsWith("(COMPETENT_AUTHORITY)", StringComparison.Ordinal)));
        Assert.Equal(8, report.Timeline.Count(e => e.To is not null && e.Arrived is not null));
    }

    [Fact]
    public async Task A_withheld_document_is_said_to_be_withheld_and_a_missing_one_is_not_forgiven()
    {
        var story = new SampleCase();
        var all = BundleFiles.Of(await story.Write());
        var covers = all.In("documents/").Where(n => CoverIsAbout(all[n], "REQUEST")).ToList();
        var withheld = BundleFiles.Of(await Good);
        Assert.True(Digest.TryParse(BundleFiles.Of(await Good).In("documents/").First(n => CoverIsAbout(withheld[n], "REQUEST"))[10..74], out var digest));
        withheld.Remove($"documents/{digest}.cms");
        var old = CaseFile.Read(withheld["case.json"]).Value;
        Assert.True(Judge(withheld.Reseal(Asking.Seal).Pack()).Has(FindingCode.DocumentMissing));
        withheld["case.json"] = (old with { Withheld = [digest] }).Write();
        var report = Judge(withheld.Reseal(Asking.Seal).Pack());
        Assert.True(report.Has(FindingCode.Withheld));
        Assert.Equal(Verdict.VALID, report.Verdict);
        Assert.Equal(2, covers.Count);

        // What is stated as withheld and can be read all the same, inside a message or under evidence/.
        var manifest = Digest.Of(all[all.In("evidence/").Single(n => n.EndsWith("manifest.cms", StringComparison.Ordinal))]);
        all["case.json"] = (CaseFile.Read(all["case.json"]).Value with { Withheld = [manifest] }).Write();
        report = Judge(all.Reseal(Asking.Seal).Pack());
        Assert.Contains(report.Findings, f => f.Code == FindingCode.Withheld && f.Text.Contains($"{manifest} is stated as withheld, but can be read in this file", StringComparison.Ordinal));
        // Exporters did so without knowing.
        Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
    }

    [Fact]
    public async Task Certificates_that_no_card_lists_are_not_smuggled_in_for_openssl()
    {
        var files = BundleFiles.Of(await Good);
        files["trust/XB/seals.pem"] = [.. files["trust/XB/seals.pem"], .. files["trust/XA/seals.pem"]];
        Assert.True(Judge(files.Reseal(Asking.Seal).Pack()).Has(FindingCode.TrustFileDiffers, "trust/XB/seals.pem"));
        files.Remove("trust/XB/card-00000001.cms");
        Assert.True(Judge(files.Reseal(Asking.Seal).Pack()).Has(FindingCode.CardMissing));
    }

    [Fact]
    public async Task A_list_sealed_by_somebody_else_does_not_count()
    {
        var report = Judge(BundleFiles.Of(await Good).Reseal(SampleCase.Shared.Asked.Seal).Pack());
        Assert.True(report.Has(FindingCode.ManifestSealerUnknown));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task What_is_dated_after_the_judgement_is_named()
    {
        Assert.True(Judge(await Good, at: SampleState.From).Has(FindingCode.TimeInFuture));
        Assert.False(Judge(await Good, at: SampleState.From.AddYears(3)).Has(FindingCode.TimeInFuture));
    }

    private static bool CoverIsAbout(byte[] der, string about)
        => System.Text.Encoding.UTF8.GetString(SignedDocument.Open(der).Value.Content.Span).Contains($"\"about\":\"{about}\"", StringComparison.Ordinal);
}
