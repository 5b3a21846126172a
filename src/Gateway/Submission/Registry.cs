using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>
/// The registers of the authorities: numbers of stamps and of human references, one series per authority and year. A number is
/// never given twice; one that was composed but not submitted is a gap.
/// </summary>
internal sealed partial class Registry(Database database, TimeProvider clock)
{
    private const int MostDigits = 9;

    private readonly ConcurrentDictionary<string, long> _last = new(StringComparer.Ordinal);

    /// <summary>The next number of a series, <c>000417</c>, with the series' name for <see cref="Keep"/>.</summary>
    public (string Series, long Number) Next(string series)
    {
        var name = $"register:{series}:{clock.GetUtcNow().Year.ToString(CultureInfo.InvariantCulture)}";
        return (name, _last.AddOrUpdate(name, n => Stored(n) + 1, (_, last) => last + 1));
    }

    /// <summary><c>RQ-XA-2026-000417</c>.</summary>
    public string NextReference(string state)
    {
        var number = _last.AddOrUpdate($"register:RQ-{state}:{clock.GetUtcNow().Year.ToString(CultureInfo.InvariantCulture)}", name => Math.Max(Stored(name), InCases(state)) + 1, (_, last) => last + 1);
        return string.Create(CultureInfo.InvariantCulture, $"RQ-{state}-{clock.GetUtcNow().Year}-{number:000000}");
    }

    /// <summary>Keeps a number that was used, in the transaction of the message that uses it.</summary>
    public static void Keep(Session session, string series, long number) => session.Run(
        "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
        series, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Keeps the number of a reference of the form that <see cref="NextReference"/> gives, in the transaction of the case that bears it.</summary>
    public static void KeepReference(Session session, string reference)
    {
        if (Given().Match(reference) is { Success: true } match)
            Keep(session, $"register:RQ-{match.Groups[1].Value}:{match.Groups[2].Value}", long.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("^RQ-([A-Z]{2})-([0-9]{4})-([0-9]{6,9})$", RegexOptions.CultureInvariant)]
    private static partial Regex Given();

    // Earlier programs gave references without keeping their numbers. Looked for once after a start; what others wrote into their own requests does not count as given here.
    private long InCases(string state) => database.Read(s => s.Number("""
        SELECT max(CAST(substr(reference, length($1) + 1) AS INTEGER)) FROM cases
        WHERE reference GLOB $1 || '[0-9]*' AND length(reference) <= length($1) + $2 AND substr(CASE side WHEN 'Requesting' THEN own_authority ELSE peer_authority END, 1, 2) = $3
        """, $"RQ-{state}-{clock.GetUtcNow().Year.ToString(CultureInfo.InvariantCulture)}-", MostDigits, state));

    private long Stored(string name) => database.Read(s => s.Number("SELECT CAST(value AS INTEGER) FROM facts WHERE name = $1", name));
}
