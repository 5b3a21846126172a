using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>In which order acts count, and by which number.</summary>
public partial class LegalClockTests
{
    [Fact]
    public void Postponements_are_numbered_by_themselves_and_crossing_acts_have_one_order_whichever_came_first()
    {
        static ClockedAct Postponed(string at) => Act(ActKind.POSTPONED, at) is var put ? new(put.Act with { Document = JsonSerializer.SerializeToElement(new JsonObject { ["reviewOn"] = "2027-01-15" }) }, put.By) : put;
        var reviews = Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), CaseState.POSTPONED, acts: [Act(ActKind.ACKNOWLEDGED, "2026-11-20T11:00:00Z"), Act(ActKind.STATUS_QUERY, "2026-11-21T11:00:00Z", CaseSide.Requesting),
            Postponed("2026-11-22T11:00:00Z"), Act(ActKind.ACCEPTED, "2026-11-23T11:00:00Z"), Postponed("2026-11-24T11:00:00Z")]).Where(d => d.Rule == DeadlineRule.REVIEW_POSTPONEMENT);
        Assert.Equal([1, 2], reviews.Select(d => d.Number).Order());

        ActEntry[] crossed = [new("query", CaseSide.Requesting, ActKind.STATUS_QUERY, "ack"), new("report", CaseSide.Requested, ActKind.STATUS_REPORT, null)];
        var acknowledged = new ActEntry("ack", CaseSide.Requested, ActKind.ACKNOWLEDGED, null);
        foreach (var order in new[] { crossed, [crossed[1], crossed[0]] })
        {
            var stored = CaseHistory.Of(CaseState.DELIVERED, [acknowledged, .. order]);
            var taken = order.Aggregate(CaseHistory.New.Take(acknowledged).Value, (history, act) => history.Take(act).Value);
            Assert.Equal(["ack", "report", "query"], stored.Ordered.Select(a => a.Id));
            Assert.Equal(["ack", "report", "query"], taken.Ordered.Select(a => a.Id));
        }
    }
}
