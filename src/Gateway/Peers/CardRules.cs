using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;

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
        // A connection must name one State: a certificate that two cards list would let one speak for the other.
        var listed = card.Card.Authorities.SelectMany(a => a.Tls).Select(c => c.Sha256).ToList();
        if (listed.Count == 0)
            return new Refusal(RefusalCode.CardNotValid, "the card lists no TLS certificate");
        if (listed.Any(t => (peers.ByTls(t) is { } other && other.State != card.Card.State) || peers.OwnCard.Card.Authorities.Any(a => a.Tls.Any(c => c.Sha256 == t))))
            return new Refusal(RefusalCode.CardNotValid, "the card lists a TLS certificate of another State");
        return null;
    }
}
