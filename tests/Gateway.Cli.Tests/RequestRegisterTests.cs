using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>A request that came on paper: what was entered and how it came are both signed here, and go with the files as they came.</summary>
public sealed class RequestRegisterTests
{
    [Fact]
    public async Task Who_checked_it_and_how_is_asked_for_and_nothing_of_a_reply_stands_beside_it()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        Assert.Equal(2, (await Register(gateway)).Exit);
        Assert.Equal(2, (await Register(gateway, "--checked-by", "J. Officer")).Exit);
        Assert.Equal(2, (await Register(gateway, "--checked-by", "J. Officer", "--check", "rang back", "--says", "ACCEPTED")).Exit);
        Assert.Equal(2, (await gateway.RunAsync("request", "import", gateway.Folder["letter.pdf"], "--channel", "POST", "--received-by", "K. Registrar", "--received-at", "2026-03-01T02:15:00Z")).Exit);
        Assert.Empty(gateway.Service.Submitted);
        var said = await Register(gateway, "--checked-by", "J. Officer", "--check", "rang back");
        Assert.True(said.Exit == 0, said.Error);
        var submitted = Assert.Single(gateway.Service.Submitted);
        var record = PaperRequest.Read(SignedDocument.Open(submitted.SignedDocument.Memory).Value.Content).Value;
        Assert.Equal(["request.cms", "letter.pdf"], submitted.Attachments.Select(a => a.Name));
        Assert.Equal((Digest.Of(submitted.Attachments[0].Content.Span), Digest.Of(submitted.Attachments[1].Content.Span)), (record.Request, record.Files[0].Sha256));
        var entered = Request.Read(SignedDocument.Open(submitted.Attachments[0].Content.Memory).Value.Content).Value;
        Assert.Equal((record.From, "J. Officer", "rang back"), (entered.RequestingAuthority, record.CheckedBy, record.Check));
    }

    private static async Task<Said> Register(LoopbackGateway gateway, params string[] more)
    {
        File.WriteAllBytes(gateway.Folder["letter.pdf"], "%PDF-1.7 a letter"u8);
        var form = JsonNode.Parse(await File.ReadAllTextAsync(Sample("preserve-data")))!.AsObject();
        form["requestingAuthority"] = "XA-CA";
        await File.WriteAllTextAsync(gateway.Folder["form.json"], form.ToJsonString());
        return await gateway.RunAsync(["request", "import", gateway.Folder["letter.pdf"], "--request", gateway.Folder["form.json"], "--channel", "POST", "--reference", "XC 12/2026",
            "--received-by", "K. Registrar", "--received-at", "2026-03-01T02:15:00Z", .. more]);
    }

    private static string Sample(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
            folder = folder.Parent!;
        return Path.Combine(folder.FullName, "deploy", "samples", $"{name}.json");
    }
}
