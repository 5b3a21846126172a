using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Verification;
using Xunit;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>A request that came on paper and was entered by the State that was asked: what the verifier checks of it, and what it says that it cannot.</summary>
public sealed class EnteredRequestTests
{
    [Fact]
    public async Task An_honest_case_is_whole_and_the_marks_of_the_other_State_are_said_not_to_be_verified()
    {
        var report = await new PaperStory().JudgedEntered(r => r);
        Assert.True(report.Verdict != Verdict.BROKEN, Found(report));
        Assert.Contains("checked by J. Officer (rang back)", Assert.Single(report.Findings, f => f.Code == FindingCode.PaperMarksNotVerified).Text, StringComparison.Ordinal);
        Assert.False(report.Has(FindingCode.CoverContradicts) || report.Has(FindingCode.CaseFileDiffers) || report.Has(FindingCode.ActOutOfOrder) || report.Has(FindingCode.ReceiptLacking)
            || report.Has(FindingCode.DocumentUnreferenced) || report.Has(FindingCode.DeadlineMissed) || report.Has(FindingCode.ChainAbsent), Found(report));
        Assert.True(report.Has(FindingCode.OnPaper), Found(report));
        // What we owe is counted from the day on which the letter came, by our own records: being late is ours.
        var late = await new PaperStory { After = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(9)) }.JudgedEntered(r => r);
        Assert.True(late.Has(FindingCode.DeadlineMissed), Found(late));
        Assert.False(late.Has(FindingCode.OnPaperNotJudged), Found(late));
    }

    [Theory]
    [InlineData("another request", FindingCode.DocumentMissing)]
    [InlineData("another authority", FindingCode.CoverContradicts)]
    [InlineData("another sender", FindingCode.CoverContradicts)]
    [InlineData("another file", FindingCode.DocumentUnreferenced)]
    [InlineData("in the future", FindingCode.CoverContradicts)]
    [InlineData("for a gateway", FindingCode.CoverContradicts)]
    [InlineData("no receipt", FindingCode.ReceiptLacking)]
    public async Task A_record_that_does_not_fit_is_named(string what, FindingCode code)
    {
        var story = new PaperStory();
        if (what == "for a gateway")
            story.OnCover = c => c.About == CoverAbout.PAPER ? c with { Suite = Suites.P256.Name } : c;
        var report = await story.JudgedEntered(r => what switch
        {
            "another request" => r with { Request = Digest.Of("x"u8) },
            "another authority" => r with { Authority = "XA-CP" },
            "another sender" => r with { From = "XB-CP" },
            "another file" => r with { Files = [r.Files[0] with { Sha256 = Digest.Of("x"u8) }] },
            "in the future" => r with { At = r.Time.AddHours(2) },
            _ => r,
        }, certified: what != "no receipt");
        Assert.True(report.Has(code), Found(report));
    }

    [Fact]
    public async Task Nobody_enters_a_request_of_a_State_that_signs_its_own()
    {
        var report = await new PaperStory { OtherHasGateway = true }.JudgedEntered(r => r);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.CoverContradicts && f.Text.Contains("has a gateway since", StringComparison.Ordinal));
        // What came before the first card of that State was no wire's.
        var before = await new PaperStory { OtherHasGateway = true }.JudgedEntered(r => r with { At = SampleState.From.AddDays(-1) });
        Assert.DoesNotContain(before.Findings, f => f.Text.Contains("has a gateway since", StringComparison.Ordinal));
    }

    private static string Found(BundleReport report) => string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}"));
}
