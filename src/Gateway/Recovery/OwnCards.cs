using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.PeerCards;
using Gateway.Storage;

namespace Gateway.Recovery;

/// <summary>
/// Our own cards after a loss: those issued after the backup come back from peers, who hold them, and what is signed with a key that no card names is worth nothing to anybody.
/// </summary>
internal sealed class OwnCards(Database database, KeyRing keys, LogKeys log, PeerDirectory peers, TimeProvider clock, ILogger<OwnCards> logger)
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
        var taken = await database.Write(Lane.Ordinary, s => lost.Count(card =>
        {
            // Another peer may have brought it meanwhile.
            if (PeerRows.Own(s)!.Card.Version >= card.Card.Version)
                return false;
            PeerRows.StoreOwn(s, card, now);
            new AuditRecord("card.returned", $"peer {peer}", card.Card.State, Detail: $"card {card.Card.Version}, which this database had lost").Append(s, now);
            return true;
        }));
        if (taken > 0)
        {
            peers.Reload();
            logger.LogWarning("{Peer} returned {Taken} cards of ours, which this database had lost; card {Version} is in force", peer, taken, peers.OwnCard.Card.Version);
        }
        return taken;
    }

    /// <summary>
    /// What would be signed with and is in no card of ours that is here, with what to do; null when all is well. A log signs with every key that it has: one that a card names is enough.
    /// </summary>
    public string? Unnamed
    {
        get
        {
            var cards = database.Read(s => PeerRows.Opened(s, keys.State)).Where(o => o.Succeeded).Select(o => o.Value).ToList();
            foreach (var authority in keys.Authorities)
            {
                var seal = keys.Seal(authority).Certificate.Sha256;
                if (!cards.Any(c => c.Card.Find(authority)?.Seal.Any(s => s.Sha256 == seal) == true))
                    return Say($"the seal of {authority}");
            }
            var logs = cards.Select(c => c.Card.Log).OfType<CardLog>().ToList();
            return !Any(log.Card.Keys, l => l.Keys) ? Say("the key of the log")
                : !Any(log.Card.Cosigners, l => l.Cosigners) ? Say("the key of the cosigner")
                : null;

            bool Any(IReadOnlyList<ReadOnlyMemory<byte>> ours, Func<CardLog, IReadOnlyList<ReadOnlyMemory<byte>>> named)
                => ours.Any(key => logs.Any(l => named(l).Any(n => n.Span.SequenceEqual(key.Span))));

            string Say(string what) => $"{what} that is configured is in no card of ours (the newest here is {peers.OwnCard.Card.Version}), and nobody could verify what it signs: peers return a card that was lost; "
                + "where none does, put the key of before first again, or stop the gateway and run 'gateway key install'";
        }
    }
}
