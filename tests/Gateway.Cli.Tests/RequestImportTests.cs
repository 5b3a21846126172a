using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>What a letter says can be entered, whichever side wrote it: the case knows the side, the command line does not.</summary>
[Collection(nameof(InThisProcess))]
public sealed class RequestImportTests
{
    [Theory]
    [InlineData(CaseSide.Requesting)]
    [InlineData(CaseSide.Requested)]
    public async Task Whatever_a_side_can_do_can_be_entered_from_its_letter(CaseSide side)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        File.WriteAllBytes(gateway.Folder["letter.pdf"], "%PDF-1.7 a letter"u8);
        gateway.Service.PaperAuthority = side == CaseSide.Requesting ? "XB-CA" : "XA-CA";
        var acts = Enum.GetValues<ActKind>().Where(act => !Transitions.IsAutomatic(act) && Transitions.SidesOf(act).Contains(side)).ToList();
        foreach (var act in acts)
        {
            string[] more = act switch { ActKind.EXECUTED => ["--outcome", "FULL"], ActKind.PRESERVED => ["--until", "2026-06-01T00:00:00Z"], _ => [] };
            var said = InThisProcess.Run(gateway, ["request", "import", gateway.Folder["letter.pdf"], "--case", LoopbackOperator.CaseId, "--channel", "POST",
                "--received-by", "K. Registrar", "--received-at", "2026-03-01T02:15:00Z", "--says", act.ToString(), .. more]);
            Assert.True(said.Exit == 0, $"{act}: {said.Output}{said.Error}");
            Assert.Equal(act, PaperRecord.Read(SignedDocument.Open(gateway.Service.Submitted[^1].SignedDocument.Memory).Value.Content).Value.Says);
        }
        Assert.Equal(acts.Count, gateway.Service.Submitted.Count);
    }

    [Theory]
    [InlineData("DEADLINE_MISSED")]
    [InlineData("SILENCE")]
    public async Task What_only_a_gateway_does_is_in_no_letter(string act)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        File.WriteAllBytes(gateway.Folder["letter.pdf"], "%PDF-1.7 a letter"u8);
        Assert.Equal(2, InThisProcess.Run(gateway, "request", "import", gateway.Folder["letter.pdf"], "--case", LoopbackOperator.CaseId, "--channel", "POST",
            "--received-by", "K. Registrar", "--received-at", "2026-03-01T02:15:00Z", "--says", act).Exit);
        Assert.Empty(gateway.Service.Submitted);
    }
}
