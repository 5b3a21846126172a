using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Deadlines;

/// <summary>Deadlines that come from what the request asks: preservations, measures in real time, originals, emergencies, personal data.</summary>
internal static class CaseTerms
{
    private const string Default = "default of this installation";

    public static IEnumerable<Deadline> Of(ClockedCase of) => Preservation(of).Concat(Measure(of)).Concat(Original(of)).Concat(Emergency(of)).Concat(Retention(of));

    private static IEnumerable<Deadline> Preservation(ClockedCase of)
    {
        var request = of.Request;
        var kept = of.Last(CaseSide.Requested, ActKind.PRESERVED);
        if (kept?.Act.TimeOf("until") is { } given)
        {
            var until = WorkCalendar.Sane(given);
            var released = of.First(CaseSide.Requested, ActKind.PRESERVATION_RELEASED)?.Act.Time;
            var deadline = LegalClock.New(DeadlineRule.PRESERVATION_ENDS, CaseSide.Requested, kept.Act.Time, until, "date given with PRESERVED", released);
            // The preservation goes on while the request that it was made for is pending, and with every prolongation.
            var pending = of.FollowUps.FirstOrDefault(f => f.Relation == Relation.FOLLOWS_PRESERVATION && f.Arrived && !f.State.IsFinal());
            var prolonged = of.FollowUps.Where(f => f.Relation == Relation.EXTENDS && f.PreservedUntil > until).MaxBy(f => f.PreservedUntil);
            yield return released is not null ? deadline
                : prolonged is not null ? deadline with { State = DeadlineState.SUSPENDED, Basis = $"prolonged to {DocumentWriter.FormatTime(prolonged.PreservedUntil!.Value)} by {prolonged.Case}" }
                : pending is not null ? deadline with { State = DeadlineState.SUSPENDED, Basis = $"goes on while {pending.Case} is pending" }
                : deadline;
        }
        if (request.Kind == RequestKind.PRESERVE_DATA && LegalClock.Time(request, "estimatedDataLossAt") is { } loss)
        {
            var met = of.First(CaseSide.Requested, ActKind.PRESERVED, ActKind.PRESERVATION_NOT_POSSIBLE, ActKind.EXECUTED, ActKind.REFUSED)?.Act.Time;
            var (decision, _) = LegalClock.FirstDecision(of);
            yield return LegalClock.New(DeadlineRule.DATA_LOSS, CaseSide.Requested, of.Delivered, loss, loss < decision ? "estimate of the requesting side, BEFORE the deadline of the decision" : "estimate of the requesting side", met);
        }
    }

    private static IEnumerable<Deadline> Measure(ClockedCase of)
    {
        if (of.First(CaseSide.Requested, ActKind.MEASURE_STARTED)?.Act is not { } started)
            yield break;
        var ended = of.First(CaseSide.Requested, ActKind.MEASURE_TERMINATED, ActKind.EXECUTED)?.Act.Time;
        var interval = Math.Clamp(Integer(of.Request.Fields, "deliveryIntervalDays") ?? 7, 1, 7);
        var deliveries = of.Acts.Where(a => a.Act.Kind == ActKind.MEASURE_DELIVERY && a.By == CaseSide.Requested).Select(a => a.Act.Time).ToList();
        var from = started.Time;
        // A covert measure delivers when there is something.
        for (var number = 1; of.Request.Row.FutureData && number <= deliveries.Count + 1; number++)
        {
            var met = number <= deliveries.Count ? deliveries[number - 1] : ended;
            yield return LegalClock.New(DeadlineRule.DELIVERY, CaseSide.Requested, from, of.Calendar.AddDays(from, interval), string.Create(CultureInfo.InvariantCulture, $"a delivery every {interval} days, as the request says"), met, number);
            from = met ?? from;
        }
        var window = of.Request.Fields.TryGetProperty("dataWindow", out var w) || of.Request.Fields.TryGetProperty("measurePeriod", out w) ? LocalTime(w, "to") : null;
        var authorised = of.Request.Fields.TryGetProperty("judicialAuthorisation", out var a) ? LocalTime(a, "validUntil") : null;
        if ((window, authorised) is not (null, null))
        {
            var end = new[] { window, authorised }.OfType<DateTimeOffset>().Min();
            yield return LegalClock.New(DeadlineRule.MEASURE_ENDS, CaseSide.Requested, started.Time, end, end == authorised ? "end of the judicial authorisation" : "end of the window of the request", ended);
        }
    }

