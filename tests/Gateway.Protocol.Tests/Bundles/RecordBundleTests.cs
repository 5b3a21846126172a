using Gateway.Protocol.Bundles;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>What stands beside an item in a bundle: the end of its chain of custody, and the records that people signed about it.</summary>
public class RecordBundleTests
{
    [Fact]
    public async Task The_end_of_a_chain_of_custody_that_was_cut_off_is_noticed_by_what_case_json_states_and_by_nothing_else()
    {
        var story = new SampleCase { Custody = [new(CustodyKind.STORED), new(CustodyKind.CHECKED_OUT), new(CustodyKind.CHECKED_IN)] };
        var whole = await story.Write();
        Assert.False(Judge(whole).Has(FindingCode.CustodyTailMissing));
        var files = BundleFiles.Of(whole);
        var last = files.In("documents/").Single(name => CustodyOf(files[name])?.Event == CustodyKind.CHECKED_IN);
        files.Remove(last);
        var cut = Judge(files.Clone().Reseal(story.Asking.Seal).Pack());
        var finding = Assert.Single(cut.Findings, f => f.Severity == Severity.Broken);
        Assert.Equal((FindingCode.CustodyTailMissing, 3L), (finding.Code, finding.Seq!.Value));
        Assert.Equal(Verdict.BROKEN, cut.Verdict);

        // Without that statement nothing shows it: why it is made.
        files["case.json"] = (CaseFile.Read(files["case.json"]).Value with { Custody = [] }).Write();
        Assert.DoesNotContain(Judge(files.Clone().Reseal(story.Asking.Seal).Pack()).Findings, f => f.Severity == Severity.Broken);

        // An end that is withheld is stated as such.
        var digest = BundleLayout.DigestOf(last)!.Value;
        var withheld = BundleFiles.Of(whole);
        withheld.Remove(last);
        withheld["case.json"] = (CaseFile.Read(withheld["case.json"]).Value with { Withheld = [digest] }).Write();
        Assert.False(Judge(withheld.Reseal(story.Asking.Seal).Pack()).Has(FindingCode.CustodyTailMissing));
    }

    // Who withholds the message that sent the item leaves out its manifest; a record that stands beside it is kept.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_record_of_an_item_whose_manifest_is_stated_as_withheld_breaks_nothing(bool stated)
    {
        var story = new SampleCase { Records = [(RecordForms.LabReport, _ => { }, c => c.Asked.Technician)] };
        var report = Judge(await story.Write(s =>
        {
            var evidence = s.Documents.First(d => Gateway.Protocol.Covers.Cover.Read(SignedDocument.Open(d.Read()).Value.Content) is { Succeeded: true } cover && cover.Value.About == Gateway.Protocol.Covers.CoverAbout.EVIDENCE);
            var manifest = Digest.Of(s.Items[0].Manifest.Span);
            return s with { Items = [], Documents = [.. s.Documents.Where(d => d != evidence)], Withheld = stated ? [evidence.Sha256, manifest] : [evidence.Sha256] };
        }));
        Assert.Equal(!stated, report.Has(FindingCode.RecordDiffers));
        Assert.Equal(!stated, report.Verdict == Verdict.BROKEN);
    }

    [Fact]
    public async Task Records_are_named_with_their_signers_and_judged_against_the_manifest()
    {
        var story = new SampleCase { Records = [.. RecordForms.All.Select(form => (form, (Action<System.Text.Json.Nodes.JsonObject>)(_ => { }), (Func<SampleCase, Signer>)(c => c.Asked.Technician)))] };
        var report = Judge(await story.Write());
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.RecordDiffers or FindingCode.RecordSigner or FindingCode.RecordAbsent || f.Severity == Severity.Broken);
        Assert.Equal(["copyingRecord, signed by B. Technician", "custodianCertificate, signed by B. Technician", "labReport, signed by B. Technician"], Assert.Single(report.Items).Records);
        Assert.Null(report.Items[0].Stated);
        // What the laboratory typed is no custodian's word, whoever else signed a record.
        foreach (var alone in (RecordForm[][])[[], [RecordForms.LabReport]])
        {
            var told = Judge(await new SampleCase { Records = [.. alone.Select(form => (form, (Action<System.Text.Json.Nodes.JsonObject>)(_ => { }), (Func<SampleCase, Signer>)(c => c.Asked.Technician)))] }.Write());
            Assert.EndsWith("stated by the laboratory, not signed by 'B. Custodian'", Assert.Single(told.Items).Stated, StringComparison.Ordinal);
        }

