using Gateway.Protocol.MerkleLog;

namespace Gateway.Protocol.Bundles;

/// <summary>Which parts of which logs the proofs of a bundle are about, as they say themselves: whether they hold is judged apart from it.</summary>
internal sealed class LogRanges
{
    // Nothing honest comes near, and that there are too many logs is named where they are judged.
    private const int MaxLogs = 10_000;

    private readonly Dictionary<LogName, (long From, long To)> _ranges = [];

    /// <summary>Takes a proof of a State in; what is none, or names no log of that State, is named where it is judged.</summary>
    public void Add(string state, ReadOnlyMemory<byte> proof)
    {
        if (TlogProof.Read(proof).TryGet(out var read, out _) && Checkpoint.Read(read.Checkpoint.Text).TryGet(out var checkpoint, out _))
            Add(state, checkpoint.Origin, read.Index);
    }

    /// <summary>Takes a proof of a State in, by the origin of its checkpoint and its index.</summary>
    public void Add(string state, string origin, long index)
    {
        if (!LogName.TryParse(origin, out var log) || log.State != state)
            return;
        if (_ranges.TryGetValue(log, out var known))
            _ranges[log] = (Math.Min(known.From, index), Math.Max(known.To, index));
        else if (_ranges.Count < MaxLogs)
            _ranges[log] = (index, index);
    }

    /// <summary>Of the logs of one State, the earlier log first.</summary>
    public IReadOnlyList<LogRange> Of(string state)
        => [.. _ranges.Where(r => r.Key.State == state).OrderBy(r => (r.Key.Year, r.Key.Number)).Select(r => new LogRange(r.Key.Origin, r.Value.From, r.Value.To))];
}
