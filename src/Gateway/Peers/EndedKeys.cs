using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Peers;

/// <summary>
/// A card ends the keys that it names no more on the day that it bears. Dated back, it would take away afterwards what was signed with them and is held here: receipts
/// and cosignatures that count in the bundles of others. That it comes late is no reason: it may have waited for a gateway that was down for weeks, or come back after a
/// restore. An honest State signs nothing more with a key that it has taken off its card, so that what is here decides, not the day on which the card comes.
/// </summary>
internal static class EndedKeys
{
    // As much as clocks may be wrong in what can be brought again (PeerDates): a card that comes within it is never refused for this, so that a State that is refused issues the next one and is heard.
    private static readonly TimeSpan s_allowed = TimeSpan.FromDays(1);

    // Newest first: of a State that goes on under the keys of before, the first one shows it.
    private const int Looked = 1000;

    /// <summary>Null when nothing is here that was signed with a key later than the card ends it.</summary>
    public static Refusal? Refuse(Session s, SignedCard card, SignedCard before, DateTimeOffset now)
    {
        if (now - card.Card.Issued <= s_allowed)
            return null;
        var (state, since) = (card.Card.State, card.Card.Issued + s_allowed);
        return (Receipt(s, state, since, now, [.. CardMarks.Of(before.Card).Except(CardMarks.Of(card.Card)).Where(m => !m.Stamp).Select(m => m.Certificate)])
                ?? Cosigned(s, since, now, [.. (before.Card.Log?.CosignerKeys(state) ?? []).Except(card.Card.Log?.CosignerKeys(state) ?? [])])) is not { } later
            ? null
            : new Refusal(RefusalCode.CardNotValid, string.Create(CultureInfo.InvariantCulture,
                $"the card is dated {DocumentWriter.FormatTime(card.Card.Issued)} and names a key no more with which {state} signed on {DocumentWriter.FormatTime(later)}: issue it again, so that it bears the day on which that key was given up"));
    }

    // What is dated after today says nothing: a clock was wrong.
    private static DateTimeOffset? Receipt(Session s, string state, DateTimeOffset since, DateTimeOffset now, HashSet<Digest> seals)
    {
        if (seals.Count == 0)
            return null;
        foreach (var der in s.Query("SELECT der FROM receipts WHERE issuer = $1 AND time > $2 AND time <= $3 ORDER BY time DESC LIMIT $4", row => row.Bytes(0), state, since, now, Looked))
        {
            if (SignedDocument.Open(der).TryGet(out var signed, out _) && seals.Contains(signed.Signer.Sha256))
                return signed.SigningTime;
        }
        return null;
    }

    private static DateTimeOffset? Cosigned(Session s, DateTimeOffset since, DateTimeOffset now, IReadOnlyList<NoteKey> keys)
    {
        if (keys.Count == 0)
            return null;
        foreach (var note in s.Query("SELECT cosigned FROM log_checkpoints WHERE cosigned IS NOT NULL ORDER BY epoch DESC, size DESC LIMIT $1", row => row.Bytes(0), Looked))
        {
            if (SignedNote.Read(note).Then(read => read.Verify(keys)) is { Succeeded: true, Value: var lines } && lines.FirstOrDefault(l => l.Time > since && l.Time <= now) is { } line)
                return line.Time;
        }
        return null;
    }
}
