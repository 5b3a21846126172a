using Gateway.Runtime;

namespace Gateway.TimeStamps;

/// <summary>Section <c>TimeStamps</c>: who stamps our checkpoints, how often, and what happens when nobody does. No authority: no time-stamps.</summary>
internal sealed class TimeStampOptions : ICheckedOptions
{
    /// <summary>The authorities that are asked, all of them each time.</summary>
    public IReadOnlyList<TimeStampAuthorityOptions> Authorities { get; init; } = [];

    /// <summary>Minutes between two time-stamps of one authority, when the log has grown.</summary>
    public int EveryMinutes { get; init; } = 60;

    /// <summary>Minutes for which a time-stamp may be overdue before the alarm rises and <c>WhenLate</c> decides.</summary>
    public int GraceMinutes { get; init; } = 240;

    /// <summary>GO_ON: only the alarm. STOP: no new act is taken until an authority answers.</summary>
    public string WhenLate { get; init; } = nameof(Lateness.GO_ON);

    public Lateness OnLateness => Enum.Parse<Lateness>(WhenLate);

    public void Check(string path, Mistakes mistakes)
    {
        if (EveryMinutes is < 1 or > 7 * 24 * 60)
            mistakes.Add($"{path}:EveryMinutes", $"{EveryMinutes} is out of range", "Write 1 to 10080 minutes.");
        if (GraceMinutes is < 1 or > 30 * 24 * 60)
            mistakes.Add($"{path}:GraceMinutes", $"{GraceMinutes} is out of range", "Write 1 to 43200 minutes.");
        if (!Enum.GetNames<Lateness>().Contains(WhenLate))
            mistakes.Add($"{path}:WhenLate", $"'{WhenLate}' is not known", $"Choose from {string.Join(", ", Enum.GetNames<Lateness>())}.");
        foreach (var name in Authorities.GroupBy(a => a.Name).Where(g => g.Count() > 1).Select(g => g.Key))
            mistakes.Add($"{path}:Authorities", $"the authority '{name}' stands twice", "Give every time-stamp authority a name of its own.");
    }
}

/// <summary>One time-stamp authority (RFC 3161 over HTTP).</summary>
internal sealed class TimeStampAuthorityOptions : ICheckedOptions
{
    /// <summary>Short name, used in tables, alarms and file names: lower-case letters, digits and hyphens.</summary>
    public string Name { get; init; } = "";

    /// <summary>The only address that is called for it.</summary>
    public string Url { get; init; } = "";

    /// <summary>Certificates that its signing certificate must lead to.</summary>
    [FilePath]
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>The time-stamp policy (object identifier) that is asked for and must be in the token; empty: any.</summary>
    public string Policy { get; init; } = "";

    public void Check(string path, Mistakes mistakes)
    {
        if (Name.Length is 0 or > 40 || !Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            mistakes.Add($"{path}:Name", $"'{Name}' is not a name of lower-case letters, digits and hyphens", "Write a short name: tsa-1.");
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
            mistakes.Add($"{path}:Url", $"'{Url}' is not the address of a time-stamp authority", "Write http://… or https://…, without a password in it.");
        if (Roots.Count == 0)
            mistakes.Add($"{path}:Roots", "no certificate is named that the time-stamps must lead to", "Name the PEM file of the root of the time-stamp authority.");
        if (Policy.Length > 0 && !IsObjectIdentifier(Policy))
            mistakes.Add($"{path}:Policy", $"'{Policy}' is not an object identifier", "Write digits and dots: 1.3.6.1.4.1.99999.1, or leave it out.");
    }

    private static bool IsObjectIdentifier(string text)
        => text.Length <= 100 && text.Split('.') is { Length: >= 2 } arcs && arcs[0] is "0" or "1" or "2"
            && text.Split('.').All(a => a.Length is > 0 and <= 30 && a.All(char.IsAsciiDigit) && (a.Length == 1 || a[0] != '0'));
}
