using Gateway.Runtime;

namespace Gateway.Witness;

/// <summary>Section <c>Witness</c>: how our log is witnessed by peers, and how much of theirs we take.</summary>
internal sealed class WitnessOptions : ICheckedOptions
{
    /// <summary>How many peers must have cosigned a checkpoint before it counts as witnessed; 0: two thirds of them, rounded up; never more than there are.</summary>
    public int Quorum { get; init; }

    /// <summary>Minutes after which a checkpoint without its quorum raises an alarm ("lagging").</summary>
    public int LagMinutes { get; init; } = 10;

    /// <summary>Minutes after which the log counts as unwitnessed and <c>WhenUnwitnessed</c> decides.</summary>
    public int LimitMinutes { get; init; } = 240;

    /// <summary>GO_ON: only the alarm. STOP: no new act is taken until the witnesses are back.</summary>
    public string WhenUnwitnessed { get; init; } = nameof(Lateness.GO_ON);

    /// <summary>Seconds between two looks for a newer checkpoint of ours.</summary>
    public int EverySeconds { get; init; } = 1;

    /// <summary>Seconds that one peer may take to answer.</summary>
    public int PatienceSeconds { get; init; } = 5;

    /// <summary>Minutes after which an unchanged checkpoint is shown again, for a fresh time in the cosignatures.</summary>
    public int RefreshMinutes { get; init; } = 10;

    /// <summary>Minutes between two comparisons of what the peers witnessed with what was shown to us.</summary>
    public int CompareMinutes { get; init; } = 1;

    /// <summary>Checkpoints that one peer may submit, and copies that it may read, per minute.</summary>
    public int CallsPerMinute { get; init; } = 240;

    public Lateness OnLateness => Enum.Parse<Lateness>(WhenUnwitnessed);

    public void Check(string path, Mistakes mistakes)
    {
        Between(nameof(Quorum), Quorum, 0, 200);
        Between(nameof(LagMinutes), LagMinutes, 1, 10_080);
        Between(nameof(LimitMinutes), LimitMinutes, 1, 43_200);
        Between(nameof(EverySeconds), EverySeconds, 1, 3600);
        Between(nameof(PatienceSeconds), PatienceSeconds, 1, 120);
        Between(nameof(RefreshMinutes), RefreshMinutes, 1, 1440);
        Between(nameof(CompareMinutes), CompareMinutes, 1, 1440);
        Between(nameof(CallsPerMinute), CallsPerMinute, 10, 100_000);
        if (LimitMinutes < LagMinutes)
            mistakes.Add($"{path}:{nameof(LimitMinutes)}", $"{LimitMinutes} is below LagMinutes", "Write at least what LagMinutes says.");
        if (!Enum.GetNames<Lateness>().Contains(WhenUnwitnessed))
            mistakes.Add($"{path}:{nameof(WhenUnwitnessed)}", $"'{WhenUnwitnessed}' is not known", $"Choose from {string.Join(", ", Enum.GetNames<Lateness>())}.");

        void Between(string name, int value, int least, int most)
        {
            if (value < least || value > most)
                mistakes.Add($"{path}:{name}", $"{value} is not between {least} and {most}", $"Write a number from {least} to {most}.");
        }
    }
}
