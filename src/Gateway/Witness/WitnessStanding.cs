using System.Globalization;

namespace Gateway.Witness;

/// <summary>How well our log is witnessed now.</summary>
internal enum Standing
{
    /// <summary>No peer can cosign yet: nobody but ourselves vouches for the log.</summary>
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
    /// The quorum among <paramref name="witnesses"/> peers: what the configuration says, else two thirds rounded up. Two contradicting
    /// checkpoints that both reach it have 2k − n witnesses in common, who would have had to cosign both.
    /// </summary>
    public static int Quorum(int witnesses, int configured) => configured > 0 ? configured : ((2 * witnesses) + 2) / 3;

    /// <param name="witnesses">Peers that can cosign.</param>
    /// <param name="since">When the oldest checkpoint without its quorum was made; null when there is none.</param>
    /// <param name="now">This moment.</param>
    /// <param name="options">The limits.</param>
    public static Standing Of(int witnesses, DateTimeOffset? since, DateTimeOffset now, WitnessOptions options)
    {
        if (witnesses == 0)
            return Standing.ALONE;
        if (since is not { } start || now - start <= TimeSpan.FromMinutes(options.LagMinutes))
            return Standing.WITNESSED;
        return now - start <= TimeSpan.FromMinutes(options.LimitMinutes) ? Standing.LAGGING : Standing.UNWITNESSED;
    }

    /// <summary>One sentence for people.</summary>
    public static string Describe(Standing standing, int witnesses, int quorum, long size, long witnessed) => standing switch
    {
        Standing.ALONE => "no approved peer can cosign our checkpoints yet",
        Standing.WITNESSED when witnesses == 1 => string.Create(CultureInfo.InvariantCulture, $"checkpoint {witnessed} is cosigned by the only peer; in a case with that peer it counts as the word of the counterparty only"),
        Standing.WITNESSED => string.Create(CultureInfo.InvariantCulture, $"checkpoint {witnessed} is cosigned by at least {quorum} of {witnesses} peers"),
        _ => string.Create(CultureInfo.InvariantCulture, $"the log has {size} leaves; only checkpoint {witnessed} is cosigned by {quorum} of {witnesses} peers"),
    };
}