        foreach (var change in (Action<System.Text.Json.Nodes.JsonObject>[])
            [f => f["item"] = Ids.New(), f => f["case"] = SampleCase.Preservation, f => f["exhibitNumber"] = "XB-OTHER", f => f["digests"]![0]!["value"] = Digest.Of("x"u8).ToString()])
        {
            var spoilt = Judge(await new SampleCase { Records = [(RecordForms.CustodianCertificate, change, c => c.Asked.Technician)] }.Write());
            Assert.True(spoilt.Has(FindingCode.RecordDiffers));
            Assert.Equal(Verdict.BROKEN, spoilt.Verdict);
        }
    }

    [Theory]
    [InlineData(1, FindingCode.ProofPending)]
    [InlineData(30, FindingCode.ProofLate)]
    [InlineData(24 * 30, FindingCode.ProofLate)]
    public async Task A_record_without_a_proof_breaks_nothing_however_old_its_signature_is(int hours, FindingCode expected)
    {
        // It may have been brought, and logged, long after it was signed.
        var story = new SampleCase { Records = [(RecordForms.LabReport, _ => { }, c => c.Asked.Technician)], ExportedAfter = TimeSpan.FromHours(hours) };
        var report = Judge(await story.Write(), at: RequestSamples.Now.AddHours(hours + 1));
        Assert.Contains(report.Findings, f => f.Code == expected && f.Text.StartsWith("the labReport signed by", StringComparison.Ordinal));
        Assert.False(report.Has(FindingCode.ProofMissing));
    }

    [Theory]
    [InlineData(1, FindingCode.ProofPending)]
    [InlineData(30, FindingCode.ProofLate)]
    [InlineData(24 * 30, FindingCode.ProofLate)]
    public async Task An_event_of_the_other_State_without_a_proof_breaks_nothing_however_old_it_is(int hours, FindingCode expected)
    {
        // Signed before the item was released: it travelled, and was logged, only after that.
        var story = new SampleCase { Custody = [new(CustodyKind.STORED)], ExportedAfter = TimeSpan.FromHours(hours) };
        var report = Judge(await story.Write(), at: RequestSamples.Now.AddHours(hours + 1));
        Assert.Contains(report.Findings, f => f.Code == expected && f.Text.StartsWith("custody event 1 of XB", StringComparison.Ordinal));
        Assert.False(report.Has(FindingCode.ProofMissing));
    }

    [Fact]
    public async Task A_record_that_an_event_names_is_looked_for_among_those_that_are_here()
    {
        Assert.True(Judge(await new SampleCase { Custody = [new(CustodyKind.COPIED)] }.Write()).Has(FindingCode.RecordAbsent));
        var story = new SampleCase { Records = [(RecordForms.CopyingRecord, _ => { }, c => c.Asked.Technician)] };
        var files = BundleFiles.Of(await story.Write());
        var signed = files.In("documents/").Select(name => SignedDocument.Open(files[name]).Value).First(d => DocumentReader.TypeOf(d.Content) == RecordForms.CopyingRecord.Type);
        // The event names what was signed, or one signed copy of it.
        foreach (var named in (Digest[])[signed.Sha256, Digest.Of(signed.Content.Span)])
        {
            var both = new SampleCase { Custody = [new(CustodyKind.COPIED) { Change = (form, _) => form["copyingRecord"] = named.ToString() }] };
            var bundle = BundleFiles.Of(await both.Write());
            Assert.True(Judge(bundle.Clone().Reseal(both.Asking.Seal).Pack()).Has(FindingCode.RecordAbsent));
            bundle[BundleLayout.Document(signed.Sha256)] = signed.Der.ToArray();
            Assert.False(Judge(bundle.Reseal(both.Asking.Seal).Pack()).Has(FindingCode.RecordAbsent));
        }
    }

    private static CustodyEvent? CustodyOf(byte[] der) => CustodyEvent.Read(SignedDocument.Open(der).Value.Content) is { Succeeded: true, Value: var custody } ? custody : null;
}
