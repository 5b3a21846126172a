using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>The table of policies under which our checkpoints became witnessed; a row only where the policy changed.</summary>
internal static class PolicyRows
{
    private const string NextWitnessed = "SELECT coalesce(min(c.size), 0) FROM log_checkpoints c JOIN log_epochs e ON e.epoch = c.epoch WHERE e.origin = $1 AND c.size > $2 AND c.witnessed IS NOT NULL";

    /// <summary>Keeps the policy that a checkpoint of this size has met. A larger one that was witnessed before stays under the policy that it has met itself.</summary>
    public static void Keep(Session session, string origin, long size, byte[] policy)
    {
        var known = At(session, origin, size);
        if (known is not null && known.AsSpan().SequenceEqual(policy))
            return;
        var above = session.Number(NextWitnessed, origin, size);
        if (above > 0 && session.Number("SELECT count(*) FROM witness_policies WHERE origin = $1 AND size > $2 AND size <= $3", origin, size, above) == 0)
        {
            // Of the larger one no policy is known: a row below would say that it has met this one.
            if (known is null)
                return;
            Store(session, origin, above, known);
        }
        Store(session, origin, size, policy);
    }

    public static bool Any(Session session) => session.Number("SELECT EXISTS (SELECT 1 FROM witness_policies)") > 0;

    private static void Store(Session session, string origin, long size, byte[] policy)
        => session.Run("INSERT INTO witness_policies (origin, size, policy) VALUES ($1, $2, $3) ON CONFLICT (origin, size) DO UPDATE SET policy = excluded.policy", origin, size, policy);

    /// <summary>The policy under which a checkpoint of this size was witnessed; null when none is known.</summary>
    public static byte[]? At(Session session, string origin, long size)
        => session.One("SELECT policy FROM witness_policies WHERE origin = $1 AND size <= $2 ORDER BY size DESC LIMIT 1", row => row.Bytes(0), origin, size);
}
