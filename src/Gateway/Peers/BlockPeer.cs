using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Peers;

/// <summary>An administrator shuts a State out, at once and on open connections too, or lets it in again. One person may do either; the reason is recorded.</summary>
internal sealed class BlockPeer(Database database, PeerDirectory peers, PeerViews views, Alarms alarms, TimeProvider clock)
{
    private const int MaxReason = 200;

    public Task<Outcome<PeerView>> Block(BlockPeerRequest request, User by) => Change(request, by, (s, peer, now) =>
    {
        if (peer.Status == PeerStatus.BLOCKED)
            return new Refusal(RefusalCode.StateConflict, $"{peer.State} is blocked already: {peer.Reason}", "state");
        var blocked = peer with { Status = PeerStatus.BLOCKED, Reason = request.Reason };
        PeerRows.Store(s, blocked, now);
        new AuditRecord("peer.blocked", by.Name, peer.State, Detail: request.Reason).Append(s, now);
        return blocked;
    });

    public Task<Outcome<PeerView>> Unblock(BlockPeerRequest request, User by) => Change(request, by, (s, peer, now) =>
    {
        if (peer.Status != PeerStatus.BLOCKED)
            return new Refusal(RefusalCode.StateConflict, $"{peer.State} is not blocked", "state");
        if (CardRules.HolderOfTls(s, peer.Card, peers) is { } holder)
            return CardRules.Claims(peer.Card, holder);
        var unblocked = peer with { Status = peer.ApprovedBy is null ? PeerStatus.PROPOSED : PeerStatus.APPROVED, Reason = null };
        PeerRows.Store(s, unblocked, now);
        new AuditRecord("peer.unblocked", by.Name, peer.State, Detail: request.Reason).Append(s, now);
        return unblocked;
    });

    /// <summary>A State stays shut out until somebody remembers it: an alarm while it lasts.</summary>
    public static void Tell(Alarms alarms, Peer peer)
    {
        if (peer.Status == PeerStatus.BLOCKED)
        {
            alarms.Raise(AlarmCode.PEER_BLOCKED, peer.State, $"{peer.State} is shut out; 'gatewayctl peer list' says why");
            alarms.Clear(AlarmCode.CARD_CLASH, peer.State);
        }
        else
            alarms.Clear(AlarmCode.PEER_BLOCKED, peer.State);
    }

    private async Task<Outcome<PeerView>> Change(BlockPeerRequest request, User by, Func<Session, Peer, DateTimeOffset, Outcome<Peer>> change)
    {
        if (by.Refuse(Permission.AdministerPeers) is { } notPermitted)
            return notPermitted;
        if (request.Reason.Trim().Length is 0 or > MaxReason)
            return new Refusal(RefusalCode.ArgumentNotValid, $"give a reason of 1 to {MaxReason} characters", "reason");
        var now = clock.GetUtcNow();
        var result = await database.Write(Lane.Emergency, s => PeerRows.Find(s, request.State) is { } peer
            ? change(s, peer, now)
            : new Refusal(RefusalCode.NotFound, $"there is no peer '{request.State}'", "state"));
        if (result.TryGet(out var changed, out _))
        {
            peers.Reload();
            Tell(alarms, changed);
        }
        return result.Then<PeerView>(peer => views.Of(peer));
    }
}
