using System.Security.Cryptography;
using System.Text.Json;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary><c>watch</c> and <c>case export</c>: long answers that may break.</summary>
public class StreamTests
{
    [Fact]
    public async Task Watching_goes_on_after_the_last_event_seen()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        for (var i = 1UL; i <= 3; i++)
            gateway.Service.Events.Add(new Event { Cursor = i, Kind = "message.received", Time = "2026-03-01T02:15:00.000Z" });
        using var process = gateway.Start("watch", "--json");
        var cursors = new List<ulong>();
        while (cursors.Count < 3)
            cursors.Add(JsonDocument.Parse((await process.StandardOutput.ReadLineAsync())!).RootElement.GetProperty("cursor").GetUInt64());
        process.Kill();
        await process.WaitForExitAsync();
        Assert.Equal([1UL, 2, 3], cursors);
        Assert.Equal([0UL, 1], gateway.Service.Cursors);
    }

    [Theory]
    [InlineData(false, "watch", "--lang", "fr")]
    [InlineData(false, "watch", "--device", "wall")]
    [InlineData(true, "watch", "--sound", "--lang", "fr")]
    public async Task Only_a_screen_that_rings_confirms_an_alarm(bool rings, params string[] arguments)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Notices.AddRange([
            new AlertNotice { Type = "STARTED" },
            new AlertNotice { Type = "TEST", Alert = "test", Shift = "night", Ring = true },
            new AlertNotice { Type = "ALERT", Alert = "alarm", CaseId = "XA-1", Urgency = "EMERGENCY", Kind = "EMERGENCY_DISCLOSURE", FromAuthority = "XA-CP", Verdict = "PASSED", Ring = true },
            new AlertNotice { Type = "ENDED", CaseId = "the-last-one" },
        ]);
        using var process = gateway.Start(arguments);
        // Whatever is confirmed is confirmed before the next line is shown.
        var shown = "";
        while (!shown.Contains("the-last-one", StringComparison.Ordinal))
            shown += await process.StandardOutput.ReadLineAsync() + "\n";
        process.Kill();
        await process.WaitForExitAsync();
        Assert.Contains("XA-1", shown, StringComparison.Ordinal);
        Assert.Equal(rings ? ["test", "alarm"] : [], gateway.Service.Confirmed);
        Assert.Equal(!rings, shown.Contains("--sound", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watching_without_waiting_ends_with_what_there_is()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Events.Add(new Event { Cursor = 7, Kind = "case.changed", Text = "accepted\u001b[2J" });
        var said = await gateway.RunAsync("watch", "--no-wait");
        Assert.Equal(0, said.Exit);
        Assert.Single(said.Output.TrimEnd().Split('\n'));
        Assert.DoesNotContain('\u001b', said.Output);
    }

    [Theory]
    [InlineData("good", 0)]
    [InlineData("other digest", 1)]
    [InlineData("cut", 3)]
    public async Task A_bundle_gets_its_name_only_when_it_is_whole(string how, int exit)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var content = RandomNumberGenerator.GetBytes(100_000);
        var digest = Convert.ToHexStringLower(SHA256.HashData(how == "other digest" ? [1] : content));
        gateway.Service.Export.Add(new FilePart { Data = ByteString.CopyFrom(content.AsSpan(0, 60_000)) });
        gateway.Service.Export.Add(new FilePart { Data = ByteString.CopyFrom(content.AsSpan(60_000)) });
        if (how != "cut")
            gateway.Service.Export.Add(new FilePart { Name = "case.zip", Sha256 = digest });
        var target = gateway.Folder["case.zip"];
        var said = await gateway.RunAsync("case", "export", LoopbackOperator.CaseId, "--out", target);
        Assert.Equal(exit, said.Exit);
        Assert.Equal(exit == 0, File.Exists(target));
        Assert.DoesNotContain(Directory.GetFiles(gateway.Folder.Path), f => f.EndsWith(".partial", StringComparison.Ordinal));
        if (exit == 0)
        {
            Assert.Equal(content, File.ReadAllBytes(target));
            Assert.Equal(3, (await gateway.RunAsync("case", "export", LoopbackOperator.CaseId, "--out", target)).Exit);
        }
    }
}
