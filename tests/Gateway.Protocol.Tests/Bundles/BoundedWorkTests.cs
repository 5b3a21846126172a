using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
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
    public async Task Files_of_time_stamps_are_held_up_to_a_number_of_bytes()
    {
        var files = BundleFiles.Of(await Good);
        var size = files.Where(f => f.Key.Contains("/card-", StringComparison.Ordinal)).Sum(f => (long)f.Value.Length);
        // Zeros, which cost nothing in a ZIP.
        for (var i = 1; i * 100_000L < size + 200_000; i++)
            files[BundleLayout.StampedCheckpoint(new LogName("XA", 2027), i)] = new byte[100_000];
        var report = Judge(files.Reseal(Asking.Seal).Pack(), limits: BundleLimits.Default with { MaxHeldBytes = size });
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LimitExceeded && f.File!.StartsWith("log/XA/tsa/", StringComparison.Ordinal) && f.Text.Contains($"{size} bytes of them", StringComparison.Ordinal));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    // Also where a chain goes backwards, which is another finding.
    [Fact]
    public void When_a_receipt_was_held_is_found_without_walking_the_chain()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Gen.Choose(0, 12).ListOf().Zip(Gen.Choose(0, 13)).ToArbitrary(), chain =>
        {
            var (held, asked) = chain;
            var own = held.Select((peerSeq, i) => new ReceiptFact("", SampleCase.Content, "XB", i + 1, default, Says(peerSeq, RequestSamples.Now.AddSeconds(i)), null, RequestSamples.Now)).ToList();
            Assert.Equal(own.Find(o => o.Receipt!.PeerSeq >= asked)?.Receipt!.Time, new HeldReceipts(own.AsEnumerable().Reverse()).Since(asked));
        }));

    private static Receipt Says(long peerSeq, DateTimeOffset time) => new(ReceiptEvent.RelayAcceptance, Party.Of("XB-CA"), Party.Of("XA-CA"), ReceiptChannel.@case, SampleCase.Content, 1, null, peerSeq, null,
        new ReceiptSubject(Ids.New(), default), [], time, false, Ids.New());

    [Fact]
    public void Who_is_a_person_of_any_State_is_asked_of_those_who_have_an_authority_of_that_name()
    {
        var ring = new TrustRing([.. new[] { Asking, SampleCase.Shared.Asked }.Select(s => new CardFact(s.Card, s.CardKey.Certificate, BundleLayout.Card(s.Code, 1)))], []);
        Assert.True(ring.IsPerson(Asking.Lawyer.Certificate, RequestSamples.Now));
        Assert.True(ring.IsPerson(SampleCase.Shared.Asked.Technician.Certificate, RequestSamples.Now));
        Assert.False(ring.IsPerson(Asking.Lawyer.Certificate, RequestSamples.Now.AddYears(100)));
        Assert.False(ring.IsPerson(Asking.Seal.Certificate, RequestSamples.Now));
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
