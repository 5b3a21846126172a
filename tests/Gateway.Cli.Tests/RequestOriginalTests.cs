using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
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
    public async Task A_request_in_which_persons_are_named_is_compared_for_a_purpose_that_a_person_says()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.PurposeNeeded = true;
        File.WriteAllBytes(gateway.Folder["request.cms"], "signed request"u8);
        var silent = await Original(gateway, "--file", gateway.Folder["request.cms"]);
        Assert.Equal(2, silent.Exit);
        Assert.Contains("--purpose", silent.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Submitted);
        var said = await Original(gateway, "--file", gateway.Folder["request.cms"], "--purpose", "CRIMINAL_PROCEEDINGS: comparison with the original");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Single(gateway.Service.Submitted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1200)]
    public async Task The_request_is_found_however_much_happened_since(int acts)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.ActsBehind = acts;
        File.WriteAllBytes(gateway.Folder["request.cms"], "signed request"u8);
        var original = await Original(gateway, "--file", gateway.Folder["request.cms"]);
        Assert.True(original.Exit == 0, original.Error);
        File.WriteAllBytes(gateway.Folder["letter.pdf"], "%PDF-1.7 a letter"u8);
        var import = await gateway.RunAsync("request", "import", gateway.Folder["letter.pdf"], "--case", LoopbackOperator.CaseId, "--channel", "POST", "--received-by", "K. Registrar", "--received-at", "2026-03-01T02:15:00+05:30");
        Assert.True(import.Exit == 0, import.Error);
        // What waits for a carrier is the request, behind all that left since.
        var export = await gateway.RunAsync("request", "export", LoopbackOperator.CaseId, "--out", gateway.Folder["request.p7m"], "--channel", "POST", "--to", "J. Doe", "--not-encrypted");
        Assert.True(export.Exit == 0, export.Error);
        Assert.All(gateway.Service.Submitted.Skip(1), s => Assert.Equal(LoopbackOperator.RequestMessage, PaperRecord.Read(SignedDocument.Open(s.SignedDocument.Memory).Value.Content).Value.Message));
        Assert.Equal(3, gateway.Service.Submitted.Count);
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
