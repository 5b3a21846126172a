using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Users;
using Gateway.V1;

namespace Gateway.Peers;

/// <summary>Calls a peer now and says in words what came of it.</summary>
internal sealed class TestPeer(PeerDirectory peers, PushOwnCard push)
{
    public async Task<Outcome<TestPeerReply>> Run(TestPeerRequest request, User by, CancellationToken cancellation)
    {
        if (by.Refuse(Permission.AdministerPeers) is { } notPermitted)
            return notPermitted;
        var result = await push.Run(request.State, cancellation);
        if (!result.TryGet(out var version, out var refusal))
            return refusal.Code == RefusalCode.PeerUnreachable ? new TestPeerReply { Text = refusal.Detail } : refusal;
        var own = peers.OwnCard.Card.Version;
        return new TestPeerReply
        {
            Reachable = true,
            CardVersionThere = (ulong)version,
            Text = version == own ? $"{request.State} answers and holds our card {own}" : $"{request.State} answers, but holds our card {version} instead of {own}",
        };
    }
}
