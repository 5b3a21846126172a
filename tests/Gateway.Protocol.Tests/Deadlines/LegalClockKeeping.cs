using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>What came is kept for a time, whatever became of the case.</summary>
public partial class LegalClockTests
{
    private static ClockedCase Received(CaseState state, Action<JsonObject>? change, IReadOnlyList<ReceivedItem> items, params ClockedAct[] acts)
        => new(Request.Read(RequestSamples.Document("stored-content-data", change)).Value, At("2026-11-20T10:00:00Z"), state, [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), .. acts])
        { Calendar = Table(), Own = CaseSide.Requesting, Items = items };

    private static Keeping Says(string handling)
    {
        using var json = JsonDocument.Parse(handling);
        return Keeping.Of(json.RootElement);
    }

    [Theory]
    [InlineData(CaseState.WITHDRAWN, ActKind.WITHDRAWN)]
    [InlineData(CaseState.REFUSED, ActKind.REFUSED)]
    [InlineData(CaseState.EXPIRED, ActKind.EXPIRED)]
    public void What_came_before_the_case_ended_otherwise_than_by_an_answer_is_reviewed_from_the_day_on_which_it_came(CaseState state, ActKind ending)
    {
        var ended = Act(ending, "2026-12-20T10:00:00Z", ending == ActKind.WITHDRAWN ? CaseSide.Requesting : CaseSide.Requested);
        Assert.DoesNotContain(LegalClock.Of(Received(state, null, [], ended)), d => d.Rule is DeadlineRule.RETENTION or DeadlineRule.RETENTION_REVIEW);
        var byDelivery = Single(LegalClock.Of(Received(state, null, [], Act(ActKind.MEASURE_DELIVERY, "2026-12-01T10:00:00Z"), ended)), DeadlineRule.RETENTION_REVIEW);
        Assert.Equal((At("2026-12-01T10:00:00Z"), DeadlineState.RUNNING), (byDelivery.From, byDelivery.State));
        var byItem = Single(LegalClock.Of(Received(state, null, [new(At("2026-12-05T10:00:00Z"), null), new(At("2026-12-02T10:00:00Z"), null)], ended)), DeadlineRule.RETENTION_REVIEW);
        Assert.Equal((At("2026-12-02T10:00:00Z"), DeadlineState.RUNNING), (byItem.From, byItem.State));
    }

    [Fact]
    public void The_earliest_day_that_the_request_or_an_item_states_is_the_day_on_which_the_data_go()
    {
        static void UntilDate(JsonObject fields)
        {
            fields["handling"]!["retention"] = "UNTIL_DATE";
            fields["handling"]!["retainUntil"] = "2027-03-31";
            fields["handling"]!.AsObject().Remove("retainDays");
        }
        Deadline Retention(Action<JsonObject>? change, params string[] items) => Single(LegalClock.Of(Received(CaseState.EXECUTED, change,
            [.. items.Select(handling => new ReceivedItem(At("2026-12-01T10:00:00Z"), Says(handling)))], Act(ActKind.EXECUTED, "2026-12-02T10:00:00Z"))), DeadlineRule.RETENTION);

        var sooner = Retention(UntilDate, """{"retention":"UNTIL_DATE","retainUntil":"2027-02-28"}""", """{"retention":"UNTIL_CASE_CLOSED"}""");
        Assert.Equal(("2027-03-01T00:00:00+01:00", "date of an item"), (Local(sooner.Due), sooner.Basis));
        Assert.Equal("date of the request", Retention(UntilDate, """{"retention":"UNTIL_DATE","retainUntil":"2027-04-01"}""").Basis);
        Assert.Equal("2027-02-28T23:00:00.000Z", Time(Retention(null, """{"retention":"UNTIL_DATE","retainUntil":"2027-02-28"}""").Due));
        // The shorter interval of both, and an item whose request asked for nothing personal.
        var review = LegalClock.Of(Received(CaseState.EXECUTED, null, [new(At("2026-12-01T10:00:00Z"), Says("""{"retention":"UNTIL_FINAL_JUDGMENT_PLUS_DAYS","reviewEveryDays":30}"""))])).First(d => d.Rule == DeadlineRule.RETENTION_REVIEW);
        Assert.Equal("2026-12-31", Time(review.Due)[..10]);
        ClockedCase Advice(params ReceivedItem[] items) => new(Request.Read(RequestSamples.Document("technical-advice")).Value, At("2026-11-20T10:00:00Z"), CaseState.ACKNOWLEDGED, [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z")])
        { Calendar = Table(), Own = CaseSide.Requesting, Items = items };
        Assert.DoesNotContain(LegalClock.Of(Advice(new ReceivedItem(At("2026-12-01T10:00:00Z"), null))), d => d.Rule is DeadlineRule.RETENTION or DeadlineRule.RETENTION_REVIEW);
        var item = Single(LegalClock.Of(Advice(new ReceivedItem(At("2026-12-01T10:00:00Z"), Says("""{"retention":"UNTIL_DATE","retainUntil":"2027-02-28"}""")))), DeadlineRule.RETENTION);
        Assert.Equal(CaseSide.Requesting, item.By);
    }

    [Fact]
    public void The_keeping_of_a_closed_case_counts_from_the_act_that_closed_it_and_not_from_an_original_that_came_later()
    {
        static void UntilClosed(JsonObject fields)
        {
            fields["handling"]!["retention"] = "UNTIL_CASE_CLOSED";
            fields["handling"]!.AsObject().Remove("retainDays");
        }
        Deadline Kept(params ClockedAct[] late) => Single(LegalClock.Of(Received(CaseState.COMPLETED, UntilClosed, [],
            [Act(ActKind.EXECUTED, "2026-12-01T10:00:00Z"), Act(ActKind.COMPLETED, "2026-12-02T10:00:00Z", CaseSide.Requesting), .. late])), DeadlineRule.RETENTION);
        Assert.Equal("2027-01-01T10:00:00.000Z", Time(Kept().Due));
        Assert.Equal(Kept(), Kept(Act(ActKind.ORIGINAL_RECEIVED, "2027-02-01T10:00:00Z")));
    }
}
