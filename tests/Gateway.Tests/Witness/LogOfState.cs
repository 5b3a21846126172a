using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Gateway.Witness;
using Xunit;

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

    /// <summary>The administrator decides as soon as every peer was compared with; before that it is refused.</summary>
    public static async Task Reopen(TestState state)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await state.Client(state.Administrator).ConfirmLedgerAsync(new ConfirmLedgerRequest { Reason = "the machine was set back to its image of Monday" });
                return;
            }
            catch (Grpc.Core.RpcException e) when (i < 2400)
            {
                Assert.Contains("not yet compared", e.Status.Detail, StringComparison.Ordinal);
                await Task.Delay(50);
            }
        }
    }
}