    private static IEnumerable<Deadline> Original(ClockedCase of)
    {
        if (of.OriginalBy is { } by)
        {
            // Whoever asked has done its part when it gave the original away; at what hour of the day no record says.
            var met = of.First(CaseSide.Requested, ActKind.ORIGINAL_RECEIVED)?.Act.Time ?? (of is { Own: CaseSide.Requesting, OriginalHanded: { } handed } ? of.Calendar.At(WorkCalendar.Sane(handed), TimeOnly.MinValue) : null);
            yield return LegalClock.New(DeadlineRule.ORIGINAL, CaseSide.Requesting, of.Delivered, of.Calendar.At(WorkCalendar.Sane(by), new TimeOnly(23, 59)), "profile of the requested State", met);
        }
    }

    private static IEnumerable<Deadline> Emergency(ClockedCase of)
    {
        var request = of.Request;
        if (request.Urgency != Urgency.EMERGENCY)
            yield break;
        yield return LegalClock.New(DeadlineRule.CALL_BACK, CaseSide.Requested, of.Delivered, WorkCalendar.Add(of.Delivered, TimeSpan.FromMinutes(60)), $"{Default}; it warns and stops nothing (V050)", of.First(CaseSide.Requested, ActKind.CALLED_BACK)?.Act.Time);
        yield return LegalClock.New(DeadlineRule.POST_REVIEW, CaseSide.Requested, of.Delivered, of.Calendar.AddDays(of.Delivered, 30), Default, of.Reviewed ?? of.First(CaseSide.Requested, ActKind.POST_REVIEWED)?.Act.Time);
        if (request.Fields.TryGetProperty("formalRequestFollows", out var follows) && follows.ValueKind == JsonValueKind.True)
        {
            var days = Integer(request.Fields, "formalRequestDays") ?? 30;
            var formal = of.FollowUps.FirstOrDefault(f => f.Relation == Relation.FORMALISES && f.Arrived && f.State != CaseState.WITHDRAWN);
            var deadline = LegalClock.New(DeadlineRule.FORMAL_REQUEST, CaseSide.Requesting, of.Delivered, of.Calendar.AddDays(of.Delivered, days), "announced in the request", null);
            yield return formal is null ? deadline : deadline with { State = DeadlineState.MET, Basis = $"{deadline.Basis}; came as {formal.Case}" };
        }
    }

