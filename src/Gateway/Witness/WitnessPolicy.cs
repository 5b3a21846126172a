using Gateway.Peers;
using Gateway.Protocol.MerkleLog;

namespace Gateway.Witness;

/// <summary>Under which witnesses our checkpoints count as witnessed, as the file that auditors know (C2SP tlog-policy).</summary>
internal sealed class WitnessPolicy(PeerDirectory peers, KnownLogs logs, WitnessOptions options)
{
    /// <summary>How many cosignatures a checkpoint of ours needs today; at least one where there is a witness at all.</summary>
    public int Quorum => WitnessStanding.Quorum(logs.Witnesses.Count(), options.Quorum);

    /// <summary>The policy for one of our logs: our keys, every peer that can cosign under the name of its State, the quorum.</summary>
    public TlogPolicy Of(LogName log)
    {
        var witnesses = logs.Witnesses.ToList();
        return TlogPolicy.Compose(
            peers.OwnCard.Card.Log?.LogKeys(log) ?? [],
            [.. witnesses.Select(p => new PolicyWitness(p.State, KnownLogs.KeysOf(p)[0]))],
            Math.Min(Quorum, witnesses.Count));
    }
}
