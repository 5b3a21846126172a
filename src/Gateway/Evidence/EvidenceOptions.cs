using Gateway.Runtime;

namespace Gateway.Evidence;

/// <summary>Section <c>Evidence</c>.</summary>
internal sealed class EvidenceOptions : ICheckedOptions
{
    /// <summary>Days without a new chunk after which an unfinished upload or transfer gives its space back; 0: never.</summary>
    public int AbandonedDays { get; init; } = 30;

    /// <summary>Hours after which every stored chunk is read again and compared with its tree; 0: only when there is reason to doubt it.</summary>
    public int ScrubEveryHours { get; init; } = 24 * 7;

    /// <summary>MiB per second at which stored chunks are read again; 0: as fast as the disk goes.</summary>
    public int ScrubMiBPerSecond { get; init; } = 20;

    /// <summary>GiB of evidence that one State may keep here, refused before the first byte; 0: as much as the disk holds.</summary>
    public int PeerQuotaGiB { get; init; }

    /// <summary>MiB per second that the transfers of one State may bring together; 0: no limit.</summary>
    public int PeerMiBPerSecond { get; init; }

    /// <summary>Transfers that one State may have open here at once.</summary>
    public int OpenPerPeer { get; init; } = 16;

    /// <summary>Items that go to one endpoint of a State at once.</summary>
    public int ParallelPerPeer { get; init; } = 4;

    public void Check(string path, Mistakes mistakes)
    {
        if (AbandonedDays is < 0 or > 3650)
            mistakes.Add($"{path}:AbandonedDays", $"{AbandonedDays} is not between 0 and 3650", "Write a number of days.");
        Between(nameof(ScrubEveryHours), ScrubEveryHours, 0, 24 * 365);
        Between(nameof(ScrubMiBPerSecond), ScrubMiBPerSecond, 0, 100_000);
        Between(nameof(PeerQuotaGiB), PeerQuotaGiB, 0, 100_000_000);
        Between(nameof(PeerMiBPerSecond), PeerMiBPerSecond, 0, 100_000);
        Between(nameof(OpenPerPeer), OpenPerPeer, 1, 1000);
        Between(nameof(ParallelPerPeer), ParallelPerPeer, 1, 64);

        void Between(string name, int value, int least, int most)
        {
            if (value < least || value > most)
                mistakes.Add($"{path}:{name}", $"{value} is not between {least} and {most}", $"Write a number from {least} to {most}.");
        }
    }
}
