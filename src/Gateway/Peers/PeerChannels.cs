using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Grpc.Core;
using Grpc.Net.Client;

namespace Gateway.Peers;

/// <summary>
/// Channels to peers: TLS 1.3, our certificate presented, the other side's pinned to what its card lists. A channel is dropped as
/// soon as its peer is blocked or has a new card; calls on it fail and are made again by their owners.
/// </summary>
internal sealed class PeerChannels : IDisposable
{
    private const int MaxReplyBytes = 16 * 1024 * 1024;
    private const int MaxPlainReplyBytes = 64 * 1024;

    private readonly KeyRing _keys;
    private readonly PeerDirectory _peers;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<ChannelKey, Lazy<Line>> _channels = new();

    public PeerChannels(KeyRing keys, PeerDirectory peers, TimeProvider clock)
    {
        (_keys, _peers, _clock) = (keys, peers, clock);
        _peers.Changed += DropChanged;
    }

    /// <summary>The channel to the gateway that serves an authority. Refuses when its State is not an approved peer today.</summary>
    public Outcome<CallInvoker> To(string authority)
        => Open(authority).TryGet(out var line, out var refusal) ? new PeerCalls(line.Grpc.CreateCallInvoker()) : refusal;

    /// <summary>The same over connections of their own: what fills them delays no message.</summary>
    public Outcome<CallInvoker> ForBulk(string authority)
        => Open(authority, bulk: true).TryGet(out var line, out var refusal) ? new PeerCalls(line.Grpc.CreateCallInvoker()) : refusal;

    /// <summary>A channel to the State's first endpoint, for what concerns the State as a whole.</summary>
    public Outcome<CallInvoker> ToState(string state) => To($"{state}-");

    /// <summary>Plain HTTP/2 to the State's first endpoint, over the same connections: what witnesses speak. Not to be disposed by the caller.</summary>
    public Outcome<HttpClient> HttpToState(string state)
        => Open($"{state}-").TryGet(out var line, out var refusal) ? line.Http : refusal;

    /// <summary>What the calls to an authority share: its endpoint; its State where no card names one.</summary>
    public string LineTo(string authority) => _peers.ByState(Ids.StateOf(authority)) is { } peer && EndpointOf(peer, authority) is { } endpoint ? endpoint : Ids.StateOf(authority);

    public void Dispose()
    {
        _peers.Changed -= DropChanged;
        foreach (var key in _channels.Keys)
            Drop(key);
    }

    private Outcome<Line> Open(string authority, bool bulk = false)
    {
        var state = Ids.StateOf(authority);
        if (_peers.ByState(state) is not { } peer)
            return new Refusal(RefusalCode.PeerUnknown, $"{state} is not a peer");
        if (peer.RefuseAt(_clock.GetUtcNow()) is { } refusal)
            return refusal;
        return EndpointOf(peer, authority) is { } endpoint
            ? _channels.GetOrAdd(new ChannelKey(state, endpoint, peer.Card.Card.Version, bulk), _ => new Lazy<Line>(() => Open(peer, endpoint))).Value
            : new Refusal(RefusalCode.PeerUnreachable, $"the card of {state} names no endpoint");
    }

    /// <summary>An authority without an endpoint of its own is reached through that of its State.</summary>
    private static string? EndpointOf(Peer peer, string authority)
        => peer.Card.Card.Find(authority) is { Endpoint.Length: > 0 } own ? own.Endpoint : peer.Card.Card.Authorities.FirstOrDefault(a => a.Endpoint.Length > 0)?.Endpoint;

    private Line Open(Peer peer, string endpoint)
    {
        var pinned = peer.TlsCertificates.ToHashSet();
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = SslStreamCertificateContext.Create(_keys.Tls, null, offline: true),
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                CertificateChainPolicy = OwnTrust.Policy(),
                // The card decides, not names or roots: a certificate that it lists, within its own validity.
                RemoteCertificateValidationCallback = (_, certificate, _, _) => Accepts(certificate, pinned),
            },
        };
        var http = new HttpClient(handler, disposeHandler: false)
        {
            BaseAddress = new Uri(endpoint),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            MaxResponseContentBufferSize = MaxPlainReplyBytes,
        };
        return new Line(GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = MaxReplyBytes }), http);
    }

    private bool Accepts(X509Certificate? certificate, HashSet<Digest> pinned)
        => certificate is X509Certificate2 presented
            && pinned.Contains(Digest.Of(presented.RawDataMemory.Span))
            && OwnTrust.ValidAt(presented, _clock.GetUtcNow());

    private void DropChanged()
    {
        foreach (var key in _channels.Keys)
        {
            if (_peers.ByState(key.State) is not { Status: PeerStatus.APPROVED } peer || peer.Card.Card.Version != key.CardVersion)
                Drop(key);
        }
    }

    private void Drop(ChannelKey key)
    {
        if (_channels.TryRemove(key, out var dropped))
            dropped.Value.Dispose();
    }

    private sealed record ChannelKey(string State, string Endpoint, long CardVersion, bool Bulk);

    /// <summary>Both ways to speak over the connections of one handler, which the channel owns.</summary>
    private sealed record Line(GrpcChannel Grpc, HttpClient Http) : IDisposable
    {
        public void Dispose()
        {
            Http.Dispose();
            Grpc.Dispose();
        }
    }
}
