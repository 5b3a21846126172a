using Gateway.Protocol.Documents;

namespace Gateway.Protocol.PeerCards;

/// <summary>
/// Until when what the cards of a State name counts: until the first card that names it no more, and never longer than the last one that names it. The gateway takes nothing that is dated later,
/// and whoever verifies believes nothing that is.
/// </summary>
public static class CardMarks
{
    /// <summary>How far clocks may differ: a retired key signs nothing that is dated later than this after the card without it.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Seals and stamps of a card, each with the authority whose it is.</summary>
    public static IEnumerable<(string Authority, Digest Certificate, bool Stamp)> Of(PeerCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        return card.Authorities.SelectMany(a => a.Seal.Select(c => (a.Id, c.Sha256, false)).Concat(a.Stamp.Select(c => (a.Id, c.Sha256, true))));
    }

    /// <summary>The end of everything that one of the cards names. What one drops and a later one names again has the end of the later one.</summary>
    /// <param name="cards">Cards under one card key, in the order of their versions.</param>
    /// <param name="named">What a card names.</param>
    /// <param name="replaced">When a card under another card key took the place of the last of them; null: none did.</param>
    public static Dictionary<T, DateTimeOffset> Ends<T>(IReadOnlyList<PeerCard> cards, Func<PeerCard, IEnumerable<T>> named, DateTimeOffset? replaced = null)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(cards);
        ArgumentNullException.ThrowIfNull(named);
        var ends = new Dictionary<T, DateTimeOffset>();
        for (var i = 0; i < cards.Count; i++)
        {
            // A card is in force until the next one is issued, and never longer than it says itself.
            var end = (i + 1 < cards.Count ? cards[i + 1].Issued : replaced) is { } next && next < cards[i].Expires ? next : cards[i].Expires;
            foreach (var mark in named(cards[i]))
                ends[mark] = end;
        }
        return ends;
    }
}
