using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;

namespace Gateway.Deadlines;

/// <summary>A table of holidays as people write it: <c>{ "state", "timeZone", "weekend", "years", "holidays": [{ "day", "name" }], "workFrom", "workTo" }</c>.</summary>
internal static class CalendarFile
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>The calendar with the digest of its file, or what is wrong with it.</summary>
    public static (WorkCalendar? Calendar, Digest Digest, string Problem) Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaxBytes)
                return (null, default, "it is longer than 1 MiB");
            var bytes = File.ReadAllBytes(file);
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 8 });
            return (Read(json.RootElement), Digest.Of(bytes), "");
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            return (null, default, e is FormatException ? e.Message : "it is not a table of holidays");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, default, "it cannot be read");
        }
    }

    private static WorkCalendar Read(JsonElement table)
    {
        var state = table.GetProperty("state").GetString()!;
        var zoneName = table.GetProperty("timeZone").GetString()!;
        if (!Ids.IsState(state))
            throw new FormatException("'state' is not the code of a State");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zoneName, out var zone))
            throw new FormatException($"'{zoneName}' is not a time zone");
        var years = table.GetProperty("years").EnumerateArray().Select(y => y.GetInt32()).Order().ToList();
        if (years.Count == 0 || years[^1] - years[0] != years.Count - 1)
            throw new FormatException("'years' is not a run of years without gap");
        var weekend = table.GetProperty("weekend").EnumerateArray().Select(d => Enum.TryParse<DayOfWeek>(d.GetString(), ignoreCase: true, out var day) ? day : throw new FormatException("'weekend' holds a word that is no day of the week")).ToFrozenSet();
        if (weekend.Count == 7)
            throw new FormatException("'weekend' leaves no working day");
        var holidays = table.GetProperty("holidays").EnumerateArray().Select(h => Day(h.GetProperty("day").GetString())).ToFrozenSet();
        if (holidays.Count > 200 * years.Count)
            throw new FormatException("there are more than 200 holidays in a year");
        var calendar = new WorkCalendar(state, zone, weekend, holidays, years[0], years[^1])
        {
            WorkFrom = Clock(table, "workFrom", new TimeOnly(8, 0)),
            WorkTo = Clock(table, "workTo", new TimeOnly(18, 0)),
        };
        return calendar.WorkFrom < calendar.WorkTo ? calendar : throw new FormatException("'workFrom' is not before 'workTo'");
    }

    private static DateOnly Day(string? text)
        => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : throw new FormatException($"'{text}' is not a day such as 2026-12-25");

    private static TimeOnly Clock(JsonElement table, string name, TimeOnly otherwise)
        => !table.TryGetProperty(name, out var value) ? otherwise
            : TimeOnly.TryParseExact(value.GetString(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : throw new FormatException($"'{name}' is not a time such as 08:00");
}
