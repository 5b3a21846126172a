using Gateway.Protocol.Bundles;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>A State has taken a key of its log off its card; somebody goes on signing with it.</summary>
public class StolenKeyTests
{
    private static SampleState Asking => SampleCase.Shared.Asking;

    [Fact]
    public async Task A_checkpoint_signed_with_a_key_that_the_card_no_longer_names_is_not_believed()
    {
        // The later card, issued before the story began, names no key of the log any more.
        var report = Judge(await new SampleCase().Write(s => s with { Cards = [Asking.Card, Asking.WithoutLogKeys(SampleState.From.AddMonths(3)), .. s.Cards.Where(c => c.Card.State != "XA")] }));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
        Assert.True(report.Has(FindingCode.LogKeyNotInForce), string.Join('\n', report.Findings));
        Assert.Equal(0, Assert.Single(report.Logs).Proved);
    }

    [Fact]
    public async Task What_the_key_signed_while_the_card_named_it_stays_good()
    {
        var report = Judge(await new SampleCase().Write(s => s with { Cards = [Asking.Card, Asking.WithoutLogKeys(Gateway.Protocol.Tests.Requests.RequestSamples.Now.AddDays(1)), .. s.Cards.Where(c => c.Card.State != "XA")] }));
        Assert.Equal(Verdict.VALID, report.Verdict);
    }
}
