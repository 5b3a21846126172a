using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>What is due is done with one command; what is not due needs a person's words.</summary>
public class EraseTests
{
    private const string Case = LoopbackOperator.CaseId;

    [Fact]
    public async Task Without_a_retention_that_ended_nothing_is_proposed_that_nobody_gave_a_reason_for()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var said = await gateway.RunAsync("case", "erase", Case);
        Assert.Equal(1, said.Exit);
        Assert.Contains("--basis", said.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await gateway.RunAsync("case", "erase", Case, "--basis", "order 7/2026")).Exit);
        Assert.Equal(1, (await gateway.RunAsync("case", "erase", Case, "--reject")).Exit);
        Assert.Empty(gateway.Service.Submitted);
    }

    [Fact]
    public async Task For_a_State_without_a_gateway_the_sealed_erasure_is_written_once_and_its_leaving_recorded()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var file = gateway.Folder["erasure.cms"];
        Assert.Equal(2, (await gateway.RunAsync("case", "erase", Case, "--out", file)).Exit);
        Assert.Equal(2, (await gateway.RunAsync("case", "erase", Case, "--out", file, "--channel", "POST")).Exit);
        Assert.Equal(2, (await gateway.RunAsync("case", "erase", Case, "--out", file, "--channel", "POST", "--to", "Registry", "--approve")).Exit);
        Assert.Equal(2, (await gateway.RunAsync("case", "erase", Case, "--channel", "POST")).Exit);
        Assert.Empty(gateway.Service.Carried);
        var said = await gateway.RunAsync("case", "erase", Case, "--out", file, "--channel", "POST", "--to", "Registry of XC", "--reference", "RR 17");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal("a sealed erasure"u8.ToArray(), File.ReadAllBytes(file));
        var call = Assert.Single(gateway.Service.Carried);
        Assert.Equal((Case, "POST", "Registry of XC", "RR 17"), (call.CaseId, call.Channel, call.Person, call.Reference));
        // Where the place is taken nothing is recorded as handed over.
        Assert.Equal(3, (await gateway.RunAsync("case", "erase", Case, "--out", file, "--channel", "POST", "--to", "Registry of XC")).Exit);
        Assert.Single(gateway.Service.Carried);
    }

    [Fact]
    public async Task A_retention_that_ended_is_reason_and_basis_for_both_persons()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Due.Add(new DeadlineView
        {
            CaseId = Case, Rule = "RETENTION", State = "MISSED", Own = true, Due = "2026-03-01T00:00:00.000Z", DueHere = "2026-03-01T00:00:00+00:00", DueThere = "2026-03-01T00:00:00+00:00", Basis = "date of the request", Kind = "STORED_CONTENT_DATA",
            Urgency = "ORDINARY", NextStep = $"gatewayctl case erase {Case}",
        });
        Assert.Contains($"gatewayctl case erase {Case}", (await gateway.RunAsync("deadlines", "--rule", "RETENTION")).Output, StringComparison.Ordinal);
        var first = await gateway.RunAsync("case", "erase", Case);
        Assert.True(first.Exit == 0, first.Error);
        Assert.Equal(0, (await gateway.RunAsync("case", "erase", Case, "--approve")).Exit);
        var decisions = gateway.Service.Submitted.Select(s => ErasureDecision.Read(SignedDocument.Open(s.SignedDocument.ToByteArray()).Value.Content).Value).ToList();
        Assert.Equal([ErasureStep.PROPOSE, ErasureStep.APPROVE], decisions.Select(d => d.Decision));
        Assert.Equal(ErasureReason.RETENTION_ENDED, decisions[0].Reason);
        Assert.All(decisions, d => Assert.Equal("retention ended 2026-03-01T00:00:00.000Z: date of the request", d.LegalBasis));
    }
}
