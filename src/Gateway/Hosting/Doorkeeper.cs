using System.Security.Cryptography.X509Certificates;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Users;

namespace Gateway.Hosting;

/// <summary>
/// Who may come in: decided in the TLS handshake, before a byte of a message is read, and again on every call. On the exchange port
/// only a certificate that the card of an approved peer lists; on the operator port only one issued directly by the authority of
/// users. Whether that user is known is said on the call (T801), so that a person learns whom to ask.
/// </summary>
internal sealed class Doorkeeper(KeyRing keys, PeerDirectory peers, UserDirectory users, TimeProvider clock, ILogger<Doorkeeper> log)
{
    /// <summary>The handshake's question.</summary>
    public bool LetsIn(Port port, X509Certificate? presented)
    {
        var reason = presented is X509Certificate2 certificate ? RefuseHandshake(port, certificate) : "no certificate";
        if (reason is null)
            return true;
        Telemetry.RefusedConnections.Add(1, new KeyValuePair<string, object?>("port", port.ToString()), new KeyValuePair<string, object?>("reason", reason));
        log.LogWarning("Connection on the {Port} port refused in the handshake: {Reason}", port, reason);
        return false;
    }

    /// <summary>The peer behind a connection on the exchange port, or why it is refused now.</summary>
    public Outcome<Peer> PeerOf(ConnectionIdentity identity)
    {
        var now = clock.GetUtcNow();
        if (peers.ByTls(identity.Certificate) is not { } peer || now > identity.NotAfter)
            return new Refusal(RefusalCode.ConnectionNotIdentified, "no card in force lists the TLS certificate of this connection");
        return peer.RefuseAt(now) is { } refusal ? refusal : peer;
    }

    /// <summary>The user behind a connection on the operator port, or why it is refused now.</summary>
    public Outcome<User> UserOf(ConnectionIdentity identity)
    {
        if (users.ByClient(identity.Certificate) is not { } user)
            return new Refusal(RefusalCode.UserUnknown, "no user has this client certificate");
        if (user.Revoked is not null || clock.GetUtcNow() > identity.NotAfter)
            return new Refusal(RefusalCode.UserUnknown, user.Revoked is null ? "the client certificate has expired" : "the user was revoked");
        return user;
    }

    /// <summary>Whether an open connection may stay: an unknown user may (he hears T801), a revoked one may not.</summary>
    public bool Knows(ConnectionIdentity identity) => identity.Port == Port.Exchange
        ? PeerOf(identity).Succeeded
        : users.ByClient(identity.Certificate) is not { Revoked: not null };

    /// <summary>Who stands behind a connection: a State, or a user; null when neither is known.</summary>
    public string? CallerOf(ConnectionIdentity identity)
        => identity.Port == Port.Exchange ? peers.ByTls(identity.Certificate)?.State : users.ByClient(identity.Certificate)?.Name ?? identity.Certificate.ToString();

    private string? RefuseHandshake(Port port, X509Certificate2 certificate)
    {
        var now = clock.GetUtcNow();
        if (!OwnTrust.ValidAt(certificate, now))
            return "certificate not valid now";
        if (port == Port.Exchange)
            return peers.ByTls(Digest.Of(certificate.RawDataMemory.Span)) is { } peer ? peer.RefuseAt(now)?.Code.ToString() : "certificate in no card";
        if (!Certificate.Read(certificate.RawDataMemory).TryGet(out var read, out _))
            return "certificate unreadable";
        if (!read.IssuedBy(keys.UserAuthority) || !keys.UserAuthority.ValidAt(now))
            return "certificate of another authority";
        return users.ByClient(read.Sha256) is { Revoked: not null } ? "user revoked" : null;
    }
}
