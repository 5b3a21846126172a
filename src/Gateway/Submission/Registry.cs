using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>
/// The registers of the authorities: numbers of stamps and of human references, one series per authority and year. A number is
/// never given twice; one that was composed but not submitted is a gap.
/// </summary>
internal sealed partial class Registry(Database database, TimeProvider clock)
{
    private const int MostDigits = 9;

    // What was composed and not sent, before a start that does not know of it, and what offices number by themselves. One far ahead would use up the six digits of a year.
    private const int MostAhead = 1000;

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
        var year = clock.GetUtcNow().Year;
        var number = _last.AddOrUpdate(Series(state, year), _ => Given(state, year) + 1, (_, last) => last + 1);
        return string.Create(CultureInfo.InvariantCulture, $"RQ-{state}-{year}-{number:000000}");
    }

    /// <summary>Why a reference that a person wrote is none of the register's: it lies far beyond what was given, of this year or a later one. Null: it may be used.</summary>
    public Refusal? Refuse(string reference)
    {
        if (Form().Match(reference) is not { Success: true } match)
            return null;
        var read = Read(match);
        if (read.Year < clock.GetUtcNow().Year)
            return null;
        var last = _last.TryGetValue(Series(read.State, read.Year), out var given) ? given : Given(read.State, read.Year);
        return read.Number <= last + MostAhead ? null
            : new Refusal(RefusalCode.DocumentValue, string.Create(CultureInfo.InvariantCulture, $"the register of {read.State} for {read.Year} stands at {last}, far before {read.Number}: leave the reference out, the gateway numbers it"), "reference");
    }

    /// <summary>Before a reference is used that a person may have written: the register will not give its number any more. One whose request is not sent after all is a gap.</summary>
    public void Pass(string reference)
    {
        if (Form().Match(reference) is { Success: true } match && Read(match) is var read)
            _last.AddOrUpdate(Series(read.State, read.Year), _ => Math.Max(Given(read.State, read.Year), read.Number), (_, last) => Math.Max(last, read.Number));
    }

    /// <summary>Keeps a number that was used, in the transaction of the message that uses it.</summary>
    public static void Keep(Session session, string series, long number) => session.Run(
        "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
        series, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Keeps the number of a reference of the form that <see cref="NextReference"/> gives, in the transaction of the case that bears it.</summary>
    public static void KeepReference(Session session, string reference)
    {
        if (Form().Match(reference) is { Success: true } match && Read(match) is var read)
            Keep(session, Series(read.State, read.Year), read.Number);
    }

    [GeneratedRegex("^RQ-([A-Z]{2})-([0-9]{4})-([0-9]{6,9})$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    private static (string State, int Year, long Number) Read(Match match)
        => (match.Groups[1].Value, int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), long.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture));

    private static string Series(string state, int year) => string.Create(CultureInfo.InvariantCulture, $"register:RQ-{state}:{year:0000}");

    // The last one of what is stored.
    private long Given(string state, int year) => Math.Max(Stored(Series(state, year)), InCases(state, year));

    // Earlier programs gave references without keeping their numbers. Looked for once after a start; what others wrote into their own requests does not count as given here.
    private long InCases(string state, int year) => database.Read(s => s.Number("""
        SELECT max(CAST(substr(reference, length($1) + 1) AS INTEGER)) FROM cases
        WHERE reference GLOB $1 || '[0-9]*' AND length(reference) <= length($1) + $2 AND substr(CASE side WHEN 'Requesting' THEN own_authority ELSE peer_authority END, 1, 2) = $3
        """, string.Create(CultureInfo.InvariantCulture, $"RQ-{state}-{year:0000}-"), MostDigits, state));

    private long Stored(string name) => database.Read(s => s.Number("SELECT CAST(value AS INTEGER) FROM facts WHERE name = $1", name));
}
