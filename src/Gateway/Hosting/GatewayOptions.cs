using Gateway.Protocol.Documents;
using Gateway.Runtime;

namespace Gateway.Hosting;

/// <summary>Section <c>Gateway</c>: whose gateway this is and where it keeps its data.</summary>
internal sealed class GatewayOptions : ICheckedOptions
{
    /// <summary>ISO 3166-1 alpha-2 code of the State.</summary>
    public string State { get; init; } = "";

    /// <summary>Database, case keys and evidence; mode 0700. One gateway process per folder.</summary>
    [FilePath]
    public string DataFolder { get; init; } = "";

    /// <summary>How long running calls may take to finish after SIGTERM, in seconds.</summary>
    public int DrainSeconds { get; init; } = 20;

    /// <summary>Below this much free space in the data folder, in MiB, the gateway alarms and is not ready.</summary>
    public int MinFreeMiB { get; init; } = 1024;

    public void Check(string path, Mistakes mistakes)
    {
        if (!Ids.IsState(State))
            mistakes.Add($"{path}:State", $"'{State}' is not a State", "Write two capital letters (ISO 3166-1 alpha-2): XA.");
        if (DataFolder.Length == 0)
            mistakes.Add($"{path}:DataFolder", "no folder is named", "Name the folder of the database.");
        if (DrainSeconds is < 0 or > 600)
            mistakes.Add($"{path}:DrainSeconds", $"{DrainSeconds} is out of range", "Write 0 to 600.");
        if (MinFreeMiB < 0)
            mistakes.Add($"{path}:MinFreeMiB", $"{MinFreeMiB} is negative", "Write 0 or more.");
    }
}
