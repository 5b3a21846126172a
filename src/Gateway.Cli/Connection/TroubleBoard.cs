using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Connection;

/// <summary>What the gateway says of the ways to its officers, in the words of this one. That nobody hears is loud, and again; what only needs a hand is said once, and now and then.</summary>
internal sealed class TroubleBoard(Labels labels)
{
    private static readonly TimeSpan LoudAgain = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, DateTimeOffset> _told = new(StringComparer.Ordinal);

    /// <summary>What is to be said now, the loud first.</summary>
    public IReadOnlyList<(string Text, bool Loud)> Take(AlertNotice notice, DateTimeOffset now)
    {
        var standing = notice.Troubles.Select(t => (Text: Words(labels, t, notice.OnDuty.FirstOrDefault() ?? ""), Loud: IsLoud(t))).Distinct().ToList();
        foreach (var over in _told.Keys.Except(standing.Select(t => t.Text), StringComparer.Ordinal).ToList())
            _told.Remove(over);
        var due = standing.Where(t => !_told.TryGetValue(t.Text, out var told) || now - told >= (t.Loud ? LoudAgain : Again)).OrderByDescending(t => t.Loud).ToList();
        foreach (var (text, _) in due)
            _told[text] = now;
        return due;
    }

    /// <summary>One trouble in words.</summary>
    public static string Words(Labels labels, AlarmTrouble trouble, string first)
        // A newer gateway knows more of them.
        => Known.Contains(trouble.What) ? labels.Format($"watch.trouble.{trouble.What}", ("target", trouble.Target), ("text", trouble.Text), ("officer", first)) : trouble.Text;

    // An emergency would not be heard now.
    private static bool IsLoud(AlarmTrouble trouble) => trouble.What is "DEVICES" or "FIRST" or "ROSTER" or "TEST" || !Known.Contains(trouble.What);

    private static readonly string[] Known = ["DEVICES", "FIRST", "ROSTER", "TEST", "WEBHOOK", "MAIL", "COMMAND", "ROSTER_NOT_VALID"];
}
