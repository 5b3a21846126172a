using System.Globalization;

namespace Gateway.Benchmarks.Harness;

/// <summary>Rates of <c>openssl speed</c>, measured in the same run as what they bound.</summary>
internal static class OpenSslSpeed
{
    private const string Seconds = "3";

    /// <summary>Operations per second of all cores together, on P-256.</summary>
    public sealed record Curve(double SignsPerSecond, double VerifiesPerSecond, double AgreementsPerSecond);

    /// <summary>Bytes per second of one core, in blocks of 1 MiB.</summary>
    public sealed record Bulk(double Aes256Gcm, double Sha256);

    public static async Task<Curve> CurveRates(int cores)
    {
        var lines = await Speed("-multi", $"{cores}", "ecdsap256", "ecdhp256");
        return new Curve(Field(lines, "+F4:", 3), Field(lines, "+F4:", 4), Field(lines, "+F5:", 3));
    }

    public static async Task<Bulk> BulkRates() => new(
        Field(await Speed("-bytes", "1048576", "-evp", "aes-256-gcm"), "+F:", 3),
        Field(await Speed("-bytes", "1048576", "-evp", "sha256"), "+F:", 3));

    private static async Task<string[]> Speed(params string[] what)
    {
        var openssl = Programs.Find("openssl") ?? throw new MeasurementFailedException("openssl is not installed; the bound cannot be measured");
        return (await Programs.Must(openssl, ["speed", "-mr", "-seconds", Seconds, .. what])).Output.Split('\n');
    }

    // With -multi the children's lines come first, prefixed; the sum stands at the beginning of a line.
    private static double Field(string[] lines, string start, int index)
    {
        var fields = lines.LastOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))?.Split(':') ?? [];
        return index < fields.Length && double.TryParse(fields[index], NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) && rate > 0
            ? rate
            : throw new MeasurementFailedException($"openssl speed printed no {start} line that can be read");
    }
}
