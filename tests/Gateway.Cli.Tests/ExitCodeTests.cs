using System.Text.Json;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

public class ExitCodeTests
{
    private static readonly Refusal Missing = new() { Code = "V010", Path = "judicialAuthorisation", Detail = "Judicial authorisation is missing.", Remedy = "Attach it." };

    [Theory]
    [InlineData("request")]
    [InlineData("nonsense")]
    [InlineData("status", "--nonsense")]
    [InlineData("request", "new", "NO_SUCH_KIND")]
    [InlineData("request", "answer", "case", "--outcome", "SOMETHING")]
    [InlineData("request", "acknowledge", "case", "--due", "2026-03-01T02:15:00")]
    [InlineData("case", "export", "x")]
    [InlineData("evidence", "hash", "no-such-file")]
    [InlineData("status")]
    [InlineData("status", "--context", "nowhere")]
    public async Task A_wrong_command_line_ends_with_2(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var said = await GatewayCtl.RunAsync(folder["contexts.json"], arguments);
        Assert.Equal(2, said.Exit);
        Assert.StartsWith("gatewayctl: ", said.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said.Error, StringComparison.Ordinal);
        Assert.Empty(said.Output);
    }

    // Without a word the item itself would be given up.
    [Theory]
    [InlineData]
    [InlineData("--again", "--for-good")]
    public async Task What_is_lost_is_said_in_so_many_words(params string[] said)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var refused = await gateway.RunAsync(["evidence", "lost", "0123456789abcdef0123456789abcdef", "--reason", "the carrier has no trace of it", .. said]);
        Assert.Equal(2, refused.Exit);
        Assert.Contains("--for-good", refused.Error, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
    }

    [Fact]
    public async Task A_refusal_ends_with_1_and_says_code_path_sentence_and_remedy()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Refuse = Missing;
        var said = await gateway.RunAsync("whoami");
        Assert.Equal(1, said.Exit);
        Assert.Equal("refused V010 judicialAuthorisation: Judicial authorisation is missing. → Attach it.", said.Error.TrimEnd());
        Assert.Empty(said.Output);
    }

    [Fact]
    public async Task A_refusal_is_one_json_object_for_programs()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Refuse = Missing;
        var said = await gateway.RunAsync("whoami", "--json");
        Assert.Equal(1, said.Exit);
        var refused = JsonDocument.Parse(said.Output).RootElement.GetProperty("refused")[0];
        Assert.Equal("V010", refused.GetProperty("code").GetString());
        Assert.Equal("judicialAuthorisation", refused.GetProperty("path").GetString());
        Assert.False(refused.GetProperty("retry").GetBoolean());
    }

    [Fact]
    public async Task Try_again_later_is_not_a_no()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Refuse = new Refusal { Code = "T603", Detail = "The gateway is restarting.", Retry = true };
        Assert.Equal(3, (await gateway.RunAsync("whoami")).Exit);
    }

    [Fact]
    public async Task A_call_that_the_gateway_does_not_know_is_no_verdict()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var said = await gateway.RunAsync("status");
        Assert.Equal(3, said.Exit);
        Assert.DoesNotContain("   at ", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_gateway_ends_with_3()
    {
        string[] add;
        using var folder = new TemporaryFolder();
        await using (var gateway = await LoopbackGateway.StartAsync())
        {
            var pki = new TestPki(folder["pki"]).Client("person");
            add = ["context", "add", "x", "--endpoint", gateway.Endpoint, "--server-cert", pki.Root, "--client-cert", pki.Certificate("person"), "--client-key", pki.Key("person")];
        }
        Assert.Equal(0, (await GatewayCtl.RunAsync(folder["contexts.json"], add)).Exit);
        var said = await GatewayCtl.RunAsync(folder["contexts.json"], "status");
        Assert.Equal(3, said.Exit);
        Assert.Contains("cannot be reached", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_end_is_0_with_text_or_json()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var text = await gateway.RunAsync("whoami");
        Assert.Equal(0, text.Exit);
        Assert.Contains("XB-LAB", text.Output, StringComparison.Ordinal);
        var json = await gateway.RunAsync("whoami", "--json");
        Assert.Equal("XB-LAB", JsonDocument.Parse(json.Output).RootElement.GetProperty("user").GetProperty("authority").GetString());
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_not_used()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        File.SetUnixFileMode(gateway.Pki.Key("person"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var said = await gateway.RunAsync("whoami");
        Assert.Equal(3, said.Exit);
        Assert.Contains("chmod 600", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gateway", "gateway", true)]
    [InlineData("gateway", null, true)]
    [InlineData("elsewhere", "elsewhere", true)]
    [InlineData("elsewhere", null, false)]
    [InlineData("gateway", "elsewhere", false)]
    public async Task Only_the_gateway_of_the_context_is_believed(string presented, string? pinned, bool believed)
    {
        await using var gateway = await LoopbackGateway.StartAsync(presented, pinned);
        var said = await gateway.RunAsync("whoami");
        Assert.Equal(believed ? 0 : 3, said.Exit);
        if (!believed)
            Assert.Contains("the gateway's certificate", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_of_a_peer_cannot_steer_the_terminal()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var said = await gateway.RunAsync("inbox");
        Assert.Equal(0, said.Exit);
        Assert.DoesNotContain('\u001b', said.Output);
        Assert.Contains("XA-CA [red]x[/]", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', (await gateway.RunAsync("inbox", "--json")).Output);
    }
}
