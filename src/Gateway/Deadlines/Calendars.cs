using System.Collections.Frozen;
using Gateway.Peers;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Runtime;

namespace Gateway.Deadlines;

/// <summary>The tables of holidays at hand, read again when a file changes. A State without one has its card's time zone, and every day counts; people are told.</summary>
internal sealed class Calendars(ClockOptions options, PeerDirectory peers, Alarms alarms)
{
    private readonly Lock _reading = new();
    private FrozenDictionary<string, WorkCalendar> _tables = FrozenDictionary<string, WorkCalendar>.Empty;
    private FrozenDictionary<string, Digest> _digests = FrozenDictionary<string, Digest>.Empty;
    private string _seen = "";

    /// <summary>The digest of the file that each State's table was read from; a State without a table has none.</summary>
    public IReadOnlyDictionary<string, Digest> Digests => _digests;

    /// <summary>The calendar of a State.</summary>
    public WorkCalendar Of(string state) => _tables.GetValueOrDefault(state) ?? WorkCalendar.Without(state, ZoneOf(state));

    /// <summary>The calendar by which a case is reckoned: without a table of the requested State, in the time zone of the authority that is asked, as its card of then names it. A verifier has no table either.</summary>
    public WorkCalendar Of(string state, PeerCard? card, string authority) => _tables.GetValueOrDefault(state) ?? (card is null ? Of(state) : WorkCalendar.Without(state, card.ZoneOf(authority)));

    /// <summary>The calendar of our own State.</summary>
    public WorkCalendar Own => Of(peers.OwnCard.Card.State);

    /// <summary>Whether a table of the State covers the year; the sentence for people when not.</summary>
    public string? Missing(string state, int year) => _tables.TryGetValue(state, out var table)
        ? table.Covers(new DateOnly(year, 1, 1)) ? null : $"the table of holidays of {state} ends before {year}: its days are counted as calendar days"
        : $"there is no table of holidays of {state}: its days are counted as calendar days";

    /// <summary>Looks whether the files changed, and raises an alarm for each State whose days cannot be told.</summary>
    public void Look(DateTimeOffset now)
    {
        lock (_reading)
            Read();
        foreach (var state in peers.All.Where(p => p.Status == PeerStatus.APPROVED).Select(p => p.State).Append(peers.OwnCard.Card.State))
        {
            if (options.Calendars.Length > 0 && Missing(state, now.Year) is { } text)
                alarms.Raise(AlarmCode.HOLIDAYS_MISSING, state, text);
            else
                alarms.Clear(AlarmCode.HOLIDAYS_MISSING, state);
        }
    }

    private void Read()
    {
        if (options.Calendars.Length == 0)
            return;
        var files = Directory.Exists(options.Calendars) ? Directory.GetFiles(options.Calendars, "*.json").Order(StringComparer.Ordinal).ToList() : [];
        var seen = string.Join('\n', files.Select(f => $"{f} {File.GetLastWriteTimeUtc(f).Ticks} {new FileInfo(f).Length}"));
        if (seen == _seen)
            return;
        var tables = new Dictionary<string, WorkCalendar>(StringComparer.Ordinal);
        var digests = new Dictionary<string, Digest>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var name = Path.GetFileName(file);
            var (calendar, digest, problem) = CalendarFile.Read(file);
            if (calendar is not null && tables.TryAdd(calendar.State, calendar))
            {
                digests[calendar.State] = digest;
                alarms.Clear(AlarmCode.HOLIDAYS_MISSING, name);
            }
            else
            {
                alarms.Raise(AlarmCode.HOLIDAYS_MISSING, name, $"the table of holidays {name} is not used: {(calendar is null ? problem : $"another file is of {calendar.State} too")}");
            }
        }
        (_tables, _digests, _seen) = (tables.ToFrozenDictionary(StringComparer.Ordinal), digests.ToFrozenDictionary(StringComparer.Ordinal), seen);
    }

    // As a card names it, else UTC: an unknown zone must not stop the clock.
    private TimeZoneInfo ZoneOf(string state)
    {
        var card = peers.CardOf(state);
        var name = card?.Authorities.Select(a => a.TimeZone).FirstOrDefault(z => z is not null);
        return name is not null && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;
    }

    /// <summary>The time zone of an authority: its card's, else that of its State.</summary>
    public TimeZoneInfo ZoneOf(PeerCard? card, string authority)
        => card?.Find(authority)?.TimeZone is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : Of(authority[..2]).Zone;
}
