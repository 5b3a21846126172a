using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Gateway.Recognition.Bundles;
using Gateway.Recognition.Reports;
using Xunit;

namespace Gateway.Verifier.Tests;

/// <summary>The verdicts that a bundle records, made again: the same, forged, on other material, on material that is not there.</summary>
public class VerdictTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_honest_report_is_repeated(bool detached)
    {
        var story = new JudgedCase(detached);
        Assert.Equal(("TOTAL_PASSED", "RECOGNISED"), (story.Report.Document.Indication, story.Report.Signatures[0].Recognition.Decision));
        var report = Check(await story.Write());
        Assert.Empty(report.Heavy());
        Assert.Contains("TOTAL_PASSED, RECOGNISED", Assert.Single(report.Findings, f => f.Code == FindingCode.VerdictRepeated).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.VerdictNotLogged or FindingCode.VerdictOtherToday or FindingCode.PlaceUnknown);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.ProofPending && f.File!.EndsWith(".record.json", StringComparison.Ordinal));
        Assert.Equal(Verdict.VALID, report.Verdict);
    }

    [Fact]
    public async Task A_report_that_calls_a_bad_signature_good_is_broken()
    {
        var story = new JudgedCase();
        story.Letter[^1] ^= 1;
        var honest = story.Judge().Report;
        Assert.Equal("TOTAL_FAILED", honest.Document.Indication);
        Assert.True(Check(await story.Write()).Has(FindingCode.VerdictRepeated));

        var forged = honest with
        {
            Document = honest.Document with { Indication = "TOTAL_PASSED", Valid = 1 },
            Signatures = [honest.Signatures[0] with { Indication = "TOTAL_PASSED", SubIndications = [], Messages = [] }],
        };
        var report = Check(await story.Write(forged.Write()));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
        Assert.Contains("SIG_CRYPTO_FAILURE", Assert.Single(report.Findings, f => f.Code == FindingCode.VerdictDiffers).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_that_names_another_signer_chain_or_law_is_broken()
    {
        var story = new JudgedCase();
        var honest = story.Report;
        var signature = honest.Signatures[0];
        foreach (var forged in (RecognitionReport[])
        [
            honest with { Signatures = [signature with { Signer = signature.Signer! with { Subject = "CN=President,C=XB" } }] },
            honest with { Signatures = [signature with { State = "XC" }] },
            honest with { Signatures = [signature with { Recognition = signature.Recognition with { Decision = "NOT_RECOGNISED", Reason = "RECOGNITION_NOT_COVERED" } }] },
            honest with { Signatures = [signature with { Recognition = signature.Recognition with { Instrument = "Another treaty, art. 1 (2020-01-01)" } }] },
            honest with { Signatures = [signature with { Revocation = [] }] },
            honest with { Signatures = [signature with { BestSignatureTime = RequestSamples.Now.AddYears(-1) }] },
        ])
        {
            Assert.Equal(FindingCode.VerdictDiffers, Assert.Single(Check(await story.Write(forged.Write())).Findings, f => f.Severity == Severity.Broken).Code);
        }
    }

    [Fact]
    public async Task Other_words_for_the_same_facts_are_no_forgery()
    {
        var story = new JudgedCase();
        var signature = story.Report.Signatures[0];
        var reworded = story.Report with { Signatures = [signature with { Recognition = signature.Recognition with { Text = "Worded otherwise." } }] };
        Assert.True(Check(await story.Write(reworded.Write())).Has(FindingCode.VerdictRepeated));
    }

    [Fact]
    public async Task An_answer_of_another_engine_is_told_beside_ours()
    {
        var story = new JudgedCase();
        var older = story.Report with { Engine = RecognitionReport.ThisEngine + 1 };
        Assert.Contains("recorded by 2", Assert.Single(Check(await story.Write(older.Write())).Findings, f => f.Code == FindingCode.VerdictRepeated).Text, StringComparison.Ordinal);
        var other = older with { Document = older.Document with { Indication = "INDETERMINATE" }, Signatures = [older.Signatures[0] with { Indication = "INDETERMINATE", SubIndications = ["TRY_LATER"] }] };
        Assert.Contains("engine 1 answers TOTAL_PASSED", Assert.Single(Check(await story.Write(other.Write())).Findings, f => f.Code == FindingCode.VerdictOfOtherEngine).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Material_that_is_missing_is_named()
    {
        var story = new JudgedCase { OnMaterial = m => [.. m.Where(x => x.Extension != ".crl")] };
        var report = Check(await story.Write());
        Assert.Contains(Digest.Of(story.Revocation).ToString(), Assert.Single(report.Findings, f => f.Code == FindingCode.VerdictMaterialMissing).Text, StringComparison.Ordinal);
        Assert.False(report.Has(FindingCode.VerdictRepeated));
    }

    [Fact]
    public async Task A_proof_of_time_that_no_receipt_bears_out_is_named()
    {
        var story = new JudgedCase();
        var claimed = story.Report with { Inputs = story.Report.Inputs with { Proofs = [new ReportedProof(story.Report.Document.Sha256, RequestSamples.Now.AddYears(-1), "receipt RelayAcceptance 9 of XB")] } };
        Assert.Contains("which no receipt here says", Assert.Single(Check(await story.Write(claimed.Write())).Findings, f => f.Code == FindingCode.VerdictMaterialMissing).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Material_that_is_not_what_its_name_says_is_broken()
    {
        var story = new JudgedCase();
        var files = BundleFiles.Of(await story.Write());
        var name = files.In("trust/material/").First(n => n.EndsWith(".crl", StringComparison.Ordinal));
        files[name] = Gateway.Recognition.Tests.Making.TestAuthority.Root().List();
        var report = Check(files.Reseal(SampleCase.Shared.Asking.Seal).Pack());
        Assert.True(report.Has(FindingCode.VerdictMaterialChanged, name));
        Assert.True(report.Has(FindingCode.VerdictMaterialMissing));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task A_report_that_no_record_of_the_log_names_is_told()
    {
        var report = Check(await new JudgedCase { Recorded = false }.Write());
        Assert.True(report.Has(FindingCode.VerdictNotLogged));
        Assert.Empty(report.Heavy());
    }

    [Fact]
    public async Task A_report_dated_otherwise_than_its_record_is_told()
    {
        var story = new JudgedCase();
        var backdated = story.Report with { ValidationTime = RequestSamples.Now.AddDays(-30) };
        Assert.True(Check(await story.Write(backdated.Write())).Has(FindingCode.VerdictNotLogged));
    }

    [Fact]
    public async Task A_record_about_another_act_or_report_is_broken()
    {
        foreach (var record in (byte[][])[JudgedCase.Record("another"u8.ToArray()), [.. "{}\n"u8]])
        {
            var files = BundleFiles.Of(await new JudgedCase().Write());
            files[files.In("recognition/").First(n => n.EndsWith(".record.json", StringComparison.Ordinal))] = record;
            Assert.True(Check(files.Reseal(SampleCase.Shared.Asking.Seal).Pack()).Has(FindingCode.VerdictUnreadable));
        }
        var other = new JudgedCase();
        var changed = BundleFiles.Of(await other.Write());
        var name = changed.In("recognition/").First(n => n.EndsWith(".record.json", StringComparison.Ordinal));
        changed[name] = JudgedCase.Record(other.Report.Write(), "peer.approved");
        Assert.True(Check(changed.Reseal(SampleCase.Shared.Asking.Seal).Pack()).Has(FindingCode.VerdictUnreadable, name));
    }

    [Fact]
    public async Task What_is_no_report_or_bears_another_name_is_broken()
    {
        Assert.True(Check(await new JudgedCase().Write("{}\n"u8.ToArray())).Has(FindingCode.VerdictUnreadable));
        var files = BundleFiles.Of(await new JudgedCase().Write());
        files[files.In("recognition/").First(n => !n.EndsWith(".record.json", StringComparison.Ordinal))] = new JudgedCase().Report.Write();
        Assert.True(Check(files.Reseal(SampleCase.Shared.Asking.Seal).Pack()).Has(FindingCode.VerdictUnreadable));
    }

    [Fact]
    public async Task A_file_that_is_not_here_cannot_be_judged_again()
    {
        var report = Check(await new JudgedCase { Attached = false }.Write());
        Assert.True(report.Has(FindingCode.VerdictDocumentAbsent));
        Assert.False(report.Has(FindingCode.VerdictRepeated));
    }

    [Fact]
    public async Task Todays_answer_is_told_when_it_differs_and_why()
    {
        var bundle = await new JudgedCase().Write();
        var later = Check(bundle, RequestSamples.Now.AddYears(8));
        Assert.True(later.Has(FindingCode.VerdictRepeated));
        var today = Assert.Single(later.Findings, f => f.Code == FindingCode.VerdictOtherToday).Text;
        Assert.Contains("INDETERMINATE", today, StringComparison.Ordinal);
        Assert.Contains("recorded 2", today, StringComparison.Ordinal);
        Assert.DoesNotContain("no reason given", today, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_on_hand_named_anchors_or_by_an_unknown_policy_is_not_repeated()
    {
        var story = new JudgedCase();
        foreach (var other in (RecognitionReport[])[story.Report with { Policy = "house-rules-7" }, story.Report with { Inputs = story.Report.Inputs with { Anchors = [Digest.Of("x"u8)] } }, story.Report with { Mark = "PROMISE" }])
            Assert.True(Check(await story.Write(other.Write())).Has(FindingCode.VerdictMaterialMissing));
    }

    // The codes below these are produced by the tests of the library that finds them.
    public static TheoryData<FindingCode> Codes => [.. Enum.GetValues<FindingCode>().Where(code => code >= FindingCode.VerdictUnreadable)];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Every_code_has_a_bundle_that_produces_it(FindingCode code)
    {
        Assert.True(s_bundles.TryGetValue(code, out var bundle), $"no bundle produces {code}");
        var report = await bundle();
        Assert.True(report.Has(code), string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.Equal(Finding.SeverityOf(code) == Severity.Broken, report.Verdict == Verdict.BROKEN);
    }

    // The other judge leaves verdicts to this one (docs/errors.md says so of each code that breaks a bundle).
    [Theory]
    [Trait("Category", "Interop")]
    [InlineData(FindingCode.VerdictUnreadable)]
    [InlineData(FindingCode.VerdictDiffers)]
    [InlineData(FindingCode.VerdictMaterialChanged)]
    public async Task What_verify_sh_leaves_it_does_not_call_broken(FindingCode code)
    {
        var judged = Judging.Judged.Value = [];
        await s_bundles[code]();
        var folder = Directory.CreateTempSubdirectory("gateway-verdicts-").FullName;
        var (exit, output) = VerifySh.Run(VerifySh.Script, folder, judged[^1].Bundle, null, VerifySh.Trust);
        Directory.Delete(folder, recursive: true);
        Assert.True(VerifyShCodes.Holds(code, exit, output), $"{exit}\n{output}");
    }

    private static readonly Dictionary<FindingCode, Func<Task<BundleReport>>> s_bundles = new()
    {
        [FindingCode.VerdictUnreadable] = async () => Check(await new JudgedCase().Write("{}\n"u8.ToArray())),
        [FindingCode.VerdictRepeated] = async () => Check(await new JudgedCase().Write()),
        [FindingCode.VerdictDiffers] = () => Recorded(r => r with { Signatures = [r.Signatures[0] with { State = "XC" }] }),
        [FindingCode.VerdictOfOtherEngine] = () => Recorded(r => r with { Engine = RecognitionReport.ThisEngine + 1, Document = r.Document with { Indication = "INDETERMINATE" } }),
        [FindingCode.VerdictMaterialMissing] = async () => Check(await new JudgedCase { OnMaterial = m => [.. m.Where(x => x.Extension != ".crl")] }.Write()),
        [FindingCode.VerdictMaterialChanged] = async () =>
        {
            var files = BundleFiles.Of(await new JudgedCase().Write());
            files[files.In("trust/material/").First()] = [1];
            return Check(files.Reseal(SampleCase.Shared.Asking.Seal).Pack());
        },
        [FindingCode.VerdictDocumentAbsent] = async () => Check(await new JudgedCase { Attached = false }.Write()),
        [FindingCode.VerdictOtherToday] = async () => Check(await new JudgedCase().Write(), RequestSamples.Now.AddYears(8)),
        [FindingCode.VerdictNotLogged] = async () => Check(await new JudgedCase { Recorded = false }.Write()),
    };

    private static async Task<BundleReport> Recorded(Func<RecognitionReport, RecognitionReport> forge)
    {
        var story = new JudgedCase();
        return Check(await story.Write(forge(story.Report).Write()));
    }

    private static BundleReport Check(byte[] bundle, DateTimeOffset? at = null)
    {
        Judging.Judged.Value?.Add((bundle, Judging.Anchors));
        return BundleCheck.Run(new MemoryStream(bundle), Judging.Anchors, at ?? RequestSamples.Now.AddHours(1), further: [CheckVerdicts.Run]);
    }
}
