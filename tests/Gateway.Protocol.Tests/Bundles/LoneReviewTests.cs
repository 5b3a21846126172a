using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>One person alone released in an emergency; the card of that State gives another person 24 hours to review it.</summary>
public class LoneReviewTests
{
    [Theory]
    [InlineData(false, 1, null, FindingCode.ReleasedAlone)]
    [InlineData(true, 1, null, FindingCode.ReleasedAlone)]
    [InlineData(true, 26, null, FindingCode.ReviewAbsent)]
    [InlineData(false, 26, null, FindingCode.ReleasedAlone)]
    [InlineData(true, 50, 26, FindingCode.ReviewLate)]
    [InlineData(false, 50, 26, FindingCode.ReviewLate)]
    [InlineData(true, 50, 23, null)]
    public async Task What_the_verifier_says_of_a_review_depends_on_its_hours_and_on_who_exports(bool bySender, int exported, int? reviewed, FindingCode? expected)
    {
        var report = await Story(bySender, exported, reviewed);
        FindingCode[] all = [FindingCode.ReleasedAlone, FindingCode.ReviewLate, FindingCode.ReviewAbsent];
        Assert.Equal(expected is { } code ? [code] : [], report.Findings.Select(f => f.Code).Where(all.Contains));
        Assert.DoesNotContain(report.Findings, f => f.Code == FindingCode.ReleaseLacking);
    }

    [Fact]
    public async Task A_review_that_never_came_weighs_more_than_a_late_one_and_an_objection_is_told_beside_its_lateness()
    {
        Assert.Equal(Severity.Unconfirmed, Finding.SeverityOf(FindingCode.ReviewAbsent));
        Assert.Equal(Severity.Warning, Finding.SeverityOf(FindingCode.ReviewLate));
        var report = await Story(bySender: true, 50, 26, ReleaseDecision.OBJECT);
        Assert.True(report.Has(FindingCode.ReviewLate));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.ReleasedAlone && f.Text.Contains("objects", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_withheld_may_be_the_review()
        => Assert.False((await Story(bySender: true, 26, null, withheld: Digest.Of("a review"u8))).Has(FindingCode.ReviewAbsent));

    [Fact]
    public async Task Who_released_does_not_review()
        => Assert.True((await Story(bySender: true, 50, 2, reviewer: SampleCase.Shared.Asked.FirstOfficer)).Has(FindingCode.ReviewAbsent));

    /// <summary>A lone release in XB, judged three days later. The request is not in the bundle: that it was an emergency cannot be contradicted.</summary>
    internal static async Task<BundleReport> Story(bool bySender, int exportedAfterHours, int? reviewedAfterHours, ReleaseDecision review = ReleaseDecision.UPHOLD, Digest? withheld = null, Signer? reviewer = null)
    {
        Release? alone = null;
        var story = new SampleCase
        {
            ByAsked = bySender,
            ExportedAfter = TimeSpan.FromHours(exportedAfterHours),
            OnRelease = r => alone = r with { Decision = ReleaseDecision.ALONE, DutyJudge = "Court of Birk, 3 Gs 9/26" },
            OnManifest = m => m with { Request = Ids.New() },
            Approver = SampleCase.Shared.Asked.FirstOfficer,
        };
        var bundle = await story.Write(source =>
        {
            if (withheld is { } digest)
                source = source with { Withheld = [digest] };
            if (reviewedAfterHours is not { } hours)
                return source;
            var time = alone!.Time.AddHours(hours);
            var signed = SignedDocument.Sign((alone with { Decision = review, DutyJudge = null, Time = time }).Write(), reviewer ?? SampleCase.Shared.Asked.SecondOfficer, time);
            return source with { Documents = [.. source.Documents, new BundleDocument(Digest.Of(signed), () => signed)] };
        });
        return Judge(bundle, at: alone!.Time.AddDays(3));
    }
}
