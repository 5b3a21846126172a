using Gateway.Protocol.Documents;
using Gateway.Recognition.Reports;
using Gateway.Recognition.Tests.TrustLists;
using Xunit;

namespace Gateway.Recognition.Tests.Reports;

public class RecognitionReportTests
{
    private static readonly DateTimeOffset Now = StateListTests.Now;
    private static readonly Digest Some = Digest.Of("some"u8);

    internal static RecognitionReport Full(string language = "en")
    {
        var hex = Some.ToString();
        var certificate = new ReportedCertificate(hex, "CN=Jane Roe,C=XB", "CN=CA,C=XB", "4711", Now.AddYears(-1), Now.AddYears(1), false);
        var message = new ReportedMessage("CONTENT_CHANGED", "ERROR", "HASH_FAILURE", "The content was changed.", "Ask.", "SHA-256 differs", hex);
        var stamp = new ReportedTimeStamp("SIGNATURE", Now, "PASSED", [], "CN=TSA", hex, [message with { Key = "TIME_STAMP_USED", Severity = "INFORMATION", SubIndication = null, Token = null, Next = "" }]);
        return new RecognitionReport
        {
            Document = new ReportedDocument(Some, "order.pdf", 12345, "PDF", "TOTAL_FAILED", 1, 0, ["other.txt"], Some),
            Mark = "SIGNATURE",
            Peer = "XB",
            Kind = "PRESERVE_DATA",
            ExpectedAuthority = "XB-CA",
            Policy = "test",
            ValidationTime = Now,
            Language = language,
            Signatures =
            [
                new ReportedSignature
                {
                    Id = hex, Level = "CADES_T", Indication = "TOTAL_FAILED", SubIndications = ["HASH_FAILURE"], ClaimedSigningTime = Now.AddMinutes(-5), BestSignatureTime = Now, BestSignatureTimeSource = "signature time-stamp",
                    Signer = certificate, State = "XB", Authority = "XB-CA", Anchor = "XB list 4: CA", Chain = [certificate, certificate with { Anchor = true }],
                    TrustService = new("XB", 4, hex, "Ministry", "CA", "http://uri.etsi.org/TrstSvc/Svctype/CA/QC", "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"),
                    Recognition = new("NOT_RECOGNISED", "RECOGNITION_FAILED", "A mark that is bad is not recognised.", "Ask.", new string('a', 32), 2, 1, "Treaty, art. 7 (2024-05-01)", "an apostille follows"),
                    Scopes = [new("order.pdf", "PARTIAL", "SHA-256", hex)], TimeStamps = [stamp],
                    Revocation = [new("OCSP", hex, "CN=CA", Now.AddHours(-1), Now.AddHours(1), Now.AddMinutes(-30), "GOOD", Now, hex)],
                    Algorithms = [new("SIGNATURE", "ECDSA", 256, Now.AddYears(5)), new("DIGEST", "SHA-256", null, null)],
                    CounterSignatures = [new(hex, "TOTAL_PASSED", [], "CN=Notary")], Messages = [message],
                },
            ],
            TimeStamps = [stamp with { Kind = "DOCUMENT", GenTime = null, Tsa = null }],
            Messages = [message with { Key = "DATA_OBJECT_NOT_COVERED", Severity = "WARNING" }],
            Inputs = new([new("STATE", "XB", 4, Some, Now.AddDays(-1), Now.AddDays(30))], [Some], [Some], [Some], [Some], [Some], [new(Some, Now, "receipt RelayAcceptance 2")]),
        };
    }

    [Fact]
    public void A_report_reads_back_byte_for_byte()
    {
        var bytes = Full().Write();
        Assert.Equal(bytes, RecognitionReport.Read(bytes).Value.Write());
    }

    [Fact]
    public void Two_judgements_are_the_same_when_their_verdicts_are_whatever_their_texts()
    {
        var report = Full();
        Assert.True(report.SameVerdictAs(Full("ru") with { Messages = [], ValidationTime = Now.AddDays(1) }));
        Assert.False(report.SameVerdictAs(report with { Document = report.Document with { Indication = "TOTAL_PASSED" } }));
        Assert.False(report.SameVerdictAs(report with { Signatures = [report.Signatures[0] with { SubIndications = ["SIG_CRYPTO_FAILURE"] }] }));
        Assert.False(report.SameVerdictAs(report with { Signatures = [] }));
        Assert.False(report.SameVerdictAs(report with { Signatures = [report.Signatures[0] with { Recognition = report.Signatures[0].Recognition with { Decision = "RECOGNISED" } }] }));
        Assert.False(report.SameVerdictAs(report with { TimeStamps = [report.TimeStamps[0] with { Indication = "FAILED" }] }));
    }

    [Fact]
    public void Two_reports_state_the_same_facts_when_only_their_sentences_differ()
    {
        var report = Full();
        var signature = report.Signatures[0];
        Assert.True(report.SameFactsAs(report with { Engine = 9, Signatures = [signature with { Messages = [signature.Messages[0] with { Text = "x", Next = "", Detail = "y" }] }] }));
        Assert.False(report.SameFactsAs(report with { Signatures = [signature with { Messages = [signature.Messages[0] with { Key = "CONTENT_MISSING" }] }] }));
        Assert.False(report.SameFactsAs(report with { Signatures = [signature with { Anchor = "another" }] }));
        Assert.False(report.SameFactsAs(report with { Document = report.Document with { NotCovered = [] } }));
        Assert.False(report.SameFactsAs(report with { ValidationTime = Now.AddSeconds(1) }));
    }

    [Theory]
    [InlineData("en", "order.pdf: FAILED — bad (PDF, 0/1)")]
    [InlineData("fr", "order.pdf: FAILED — mauvaise (PDF, 0/1)")]
    [InlineData("ru", "order.pdf: FAILED — недействительна (PDF, 0/1)")]
    public void The_first_line_is_the_answer_and_every_finding_says_what_to_do(string language, string first)
    {
        var lines = ReportText.Lines(Full(language)).ToList();
        Assert.Equal(first, lines[0]);
        Assert.Contains(lines, l => l.Contains("other.txt", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("CN=Jane Roe", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("CONTENT_CHANGED", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("art. 7", StringComparison.Ordinal));
        Assert.Equal(3, lines.Count(l => l.EndsWith(": Ask.", StringComparison.Ordinal)));
    }
}
