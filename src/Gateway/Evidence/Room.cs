using System.Globalization;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>Whether an item finds room, asked before its first byte: what is left on the disk, and what one State may keep here.</summary>
internal sealed class Room(ChunkStore store, PeerDirectory peers, EvidenceOptions options, TimeProvider clock)
{
    private const long Gigabyte = 1L << 30;
    private const long Megabyte = 1L << 20;

    // What was left lying for so long takes no room from others; a disk that comes over a slow line for a week keeps its own.
    private static readonly TimeSpan LeftLying = TimeSpan.FromHours(24);

    /// <summary>An item that a laboratory begins. What other uploads still have to bring counts as taken while they are new or go on.</summary>
    public Refusal? ForUpload(Session s, long bytes)
    {
        if (bytes <= 0)
            return null;
        var since = clock.GetUtcNow() - LeftLying;
        var promised = s.Query("SELECT i.id, i.created, max(0, coalesce(i.size_bytes, 0) - $1 * coalesce(r.past, 0)) FROM items i LEFT JOIN item_ranges r ON r.item = i.id WHERE i.state = 'ATTACHING'",
            row => (Item: row.GetString(0), Begun: row.Time(1), Bytes: row.GetInt64(2)), Chunk.PlainBytes)
            .Where(upload => upload.Begun > since || store.LastWrite(upload.Item) > since).Sum(upload => upload.Bytes);
        return store.RefuseFor(promised + OnDisk(bytes));
    }

    /// <summary>An item for a State that takes no larger one by wire: said before its first byte, and again before it is released.</summary>
    /// <param name="peer">The State that is to have it.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="byCarrier">The laboratory said that a carrier brings it.</param>
    public Refusal? ByWire(string peer, long bytes, bool byCarrier) => byCarrier ? null : Larger(peers.CardOf(peer)?.Profile, peer, bytes);

    /// <summary>The same of an item that a State sends us by wire.</summary>
    public Refusal? FromWire(long bytes) => Larger(peers.OwnCard.Card.Profile, peers.OwnCard.Card.State, bytes);

    private static Refusal? Larger(StateProfile? profile, string state, long bytes) => profile?.MaxItemMiB is { } most && bytes > most * Megabyte
        ? new Refusal(RefusalCode.ItemTooLarge, string.Create(CultureInfo.InvariantCulture,
            $"the item has {bytes} bytes ({Math.Ceiling(bytes / (double)Megabyte):0} MiB); {state} takes at most {most} MiB by wire, larger ones on a disk by a carrier"), "sizeBytes")
        : null;

    /// <summary>An item that a State announces. What its other transfers still have to bring counts as taken; what another State only promised does not keep this one out.</summary>
    public Refusal? ForTransfer(Session s, Manifest manifest, string peer)
    {
        if (OverQuota(s, manifest.ItemId, manifest.SizeBytes, peer) is { } over)
            return over;
        return store.RefuseFor(Promised(s, "i.state = 'RECEIVING' AND i.case_id IN (SELECT id FROM cases WHERE peer = $2)", peer) + OnDisk(manifest.SizeBytes));
    }

    /// <summary>
    /// What the State keeps here of other items and the item together are more than it may keep. Of an item that was given up counts what lies here until it is cleared: a State would
    /// else free its room by giving up what it has just brought. Asked once more where the item is stored: two may be announced at once.
    /// </summary>
    public Refusal? OverQuota(Session s, string item, long bytes, string peer)
    {
        if (options.PeerQuotaGiB <= 0)
            return null;
        var kept = s.Number("""
            SELECT sum(CASE WHEN i.state = 'GIVEN_UP' THEN min(i.size_bytes, $3 * coalesce(r.past, 0)) ELSE i.size_bytes END)
            FROM items i JOIN cases c ON c.id = i.case_id LEFT JOIN item_ranges r ON r.item = i.id AND r.first = 0
            WHERE i.direction = 'IN' AND i.id <> $2 AND c.peer = $1
            """, peer, item, Chunk.PlainBytes);
        return kept + bytes <= options.PeerQuotaGiB * Gigabyte ? null : new Refusal(RefusalCode.EvidenceQuota, string.Create(CultureInfo.InvariantCulture,
            $"{peer} may keep {options.PeerQuotaGiB} GiB here; {kept / (double)Gigabyte:0.0} GiB are taken, the item has {bytes / (double)Gigabyte:0.0} GiB"), "sizeBytes");
    }

    private static long Promised(Session s, string which, object argument)
        => s.Number($"SELECT sum(max(0, coalesce(i.size_bytes, 0) - $1 * coalesce(r.past, 0))) FROM items i LEFT JOIN item_ranges r ON r.item = i.id WHERE {which}", Chunk.PlainBytes, argument);

    private static long OnDisk(long bytes) => bytes + (((bytes / Chunk.PlainBytes) + 1) * (Chunk.Overhead + Digest.Length));
}
