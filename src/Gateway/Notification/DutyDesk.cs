using Gateway.Protocol.Requests;
using Gateway.Runtime;
using Gateway.Users;

namespace Gateway.Notification;

/// <summary>Who is on duty now: by the roster, read again when its file changes; without one, all officers of contact points together.</summary>
internal sealed class DutyDesk(NotificationOptions options, UserDirectory users, Alarms alarms)
{
    private readonly Lock _reading = new();
    private Roster? _roster;
    private string _seen = "";
    private bool _valid;

    public bool HasRoster => options.Roster.Length > 0;

    /// <summary>The shift that runs; without a roster one that never ends; null when the roster has a gap.</summary>
    public Shift? Now(DateTimeOffset now)
    {
        if (!HasRoster)
            return new Shift("", "", now, now, [.. users.All.Where(u => u.Revoked is null && !u.SystemAccount && u.Roles.Contains(Role.CONTACT_POINT_24_7)).Select(u => new DutyOfficer(u.Name, ""))]);
        lock (_reading)
            Read();
        if (_valid && _roster is { } roster)
        {
            // Looked at each time: a user may be added or revoked while the file stays.
            var unknown = roster.Users.Where(u => users.ByName(u) is not { Revoked: null }).ToList();
            if (unknown.Count > 0)
                alarms.Raise(AlarmCode.ROSTER_NOT_VALID, options.Roster, $"the duty roster names persons who are no users here: {string.Join(", ", unknown)}");
            else
                alarms.Clear(AlarmCode.ROSTER_NOT_VALID, options.Roster);
        }
        return _roster?.At(now);
    }

    private void Read()
    {
        var file = new FileInfo(options.Roster);
        var seen = file.Exists ? $"{file.LastWriteTimeUtc.Ticks} {file.Length}" : "gone";
        if (seen == _seen)
            return;
        _seen = seen;
        var (roster, problem) = file.Exists ? Roster.Read(options.Roster) : (null, "it is not there");
        _valid = roster is not null;
        if (roster is null)
        {
            // The last good one stays: a slip of the pen must not silence the alarm.
            alarms.Raise(AlarmCode.ROSTER_NOT_VALID, options.Roster, $"the duty roster is not used: {problem}{(_roster is null ? "" : "; the one before stays in force")}");
            return;
        }
        _roster = roster;
    }
}
