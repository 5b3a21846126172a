using System.Text.Json;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Nobody reads for a purpose that the program made up.</summary>
public class PurposeTests
{
    [Theory]
    [InlineData("request", "show", LoopbackOperator.RequestMessage)]
    [InlineData("request", "show", LoopbackOperator.RequestMessage, "--purpose", " ")]
    [InlineData("request", "print", LoopbackOperator.RequestMessage)]
    [InlineData("evidence", "download", "0123456789abcdef0123456789abcdef", "--to", "nowhere")]
    public async Task A_script_that_gives_no_purpose_reads_nothing(params string[] arguments)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        // Anything asked of the gateway would end otherwise.
        gateway.Service.Refuse = new V1.Refusal { Code = "T804", Detail = "asked" };
        var said = await gateway.RunAsync(arguments);
        Assert.Equal(2, said.Exit);
        Assert.Contains("--purpose", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_purpose_goes_with_the_request_its_code_by_itself()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var said = await gateway.RunAsync("request", "show", LoopbackOperator.RequestMessage, "--purpose", "CRIMINAL_PROCEEDINGS: examination", "--json");
        Assert.True(said.Exit == 0, said.Error);
        var opened = JsonDocument.Parse(said.Output).RootElement;
        Assert.Equal(("CRIMINAL_PROCEEDINGS", "CRIMINAL_PROCEEDINGS: examination"), (opened.GetProperty("purposeCode").GetString(), opened.GetProperty("message").GetProperty("kind").GetString()));
    }
}
