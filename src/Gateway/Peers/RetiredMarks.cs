using System.Collections.Frozen;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;

namespace Gateway.Peers;

/// <summary>
/// Seals and stamps that earlier cards of a State named and the card in force names no more. What was under way when they were
/// retired still bears them, and would be refused for good: it counts when it is dated in the time in which a card named the
/// certificate. Only cards under the card key in force count: what was given up together with its card key does not come back.
/// </summary>
internal sealed class RetiredMarks
{
    /// <summary>How far clocks may differ: a retired key signs nothing that is dated later than this after the card without it.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly FrozenDictionary<(string Authority, Digest Certificate, bool Stamp), DateTimeOffset> _until;

    private RetiredMarks(IEnumerable<KeyValuePair<(string, Digest, bool), DateTimeOffset>> until) => _until = until.ToFrozenDictionary();

    public static RetiredMarks None { get; } = new([]);

    /// <summary>What the card in force has retired, by the earlier cards that we hold.</summary>
    public static RetiredMarks Of(SignedCard inForce, IEnumerable<SignedCard> earlier)
    {
        var cards = earlier.Where(c => c.CardKey == inForce.CardKey && c.Card.Version < inForce.Card.Version).OrderBy(c => c.Card.Version).Append(inForce).Select(c => c.Card).ToList();
        var until = new Dictionary<(string, Digest, bool), DateTimeOffset>();
        for (var i = 0; i + 1 < cards.Count; i++)
        {
            // A card is in force until the next one is issued, and never longer than it says itself.
            var end = cards[i + 1].Issued < cards[i].Expires ? cards[i + 1].Issued : cards[i].Expires;
            foreach (var mark in Marks(cards[i]))
                until[mark] = end;
        }
        foreach (var mark in Marks(inForce.Card))
            until.Remove(mark);
        return new RetiredMarks(until);
    }

    public bool Covers(string authority, Digest certificate, bool stamp, DateTimeOffset dated)
        => _until.TryGetValue((authority, certificate, stamp), out var until) && dated - until <= Tolerance;

    private static IEnumerable<(string, Digest, bool)> Marks(PeerCard card)
        => card.Authorities.SelectMany(a => a.Seal.Select(c => (a.Id, c.Sha256, false)).Concat(a.Stamp.Select(c => (a.Id, c.Sha256, true))));
}
