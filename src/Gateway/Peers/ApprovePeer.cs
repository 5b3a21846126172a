using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Peers;

/// <summary>The second person of the ceremony types the fingerprint again; from then on messages flow.</summary>
internal sealed class ApprovePeer(Database database, PeerDirectory peers, UserDirectory users, PeerViews views, TimeProvider clock)
{
    public async Task<Outcome<PeerView>> Run(ApprovePeerRequest request, User by)
    {
        if (by.Refuse(Permission.AdministerPeers) is { } notPermitted)
            return notPermitted;
        var now = clock.GetUtcNow();
        var result = await database.Write(Lane.Ordinary, s => Approve(s, request, by, now));
        if (result.Succeeded)
            peers.Reload();
        return result.Then<PeerView>(peer => views.Of(peer));
    }

    private Outcome<Peer> Approve(Session s, ApprovePeerRequest request, User by, DateTimeOffset now)
    {
        if (PeerRows.Find(s, request.State) is not { } peer)
            return new Refusal(RefusalCode.NotFound, $"no card of '{request.State}' was added", "state");
        if (peer.Status != PeerStatus.PROPOSED)
            return new Refusal(RefusalCode.StateConflict, $"{peer.State} is {peer.Status}", "state");
        if (peer.ProposedBy == by.Name)
            return new Refusal(RefusalCode.SecondPersonNeeded, $"{by.Name} added the card; another administrator must approve it");
        if (users.ByName(peer.ProposedBy) is { } first && first.IsSamePersonAs(by))
            return new Refusal(RefusalCode.SecondPersonNeeded, $"{by.Name} and {first.Name}, who added the card, are accounts of one person");
        if (!peer.Card.Matches(request.Fingerprint))
            return new Refusal(RefusalCode.CardFingerprint, "the fingerprint typed is not that of the card", "fingerprint");
        if (now >= peer.Card.Card.Expires)
            return new Refusal(RefusalCode.CardExpired, "the card has expired meanwhile");
        // Another card may have been approved since this one was brought.
        if (CardRules.HolderOfTls(s, peer.Card, peers) is { } holder)
            return CardRules.Claims(peer.Card, holder);
        var approved = peer with { Status = PeerStatus.APPROVED, ApprovedBy = by.Name };
        PeerRows.Store(s, approved, now);
        new AuditRecord("peer.approved", by.Name, peer.State, Detail: $"card {peer.Card.Card.Version}, proposed by {peer.ProposedBy}").Append(s, now);
        return approved;
    }
}
