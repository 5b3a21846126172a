using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Peers;

/// <summary>What makes a card acceptable, whoever brings it.</summary>
internal static class CardRules
{
    /// <summary>Null when the card may follow <paramref name="before"/> (null: the first of its State).</summary>
    public static Refusal? Refuse(SignedCard card, SignedCard? before, PeerDirectory peers, DateTimeOffset now)
    {
        if (card.Card.State == peers.OwnCard.Card.State)
            return new Refusal(RefusalCode.CardNotValid, "the card is of our own State");
        if (now >= card.Card.Expires)
            return new Refusal(RefusalCode.CardExpired, $"the card expired on {DocumentWriter.FormatTime(card.Card.Expires)}");
        if (before is not null && card.Card.Version <= before.Card.Version)
            return new Refusal(RefusalCode.CardVersion, $"the card has version {card.Card.Version}; version {before.Card.Version} is in force");
        // Which key was in force when is reckoned by these days: by one that is still to come, or by an earlier one than the card before bears, cosignatures and seals that were honest would count as made with no key.
        if (PeerDates.Ahead(card.Card.Issued, now, "card", "issued") is { } ahead)
            return ahead;
        // A State whose clock was ahead when it issued the card in force could not correct it before that day: then only today counts.
        if (before is not null && card.Card.Issued < before.Card.Issued && PeerDates.Ahead(before.Card.Issued, now, "card", "issued") is null)
            return new Refusal(RefusalCode.CardNotValid, $"the card is dated {DocumentWriter.FormatTime(card.Card.Issued)}, before version {before.Card.Version}, {DocumentWriter.FormatTime(before.Card.Issued)}");
        if (!card.Card.Authorities.SelectMany(a => a.Tls).Any())
            return new Refusal(RefusalCode.CardNotValid, "the card lists no TLS certificate");
        return null;
    }

    /// <summary>
    /// The State that holds a TLS certificate of this card: ours, or another approved peer. A connection must name one State: a certificate
    /// that two cards list would let one speak for the other, or cut it off. Who is only proposed, or blocked, holds nothing. Null when all is well.
    /// </summary>
    public static string? HolderOfTls(Session s, SignedCard card, PeerDirectory peers)
    {
        var listed = card.Card.Authorities.SelectMany(a => a.Tls).Select(c => c.Sha256).ToHashSet();
        if (peers.OwnCard.Card.Authorities.Any(a => a.Tls.Any(c => listed.Contains(c.Sha256))))
            return peers.OwnCard.Card.State;
        return Holder(peers.All) ?? Holder(PeerRows.Peers(s)); // what is in memory first: the rows, which know who came a moment ago, cost a signature each

        string? Holder(IEnumerable<Peer> all)
            => all.FirstOrDefault(p => p.Status == PeerStatus.APPROVED && p.State != card.Card.State && p.TlsCertificates.Any(listed.Contains))?.State;
    }

    /// <summary>The refusal for a person of our own who brings, approves or lets in again a card of which <paramref name="holder"/> holds a certificate.</summary>
    public static Refusal Claims(SignedCard card, string holder)
        => new(RefusalCode.CardNotValid, $"the card of {card.Card.State} lists a TLS certificate of {holder}");
}
