using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>Times that must fit each other and the clock (V010, V011, V012, V045, and the reason for a short deadline).</summary>
internal static class TimeRules
{
    /// <summary>How far clocks of two authorities may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    public static void Check(RequestView view)
    {
        Window(view);
        Authorisation(view);
        Deadline(view);
        NotAhead(view, view.Created, "created");
        if (view.Time("oralRequestAt") is { } asked)
            NotAhead(view, asked, "oralRequestAt");
        foreach (var (item, path) in view.List("itemsAccounts"))
        {
            if (RequestView.TimeIn(item, "at") is { } at)
                NotAhead(view, at, $"{path}.at");
        }
    }

    public static int LongestWindow(RequestView view) => Math.Min(view.Row?.MaxWindowDays ?? int.MaxValue, view.Context.Recipient?.MaxWindowDays ?? int.MaxValue);

    private static void Window(RequestView view)
    {
        if (view.Object("dataWindow") is not { } window || RequestView.TimeIn(window, "from") is not { } from || RequestView.TimeIn(window, "to") is not { } to)
            return;
        if (to < from)
            view.Refuse(RefusalCode.WindowOrder, $"\"dataWindow.to\" ({DocumentWriter.FormatLocalTime(to)}) is before start.", "dataWindow.to");
        else if (view.Row?.StoredData == true && to > view.Context.Day + Skew)
            view.Refuse(RefusalCode.WindowOrder, $"\"dataWindow.to\" ({DocumentWriter.FormatLocalTime(to)}) is in the future.", "dataWindow.to");
        else if (view.Row?.FutureData == true && to < view.Context.Day)
            view.Refuse(RefusalCode.WindowOrder, $"\"dataWindow.to\" ({DocumentWriter.FormatLocalTime(to)}) is in the past.", "dataWindow.to");
        else if (to - from > TimeSpan.FromDays(LongestWindow(view)))
            view.Refuse(RefusalCode.WindowOpenEnded, $"\"dataWindow\" must have a start and an end. Longest allowed: {LongestWindow(view)} days.", "dataWindow");
    }

    private static void Authorisation(RequestView view)
    {
        if (view.Object("judicialAuthorisation") is not { } authorisation)
            return;
        if (RequestView.TimeIn(authorisation, "validUntil") is { } until && until < view.Context.Day)
            view.Refuse(RefusalCode.AuthorisationMissing, $"Judicial authorisation {RequestView.TextIn(authorisation, "number")} ended on {DocumentWriter.FormatLocalTime(until)}.", "judicialAuthorisation.validUntil");
        // What is collected in time to come is collected under the decision, as long as it stands.
        foreach (var period in view.Row is { FutureData: true } ? ["dataWindow", "measurePeriod"] : new[] { "measurePeriod" })
        {
            if (view.Object(period) is { } asked && RequestView.TimeIn(asked, "to") is { } to && RequestView.TimeIn(authorisation, "validUntil") is { } end && end >= view.Context.Day && to > end)
                view.Refuse(RefusalCode.AuthorisationMissing, $"Judicial authorisation {RequestView.TextIn(authorisation, "number")} ends on {DocumentWriter.FormatLocalTime(end)}, before \"{period}.to\" ({DocumentWriter.FormatLocalTime(to)}).", $"{period}.to");
        }
        // A day begins up to 14 hours earlier elsewhere.
        if (RequestView.DayIn(authorisation, "date") is { } date && date > DateOnly.FromDateTime((view.Context.Day + TimeSpan.FromHours(14)).UtcDateTime))
            view.Refuse(RefusalCode.ClockSkew, $"The authorisation's date {date:yyyy-MM-dd} is in the future.", "judicialAuthorisation.date");
    }

    private static void Deadline(RequestView view)
    {
        if (view.Time("deadlineRequested") is not { } deadline)
            return;
        // What came on paper was entered later than it was asked.
        var asked = view.Context.CameAt ?? view.Created;
        if (deadline <= asked)
            view.Refuse(RefusalCode.DocumentValue, "the deadline lies before the request", "deadlineRequested");
        else if (view.Row is { } row && view.Urgency is { } urgency && deadline < row.DecisionDue(urgency, asked) && !view.Has("deadlineReason"))
            view.RefuseEmpty("deadlineReason", "the deadline is shorter than the default");
    }

    private static void NotAhead(RequestView view, DateTimeOffset time, string path)
    {
        if (time > view.Context.Now + Skew)
            view.Refuse(RefusalCode.ClockSkew, $"Event time {DocumentWriter.FormatLocalTime(time)} is ahead of {(view.Context.Arrived ? "receipt time" : "now,")} {DocumentWriter.FormatTime(view.Context.Now)}.", path);
    }
}
