using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Notification;

/// <summary>A way to people other than a screen.</summary>
/// <param name="Kind">WEBHOOK, MAIL, COMMAND.</param>
/// <param name="Target">Host or program; no path and no address, which may hold a secret.</param>
/// <param name="Confirms">That it went well means that a person was reached.</param>
internal sealed record Way(string Kind, string Target, bool Confirms)
{
    public string Subject => $"{Kind} {Target}";
}

/// <summary>
/// Which ways to people do not work. One that failed in all its attempts is an alarm until it works once; that stands in the database, so that a restart does not take it for sound.
/// </summary>
internal sealed class Ways
{
    private const string Fact = "alarms.way:";

    private readonly Database _database;
    private readonly Alarms _alarms;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, bool> _dead = new(StringComparer.Ordinal);

    public Ways(Database database, NotificationOptions options, Alarms alarms, TimeProvider clock)
    {
        (_database, _alarms, _clock) = (database, alarms, clock);
        var hosts = options.Webhooks.Select(hook => new Uri(hook.Address).Authority).ToList();
        Webhooks = [.. options.Webhooks.Select((hook, i) => new Way("WEBHOOK", hosts.Count(h => h == hosts[i]) == 1 ? hosts[i] : string.Create(CultureInfo.InvariantCulture, $"{hosts[i]} ({i + 1})"), hook.Confirms))];
        Mail = options.Mail.Host.Length > 0 ? new Way("MAIL", options.Mail.Host, false) : null;
        Command = options.Command.Program.Length > 0 ? new Way("COMMAND", Path.GetFileName(options.Command.Program), options.Command.Confirms) : null;
        // One that is configured no more has nothing to be mended.
        foreach (var (subject, text) in database.Read(s => s.Query("SELECT substr(name, length($1) + 1), value FROM facts WHERE substr(name, 1, length($1)) = $1", r => (r.GetString(0), r.GetString(1)), Fact)))
        {
            if (All.Any(way => way.Subject == subject) && _dead.TryAdd(subject, true))
                _alarms.Raise(AlarmCode.ALARM_PATH_DEAD, subject, text);
        }
    }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<Way> Webhooks { get; }

    public Way? Mail { get; }

    public Way? Command { get; }

    /// <summary>Whether there is any.</summary>
    public bool AtHand => All.Any();

    /// <summary>Whether a way is at hand whose success counts as a person, and that did not fail last.</summary>
    public bool ReachSomebody => All.Any(way => way.Confirms && !IsDead(way));

    private IEnumerable<Way> All => [.. Webhooks, .. Mail is { } mail ? [mail] : Array.Empty<Way>(), .. Command is { } command ? [command] : Array.Empty<Way>()];

    public bool IsDead(Way way) => _dead.ContainsKey(way.Subject);

    /// <summary>It failed in all its attempts.</summary>
    public async Task Failed(Way way, string outcome)
    {
        var text = $"{way.Kind} {way.Target} failed ({outcome}): nobody is reached by it, since {DocumentWriter.FormatTime(_clock.GetUtcNow())} until it works once";
        if (!_dead.TryAdd(way.Subject, true))
            return;
        _alarms.Raise(AlarmCode.ALARM_PATH_DEAD, way.Subject, text);
        await _database.Write(Lane.Ordinary, s => s.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", Fact + way.Subject, text));
    }

    public async Task Worked(Way way)
    {
        if (!_dead.TryRemove(way.Subject, out _))
            return;
        _alarms.Clear(AlarmCode.ALARM_PATH_DEAD, way.Subject);
        await _database.Write(Lane.Ordinary, s => s.Run("DELETE FROM facts WHERE name = $1", Fact + way.Subject));
    }
}
