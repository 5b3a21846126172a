using System.Globalization;
using System.Text.Json;

namespace Gateway.Notification;

/// <summary>An officer of the roster: the user, and the telephone that colleagues ring.</summary>
internal sealed record DutyOfficer(string User, string Phone);

/// <summary>A shift as it runs now.</summary>
/// <param name="Key">Name and day on which it began: the same for the whole shift, different for every other one.</param>
/// <param name="Officers">In the order in which they are called.</param>
internal sealed record Shift(string Key, string Name, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<DutyOfficer> Officers);

/// <summary>Who is on duty when: <c>{ "timeZone", "shifts": [{ "name", "days", "from", "to", "officers": [{ "user", "phone" }] }] }</c>. A shift may go past midnight; the first that fits counts.</summary>
internal sealed class Roster
{
    private const int MaxBytes = 256 * 1024;

    private readonly TimeZoneInfo _zone;
    private readonly IReadOnlyList<Row> _rows;

    private Roster(TimeZoneInfo zone, IReadOnlyList<Row> rows) => (_zone, _rows) = (zone, rows);

    /// <summary>Everybody who is in it.</summary>
    public IEnumerable<string> Users => _rows.SelectMany(r => r.Officers).Select(o => o.User).Distinct();

    /// <summary>The roster, or what is wrong with the file.</summary>
    public static (Roster? Roster, string Problem) Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaxBytes)
                return (null, "it is longer than 256 KiB");
            using var json = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 8 });
            var zoneName = json.RootElement.GetProperty("timeZone").GetString()!;
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(zoneName, out var zone))
                return (null, $"'{zoneName}' is not a time zone");
            var rows = json.RootElement.GetProperty("shifts").EnumerateArray().Select(Row.Read).ToList();
            return rows.Count == 0 ? (null, "it has no shift") : (new Roster(zone, rows), "");
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return (null, "it is not a duty roster");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, "it cannot be read");
        }
    }

    /// <summary>The shift that runs at this time; null: nobody is on duty.</summary>
    public Shift? At(DateTimeOffset time)
    {
        var local = TimeZoneInfo.ConvertTime(time, _zone).DateTime;
        var (today, clock) = (DateOnly.FromDateTime(local), TimeOnly.FromDateTime(local));
        foreach (var row in _rows)
        {
            // One that goes past midnight began yesterday when it is early.
            var overnight = row.From >= row.To;
            var day = overnight && clock < row.To ? today.AddDays(-1) : today;
            var inside = overnight ? clock >= row.From || clock < row.To : clock >= row.From && clock < row.To;
            if (inside && row.Days.Contains(day.DayOfWeek))
                return new Shift($"{row.Name} {day:yyyy-MM-dd}", row.Name, Moment(day, row.From), Moment(overnight ? day.AddDays(1) : day, row.To), row.Officers);
        }
        return null;
    }

    private DateTimeOffset Moment(DateOnly day, TimeOnly time)
    {
        var local = day.ToDateTime(time, DateTimeKind.Unspecified);
        return new DateTimeOffset(local, _zone.GetUtcOffset(local)).ToUniversalTime();
    }

    private sealed record Row(string Name, IReadOnlySet<DayOfWeek> Days, TimeOnly From, TimeOnly To, IReadOnlyList<DutyOfficer> Officers)
    {
        public static Row Read(JsonElement shift)
        {
            var name = shift.GetProperty("name").GetString() ?? "";
            if (name.Length is 0 or > 60)
                throw new FormatException("a shift has no name, or one longer than 60 characters");
            var days = shift.TryGetProperty("days", out var given)
                ? given.EnumerateArray().Select(d => Enum.TryParse<DayOfWeek>(d.GetString(), ignoreCase: true, out var day) ? day : throw new FormatException($"shift '{name}': '{d.GetString()}' is no day of the week")).ToHashSet()
                : [.. Enum.GetValues<DayOfWeek>()];
            var officers = shift.GetProperty("officers").EnumerateArray()
                .Select(o => new DutyOfficer(o.GetProperty("user").GetString() ?? "", o.TryGetProperty("phone", out var phone) ? phone.GetString() ?? "" : "")).ToList();
            if (officers.Count == 0 || officers.Any(o => o.User.Length == 0))
                throw new FormatException($"shift '{name}' names no officer");
            return new Row(name, days, Clock(shift, "from", name), Clock(shift, "to", name), officers);
        }

        private static TimeOnly Clock(JsonElement shift, string member, string name)
            => TimeOnly.TryParseExact(shift.GetProperty(member).GetString(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : throw new FormatException($"shift '{name}': '{member}' is not a time such as 20:00");
    }
}
