using Gateway.Protocol.PeerCards;

namespace Gateway.Peers;

/// <summary>A log that a State began on purpose, as its cards say.</summary>
/// <param name="Renewal">What they say.</param>
/// <param name="Since">When the first of them was issued.</param>
internal sealed record CardRenewal(LogRenewal Renewal, DateTimeOffset Since)
{
    /// <summary>
    /// Of each log that ended, what the newest card says that speaks of it. Every later card says the last renewal again: the earlier ones know of those before. Only cards
    /// under the card key in force count: who stole that key could end a log where he liked, and a new card key takes it back.
    /// </summary>
    public static IReadOnlyList<CardRenewal> Of(SignedCard inForce, IEnumerable<SignedCard> earlier)
    {
        var said = earlier.Where(c => c.CardKey == inForce.CardKey && c.Card.Version < inForce.Card.Version).Append(inForce).OrderBy(c => c.Card.Version)
            .Select(c => (c.Card.Issued, Renewal: c.Card.Log?.Renewal)).Where(c => c.Renewal is not null).ToList();
        return [.. said.GroupBy(c => c.Renewal!.Ended).Select(g => g.Last().Renewal!)
            .Select(r => new CardRenewal(r, said.First(c => c.Renewal!.Begun == r.Begun && c.Renewal.Last.Span.SequenceEqual(r.Last.Span)).Issued))];
    }
}
