using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>
/// The registers of the authorities: numbers of stamps and of human references, one series per authority and year. A number is
/// never given twice; one that was composed but not submitted is a gap.
/// </summary>
internal sealed class Registry(Database database, TimeProvider clock)
{
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
        var (_, number) = Next($"RQ-{state}");
        return string.Create(CultureInfo.InvariantCulture, $"RQ-{state}-{clock.GetUtcNow().Year}-{number:000000}");
    }

    /// <summary>Keeps a number that was used, in the transaction of the message that uses it.</summary>
    public static void Keep(Session session, string series, long number) => session.Run(
        "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
        series, number.ToString(CultureInfo.InvariantCulture));

    private long Stored(string name) => database.Read(s => s.Number("SELECT CAST(value AS INTEGER) FROM facts WHERE name = $1", name));
}
