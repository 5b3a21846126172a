using System.Globalization;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>A chunk that is not on the disk as it was stored.</summary>
/// <param name="Chunk">Its index, <see cref="LeafList"/> or <see cref="Grant"/>.</param>
/// <param name="Missing">It is not there, or cut; else it is another one.</param>
internal sealed record ItemDamage(long Chunk, bool Missing)
{
    public const long LeafList = -1;

    /// <summary>The key grant of a received item opens nothing: its sender makes another one.</summary>
    public const long Grant = -2;

    private const int Named = 20;

    /// <summary>In order of the chunks.</summary>
    public static List<ItemDamage> Of(Session session, string item)
        => session.Query("SELECT chunk, missing FROM item_damage WHERE item = $1 ORDER BY chunk", row => new ItemDamage(row.GetInt64(0), row.GetInt64(1) != 0), item);

    public static bool Any(Session session, string item) => session.Number("SELECT EXISTS (SELECT 1 FROM item_damage WHERE item = $1)", item) != 0;

    /// <summary>Notes it; true when it was not known before.</summary>
    public bool Note(Session session, string item, DateTimeOffset now)
        => session.Run("INSERT INTO item_damage (item, chunk, missing, found, told) VALUES ($1, $2, $3, $4, 0) ON CONFLICT (item, chunk) DO NOTHING", item, Chunk, Missing ? 1 : 0, now) == 1;

    /// <summary>The key opens nothing, as somebody has stated now: it is asked for again, also when it was before.</summary>
    public static void AskGrant(Session session, string item, DateTimeOffset now)
    {
        Mended(session, item, Grant);
        new ItemDamage(Grant, Missing: false).Note(session, item, now);
    }

    /// <summary>The chunk is sound again; true when it was noted as damaged.</summary>
    public static bool Mended(Session session, string item, long chunk) => session.Run("DELETE FROM item_damage WHERE item = $1 AND chunk = $2", item, chunk) == 1;

    /// <summary>Everything that was noted about an item that is gone.</summary>
    public static void Forget(Session session, string item)
    {
        session.Run("DELETE FROM item_damage WHERE item = $1", item);
        session.Run("DELETE FROM item_scrubs WHERE item = $1", item);
    }

    /// <summary>Runs of consecutive indices, the end not included.</summary>
    public static IEnumerable<(long From, long To)> Ranges(IEnumerable<long> ascending)
    {
        var (from, to) = (-1L, -1L);
        foreach (var index in ascending)
        {
            if (index != to)
            {
                if (to > from)
                    yield return (from, to);
                from = index;
            }
            to = index + 1;
        }
        if (to > from)
            yield return (from, to);
    }

    /// <summary>For people: which chunks, and what is wrong with them.</summary>
    public static string Text(IReadOnlyList<ItemDamage> damage)
    {
        List<string> parts = [];
        foreach (var (missing, word) in new[] { (false, "altered"), (true, "missing or cut") })
        {
            var ranges = Ranges(damage.Where(d => d.Chunk >= 0 && d.Missing == missing).Select(d => d.Chunk))
                .Select(r => r.To - r.From == 1 ? r.From.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{r.From} to {r.To - 1}")).ToList();
            if (ranges.Count > 0)
                parts.Add($"chunk {string.Join(", ", ranges.Take(Named))}{(ranges.Count > Named ? " and others" : "")} {word}");
        }
        if (damage.Any(d => d.Chunk == LeafList))
            parts.Add("the leaf list altered");
        if (damage.Any(d => d.Chunk == Grant))
            parts.Add("its key grant does not open; another one is asked for");
        return string.Join("; ", parts);
    }
}
