using System.Globalization;

namespace Gateway.Witness;

/// <summary>How well our log is witnessed now.</summary>
internal enum Standing
{
    /// <summary>No peer can cosign yet: nobody but ourselves vouches for the log. Where acts are to stop, or once there were witnesses, it is late like every other.</summary>
    ALONE,

    /// <summary>All that was recorded is covered by a checkpoint that enough peers cosigned, or was recorded a moment ago.</summary>
    WITNESSED,

    /// <summary>For some time enough cosignatures have been missing.</summary>
    LAGGING,

    /// <summary>They have been missing for longer than the limit.</summary>
    UNWITNESSED,
}

/// <summary>How many cosignatures are needed, and what follows from their absence. Pure: times and numbers in, a word out.</summary>
internal static class WitnessStanding
{
    /// <summary>
    /// The quorum among <paramref name="witnesses"/> peers: what the configuration says, else two thirds rounded up; never more than all of them,
    /// which no policy can ask for. Two contradicting checkpoints that both reach it have 2k − n witnesses in common, who would have had to cosign both.
    /// </summary>
    public static int Quorum(int witnesses, int configured) => Math.Min(witnesses, configured > 0 ? configured : ((2 * witnesses) + 2) / 3);

    /// <summary>What is wrong with a quorum, for people; null when nothing is.</summary>
    /// <param name="configured">What the configuration says; 0: nothing.</param>
    /// <param name="witnesses">Peers whose cosignatures count.</param>
    /// <param name="expired">Those of them whose card has expired: they cannot be asked, and the quorum does not shrink for it.</param>
    public static string? Doubt(int configured, int witnesses, IReadOnlyCollection<string> expired)
    {
        var quorum = Quorum(witnesses, configured);
        var doubts = new List<string>();
        if (witnesses > 0 && configured > witnesses)
            doubts.Add(string.Create(CultureInfo.InvariantCulture, $"Witness:Quorum is {configured}, and {witnesses} approved peers can cosign: each of them must"));
        if (witnesses > 0 && (2 * quorum) - witnesses < 1)
            doubts.Add(string.Create(CultureInfo.InvariantCulture, $"Witness:Quorum is {configured} of {witnesses} peers: two contradicting checkpoints can both reach it; ask for {(witnesses / 2) + 1} at least"));
        if (expired.Count > 0)
            doubts.Add(string.Create(CultureInfo.InvariantCulture, $"the card of {string.Join(", ", expired)} has expired: {witnesses - expired.Count} of {witnesses} peers can be asked, and {quorum} must cosign as before"));
        return doubts.Count == 0 ? null : string.Join("; ", doubts);
    }

    /// <param name="alone">There is no witness, none is waited for, and there never was one.</param>
    /// <param name="since">When the oldest checkpoint without its quorum was made; null when there is none.</param>
    /// <param name="now">This moment.</param>
    /// <param name="options">The limits.</param>
    public static Standing Of(bool alone, DateTimeOffset? since, DateTimeOffset now, WitnessOptions options)
    {
        if (alone)
            return Standing.ALONE;
        if (since is not { } start || now - start <= TimeSpan.FromMinutes(options.LagMinutes))
            return Standing.WITNESSED;
        return now - start <= TimeSpan.FromMinutes(options.LimitMinutes) ? Standing.LAGGING : Standing.UNWITNESSED;
    }

    /// <summary>One sentence for people.</summary>
    public static string Describe(Standing standing, int witnesses, int quorum, long size, long witnessed) => standing switch
    {
        Standing.ALONE => "no approved peer can cosign our checkpoints yet",
        Standing.WITNESSED when witnesses == 0 => "no approved peer can cosign our checkpoints; what was recorded before is witnessed, or was recorded a moment ago",
        Standing.WITNESSED when witnesses == 1 => string.Create(CultureInfo.InvariantCulture, $"checkpoint {witnessed} is cosigned by the only peer; in a case with that peer it counts as the word of the counterparty only"),
        Standing.WITNESSED => string.Create(CultureInfo.InvariantCulture, $"checkpoint {witnessed} is cosigned by at least {quorum} of {witnesses} peers"),
        _ when witnesses == 0 => string.Create(CultureInfo.InvariantCulture, $"the log has {size} leaves and checkpoint {witnessed} is the last that was witnessed: no approved peer can cosign"),
        _ => string.Create(CultureInfo.InvariantCulture, $"the log has {size} leaves; only checkpoint {witnessed} is cosigned by {quorum} of {witnesses} peers"),
    };
}
