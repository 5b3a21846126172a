using System.Net;
using Gateway.Runtime;

namespace Gateway.Hosting;

/// <summary>Section <c>Listen</c>: the three ports. Addresses are written out: nothing listens where nobody asked for it.</summary>
internal sealed class ListenOptions : ICheckedOptions
{
    /// <summary>Gateway to gateway, mutual TLS 1.3: <c>ADDRESS:PORT</c>.</summary>
    public string Exchange { get; init; } = "127.0.0.1:7443";

    /// <summary>Officers, labs, auditors and the ministry's systems, mutual TLS 1.3.</summary>
    public string Operator { get; init; } = "127.0.0.1:7444";

    /// <summary>Plain HTTP for the service supervisor: <c>/health/live</c>, <c>/health/ready</c>. Loopback only.</summary>
    public string Health { get; init; } = "127.0.0.1:7445";

    /// <summary>Open connections on all ports together.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Calls at one time on one connection.</summary>
    public int MaxCallsPerConnection { get; init; } = 256;

    /// <summary>Calls of one peer or user at one time, on all its connections; a quarter is kept for messages and alarms.</summary>
    public int MaxCallsPerCaller { get; init; } = 256;

    public void Check(string path, Mistakes mistakes)
    {
        var addresses = new[] { (nameof(Exchange), Exchange), (nameof(Operator), Operator), (nameof(Health), Health) };
        foreach (var (name, text) in addresses)
        {
            if (Parse(text) is null)
                mistakes.Add($"{path}:{name}", $"'{text}' is not an address and a port", "Write an IP address and a port: 127.0.0.1:7443, 0.0.0.0:7443 or [::1]:7443.");
        }
        if (Parse(Health) is { } health && !IPAddress.IsLoopback(health.Address))
            mistakes.Add($"{path}:{nameof(Health)}", $"{Health} is not a loopback address, and this port has no authentication", "Write 127.0.0.1 or [::1].");
        foreach (var same in addresses.Where(a => Parse(a.Item2) is { Port: > 0 }).GroupBy(a => Parse(a.Item2)!.Port).Where(g => g.Count() > 1))
            mistakes.Add($"{path}:{same.Last().Item1}", $"port {same.Key} is used by {string.Join(" and ", same.Select(a => a.Item1))}", "Give each a port of its own.");
        if (MaxConnections is < 8 or > 100_000)
            mistakes.Add($"{path}:{nameof(MaxConnections)}", $"{MaxConnections} is out of range", "Write 8 to 100000.");
        if (MaxCallsPerConnection is < 1 or > 10_000)
            mistakes.Add($"{path}:{nameof(MaxCallsPerConnection)}", $"{MaxCallsPerConnection} is out of range", "Write 1 to 10000.");
        if (MaxCallsPerCaller is < 16 or > 100_000)
            mistakes.Add($"{path}:{nameof(MaxCallsPerCaller)}", $"{MaxCallsPerCaller} is out of range", "Write 16 to 100000.");
    }

    /// <summary>Null unless the text is an IP address and a port. Port 0 takes a free one (tests).</summary>
    public static IPEndPoint? Parse(string text) => text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var endpoint) ? endpoint : null;
}
