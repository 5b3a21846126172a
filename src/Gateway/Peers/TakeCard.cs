using Gateway.AuditLog;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Peers;

/// <summary>A peer pushes a newer card: taken without asking when the card key approved before signed it, and recorded.</summary>
internal sealed class TakeCard(Database database, PeerDirectory peers, Alarms alarms, TimeProvider clock)
{
    // Every card stays for ever, and goes into every bundle.
    private const int CardsPerPeriod = 20;
    private static readonly TimeSpan Period = TimeSpan.FromDays(1);

    public async Task<Outcome<PushCardReply>> Run(PushCardRequest request, Peer caller)
    {
        if (!SignedCard.Open(request.Card.ToByteArray()).TryGet(out var card, out var refusal))
            return refusal;
        if (card.Card.State != caller.State)
            return new Refusal(RefusalCode.CardNotValid, $"the card is of {card.Card.State}, the connection of {caller.State}");
        var now = clock.GetUtcNow();
        string? holder = null;
        var result = await database.Write(Lane.Ordinary, s =>
        {
            // Read again inside the transaction: the peer may have been blocked, or a newer card taken, since the call began.
            var peer = PeerRows.Find(s, caller.State) ?? throw new LedgerBrokenException($"the peer {caller.State} is gone");
            if (peer.RefuseAt(now) is { Code: not RefusalCode.CardExpired } notNow)
                return notNow;
            // The same card again says "we are here"; it changes nothing.
            if (card.Der.Span.SequenceEqual(peer.Card.Der.Span))
                return peer;
            if (card.CardKey != peer.Card.CardKey)
                return new Refusal(RefusalCode.CardFingerprint, "the card is signed by another card key; the two authorities must compare fingerprints again");
            if (s.Number("SELECT count(*) FROM peer_cards WHERE state = $1 AND received > $2", peer.State, now - Period) >= CardsPerPeriod)
                return new Refusal(RefusalCode.RateLimited, $"{CardsPerPeriod} cards of {peer.State} were taken in the last {Period.TotalHours:0} hours");
            if (CardRules.Refuse(card, peer.Card, peers, now) is { } unfit)
                return unfit;
            if (EndedKeys.Refuse(s, card, peer.Card, now) is { } dated)
                return dated;
            holder = CardRules.HolderOfTls(s, card, peers);
            // Whose it is, is no business of the caller; our own administrators hear both names.
            return holder is not null
                ? new Refusal(RefusalCode.CardNotValid, "the card lists a TLS certificate of another State")
                : Store(s, peer, card, $"peer {peer.State}", now);
        });
        if (holder is not null)
            alarms.Raise(AlarmCode.CARD_CLASH, caller.State, $"version {card.Card.Version} of the card of {caller.State} lists a TLS certificate that the card of {holder} in force lists: it was refused, {holder} keeps it");
        if (!result.TryGet(out var current, out refusal))
            return refusal;
        alarms.Clear(AlarmCode.CARD_CLASH, caller.State);
        if (!ReferenceEquals(current.Card, caller.Card) && current.Card.Card.Version != caller.Card.Card.Version)
            peers.Reload();
        return new PushCardReply { Version = (ulong)current.Card.Card.Version };
    }

    /// <summary>Puts a newer card of an approved peer in force.</summary>
    public static Outcome<Peer> Store(Session s, Peer peer, SignedCard card, string by, DateTimeOffset now)
    {
        var updated = peer with { Card = card };
        PeerRows.StoreCard(s, card, now);
        PeerRows.Store(s, updated, now);
        new AuditRecord("peer.card", by, peer.State, Detail: $"card {card.Card.Version} follows {peer.Card.Card.Version}").Append(s, now);
        return updated;
    }
}
