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
    private readonly FrozenDictionary<(string Authority, Digest Certificate, bool Stamp), DateTimeOffset> _until;

    private RetiredMarks(IEnumerable<KeyValuePair<(string, Digest, bool), DateTimeOffset>> until) => _until = until.ToFrozenDictionary();

    public static RetiredMarks None { get; } = new([]);

    /// <summary>What the card in force has retired, by the earlier cards that we hold.</summary>
    public static RetiredMarks Of(SignedCard inForce, IEnumerable<SignedCard> earlier)
    {
        var cards = earlier.Where(c => c.CardKey == inForce.CardKey && c.Card.Version < inForce.Card.Version).OrderBy(c => c.Card.Version).Append(inForce).Select(c => c.Card).ToList();
        var until = CardMarks.Ends(cards, CardMarks.Of);
        foreach (var mark in CardMarks.Of(inForce.Card))
            until.Remove(mark);
        return new RetiredMarks(until);
    }

    public bool Covers(string authority, Digest certificate, bool stamp, DateTimeOffset dated)
        => _until.TryGetValue((authority, certificate, stamp), out var until) && dated - until <= CardMarks.Tolerance;
}
