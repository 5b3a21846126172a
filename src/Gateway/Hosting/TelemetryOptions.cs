using Gateway.Runtime;

namespace Gateway.Hosting;

/// <summary>Section <c>Telemetry</c>: logs always go to standard output as JSON; traces and metrics only when asked for.</summary>
internal sealed class TelemetryOptions : ICheckedOptions
{
    /// <summary>OTLP over gRPC, <c>http://127.0.0.1:4317</c>; empty: nothing is exported.</summary>
    public string OtlpEndpoint { get; init; } = "";

    /// <summary>Trace, Debug, Information, Warning, Error.</summary>
    public string LogLevel { get; init; } = nameof(Microsoft.Extensions.Logging.LogLevel.Information);

    public void Check(string path, Mistakes mistakes)
    {
        if (OtlpEndpoint.Length > 0 && !(Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            mistakes.Add($"{path}:OtlpEndpoint", $"'{OtlpEndpoint}' is not a URL", "Write http://host:4317, or nothing.");
        if (!Enum.TryParse<LogLevel>(LogLevel, out var level) || !Enum.IsDefined(level))
            mistakes.Add($"{path}:LogLevel", $"'{LogLevel}' is not a level", "Write Debug, Information, Warning or Error.");
    }
}
