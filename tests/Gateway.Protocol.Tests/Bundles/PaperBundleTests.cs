using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Verification;
using Xunit;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>A case on paper: what its records allow to be judged is judged, and what they do not is said.</summary>
public class PaperBundleTests
{
    public static TheoryData<string, FindingCode> Contradictions => new()
    {
        { "another file than the receipt names", FindingCode.ReceiptLacking },
        { "no receipt of what left", FindingCode.ReceiptLacking },
        { "a receipt without a record", FindingCode.DocumentMissing },
        { "in clear, but not the message", FindingCode.CoverContradicts },
        { "it left before it was sealed", FindingCode.CoverContradicts },
        { "the reply came before it was asked for", FindingCode.CoverContradicts },
        { "it came after it was recorded", FindingCode.CoverContradicts },
        { "another cover of the message", FindingCode.CoverContradicts },
        { "a reply on paper between gateways", FindingCode.CoverContradicts },
        { "acts out of order", FindingCode.ActOutOfOrder },
        { "after an act that is not there", FindingCode.ActOutOfOrder },
        { "it left when the decision had expired", FindingCode.AuthorisationNotInForce },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task A_record_that_does_not_fit_is_found(string what, FindingCode code)
    {
        var story = what switch
        {
            "another file than the receipt names" => new PaperStory { OnRelay = _ => Digest.Of("another"u8) },
            "no receipt of what left" => new PaperStory { OnRelay = _ => null },
            "a receipt without a record" => new PaperStory { RecordsLeaving = false },
            "in clear, but not the message" => new PaperStory { OnLeft = r => r with { EncryptedTo = null } },
            "it left before it was sealed" => new PaperStory { OnLeft = r => r with { At = r.At.AddHours(-1) } },
            "the reply came before it was asked for" => new PaperStory { OnCame = r => r with { At = r.At.AddDays(-1) } },
            "it came after it was recorded" => new PaperStory { OnCame = r => r with { At = r.At.AddHours(1) } },
            "another cover of the message" => new PaperStory { OnCame = r => r with { CoverSha256 = Digest.Of("another"u8) } },
            "a reply on paper between gateways" => new PaperStory { OnCover = c => c with { Suite = "P256-A256GCM-SHA256" } },
            "acts out of order" => new PaperStory { OnCame = r => r with { Acts = [ActKind.EXECUTED] } },
            "after an act that is not there" => new PaperStory { OnCame = r => r with { After = Ids.New() } },
            _ => new PaperStory { OnRequest = r => r["judicialAuthorisation"]!["validUntil"] = "2026-11-20T11:30:00+01:00", After = (TimeSpan.FromHours(5), TimeSpan.FromHours(1)) },
        };
        var report = await story.Judged();
        Assert.True(report.Has(code), Found(report));
        Assert.Equal(Finding.SeverityOf(code) == Severity.Broken, report.Verdict == Verdict.BROKEN);
    }

    [Fact]
    public async Task A_case_whose_records_fit_is_valid_and_a_reply_in_time_is_shown_as_such()
    {
        var report = await new PaperStory().Judged();
        Assert.True(report.Verdict == Verdict.VALID, Found(report));
        Assert.False(report.Has(FindingCode.OnPaperNotJudged), Found(report));
        Assert.False(report.Has(FindingCode.ActOutOfOrder), Found(report));
        var decision = Assert.Single(report.Deadlines, d => d.What == "first decision");
        Assert.True(decision.Met <= decision.Due);
    }

    [Fact]
    public async Task A_reply_that_came_late_is_named_without_a_verdict_on_who_had_it()
    {
        var report = await new PaperStory { After = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(38)) }.Judged();
        Assert.True(report.Verdict == Verdict.VALID, Found(report));
        Assert.False(report.Has(FindingCode.DeadlineMissed), Found(report));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.OnPaperNotJudged && f.Text.Contains("first decision", StringComparison.Ordinal) && f.Text.Contains("cannot be judged", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Deadlines, d => d.Late);
    }

    private static string Found(BundleReport report) => string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}"));
}
