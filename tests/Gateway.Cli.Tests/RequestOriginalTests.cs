using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>The original that follows: a file is compared by the machine, paper by a person, and neither passes for the other.</summary>
public class RequestOriginalTests
{
    [Fact]
    public async Task A_file_is_compared_by_its_digest_and_never_called_the_original_by_mistake()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (scan, original) = (gateway.Folder["scan.pdf"], gateway.Folder["request.cms"]);
        File.WriteAllBytes(scan, "%PDF-1.7 a scan"u8);
        File.WriteAllBytes(original, "signed request"u8);
        Assert.Equal(1, (await Original(gateway, "--file", scan)).Exit);
        Assert.Equal(1, (await Original(gateway, "--file", scan, "--result", "MATCH")).Exit);
        Assert.Equal(1, (await Original(gateway, "--file", original, "--result", "DIFFERENT")).Exit);
        Assert.Empty(gateway.Service.Submitted);
        var said = await Original(gateway, "--file", original);
        Assert.True(said.Exit == 0, said.Error);
        var act = Submitted(gateway);
        Assert.Equal(("MATCH", Digest.Of("signed request"u8)), (act.TextOf("originalComparison"), act.OriginalSha256!.Value));
    }

    [Fact]
    public async Task A_person_who_compared_paper_says_how()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        Assert.Equal(2, (await Original(gateway)).Exit);
        Assert.Equal(2, (await Original(gateway, "--result", "MATCH")).Exit);
        Assert.Equal(2, (await Original(gateway, "--text", "compared")).Exit);
        Assert.Empty(gateway.Service.Submitted);
        var said = await Original(gateway, "--result", "DIFFERENT", "--text", "A. Lawyer compared it page by page with the printed request: page 2 is missing.");
        Assert.True(said.Exit == 0, said.Error);
        var act = Submitted(gateway);
        Assert.Equal(("DIFFERENT", null), (act.TextOf("originalComparison"), act.OriginalSha256));
    }

    private static Task<Said> Original(LoopbackGateway gateway, params string[] more) => gateway.RunAsync(["request", "original", LoopbackOperator.CaseId, .. more]);

    private static Act Submitted(LoopbackGateway gateway) => Act.Read(SignedDocument.Open(Assert.Single(gateway.Service.Submitted).SignedDocument.Memory).Value.Content).Value;
}
