using System.Collections.Concurrent;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Users;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Hosting;

/// <summary>The port through which a connection came.</summary>
internal enum Port
{
    Exchange,
    Operator,
    Health,
}

/// <summary>What is known of a connection for as long as it lasts: its port and the client certificate presented.</summary>
internal sealed record ConnectionIdentity(Port Port, Digest Certificate, DateTimeOffset NotAfter);

/// <summary>The open connections, so that one who is blocked or revoked is cut off at once, in the middle of a call too.</summary>
internal sealed class Connections
{
    /// <summary>Open connections of one peer or user: far more than one needs, and too few to keep others out.</summary>
    public const int MaxPerCaller = 128;

    private readonly ConcurrentDictionary<ConnectionContext, ConnectionIdentity> _open = new();
    private readonly Doorkeeper _door;
    private readonly ILogger<Connections> _log;

    public Connections(Doorkeeper door, PeerDirectory peers, UserDirectory users, ILogger<Connections> log)
    {
        (_door, _log) = (door, log);
        peers.Changed += CutOff;
        users.Changed += CutOff;
    }

    /// <summary>Connection middleware inside TLS: names the connection and keeps it in sight.</summary>
    public async Task Track(Port port, ConnectionContext connection, ConnectionDelegate next)
    {
        var certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        var identity = certificate is null
            ? new ConnectionIdentity(port, default, DateTimeOffset.MinValue)
            : new ConnectionIdentity(port, Digest.Of(certificate.RawDataMemory.Span), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
        connection.Features.Set(identity);
        if (port != Port.Health && _door.CallerOf(identity) is { } caller && _open.Values.Count(other => other.Port == port && _door.CallerOf(other) == caller) >= MaxPerCaller)
        {
            _log.LogWarning("A connection of {Caller} on the {Port} port is refused: {Max} are open", caller, port, MaxPerCaller);
            connection.Abort(new ConnectionAbortedException("too many connections"));
            return;
        }
        _open[connection] = identity;
        try
        {
            await next(connection);
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    }

    private void CutOff()
    {
        foreach (var (connection, identity) in _open)
        {
            if (identity.Port == Port.Health || _door.Knows(identity))
                continue;
            _log.LogWarning("Connection {Connection} on the {Port} port is cut off: its certificate is no longer let in", connection.ConnectionId, identity.Port);
            connection.Abort(new ConnectionAbortedException("the certificate is no longer let in"));
        }
    }
}
