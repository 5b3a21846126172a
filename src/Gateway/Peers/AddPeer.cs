using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Peers;

/// <summary>
/// The first person of the ceremony: brings the card and types the fingerprint heard by voice. Nothing flows until a second person
/// has done the same. A State with a new card key goes through it again, after it was blocked.
/// </summary>
internal sealed class AddPeer(Database database, PeerDirectory peers, PeerViews views, TimeProvider clock)
{
    public async Task<Outcome<PeerView>> Run(AddPeerRequest request, User by)
    {
        if (by.Refuse(Permission.AdministerPeers) is { } notPermitted)
            return notPermitted;
        if (!SignedCard.Open(request.Card.ToByteArray()).TryGet(out var card, out var refusal))
            return refusal;
        if (!card.Matches(request.Fingerprint))
            return new Refusal(RefusalCode.CardFingerprint, "the fingerprint typed is not that of the card", "fingerprint");
        var now = clock.GetUtcNow();
        var result = await database.Write(Lane.Ordinary, s => Store(s, card, by, now));
        if (result.Succeeded)
            peers.Reload();
        return result.Then<PeerView>(peer => views.Of(peer));
    }

    private Outcome<Peer> Store(Session s, SignedCard card, User by, DateTimeOffset now)
    {
        var before = PeerRows.Find(s, card.Card.State);
        if (CardRules.Refuse(card, before?.Card, peers, now) is { } refusal)
            return refusal;
        if (CardRules.HolderOfTls(s, card, peers) is { } holder)
            return CardRules.Claims(card, holder);
        if (before is { Status: PeerStatus.APPROVED })
            return before.Card.CardKey == card.CardKey
                ? EndedKeys.Refuse(s, card, before.Card, now) is { } dated ? dated : TakeCard.Store(s, before, card, by.Name, now)
                : new Refusal(RefusalCode.StateConflict, $"{before.State} is approved under another card key; block it first, then add the new card");
        if (before is { Status: PeerStatus.BLOCKED } && before.Card.CardKey == card.CardKey)
            return new Refusal(RefusalCode.PeerBlocked, $"{before.State} is blocked under this card key; lift the block first");
        var peer = new Peer(card.Card.State, PeerStatus.PROPOSED, card, by.Name, null, null);
        PeerRows.Store(s, peer, now);
        PeerRows.StoreCard(s, card, now);
        new AuditRecord("peer.proposed", by.Name, peer.State, Detail: $"card {card.Card.Version}, card key {card.CardKey}").Append(s, now);
        return peer;
    }
}
