using Gateway.Runtime;

namespace Gateway.Evidence;

/// <summary>Section <c>Evidence</c>.</summary>
internal sealed class EvidenceOptions : ICheckedOptions
{
    /// <summary>Days without a new chunk after which an unfinished upload or transfer gives its space back; 0: never.</summary>
    public int AbandonedDays { get; init; } = 30;

    public void Check(string path, Mistakes mistakes)
    {
        if (AbandonedDays is < 0 or > 3650)
            mistakes.Add($"{path}:AbandonedDays", $"{AbandonedDays} is not between 0 and 3650", "Write a number of days.");
    }
}
