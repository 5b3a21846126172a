using Gateway.Protocol.Wording;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Where an emergency does not arrive, or is not written yet, it is said whether the other State takes it by telephone.</summary>
public sealed class OralEmergencyTests
{
    [Fact]
    public async Task The_screen_says_whether_an_emergency_that_did_not_arrive_may_be_asked_by_telephone()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        AlertNotice Unheard(string authority, bool oral) => new() { Type = "ALERT", Alert = authority, CaseId = "XA-1", Urgency = "EMERGENCY", Kind = "EMERGENCY_DISCLOSURE", FromAuthority = authority, Standing = "UNHEARD", CallBackPhone = "+999 2 555 0147", AcceptsOral = oral };
        gateway.Service.Notices.AddRange([new AlertNotice { Type = "STARTED" }, Unheard("XB-CP", true), Unheard("XC-CP", false), new AlertNotice { Type = "ENDED", CaseId = "the-last-one" }]);
        using var process = gateway.Start("watch", "--lang", "fr");
        var shown = "";
        while (!shown.Contains("the-last-one", StringComparison.Ordinal))
            shown += (await process.StandardOutput.ReadLineAsync() ?? throw new Xunit.Sdk.XunitException(shown)) + "\n";
        process.Kill();
        await process.WaitForExitAsync();
        string Oral(string authority) => Labels.Of("fr").Format("watch.oral", ("authority", authority));
        Assert.Contains(Oral("XB-CP"), shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Oral("XC-CP"), shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_profile_that_is_read_before_drafting_says_it_in_words(bool oral)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.AcceptsOral = oral;
        var said = await gateway.RunAsync("peer", "profile", "XB");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(oral, said.Output.Contains("also by telephone", StringComparison.Ordinal));
    }
}
