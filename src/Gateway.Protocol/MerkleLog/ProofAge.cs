namespace Gateway.Protocol.MerkleLog;

/// <summary>What it means that a receipt or record has no proof under a witnessed checkpoint.</summary>
public enum ProofLack
{
    /// <summary>The next witnessed checkpoint may still cover it: changes nothing.</summary>
    Pending,

    /// <summary>Longer than a working log takes, within what an outage over a week-end explains: a warning.</summary>
    Late,

    /// <summary>No outage explains it: what is not proved by now counts as never logged.</summary>
    Missing,
}

/// <summary>How old something may be before its proof must be there. The age counts to the sealing of the bundle, since a later proof cannot be in it.</summary>
public static class ProofAge
{
    /// <summary>After this the lack of a proof is worth a warning.</summary>
    public static readonly TimeSpan Expected = TimeSpan.FromHours(24);

    /// <summary>After this the lack of a proof breaks the bundle: witnesses that fail on a Friday evening are back by Monday evening.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(72);

    /// <summary>Judges the lack of a proof.</summary>
    /// <param name="recorded">The time in the receipt or record.</param>
    /// <param name="exported">When the bundle was sealed.</param>
    public static ProofLack Judge(DateTimeOffset recorded, DateTimeOffset exported)
        => exported - recorded > Longest ? ProofLack.Missing : exported - recorded > Expected ? ProofLack.Late : ProofLack.Pending;
}