    // Counted by the side that received the data: it is the one that must let go of them. Where both did, each counts its own and knows nothing of the other's.
    private static IEnumerable<Deadline> Retention(ClockedCase of)
    {
        CaseSide? receiver = of.Own is { } own && own.IsIn(of.Request.Receiver) ? own
            // A laboratory may say that an item holds personal data where the request asked for none.
            : of.Items.Any(item => item.Keeping is not null) ? of.Own
            : CaseSide.Requesting.IsIn(of.Request.Receiver) ? CaseSide.Requesting
            : CaseSide.Requested.IsIn(of.Request.Receiver) ? CaseSide.Requested : null;
        if (receiver is not { } by || Came(of, by) is not { } from)
            yield break;
        var known = of.Own is null || of.Own == by;
        var items = known ? of.Items.Select(item => item.Keeping).OfType<Keeping>() : [];
        var declared = of.Request.Fields.TryGetProperty("handling", out var handling) && handling.ValueKind == JsonValueKind.Object ? Keeping.Of(handling) : null;
        // What came together goes on the earliest day that anybody stated.
        var (due, basis) = items.Select(item => Until(of, item, "date of an item")).Prepend(Until(of, declared, "date of the request")).Where(end => end.Due is not null).OrderBy(end => end.Due).FirstOrDefault();
        var reviews = of.RetentionReviews.Where(review => known && review.Time >= from).ToList();
        // Beside a day on which the data go, they are looked at as often as the request says, and for as long as they are there.
        var stated = items.Prepend(declared).Min(keeping => keeping?.ReviewEveryDays);
        if (due is null || stated is not null)
        {
            var days = stated ?? 365;
            var open = reviews is not [.., { EraseOn: not null }];
            var since = from;
            for (var i = 0; i < reviews.Count + (open ? 1 : 0); i++)
            {
                var (met, next) = (i < reviews.Count ? reviews[i].Time : (DateTimeOffset?)null, of.Calendar.AddDays(since, days));
                if (met is null && next >= due)
                    break;
                yield return LegalClock.New(DeadlineRule.RETENTION_REVIEW, by, since, next, string.Create(CultureInfo.InvariantCulture, $"review after {days} days"), met, i + 1);
                since = met ?? since;
            }
        }
        if (reviews is [.., { EraseOn: { } eraseOn } last] && of.Calendar.At(WorkCalendar.Sane(eraseOn), TimeOnly.MinValue) is var decided && (due is null || decided < due))
            (due, basis) = (decided, string.Create(CultureInfo.InvariantCulture, $"review of {last.Time:yyyy-MM-dd}"));
        if (due is { } end)
        {
            var retention = LegalClock.New(DeadlineRule.RETENTION, by, from, end, basis, null);
            yield return of.HeldBy is null || !known ? retention : retention with { State = DeadlineState.SUSPENDED, Basis = $"{basis}; legal hold by {of.HeldBy}" };
        }
    }

    // The first of it, whatever became of the case afterwards.
    private static DateTimeOffset? Came(ClockedCase of, CaseSide by)
    {
        DateTimeOffset? answered = by == CaseSide.Requested ? of.Delivered : of.First(CaseSide.Requested, ActKind.EXECUTED, ActKind.PARTIALLY_ANSWERED, ActKind.MEASURE_DELIVERY)?.Act.Time;
        return of.Items.Where(_ => of.Own == by).Select(item => (DateTimeOffset?)item.Consigned).Append(answered).Min();
    }

    private static (DateTimeOffset? Due, string Basis) Until(ClockedCase of, Keeping? keeping, string stated) => keeping switch
    {
        { Rule: "UNTIL_DATE", Until: { } day } => (of.Calendar.At(day.AddDays(1), TimeOnly.MinValue), stated),
        { Rule: "UNTIL_CASE_CLOSED" } when Closed(of) is { } closed => (of.Calendar.AddDays(closed, 30), "30 days after the case was closed, default of this installation"),
        _ => (null, ""),
    };

    // By the act that led there: what came behind it, an original for instance, closed nothing.
    private static DateTimeOffset? Closed(ClockedCase of)
        => of.State.IsFinal() && of.Acts is [.., var last] ? (of.Acts.LastOrDefault(a => a.Act.Kind is ActKind.COMPLETED or ActKind.REFUSED or ActKind.WITHDRAWN or ActKind.EXPIRED) ?? last).Act.Time : null;

    internal static int? Integer(JsonElement parent, string name)
        => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    internal static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset? LocalTime(JsonElement parent, string name) => Text(parent, name) is { } text && DocumentReader.TryLocalTime(text, out var time) ? WorkCalendar.Sane(time) : null;

    internal static DateOnly? Day(JsonElement parent, string name)
        => DateOnly.TryParseExact(Text(parent, name), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? WorkCalendar.Sane(day) : null;
}
