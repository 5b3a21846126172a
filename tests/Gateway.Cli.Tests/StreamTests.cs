using System.Diagnostics;
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
    [InlineData("exit 0", true, "watch", "--bell", "BELL", "--lang", "fr")]
    [InlineData("exit 1", false, "watch", "--bell", "BELL", "--lang", "fr")]
    [InlineData("exit 0", false, "watch", "--bell", "BELL-that-is-not-there")]
    [InlineData(null, false, "watch", "--lang", "fr")]
    [InlineData(null, false, "watch", "--device", "wall")]
    public async Task Only_a_screen_that_rang_confirms_an_alarm(string? bell, bool confirms, params string[] arguments)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        Night(gateway);
        var program = gateway.Folder["bell.sh"];
        await File.WriteAllTextAsync(program, $"#!/bin/sh\necho $1 >> '{program}.rang'\n{bell}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var (shown, said) = await Watch(gateway, [.. arguments.Select(a => a.Replace("BELL", program, StringComparison.Ordinal))]);
        Assert.Contains("XA-1", shown, StringComparison.Ordinal);
        Assert.Contains(arguments.Contains("fr") ? "Example Telecom · données d'abonné, données de trafic" : "Example Telecom · subscriber data, traffic data", shown, StringComparison.Ordinal);
        Assert.Equal(confirms ? ["test", "alarm"] : [], gateway.Service.Confirmed);
        // What shall ring and cannot, says so loudly; what is not to ring says that nobody counts as reached.
        Assert.Equal(bell is not null && !confirms, said.Contains("!!!", StringComparison.Ordinal));
        Assert.Equal(bell is null, shown.Contains("--sound", StringComparison.Ordinal));
        if (confirms)
            Assert.Equal(["2", "5"], await File.ReadAllLinesAsync(program + ".rang"));
    }

    [Fact]
    public async Task The_bell_of_a_terminal_rings_and_confirms_and_without_a_terminal_there_is_none()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var refused = await gateway.RunAsync("watch", "--sound", "--lang", "fr");
        Assert.Equal(2, refused.Exit);
        Assert.Contains("--bell", refused.Error, StringComparison.Ordinal);
        Night(gateway);
        // A terminal of its own for the program, made by script(1).
        var start = new ProcessStartInfo("script", ["-qefc", $"dotnet '{Path.Combine(AppContext.BaseDirectory, "gatewayctl.dll")}' watch --sound --lang fr", "/dev/null"]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["GATEWAYCTL_CONFIG"] = gateway.Folder["config/contexts.json"];
        using var process = Process.Start(start)!;
        var shown = "";
        while (!shown.Contains("the-last-one", StringComparison.Ordinal))
            shown += (await process.StandardOutput.ReadLineAsync() ?? throw new Xunit.Sdk.XunitException(shown)) + "\n";
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        Assert.Equal(["test", "alarm"], gateway.Service.Confirmed);
        Assert.Equal(2 + 5, shown.Count(c => c == '\a'));
    }

    private static void Night(LoopbackGateway gateway) => gateway.Service.Notices.AddRange([
        new AlertNotice { Type = "STARTED" },
        new AlertNotice { Type = "TEST", Alert = "test", Shift = "night", Ring = true },
        new AlertNotice { Type = "ALERT", Alert = "alarm", CaseId = "XA-1", Urgency = "EMERGENCY", Kind = "EMERGENCY_DISCLOSURE", FromAuthority = "XA-CP", Verdict = "PASSED", What = "Example Telecom · SUBSCRIBER, TRAFFIC", Ring = true },
        new AlertNotice { Type = "ENDED", CaseId = "the-last-one" },
    ]);

    // Whatever is confirmed is confirmed before the next line is shown.
    private static async Task<(string Shown, string Said)> Watch(LoopbackGateway gateway, string[] arguments)
    {
        using var process = gateway.Start(arguments);
        var said = process.StandardError.ReadToEndAsync();
        var shown = "";
        while (!shown.Contains("the-last-one", StringComparison.Ordinal))
            shown += (await process.StandardOutput.ReadLineAsync() ?? throw new Xunit.Sdk.XunitException(shown + await said)) + "\n";
        process.Kill();
        await process.WaitForExitAsync();
        return (shown, await said);
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
