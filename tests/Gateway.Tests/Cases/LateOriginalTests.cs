using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Deadlines;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>The signed original that comes when the case is closed: recorded here, told to nobody, and in the bundle.</summary>
public sealed class LateOriginalTests
{
    [Fact]
    public async Task An_original_that_comes_when_the_case_is_closed_is_recorded_and_goes_with_the_bundle()
    {
        await using var states = await TwoStates.Start(configure: json =>
        {
            if (json["Gateway"]!["State"]!.GetValue<string>() == "XB")
                json["Profile"] = new JsonObject { ["OriginalFollowUp"] = "ALWAYS", ["OriginalFollowUpDays"] = 2 };
        });
        var (asked, lawyer) = (states.Asked, states.AskedLawyer);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "The data were found at home." });
        await states.Settled(sent.CaseId, 6);
        var client = asked.Client(lawyer);
        var closed = await client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId });
        Assert.Equal(("WITHDRAWN", "", "ORIGINAL_RECEIVED"), (closed.State, closed.Original, Assert.Single(closed.AllowedActs)));

        // The machine compares as it does on an open case; the side that asked has nothing to compare.
        var request = (await client.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).Parts.Single(p => p.Role == "request").Sha256;
        await states.Settled(sent.CaseId, 7);
        JsonObject Original(string sha256) => new() { ["case"] = sent.CaseId, ["kind"] = "ORIGINAL_RECEIVED", ["originalComparison"] = "MATCH", ["originalSha256"] = sha256 };
        Assert.Equal("T110", Assert.Single(await Problems(asked, lawyer, Original(Digest.Of("another"u8).ToString()))).Code);
        Assert.Equal("V043", Assert.Single(await Problems(asked, lawyer, new JsonObject { ["case"] = sent.CaseId, ["kind"] = "BREACH_NOTICE", ["text"] = "A letter was lost." })).Code);
        Assert.NotEmpty(await Problems(states.Asking, states.DutyOfficer, Original(request)));

        var messages = Count(asked, "SELECT count(*) FROM messages");
        var reply = await TwoStates.Submit(asked, lawyer, "act", Original(request));
        Assert.Equal("", reply.Message);
        Assert.Contains("nothing was sent", reply.Outcome, StringComparison.Ordinal);
        Assert.Equal(messages, Count(asked, "SELECT count(*) FROM messages"));
        var shown = await client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId });
        Assert.Equal(("WITHDRAWN", "RECEIVED_MATCH"), (shown.State, shown.Original));
        Assert.EndsWith(", by lawyer", shown.OriginalKept, StringComparison.Ordinal);
        Assert.Empty(shown.AllowedActs);
        await asked.Get<ClockLoop>().LookAtAll();
        Assert.Equal("MET", Assert.Single((await client.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = sent.CaseId })).Deadlines, d => d.Rule == "ORIGINAL").State);

        var bundle = new MemoryStream();
        using var call = client.ExportCase(new ExportCaseRequest { CaseId = sent.CaseId });
        await foreach (var part in call.ResponseStream.ReadAllAsync())
            part.Data.WriteTo(bundle);
        bundle.Position = 0;
        TrustAnchor Anchor(TestState state) => TrustAnchor.Fingerprint($"{state.State}:{state.Card.CardKey}", "test")!;
        var report = BundleCheck.Run(bundle, [Anchor(states.Asking), Anchor(asked)]);
        Assert.DoesNotContain(report.Findings, f => f.Severity > Severity.Warning || f.Code == FindingCode.DocumentUnreferenced);
        var line = Assert.Single(report.Story, l => l.Text.StartsWith("ORIGINAL_RECEIVED (MATCH)", StringComparison.Ordinal));
        Assert.Equal("XB-CA", line.By);
    }

    [Fact]
    public async Task Whoever_asked_records_that_the_original_was_handed_over_and_is_late_no_more()
    {
        await using var states = await TwoStates.Start(configure: json =>
        {
            if (json["Gateway"]!["State"]!.GetValue<string>() == "XB")
                json["Profile"] = new JsonObject { ["OriginalFollowUp"] = "ALWAYS", ["OriginalFollowUpDays"] = 2 };
        });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var client = states.Asking.Client(states.DutyOfficer);
        var (today, auditor) = (states.Asking.Clock.GetUtcNow(), await states.Asking.AddUser("auditor", "XA-CA", "AUDITOR"));
        Task Record(Operator.OperatorClient by, DateTimeOffset day) => by.RecordOriginalSentAsync(new RecordOriginalSentRequest { CaseId = sent.CaseId, Day = day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) }).ResponseAsync;
        await states.Asking.Get<ClockLoop>().LookAtAll();
        Assert.Equal("RUNNING", (await Original(client)).State);
        await Refused.By(() => Record(client, today.AddDays(2)), "T806");
        await Refused.By(() => Record(client, today.AddDays(-30)), "T806");
        await Refused.By(() => Record(states.Asking.Client(auditor), today), "T802");
        await Refused.By(() => Record(states.Asked.Client(states.AskedLawyer), today), "T805");
        // It left in time, and whoever records it late was not late.
        states.Asking.Clock.Offset += TimeSpan.FromDays(4);
        await states.Asking.Get<ClockLoop>().LookAtAll();
        Assert.Equal("MISSED", (await Original(client)).State);
        await Record(client, today.AddDays(1));
        await states.Asking.Get<ClockLoop>().LookAtAll();
        Assert.Equal("MET", (await Original(client)).State);
        // Whether it came is the other side's word.
        await states.Asked.Get<ClockLoop>().LookAtAll();
        Assert.NotEqual("MET", (await Original(states.Asked.Client(states.AskedLawyer))).State);

        async Task<DeadlineView> Original(Operator.OperatorClient by) => Assert.Single((await by.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = sent.CaseId })).Deadlines, d => d.Rule == "ORIGINAL");
    }

    private static async Task<IReadOnlyList<Refusal>> Problems(TestState state, TestPerson person, JsonObject fields)
        => (await state.Client(person).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = fields.ToJsonString() })).Problems;

    private static long Count(TestState state, string sql) => state.Get<Database>().Read(s => s.Number(sql));
}
