using Gateway.Evidence;
using Gateway.Protocol.Evidence;
using Gateway.Runtime;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>A parcel that was to arrive on a day.</summary>
public sealed class ParcelTests
{
    [Theory]
    [InlineData("arrives")]
    [InlineData("is lost")]
    public async Task A_parcel_that_is_late_stands_on_both_boards_until_it_is_there_or_lost(string end)
    {
        await using var flow = await EvidenceFlow.Start();
        var states = flow.States;
        var item = await flow.Attached((2 * Chunk.PlainBytes) + 500);
        var today = DateOnly.FromDateTime(states.Asked.Clock.GetUtcNow().UtcDateTime);
        await ShipmentTests.Shipped(flow, item, today.AddDays(1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        Assert.Empty(Late());
        states.Asked.Clock.Offset += TimeSpan.FromDays(3);
        Assert.Equal(["XA", "XB"], Late());
        Assert.Contains($"expected {today.AddDays(1):yyyy-MM-dd}", (await flow.Reaches(states.Asking, states.Lawyer, item, "RECEIVING")).Shipment, StringComparison.Ordinal);
        var shipped = Assert.Single(await ShipmentTests.Events(states.Asked, flow.First, item), e => e.Event == CustodyKind.SHIPPED);
        Assert.Equal($"{today.AddDays(1):yyyy-MM-dd}", shipped.Text("expected"));

        if (end == "arrives")
            await ShipmentTests.Import(flow, item, await ShipmentTests.Fetched(flow, item));
        else
            await TwoStates.Submit(states.Asked, flow.First, "loss", await LossTests.Fields(flow, item, "PARCEL"));
        await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE");
        await flow.Reaches(states.Asked, flow.First, item, "CONSIGNED");
        Assert.Empty(Late());

        List<string> Late() => [.. new[] { states.Asking, states.Asked }.Where(state =>
        {
            state.Get<WatchParcels>().Look();
            return state.Get<Alarms>().All.Any(a => a.Code == AlarmCode.PARCEL_LATE && a.Subject == item.Id && a.CaseId == flow.Sent.CaseId);
        }).Select(state => state.State)];
    }

    [Fact]
    public async Task A_parcel_without_a_day_is_never_late_and_a_day_that_is_over_is_refused()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(500);
        await ShipmentTests.Shipped(flow, item);
        flow.States.Asked.Clock.Offset += TimeSpan.FromDays(300);
        flow.States.Asked.Get<WatchParcels>().Look();
        Assert.DoesNotContain(flow.States.Asked.Get<Alarms>().All, a => a.Code == AlarmCode.PARCEL_LATE);
        foreach (var day in (string[])["2026-01-01", "soon"])
        {
            var fields = await ShipmentTests.Fields(flow, item);
            fields["expected"] = day;
            var problems = (await flow.States.Asked.Client(flow.Technician).ComposeAsync(new ComposeRequest { Type = "shipment", FieldsJson = fields.ToJsonString() })).Problems;
            Assert.Equal("expected", Assert.Single(problems).Path);
        }
    }
}
