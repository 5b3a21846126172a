using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>Under which witnesses our checkpoints count as witnessed, as the file that auditors know (C2SP tlog-policy).</summary>
internal sealed class WitnessPolicy(PeerDirectory peers, KnownLogs logs, WitnessOptions options)
{
    /// <summary>How many cosignatures a checkpoint of ours needs today; at least one where there is a witness at all.</summary>
    public int Quorum => WitnessStanding.Quorum(logs.Counted.Count(), options.Quorum);

    /// <summary>What people should mend about it; null when nothing.</summary>
    public string? Doubt
    {
        get
        {
            var asked = logs.Witnesses.Select(p => p.State).ToHashSet(StringComparer.Ordinal);
            var counted = logs.Counted.Select(p => p.State).ToList();
            return WitnessStanding.Doubt(options.Quorum, counted.Count, [.. counted.Where(s => !asked.Contains(s))]);
        }
    }

    /// <summary>
    /// The policy for one of our logs: our keys, every peer that can cosign under the name of its State, the quorum. A witness that changes its key has two
    /// for a while; the one that is on <paramref name="note"/> is named.
    /// </summary>
    public TlogPolicy Of(LogName log, SignedNote? note = null)
    {
        var witnesses = logs.Counted.Select(p => new PolicyWitness(p.State, Key(p, note))).ToList();
        return TlogPolicy.Compose(peers.OwnCard.Card.Log?.LogKeys(log) ?? [], witnesses, WitnessStanding.Quorum(witnesses.Count, options.Quorum));
    }

    /// <summary>The policy that a checkpoint of ours has met when it became witnessed, else the one that it has to meet today.</summary>
    public TlogPolicy Of(Session session, LogName log, long size)
        => PolicyRows.At(session, log.Origin, size) is { } kept && TlogPolicy.Read(kept).TryGet(out var policy, out _) ? policy : Of(log);

    private static NoteKey Key(Peer witness, SignedNote? note)
    {
        var keys = KnownLogs.KeysOf(witness);
        return keys.FirstOrDefault(k => note?.Signatures.Any(s => s.Name == k.Name && s.KeyId == k.Id) == true) ?? keys[0];
    }
}
