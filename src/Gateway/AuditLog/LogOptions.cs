using Gateway.Runtime;

namespace Gateway.AuditLog;

/// <summary>Section <c>Log</c>: how often the log is signed.</summary>
internal sealed class LogOptions : ICheckedOptions
{
    /// <summary>Seconds between checkpoints while there is something new. A receipt's proof waits at most this long, and for the witnesses.</summary>
    public int CheckpointSeconds { get; init; } = 1;

    public void Check(string path, Mistakes mistakes)
    {
        if (CheckpointSeconds is < 1 or > 3600)
            mistakes.Add($"{path}:{nameof(CheckpointSeconds)}", $"{CheckpointSeconds} is out of range", "Write 1 to 3600.");
    }
}
