using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Statistics;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Statistics;

public sealed class StatisticsTests
{
    [Fact]
    public async Task A_year_is_counted_by_peer_and_kind_on_both_sides_and_names_nobody()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var answered = await states.SendPreserve();
        var refused = await states.SendPreserve();
        await states.Settled(answered.CaseId, 3);
        await states.Settled(refused.CaseId, 3);
        clock.Offset = TimeSpan.FromHours(2);
        foreach (var sent in new[] { answered, refused })
        {
            await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 1/26", ["dueAt"] = DocumentWriter.FormatTime(clock.GetUtcNow().AddDays(1)) });
            await states.Settled(sent.CaseId, 6);
        }
        await TwoStates.Act(states.Asked, states.AskedLawyer, refused.CaseId, "REFUSED", new JsonObject
        {
            ["grounds"] = new JsonArray(new JsonObject { ["code"] = "RF-ESSENTIAL-SECURITY", ["provision"] = "Assistance Act of XB, section 4", ["reasons"] = "The server is one of a defence authority." }),
            ["consultationWaivedReason"] = "The ground cannot be removed by consultation.",
            ["finality"] = "FINAL",
        });
        await states.Settled(refused.CaseId, 9);

        var year = (uint)clock.GetUtcNow().Year;
        var there = Assert.Single((await states.Asked.Client(states.AskedLawyer).StatisticsAsync(new StatisticsRequest { Year = year })).Kinds);
        Assert.Equal(("XA", "REQUESTED", "PRESERVE_DATA"), (there.Peer, there.Side, there.Kind));
        Assert.Equal((2U, 2U, 1U, 0U), (there.Requests, there.Acknowledged, there.Refused, there.Answered));
        Assert.InRange(there.HoursToAcknowledgeMedian, 1.9, 2.5);
        Assert.False(there.HasDaysToAnswerMedian);
        Assert.Equal([("RF-ESSENTIAL-SECURITY", 1U)], there.Grounds.Select(g => (g.Code, g.Count)));

        var here = await states.Asking.Client(states.Lawyer).StatisticsAsync(new StatisticsRequest { Year = year });
        Assert.Equal("REQUESTING", Assert.Single(here.Kinds).Side);
        var text = here.ToString();
        Assert.DoesNotContain(answered.CaseId, text, StringComparison.Ordinal);
        Assert.DoesNotContain("duty-officer", text, StringComparison.OrdinalIgnoreCase);

        Assert.Empty((await states.Asking.Client(states.Lawyer).StatisticsAsync(new StatisticsRequest { Year = year - 1 })).Kinds);
        await Refused.By(() => states.Asking.Client(states.DutyOfficer).StatisticsAsync(new StatisticsRequest { Year = year }).ResponseAsync, "T802");
        await Refused.By(() => states.Asking.Client(states.Lawyer).StatisticsAsync(new StatisticsRequest { Year = 0 }).ResponseAsync, "T806");
    }

    [Theory]
    [InlineData(50, 2)]
    [InlineData(90, 4)]
    [InlineData(100, 4)]
    [InlineData(1, 1)]
    public void A_percentile_is_the_nearest_rank(int percent, int hours)
        => Assert.Equal(TimeSpan.FromHours(hours), KindCount.Percentile([TimeSpan.FromHours(3), TimeSpan.FromHours(1), TimeSpan.FromHours(4), TimeSpan.FromHours(2)], percent));

    [Fact]
    public void Of_nothing_there_is_no_percentile() => Assert.Null(KindCount.Percentile([], 50));
}
