using Gateway.Protocol.Acts;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>An act that one officer signs and another one sends.</summary>
public sealed class RequestApproveTests
{
    [Fact]
    public async Task An_act_is_signed_into_a_file_and_sent_by_who_approves_it()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.History = CaseHistory.New.Take(new ActEntry("a", CaseSide.Requested, ActKind.ACKNOWLEDGED, null)).Value;
        var file = gateway.Folder["refusal.cms"];
        string[] refusal = ["request", "refuse", LoopbackOperator.CaseId, "--ground", "RF-POLITICAL", "--provision", "Act of XB, section 4", "--reasons", "Because.", "--finality", "FINAL", "--no-consultation", "Nothing to add.", "--yes", "--hold", file];
        var held = await gateway.RunAsync(refusal);
        Assert.True(held.Exit == 0, held.Error);
        Assert.Contains("request approve", held.Output, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Submitted);
        // What was signed is not written over.
        Assert.NotEqual(0, (await gateway.RunAsync(refusal)).Exit);

        using (var asking = gateway.Start("request", "approve", file, "--signed-by", "avery"))
        {
            await asking.StandardInput.WriteLineAsync("not yet");
            asking.StandardInput.Close();
            Assert.Contains("RF-POLITICAL", await asking.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
            await asking.WaitForExitAsync();
            Assert.Equal(1, asking.ExitCode);
        }
        Assert.Empty(gateway.Service.Submitted);
        Assert.Equal(2, (await gateway.RunAsync("request", "approve", gateway.Folder["config/contexts.json"], "--signed-by", "avery", "--yes")).Exit);

        var sent = await gateway.RunAsync("request", "approve", file, "--signed-by", "avery", "--mark", "RESTRICTED", "--yes");
        Assert.True(sent.Exit == 0, sent.Error);
        var submitted = Assert.Single(gateway.Service.Submitted);
        Assert.Equal(("avery", "RESTRICTED"), (submitted.SignedBy, submitted.Mark));
        Assert.Equal(await File.ReadAllBytesAsync(file), submitted.SignedDocument.ToByteArray());
    }
}
