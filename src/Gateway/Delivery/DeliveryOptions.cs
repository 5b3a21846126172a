using Gateway.Runtime;

namespace Gateway.Delivery;

/// <summary>How the outbox is emptied. Section Delivery of the configuration.</summary>
internal sealed class DeliveryOptions : ICheckedOptions
{
    /// <summary>Messages under way to one peer at once.</summary>
    public int ParallelPerPeer { get; init; } = 64;

    /// <summary>Seconds that one attempt may take.</summary>
    public int AttemptSeconds { get; init; } = 30;

    /// <summary>Longest pause between attempts, in seconds.</summary>
    public int LongestPauseSeconds { get; init; } = 300;

    /// <summary>Hours after which an undelivered message becomes a dead letter with a signed RelayFailure.</summary>
    public int GiveUpHours { get; init; } = 72;

    /// <summary>The same for emergencies: sooner, so that the officer can take the telephone.</summary>
    public int GiveUpEmergencyHours { get; init; } = 8;

    /// <summary>Rejections signed per peer and minute; above that refusals are unsigned.</summary>
    public int SignedRejectionsPerMinute { get; init; } = 60;

    public void Check(string path, Mistakes mistakes)
    {
        Between(nameof(ParallelPerPeer), ParallelPerPeer, 1, 1000);
        Between(nameof(AttemptSeconds), AttemptSeconds, 1, 600);
        Between(nameof(LongestPauseSeconds), LongestPauseSeconds, 1, 3600);
        Between(nameof(GiveUpHours), GiveUpHours, 1, 24 * 90);
        Between(nameof(GiveUpEmergencyHours), GiveUpEmergencyHours, 1, 24 * 90);
        Between(nameof(SignedRejectionsPerMinute), SignedRejectionsPerMinute, 1, 10_000);

        void Between(string name, int value, int least, int most)
        {
            if (value < least || value > most)
                mistakes.Add($"{path}:{name}", $"{value} is not between {least} and {most}", $"Write a number from {least} to {most}.");
        }
    }
}
