using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Acts;

/// <summary>
/// What some acts need beside a row of <see cref="Transitions"/>: a day until which data are kept, a date that has passed. The same at both sides and in the verifier; the words of a letter on
/// paper are taken as they are.
/// </summary>
public static class ActConditions
{
    /// <summary>How long a request waits for what it was asked, before it may be closed.</summary>
    public static readonly TimeSpan Unanswered = TimeSpan.FromDays(60);

    /// <summary>
    /// V043 for an answer that says that data are kept where no act said until when: nobody would know the day on which they go. What cannot be kept, or was not found, needs no day.
    /// </summary>
    /// <param name="act">The act.</param>
    /// <param name="kind">Kind of the request.</param>
    /// <param name="before">The acts before it, at least those of its own side.</param>
    public static Refusal? Unkept(ActEntry act, RequestKind kind, IEnumerable<ActEntry> before)
        => act.Kind == ActKind.EXECUTED && kind is RequestKind.PRESERVE_DATA or RequestKind.PRESERVE_EXTENSION && act.Outcome is nameof(ActOutcome.FULL) or nameof(ActOutcome.PARTIAL)
            && !before.Any(earlier => earlier.Kind == ActKind.PRESERVED)
            ? new Refusal(RefusalCode.TransitionNotAllowed, $"{kind} is not answered {act.Outcome} before it is said until when the data are kept ('gatewayctl request preserve').", "outcome")
            : null;

    /// <summary>V043 for a request that is closed as of no use before it is: nobody gets rid of one without a ground.</summary>
    /// <param name="time">When it is closed.</param>
    /// <param name="asked">When the question was asked that is open; null: none is.</param>
    /// <param name="request">The request.</param>
    public static Refusal? TooEarly(DateTimeOffset time, DateTimeOffset? asked, Request request)
    {
        var useful = UsefulUntil(request);
        var unanswered = asked is { } since ? MayClose(since) : (DateTimeOffset?)null;
        if (time >= unanswered || time >= useful)
            return null;
        var dates = new[] { (useful, "it is of use until"), (unanswered, "the question may be answered until") }
            .Where(date => date.Item1 is not null).Select(date => $"{date.Item2} {DocumentWriter.FormatTime(date.Item1!.Value)}").ToList();
        return new Refusal(RefusalCode.TransitionNotAllowed,
            $"A request is EXPIRED {Unanswered.TotalDays.ToString("0", CultureInfo.InvariantCulture)} days after a question that was not answered, or when the last date of the request has passed; {(dates.Count == 0 ? "it has no such date, and no question is open" : string.Join(", ", dates))}. Refuse it with a ground instead.", "kind");
    }

    /// <summary>From when on a request may be closed because nobody supplemented it.</summary>
    /// <param name="asked">When it was asked for the supplement.</param>
    public static DateTimeOffset MayClose(DateTimeOffset asked) => WorkCalendar.Add(asked, Unanswered);

    /// <summary>The last of the dates after which the request says it is of no use: the latest day of service, the end of the last slot of a hearing, the date asked for. Null: it names none.</summary>
    public static DateTimeOffset? UsefulUntil(Request request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var dates = new List<DateTimeOffset?> { LegalClock.Time(request, "deadlineRequested") };
        // A day ends up to 12 hours later elsewhere.
        if (request.Fields.TryGetProperty("serveBefore", out var serve) && FieldCheck.String(serve) is { } text && FieldCheck.TryDay(text, out var day))
            dates.Add(new DateTimeOffset(WorkCalendar.Sane(day).AddDays(1).ToDateTime(new TimeOnly(12, 0)), TimeSpan.Zero));
        if (request.Fields.TryGetProperty("slots", out var slots) && slots.ValueKind == JsonValueKind.Array)
            dates.AddRange(slots.EnumerateArray().Select(slot => RequestView.TimeIn(slot, "to")));
        return dates.Max();
    }
}
