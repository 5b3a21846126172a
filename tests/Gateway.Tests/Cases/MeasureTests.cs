using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>Measures in real time: deliveries in their order, which name what they cover, and nothing from behind the end of the authorisation.</summary>
public sealed class MeasureTests
{
    [Fact]
    public async Task Deliveries_are_numbered_name_their_numbers_and_do_not_reach_beyond_the_authorisation()
    {
        await using var states = await TwoStates.Start();
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", TwoStates.SampleFields("realtime-traffic.json"));
        await states.Arrived(sent.CaseId);
        await Started(states, sent.CaseId);
        Assert.Equal(["V001 identifiers"], await Problems(states, Delivery(sent.CaseId, 1, "2031-01-10T00:00:00.000Z", "2031-01-16T00:00:00.000Z", null)));
        Assert.Equal(["T110 part"], await Problems(states, Delivery(sent.CaseId, 2, "2031-01-10T00:00:00.000Z", "2031-01-16T00:00:00.000Z")));
        Assert.Equal(["V010 periodTo"], await Problems(states, Delivery(sent.CaseId, 1, "2031-01-10T00:00:00.000Z", "2032-01-16T00:00:00.000Z")));
        await TwoStates.Submit(states.Asked, states.AskedLawyer, "act", Delivery(sent.CaseId, 1, "2031-01-10T00:00:00.000Z", "2031-01-16T00:00:00.000Z"));
        Assert.Equal(["T110 part"], await Problems(states, Delivery(sent.CaseId, 1, "2031-01-16T00:00:00.000Z", "2031-01-23T00:00:00.000Z")));
        Assert.Empty(await Problems(states, Delivery(sent.CaseId, 2, "2031-01-16T00:00:00.000Z", "2031-01-23T00:00:00.000Z")));
    }

    [Fact]
    public async Task What_was_taken_after_the_end_of_the_authorisation_is_not_released_and_what_was_taken_before_is()
    {
        var clock = new TestClock();
        await using var flow = await EvidenceFlow.Start(clock: clock, send: states =>
        {
            var fields = TwoStates.SampleFields("realtime-traffic.json");
            var end = DocumentWriter.FormatLocalTime(clock.GetUtcNow().AddHours(1));
            fields["dataWindow"] = new JsonObject { ["from"] = DocumentWriter.FormatLocalTime(clock.GetUtcNow().AddMinutes(1)), ["to"] = end };
            fields["judicialAuthorisation"]!["validUntil"] = end;
            return TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        });
        clock.Offset = TimeSpan.FromHours(3);
        var (before, after) = (await TestItem.Make(3000), await TestItem.Make(3000));
        foreach (var (item, hours) in new[] { (before, -2.5), (after, -1) })
            await flow.Attach(item, 0, item.Chunks.Count, flow.SignedManifest(item, m => m with { AcquiredFrom = clock.GetUtcNow().AddHours(hours - 0.1), AcquiredTo = clock.GetUtcNow().AddHours(hours), Time = clock.GetUtcNow() }));
        Assert.Equal(["V010"], await flow.Problems(flow.First, after, "PROPOSE"));
        Assert.Empty(await flow.Problems(flow.First, before, "PROPOSE"));
    }

    private static async Task Started(TwoStates states, string caseId)
    {
        foreach (var (kind, more) in new (string, JsonObject?)[]
        {
            ("ACKNOWLEDGED", null), ("ACCEPTED", new JsonObject { ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(9)) }), ("IN_EXECUTION", null), ("MEASURE_STARTED", null),
        })
            await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, kind, more);
    }

    private static JsonObject Delivery(string caseId, int part, string from, string to, string? line = "line-4711")
    {
        var fields = new JsonObject { ["case"] = caseId, ["kind"] = "MEASURE_DELIVERY", ["part"] = part, ["periodFrom"] = from, ["periodTo"] = to };
        if (line is not null)
            fields["identifiers"] = new JsonArray(line);
        return fields;
    }

    private static async Task<IReadOnlyList<string>> Problems(TwoStates states, JsonObject fields)
        => [.. (await states.Asked.Client(states.AskedLawyer).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = fields.ToJsonString() })).Problems.Select(p => $"{p.Code} {p.Path}")];
}
