using Gateway.AuditLog;
using Gateway.Storage;

namespace Gateway.Export;

/// <summary>
/// Under which checkpoint the proof of each leaf of a bundle lies. The first that covers a leaf and was witnessed bounds its time most tightly, but a case of 100,000 receipts would bring as many
/// checkpoints, each with all its signatures to verify: what was first witnessed within an hour shares the last of that hour, and where even those are too many, within more hours.
/// </summary>
internal static class ProofNotes
{
    // A reader may take some milliseconds for each; it holds them all, and takes 64 MiB of them (BundleLimits).
    private const int Usual = 2_000;
    private const int Most = 8_000;
    private const long MostBytes = 40L << 20;

    // Below the day from which on a reader remarks that something stands behind its date.
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(20);
    private static readonly TimeSpan[] s_widths = [TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12), s_longest];

    /// <summary>The sizes of checkpoints that enough witnesses cosigned, by the index of each leaf that one of them covers.</summary>
    /// <param name="s">The snapshot.</param>
    /// <param name="epoch">The log.</param>
    /// <param name="indexes">Places in that log.</param>
    /// <param name="logs">How many logs share what a bundle may hold.</param>
    public static IReadOnlyDictionary<long, long> Of(Session s, LogEpoch epoch, IEnumerable<long> indexes, int logs)
    {
        var firsts = new List<(long Index, Checkpoints.Place Place)>();
        Checkpoints.Place? last = null;
        foreach (var index in indexes.Distinct().Order())
        {
            if (last is null || last.Size <= index)
                last = Checkpoints.FirstWitnessedPlace(s, epoch, index);
            if (last is null)
                break;
            firsts.Add((index, last));
        }
        foreach (var width in Widths())
        {
            var chosen = Within(firsts, width);
            var notes = chosen.Values.DistinctBy(p => p.Size).ToList();
            if (notes.Count <= 1 || (notes.Count <= (width < s_longest ? Usual : Most) / logs && notes.Sum(n => n.Bytes) <= MostBytes / logs))
                return chosen.ToDictionary(c => c.Key, c => c.Value.Size);
        }
        throw new InvalidOperationException("one checkpoint is too much for a bundle");
    }

    // Beyond a day only where a bundle would else be one that no reader takes.
    private static IEnumerable<TimeSpan> Widths()
    {
        foreach (var width in s_widths)
            yield return width;
        for (var width = 2 * s_longest; width < TimeSpan.FromDays(100_000); width *= 2)
            yield return width;
    }

    // In the order of the leaves: the last of those first witnessed within the time covers them all.
    private static Dictionary<long, Checkpoints.Place> Within(List<(long Index, Checkpoints.Place Place)> firsts, TimeSpan width)
    {
        var chosen = new Dictionary<long, Checkpoints.Place>();
        for (var i = 0; i < firsts.Count;)
        {
            var end = i;
            while (end + 1 < firsts.Count && firsts[end + 1].Place.Witnessed - firsts[i].Place.Witnessed <= width)
                end++;
            for (var last = firsts[end].Place; i <= end; i++)
                chosen[firsts[i].Index] = last;
        }
        return chosen;
    }
}
