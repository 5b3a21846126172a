using System.Text.Json;
using Gateway.Protocol.MerkleLog;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary><c>gatewayctl log</c>: what a gateway says of its log is computed again before it is shown as true.</summary>
public class LogCommandTests
{
    [Fact]
    public async Task The_status_says_how_far_the_log_is_signed_and_witnessed()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var said = await gateway.RunAsync("log", "status");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains(LoopbackLog.Origin, said.Output, StringComparison.Ordinal);
        Assert.Contains("WITNESSED", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("CONTRADICTION", said.Output, StringComparison.Ordinal);
        var json = JsonDocument.Parse((await gateway.RunAsync("log", "status", "--json")).Output).RootElement;
        Assert.Equal(11, long.Parse(json.GetProperty("log").GetProperty("epochs")[0].GetProperty("witnessedSize").ToString(), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("XC", json.GetProperty("witness").GetProperty("peers")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_forked_log_is_shown_with_what_proves_it()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (first, second) = ("the first note\n"u8.ToArray(), "another one\n"u8.ToArray());
        gateway.Service.Log.Conflicts.Add(new LogConflictView { Origin = "gateway-log/XA/2026", State = "XA", Kind = "ROOTS", FirstSize = 30, SecondSize = 30, First = ByteString.CopyFrom(first), Second = ByteString.CopyFrom(second), Source = "peer XC \u001b[2J", Seen = "2026-11-20T10:00:00.000Z" });
        var said = await gateway.RunAsync("log", "status", "--save-contradictions", gateway.Folder["proof"]);
        Assert.Equal(1, said.Exit);
        Assert.Contains("CONTRADICTION", said.Output, StringComparison.Ordinal);
        Assert.Contains("two checkpoints of size 30 with different roots", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", said.Output, StringComparison.Ordinal);
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(gateway.Folder["proof"], "1-first.note")));
        Assert.Equal(second, File.ReadAllBytes(Path.Combine(gateway.Folder["proof"], "1-second.note")));
        // A growth that was not proved yet is told and is no proof.
        gateway.Service.Log.Conflicts[0].Kind = "GROWTH";
        Assert.Equal(0, (await gateway.RunAsync("log", "status")).Exit);
    }

    [Fact]
    public async Task A_proof_is_verified_written_and_of_what_was_asked_for()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var file = gateway.Folder["receipt.tlog-proof"];
        var said = await gateway.RunAsync("log", "proof", LoopbackLog.Of(5).ToString(), "--out", file);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(5, TlogProof.Read(File.ReadAllBytes(file)).Value.Index);
        Assert.Contains("not yet", said.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await gateway.RunAsync("log", "proof", "7")).Exit);
        // What exists is not overwritten.
        Assert.NotEqual(0, (await gateway.RunAsync("log", "proof", LoopbackLog.Of(6).ToString(), "--out", file)).Exit);
        Assert.Equal(5, TlogProof.Read(File.ReadAllBytes(file)).Value.Index);

        // Without a key of the log that it names nothing is called proved.
        gateway.Service.Log.Names = "gateway-log/XB/2025";
        var older = await gateway.RunAsync("log", "proof", LoopbackLog.Of(5).ToString());
        Assert.Equal(1, older.Exit);
        Assert.Contains("names no key of gateway-log/XB/2025", older.Error, StringComparison.Ordinal);
        gateway.Service.Log.Names = LoopbackLog.Origin;
        gateway.Service.Log.Proves = 4;
        var other = await gateway.RunAsync("log", "proof", LoopbackLog.Of(5).ToString(), "--out", gateway.Folder["other"]);
        Assert.Equal(1, other.Exit);
        Assert.Contains("not what was asked for", other.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(gateway.Folder["other"]));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(90)]
    [InlineData(-20)]
    public async Task A_proof_with_a_changed_byte_is_not_shown_as_true(int at)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Log.OnProof = proof =>
        {
            proof[at < 0 ? proof.Length + at : at] ^= 1;
            return proof;
        };
        Assert.Equal(1, (await gateway.RunAsync("log", "proof", LoopbackLog.Of(5).ToString())).Exit);
    }

    [Fact]
    public async Task Growth_between_any_two_sizes_is_verified_here()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        foreach (var (from, to) in new[] { ("1", "13"), ("4", "8"), ("7", "12"), ("13", "13") })
        {
            var said = await gateway.RunAsync("log", "growth", from, to);
            Assert.True(said.Exit == 0, said.Error);
            Assert.Contains($"root of {from}", said.Output, StringComparison.Ordinal);
        }
        gateway.Service.Log.OnGrowth = proof =>
        {
            proof.ToRoot = ByteString.CopyFrom(LoopbackLog.Of(1).ToArray());
            return proof;
        };
        var broken = await gateway.RunAsync("log", "growth", "4", "8");
        Assert.Equal(1, broken.Exit);
        Assert.Contains("did not only grow", broken.Error, StringComparison.Ordinal);
        gateway.Service.Log.OnGrowth = proof =>
        {
            proof.Hashes.Clear();
            return proof;
        };
        Assert.Equal(1, (await gateway.RunAsync("log", "growth", "4", "8")).Exit);
        gateway.Service.Log.OnGrowth = proof =>
        {
            proof.FromRoot = ByteString.CopyFrom([1, 2, 3]);
            return proof;
        };
        Assert.Equal(1, (await gateway.RunAsync("log", "growth", "4", "8")).Exit);
    }
}
