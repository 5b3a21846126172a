using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>The signed original that is to follow.</summary>
public partial class LegalClockTests
{
    [Theory]
    [InlineData(CaseState.COMPLETED, DeadlineState.RUNNING)]
    [InlineData(CaseState.WITHDRAWN, DeadlineState.VOID)]
    [InlineData(CaseState.REFUSED, DeadlineState.VOID)]
    [InlineData(CaseState.EXPIRED, DeadlineState.VOID)]
    public void The_original_of_what_was_not_executed_is_due_no_more(CaseState state, DeadlineState original)
    {
        ClockedCase Case(params ClockedAct[] late) => new(Request.Read(RequestSamples.Document("stored-content-data")).Value, At("2026-11-20T10:00:00Z"), state, [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), .. late])
        { Calendar = Table(), OriginalBy = new DateOnly(2026, 12, 20) };
        Assert.Equal(original, Single(LegalClock.Of(Case()), DeadlineRule.ORIGINAL).State);
        Assert.Equal(DeadlineState.MET, Single(LegalClock.Of(Case(Act(ActKind.ORIGINAL_RECEIVED, "2026-12-01T10:00:00Z"))), DeadlineRule.ORIGINAL).State);
        // Late with what nobody needs any more is nobody.
        Assert.Equal(original == DeadlineState.VOID ? DeadlineState.VOID : DeadlineState.MET, Single(LegalClock.Of(Case(Act(ActKind.ORIGINAL_RECEIVED, "2027-02-01T10:00:00Z"))), DeadlineRule.ORIGINAL).State);
    }

    [Fact]
    public void An_original_that_comes_by_post_when_all_is_over_is_no_word_on_the_request()
    {
        ClockedCase Case(params ClockedAct[] acts) => new(Request.Read(RequestSamples.Document("stored-content-data")).Value, At("2026-11-20T10:00:00Z"), CaseState.WITHDRAWN, [.. acts]) { Calendar = Table() };
        var withdrawn = new ClockedAct(Act(ActKind.WITHDRAWN, "2026-11-20T11:00:00Z").Act, CaseSide.Requesting);
        Assert.Equal(DeadlineState.VOID, Single(LegalClock.Of(Case(withdrawn)), DeadlineRule.ACKNOWLEDGE).State);
        Assert.Equal(DeadlineState.VOID, Single(LegalClock.Of(Case(withdrawn, Act(ActKind.ORIGINAL_RECEIVED, "2026-12-01T10:00:00Z"))), DeadlineRule.ACKNOWLEDGE).State);
        Assert.Equal(DeadlineState.MET, Single(LegalClock.Of(Case(Act(ActKind.ORIGINAL_RECEIVED, "2026-11-20T10:30:00Z"), withdrawn)), DeadlineRule.ACKNOWLEDGE).State);
    }
}
