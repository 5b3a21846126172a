using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.V1;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Reception;

/// <summary>Personal data that were received are read for the purpose for which they were asked, and under its conditions.</summary>
public sealed class DataUseTests
{
    [Fact]
    public async Task Answers_with_personal_data_open_for_the_purpose_of_the_request_only_and_show_its_conditions()
    {
        await using var states = await TwoStates.Start();
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        var fields = TwoStates.SampleFields("emergency-disclosure.json");
        var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields);
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, officer, sent.CaseId, "ACKNOWLEDGED");
        await states.Settled(sent.CaseId, 6);
        var client = states.Asking.Client(states.DutyOfficer);
        var answer = Assert.Single((await client.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId, Direction = "IN" })).Messages);

        Assert.StartsWith("T850", await Refused(client, new OpenMessageRequest { Message = answer.Message, Purpose = "curiosity" }), StringComparison.Ordinal);
        Assert.StartsWith("V022", await Refused(client, new OpenMessageRequest { Message = answer.Message, PurposeCode = "CIVIL_PROCEEDINGS" }), StringComparison.Ordinal);
        var opened = await client.OpenMessageAsync(new OpenMessageRequest { Message = answer.Message, PurposeCode = "CRIMINAL_PROCEEDINGS" });
        Assert.Equal(("CRIMINAL_PROCEEDINGS", "NO_ONWARD_TRANSFER, NO_OTHER_PURPOSE, DELETE_AFTER_USE"), (opened.PurposeCode, string.Join(", ", opened.Conditions)));
        // Who opened it, and for what, stands in the log; what was refused was not opened.
        Assert.Equal([("duty-officer", "CRIMINAL_PROCEEDINGS")], states.Asking.Get<Database>().Read(s => s.Query("SELECT body FROM audit_records WHERE act = 'message.opened'", r => System.Text.Encoding.UTF8.GetString(r.Bytes(0))))
            .Where(text => text.Contains(answer.Message, StringComparison.Ordinal)).Select(text => JsonNode.Parse(text)!).Select(record => (record["by"]!.GetValue<string>(), record["detail"]!.GetValue<string>())));
        // A request in which nobody is named is read without asking oneself why; the conditions are shown all the same.
        Assert.Equal(3, (await states.Asked.Client(officer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).Conditions.Count);
    }

    [Fact]
    public async Task Where_no_personal_data_were_asked_for_nobody_has_to_say_why()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await states.Settled(sent.CaseId, 6);
        var client = states.Asking.Client(states.DutyOfficer);
        var answer = Assert.Single((await client.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId, Direction = "IN" })).Messages);
        Assert.Equal(["NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE"], (await client.OpenMessageAsync(new OpenMessageRequest { Message = answer.Message })).Conditions);
    }

    [Fact]
    public async Task Received_items_and_bundles_leave_for_the_purpose_of_the_request_only_and_with_its_conditions()
    {
        await using var flow = await Evidence.EvidenceFlow.Start(sample: "emergency-disclosure.json");
        var item = await flow.Attached(3000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        var there = await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        Assert.Equal("only for CRIMINAL_PROCEEDINGS: NO_ONWARD_TRANSFER; NO_OTHER_PURPOSE; DELETE_AFTER_USE", there.Conditions);
        // Whoever sent it has no purpose to declare: it is his own. The release states the conditions all the same.
        Assert.Equal(there.Conditions, (await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED")).Conditions);
        var (lawyer, auditor) = (flow.States.Lawyer, flow.Auditor);
        foreach (var (code, purpose) in new[] { ("T850", "trial"), ("T850", "CRIMINAL"), ("V022", "CIVIL_PROCEEDINGS"), ("V022", "CIVIL_PROCEEDINGS: CRIMINAL_PROCEEDINGS") })
        {
            await Infrastructure.Refused.By(() => flow.Download(lawyer, item, purpose), code);
            await Infrastructure.Refused.By(() => Export(flow.States.Asking, lawyer, flow.Sent.CaseId, purpose), code);
        }
        await Infrastructure.Refused.By(() => Export(flow.States.Asking, auditor, flow.Sent.CaseId, " "), "T850");
        Assert.True((await flow.Download(lawyer, item)).Found.Agrees);
        foreach (var readme in new[] { await Export(flow.States.Asking, lawyer, flow.Sent.CaseId, "CRIMINAL_PROCEEDINGS: for the court"), await Export(flow.States.Asking, auditor, flow.Sent.CaseId, "audit of the year"), await Export(flow.States.Asked, flow.First, flow.Sent.CaseId, "") })
            Assert.Contains($"{flow.Sent.CaseId}: only for CRIMINAL_PROCEEDINGS: NO_ONWARD_TRANSFER", readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_is_asked_reads_what_is_named_in_a_request_for_its_purpose_only_and_lets_go_of_it_in_time()
    {
        await using var states = await TwoStates.Start();
        var fields = TwoStates.Preserve(states.Asking.Clock);
        fields.Remove("noPersonKnown");
        fields["persons"] = new JsonArray(new JsonObject { ["name"] = "Account holder of the server", ["role"] = "ACCOUNT_HOLDER" });
        fields["handling"] = TwoStates.SampleFields("emergency-disclosure.json")["handling"]!.DeepClone();
        var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields);
        await states.Settled(sent.CaseId, 3);
        await BoundThere(states, sent, states.DutyOfficer, "DELETE_AFTER_USE");
        // Whoever sent it received nothing yet.
        Assert.DoesNotContain(await Kept(states.Asking, states.DutyOfficer, sent.CaseId), d => d.Own);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Information_that_nobody_asked_for_is_read_for_its_purpose_and_under_the_conditions_of_its_sender(bool agreed)
    {
        await using var states = await TwoStates.Start();
        var fields = TwoStates.SampleFields("spontaneous-information.json");
        fields["conditionsAcceptedBeforeSending"] = agreed;
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await states.Arrived(sent.CaseId);
        await BoundThere(states, sent, states.Lawyer, "OTHER: For the warning of the banks and the opening of own proceedings only.");
        Assert.DoesNotContain(await Kept(states.Asking, states.Lawyer, sent.CaseId), d => d.Own);
        await Infrastructure.Refused.By(() => states.Asking.Client(states.Lawyer).ReviewRetentionAsync(new ReviewRetentionRequest { CaseId = sent.CaseId, Reason = "what is this good for" }).ResponseAsync, "T805");
    }

    // Purpose asked and logged, conditions shown and travelling, keeping reviewed: where the request arrived.
    private static async Task BoundThere(TwoStates states, SubmitReply sent, Infrastructure.TestPerson sender, string condition)
    {
        var (lawyer, client) = (states.AskedLawyer, states.Asked.Client(states.AskedLawyer));
        foreach (var (code, purpose) in new[] { ("T850", ""), ("V022", "CIVIL_PROCEEDINGS") })
        {
            Assert.StartsWith(code, await Refused(client, new OpenMessageRequest { Message = sent.Message, PurposeCode = purpose }), StringComparison.Ordinal);
            await Infrastructure.Refused.By(() => Export(states.Asked, lawyer, sent.CaseId, purpose), code);
        }
        Assert.Contains(condition, (await client.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, PurposeCode = "CRIMINAL_PROCEEDINGS" })).Conditions);
        Assert.Equal([("lawyer", "CRIMINAL_PROCEEDINGS")], states.Asked.Get<Database>().Read(s => s.Query("SELECT body FROM audit_records WHERE act = 'message.opened'", r => System.Text.Encoding.UTF8.GetString(r.Bytes(0))))
            .Select(text => JsonNode.Parse(text)!).Select(record => (record["by"]!.GetValue<string>(), record["detail"]!.GetValue<string>())));
        Assert.Contains($"{sent.CaseId}: only for CRIMINAL_PROCEEDINGS: NO_ONWARD_TRANSFER", await Export(states.Asked, lawyer, sent.CaseId, "CRIMINAL_PROCEEDINGS: for the court"), StringComparison.Ordinal);
        // What is one's own is read without a word.
        Assert.Contains(condition, (await states.Asking.Client(sender).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).Conditions);

        Assert.Equal(("RETENTION_REVIEW", true, "RUNNING"), Assert.Single(await Kept(states.Asked, lawyer, sent.CaseId)));
        var tomorrow = states.Asked.Clock.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        await client.ReviewRetentionAsync(new ReviewRetentionRequest { CaseId = sent.CaseId, Reason = "nothing comes of it here", EraseOn = tomorrow });
        Assert.Contains(("RETENTION", true, "RUNNING"), await Kept(states.Asked, lawyer, sent.CaseId));
        await client.HoldCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "appeal pending" });
        Assert.Contains(("RETENTION", true, "SUSPENDED"), await Kept(states.Asked, lawyer, sent.CaseId));
    }

    private static async Task<List<(string Rule, bool Own, string State)>> Kept(Infrastructure.TestState state, Infrastructure.TestPerson person, string caseId)
    {
        await state.Get<ClockLoop>().LookAtAll();
        return [.. (await state.Client(person).ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId })).Deadlines.Where(d => d.Rule.StartsWith("RETENTION", StringComparison.Ordinal)).Select(d => (d.Rule, d.Own, d.State))];
    }

    private static async Task<string> Export(Infrastructure.TestState state, Infrastructure.TestPerson person, string caseId, string purpose)
    {
        using var bundle = new MemoryStream();
        using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = caseId, Purpose = purpose });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        using var zip = new System.IO.Compression.ZipArchive(bundle);
        using var readme = new StreamReader(zip.GetEntry("README.txt")!.Open());
        return await readme.ReadToEndAsync();
    }

    private static async Task<string> Refused(Operator.OperatorClient client, OpenMessageRequest request)
        => (await Assert.ThrowsAsync<RpcException>(async () => await client.OpenMessageAsync(request))).Trailers.First(t => t.Key == "gateway-refusal-bin").ValueBytes is { } bytes ? Refusal.Parser.ParseFrom(bytes).Code : "";
}
