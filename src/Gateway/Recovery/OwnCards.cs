using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.PeerCards;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Recovery;

/// <summary>
/// Our own cards after a loss: those issued after the backup come back from peers, who hold them, and what is signed with a key that no card names is worth nothing to anybody.
/// </summary>
internal sealed class OwnCards(Database database, KeyRing keys, LogKeys log, PeerDirectory peers, LedgerGate gate, TimeProvider clock, ILogger<OwnCards> logger)
{
    /// <summary>Puts cards that a peer returned in force, where our own card key signed them and their versions are above ours; returns how many.</summary>
    public async Task<int> Take(string peer, IEnumerable<ReadOnlyMemory<byte>> returned)
    {
        var own = peers.OwnCard;
        var lost = returned.Select(SignedCard.Open).Where(o => o.Succeeded).Select(o => o.Value)
            .Where(c => c.Card.State == own.Card.State && c.CardKey == own.CardKey && c.Card.Version > own.Card.Version).OrderBy(c => c.Card.Version).ToList();
        if (lost.Count == 0)
            return 0;
        var now = clock.GetUtcNow();
        var (taken, expected) = await database.Write(Lane.Ordinary, s =>
        {
            var count = lost.Count(card =>
            {
                // Another peer may have brought it meanwhile.
                if (PeerRows.Own(s)!.Card.Version >= card.Card.Version)
                    return false;
                PeerRows.StoreOwn(s, card, now);
                new AuditRecord("card.returned", $"peer {peer}", card.Card.State, Detail: $"card {card.Card.Version}, which this database had lost").Append(s, now);
                return true;
            });
            // A card is committed with its leaf, and with the log that it begins: with the card these are lost, and the old log must not go on.
            if (count > 0 && !RecoveryFacts.IsOlder(s))
                RecoveryFacts.Keep(s, RecoveryFacts.Rollback, peer);
            return (count, RecoveryFacts.Find(s, RecoveryFacts.Restored) is not null);
        });
        if (taken > 0)
        {
            peers.Reload();
            if (!expected)
                gate.Rollback($"{peer} holds a card of ours that this database did not hold: it is older than what was signed");
            logger.LogWarning("{Peer} returned {Taken} cards of ours, which this database had lost; card {Version} is in force", peer, taken, peers.OwnCard.Card.Version);
        }
        return taken;
    }

    /// <summary>
    /// What would be signed with and is not in our newest card, with what to do; null when all is well: what an older card names has ended. A log signs with every key that it has: one that the card names is enough.
    /// </summary>
    public string? Unnamed
    {
        get
        {
            var own = peers.OwnCard.Card;
            foreach (var authority in keys.Authorities)
            {
                var seal = keys.Seal(authority).Certificate.Sha256;
                if (own.Find(authority)?.Seal.Any(s => s.Sha256 == seal) != true)
                    return Say($"the seal of {authority}");
            }
            return !Any(log.Card.Keys, own.Log?.Keys) ? Say("the key of the log")
                : !Any(log.Card.Cosigners, own.Log?.Cosigners) ? Say("the key of the cosigner")
                : null;

            static bool Any(IReadOnlyList<ReadOnlyMemory<byte>> ours, IReadOnlyList<ReadOnlyMemory<byte>>? named) => named?.Any(n => ours.Any(key => key.Span.SequenceEqual(n.Span))) == true;

            string Say(string what) => $"{what} that is configured is not in our newest card here ({peers.OwnCard.Card.Version}), and nobody would take what it signs: peers return a card that was lost; "
                + "where none does, configure the key first that the card names, or stop the gateway and run 'gateway key install'";
        }
    }
}
