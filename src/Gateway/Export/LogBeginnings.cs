using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Storage;

namespace Gateway.Export;

/// <summary>
/// Where each log that followed another one began: the proof of its <c>epoch</c> leaf, with the last checkpoint of the log before beside it. Without it nobody can tell a log that
/// follows another from one that is kept beside it.
/// </summary>
internal static class LogBeginnings
{
    public static List<(Digest Leaf, ReadOnlyMemory<byte> Proof)> Of(Session s, IEnumerable<LogEpoch?> used)
        => [.. used.OfType<LogEpoch>().DistinctBy(epoch => epoch.Number).Select(epoch => Beginning(s, epoch)).OfType<(Digest, ReadOnlyMemory<byte>)>()];

    private static (Digest, ReadOnlyMemory<byte>)? Beginning(Session s, LogEpoch epoch)
    {
        if (epoch.Follows(s) is not { } followed)
            return null;
        var sha256 = Digest.Of(followed);
        foreach (var leaf in s.Query("SELECT idx FROM log_leaves INDEXED BY leaves_by_digest WHERE sha256 = $1 AND kind NOT IN ('receipt', 'received') AND kind = 'epoch' AND idx >= $2 ORDER BY idx LIMIT 1", row => row.GetInt64(0), sha256, epoch.First))
        {
            var index = leaf - epoch.First;
            var checkpoint = Checkpoints.LatestWitnessed(s, epoch) is { } witnessed && witnessed.Size > index ? witnessed : Checkpoints.Latest(s, epoch);
            if (checkpoint?.Size > index && LogProofs.Under(s, epoch, checkpoint, leaf).TryGet(out var proof, out _))
                return (sha256, (proof.File with { Extra = followed }).Write());
        }
        return null;
    }
}
