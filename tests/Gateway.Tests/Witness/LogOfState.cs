using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Witness;

namespace Gateway.Tests.Witness;

/// <summary>The log of a gateway in a test: how often it is signed, which one grows, how far it is witnessed.</summary>
internal static class LogOfState
{
    /// <summary>Other tests want a quiet log; these want its checkpoints.</summary>
    public static void EverySecond(JsonObject json) => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 };

    public static LogEpoch Epoch(TestState state) => state.Get<Database>().Read(LogEpoch.Current)!;

    /// <summary>All that was recorded is under a checkpoint that enough, and at least this many, have cosigned.</summary>
    public static bool IsWitnessed(TestState state, int by = 1)
        => state.Get<OwnLog>().Newest() is { Row.Witnessed: not null } newest && newest.Epoch.First + newest.Size == state.Get<Database>().Read(Leaves.Count)
            && SignedNote.Read(newest.Row.Newest).Value.Signatures.Count(l => l.Name.StartsWith("gateway-witness/", StringComparison.Ordinal)) >= by;
}
