using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.MerkleLog;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>Many of one kind, each of which would be judged against many of another: what no honest bundle holds is bounded, named, and breaks the bundle.</summary>
public class BoundedWorkTests
{
    private static SampleState Asking => SampleCase.Shared.Asking;

    [Fact]
    public async Task An_honest_bundle_comes_near_no_bound() => Assert.False(Judge(await Good).Has(FindingCode.LimitExceeded));

    // A State's files for openssl are compared by their digests: forty of four megabytes cost no memory when the bundle is judged.
    [Fact]
    public async Task What_is_held_in_memory_is_bounded_for_all_files_together()
    {
        var good = await Good;
        var cards = Judge(good, limits: BundleLimits.Default with { MaxHeldBytes = 3000 });
        Assert.Contains(cards.Findings, f => f.Code == FindingCode.LimitExceeded && f.Text.StartsWith("the cards have more than 3000 bytes", StringComparison.Ordinal));
        Assert.Equal(Verdict.BROKEN, cards.Verdict);
        var size = BundleFiles.Of(good).Where(f => f.Key.Contains("/card-", StringComparison.Ordinal)).Sum(f => (long)f.Value.Length);
        var at = BundleLimits.Default with { MaxHeldBytes = size };
        Assert.False(Judge(good, limits: at).Has(FindingCode.LimitExceeded));

        // Different notes under one signature: anybody can write lines of keys that nobody knows below a note.
        var files = BundleFiles.Of(good);
        foreach (var (name, i) in files.In("log/XA/proofs/").Select((name, i) => (name, i)))
            files[name] = [.. files[name], .. System.Text.Encoding.UTF8.GetBytes($"\u2014 stranger.example/{i} {Convert.ToBase64String(new byte[40])}\n")];
        var proofs = Judge(files.Reseal(Asking.Seal).Pack(), limits: at);
        Assert.Contains(proofs.Findings, f => f.Code == FindingCode.LimitExceeded && f.Text.EndsWith("no proof is judged", StringComparison.Ordinal));
        Assert.Equal(Verdict.BROKEN, proofs.Verdict);
    }

    [Fact]
    public async Task Acts_that_cross_with_many_others_are_judged_up_to_a_number_of_steps()
    {
        var bundle = await new SampleCase { AsksBack = true }.Write();
        var report = Judge(bundle, limits: BundleLimits.Default with { MaxActSteps = 3 });
        Assert.Contains("3 steps", Assert.Single(report.Findings.DistinctBy(f => (f.Code, f.File)), f => f.Code == FindingCode.LimitExceeded).Text, StringComparison.Ordinal);
        Assert.Equal(Verdict.BROKEN, report.Verdict);
        // Each of its seven acts knew all before it: as many steps as acts.
        Assert.False(Judge(bundle, limits: BundleLimits.Default with { MaxActSteps = 8 }).Has(FindingCode.LimitExceeded));
    }

    [Fact]
    public async Task Requests_beyond_those_that_a_case_can_have_are_named_and_nothing_is_told_of_them()
    {
        var report = Judge(await new SampleCase().Write(source =>
        {
            var opening = source.Documents.Select(d => Cover.Read(SignedDocument.Open(d.Read()).Value.Content)).First(c => c.Succeeded && c.Value is { About: CoverAbout.REQUEST, Case: SampleCase.Content }).Value;
            var more = Enumerable.Range(0, FactBounds.MaxOpenings).Select(_ => SignedDocument.Sign((opening with { Message = Ids.New() }).Write(), Asking.Seal, opening.Created));
            return source with { Documents = [.. source.Documents, .. more.Select(der => new BundleDocument(Digest.Of(der), () => der))] };
        }));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LimitExceeded && f.Text.Contains("17 requests", StringComparison.Ordinal));
        Assert.Equal(FactBounds.MaxOpenings, report.Scope.Count(row => row.Case == SampleCase.Content));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task Reviews_beyond_those_that_a_release_can_have_are_named()
    {
        var report = Judge(await new SampleCase().Write(source =>
        {
            var manifest = Digest.Of(source.Items[0].Manifest.Span);
            var id = Ids.New();
            var more = Enumerable.Range(0, FactBounds.MaxReviews + 1).Select(i => SignedDocument.Sign(
                new Release(id, SampleCase.Item, manifest, SampleCase.Content, "XB-PO", Role.COMPETENT_AUTHORITY, ReleaseDecision.UPHOLD, "art. 9", RequestSamples.Now.AddSeconds(i)).Write(), SampleCase.Shared.Asked.SecondOfficer, RequestSamples.Now));
            return source with { Documents = [.. source.Documents, .. more.Select(der => new BundleDocument(Digest.Of(der), () => der))] };
        }));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LimitExceeded && f.Text.Contains("17 reviews", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cards_beyond_those_that_a_State_can_have_issued_are_named()
    {
        var report = Judge(await new SampleCase().Write(source => source with { Cards = [.. source.Cards, .. Enumerable.Range(2, FactBounds.MaxCards).Select(v => Asking.Version(v))] }));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LimitExceeded && f.File == BundleLayout.Card("XA", FactBounds.MaxCards + 1));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task Names_of_logs_beyond_those_that_a_State_can_have_are_named_and_not_judged()
    {
        var files = BundleFiles.Of(await Good);
        var logs = Enumerable.Range(0, FactBounds.MaxLogNames + 1).Select(i => new NoteSigner(new LogName("XA", 2027 + i).Origin, NoteAlgorithm.Ed25519).Key).ToList();
        files[BundleLayout.LogPolicy("XA")] = TlogPolicy.Compose(logs, [], 0).Write();
        var report = Judge(files.Reseal(Asking.Seal).Pack());
        Assert.True(report.Has(FindingCode.LimitExceeded));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task Logs_of_more_States_than_a_bundle_can_show_are_named_and_not_judged()
    {
        var files = BundleFiles.Of(await Good);
        for (var i = 0; i < FactBounds.MaxLogStates; i++)
            files[BundleLayout.Checkpoint($"{(char)('A' + (i / 26))}{(char)('A' + (i % 26))}")] = files[BundleLayout.Checkpoint("XA")];
        var report = Judge(files.Reseal(Asking.Seal).Pack());
        // The exporter's own is judged before all others.
        Assert.Contains(report.Logs, l => l.State == "XA");
        Assert.Equal(FactBounds.MaxLogStates, report.Logs.Count);
        Assert.Single(report.Findings, f => f.Code == FindingCode.LimitExceeded);
    }

    [Fact]
    public async Task A_case_listed_twice_is_no_table_of_contents()
    {
        var files = BundleFiles.Of(await Good);
        var caseFile = CaseFile.Read(files["case.json"]).Value;
        Assert.True(CaseFile.Read((caseFile with { Cases = [.. caseFile.Cases, caseFile.Cases[1]] }).Write()).Refusal is not null);
    }

    [Fact]
    public async Task A_manifest_under_the_name_of_another_item_counts_for_none()
    {
        var files = BundleFiles.Of(await Good);
        var other = Ids.New();
        files[BundleLayout.EvidenceManifest(other)] = files[BundleLayout.EvidenceManifest(SampleCase.Item)];
        var report = Judge(files.Reseal(Asking.Seal).Pack());
        Assert.True(report.Has(FindingCode.EvidenceManifestDiffers, BundleLayout.EvidenceManifest(other)));
        Assert.Single(report.Items);
    }
}
