using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>The table of policies under which our checkpoints became witnessed; a row only where the policy changed.</summary>
internal static class PolicyRows
{
    /// <summary>Keeps the policy that a checkpoint of this size has met.</summary>
    public static void Keep(Session session, string origin, long size, byte[] policy)
    {
        if (At(session, origin, size) is not { } known || !known.AsSpan().SequenceEqual(policy))
            session.Run("INSERT INTO witness_policies (origin, size, policy) VALUES ($1, $2, $3) ON CONFLICT (origin, size) DO UPDATE SET policy = excluded.policy", origin, size, policy);
    }

    public static bool Any(Session session) => session.Number("SELECT EXISTS (SELECT 1 FROM witness_policies)") > 0;

    /// <summary>The policy under which a checkpoint of this size was witnessed; null when none is known.</summary>
    public static byte[]? At(Session session, string origin, long size)
        => session.One("SELECT policy FROM witness_policies WHERE origin = $1 AND size <= $2 ORDER BY size DESC LIMIT 1", row => row.Bytes(0), origin, size);
}
