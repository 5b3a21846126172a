using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace Gateway.Runtime;

/// <summary>The sources of traces and metrics. They cost next to nothing while nobody listens. No personal data: States, codes and method names only.</summary>
internal static class Telemetry
{
    public const string Name = "Gateway";

    /// <summary>The product's version, without the commit that the build appends.</summary>
    public static string Version { get; } = typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static ActivitySource Activities { get; } = new(Name, Version);

    public static Meter Meter { get; } = new(Name, Version);

    /// <summary>Calls answered, by method and refusal code (empty when answered).</summary>
    public static Counter<long> Calls { get; } = Meter.CreateCounter<long>("gateway.calls", "{call}", "Calls answered, by method and refusal code.");

    /// <summary>Seconds from the start of a call to its answer.</summary>
    public static Histogram<double> CallDuration { get; } = Meter.CreateHistogram<double>("gateway.call.duration", "s", "Time from the start of a call to its answer.");

    /// <summary>Connections refused in the TLS handshake, by port and reason.</summary>
    public static Counter<long> RefusedConnections { get; } = Meter.CreateCounter<long>("gateway.connections.refused", "{connection}", "Connections refused in the handshake, by port and reason.");

    /// <summary>Messages by what became of them (sent, delivered, accepted, duplicate, rejected, dead), kind and refusal code.</summary>
    public static Counter<long> Messages { get; } = Meter.CreateCounter<long>("gateway.messages", "{message}", "Messages by what became of them.");

    /// <summary>Counts one message.</summary>
    public static void Count(string became, string kind, string refusal = "")
        => Messages.Add(1, new KeyValuePair<string, object?>("became", became), new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("refusal", refusal));
}
