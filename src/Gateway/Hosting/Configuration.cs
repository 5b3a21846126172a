using System.Text.Json;
using Gateway.AuditLog;
using Gateway.Backups;
using Gateway.Deadlines;
using Gateway.Delivery;
using Gateway.Evidence;
using Gateway.Integrity;
using Gateway.Judging;
using Gateway.Keys;
using Gateway.Notification;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Submission;
using Gateway.TimeStamps;
using Gateway.Witness;

namespace Gateway.Hosting;

/// <summary>The configuration file: one section per slice, each with its own options class. Paths are relative to the file's folder.</summary>
internal sealed class Configuration : ICheckedOptions
{
    public GatewayOptions Gateway { get; init; } = new();

    public ListenOptions Listen { get; init; } = new();

    public KeysOptions Keys { get; init; } = new();

    public ProfileOptions Profile { get; init; } = new();

    public ApprovalOptions Approval { get; init; } = new();

    public DeliveryOptions Delivery { get; init; } = new();

    public EvidenceOptions Evidence { get; init; } = new();

    public BackupOptions Backup { get; init; } = new();

    public IntegrityOptions Integrity { get; init; } = new();

    public LogOptions Log { get; init; } = new();

    public JudgingOptions Judging { get; init; } = new();

    public WitnessOptions Witness { get; init; } = new();

    public TimeStampOptions TimeStamps { get; init; } = new();

    public ClockOptions Clock { get; init; } = new();

    public NotificationOptions Notification { get; init; } = new();

    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Reads the file and adds every mistake in it. The result is usable only when there are none.</summary>
    public static Configuration Load(string file, Mistakes mistakes)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 16 });
            return new OptionsReader(Path.GetDirectoryName(Path.GetFullPath(file))!, mistakes).Read<Configuration>(json.RootElement, "");
        }
        catch (JsonException e)
        {
            mistakes.Add(file, $"not JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", "Correct the file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add(file, "the file cannot be read", "Correct --config, or let the gateway's user read it.");
        }
        return new Configuration();
    }

    public void Check(string path, Mistakes mistakes)
    {
        for (var i = 0; i < Keys.Authorities.Count; i++)
        {
            var id = Keys.Authorities[i].Id;
            if (Ids.IsAuthority(id) && Ids.IsState(Gateway.State) && Ids.StateOf(id) != Gateway.State)
                mistakes.Add($"Keys:Authorities[{i}]:Id", $"'{id}' belongs to another State than {Gateway.State}", "Begin the id with the State's code.");
        }
        if (Keys.Authorities.Count > 0 && Keys.Authorities.All(a => a.Endpoint.Length == 0))
            mistakes.Add("Keys:Authorities[0]:Endpoint", "no authority has an endpoint, so no peer could reach this gateway", "Write https://host:port of the exchange port as peers see it.");
    }
}
