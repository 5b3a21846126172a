using Gateway.Runtime;

namespace Gateway.Integrity;

/// <summary>Section <c>Integrity</c>: how often a running gateway checks its own records.</summary>
internal sealed class IntegrityOptions : ICheckedOptions
{
    /// <summary>Hours between two checks of everything but the chunks of evidence; 0: never by itself.</summary>
    public int EveryHours { get; init; } = 24;

    /// <summary>Hours between two checks that read every chunk too, as fast as the disk goes; 0: never by itself. Evidence:ScrubEveryHours reads them slowly.</summary>
    public int EvidenceEveryHours { get; init; }

    public void Check(string path, Mistakes mistakes)
    {
        Between(nameof(EveryHours), EveryHours);
        Between(nameof(EvidenceEveryHours), EvidenceEveryHours);

        void Between(string name, int value)
        {
            if (value is < 0 or > 24 * 365)
                mistakes.Add($"{path}:{name}", $"{value} is not between 0 and {24 * 365}", $"Write a number from 0 to {24 * 365}.");
        }
    }
}
