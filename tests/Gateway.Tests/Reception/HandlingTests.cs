using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Evidence;
using Gateway.Storage;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Reception;

/// <summary>What is declared of personal data, with a request or with an item, has its effect where they are received: a legal hold holds, a special category is shown and said why it is read.</summary>
public sealed class HandlingTests
{
    private const string Why = "CRIMINAL_PROCEEDINGS: the medical history is what the charge rests on";

    [Fact]
    public async Task A_legal_hold_that_a_request_declares_holds_the_case_of_whoever_receives_the_data_until_that_side_lifts_it()
    {
        await using var states = await TwoStates.Start();
        var fields = TwoStates.SampleFields("spontaneous-information.json");
        fields["handling"] = TwoStates.SampleFields("emergency-disclosure.json")["handling"]!.DeepClone();
        fields["handling"]!["legalHold"] = true;
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await states.Arrived(sent.CaseId);
        var there = states.Asked.Client(states.AskedLawyer);
        Assert.Equal("XA-CA: declared in the request (handling.legalHold)", (await there.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Hold);
        Assert.Equal(["T550"], await Propose(states.Asked, states.AskedLawyer, sent.CaseId));
        // What was given away is not what was received.
        Assert.Equal("", (await states.Asking.Client(states.Lawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Hold);
        Assert.Equal(["case.held", "erasure.held"], Held(states.Asked, sent.CaseId));

        Assert.Equal("", (await there.UnholdCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "the sender lifted it by letter", Number = 1 })).Hold);
        Assert.Equal(["T551"], await Propose(states.Asked, states.AskedLawyer, sent.CaseId));
    }

    [Fact]
    public async Task Whoever_asks_for_data_under_a_legal_hold_holds_them_and_nobody_else_does()
    {
        await using var states = await TwoStates.Start();
        var fields = TwoStates.SampleFields("further-use-consent.json");
        fields["handling"]!["legalHold"] = true;
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await states.Arrived(sent.CaseId);
        Assert.StartsWith("XA-CA: ", (await states.Asking.Client(states.Lawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Hold, StringComparison.Ordinal);
        Assert.Equal("", (await states.Asked.Client(states.AskedLawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Hold);
        Assert.Empty(Held(states.Asked, sent.CaseId));
    }

    [Fact]
    public async Task A_special_category_is_shown_and_read_only_by_whoever_says_in_words_why_which_is_recorded()
    {
        await using var states = await TwoStates.Start();
        var fields = TwoStates.SampleFields("spontaneous-information.json");
        fields["handling"] = TwoStates.SampleFields("emergency-disclosure.json")["handling"]!.DeepClone();
        fields["handling"]!["specialCategory"] = true;
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await states.Arrived(sent.CaseId);
        var there = states.Asked.Client(states.AskedLawyer);
        foreach (var purpose in new[] { "", "CRIMINAL_PROCEEDINGS", "CRIMINAL_PROCEEDINGS: ok" })
        {
            var refused = await Refused.By(() => there.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, PurposeCode = "CRIMINAL_PROCEEDINGS", Purpose = purpose }).ResponseAsync, "T850");
            Assert.Contains("special category", refused.Detail, StringComparison.Ordinal);
            await Refused.By(() => Export(states.Asked, states.AskedLawyer, sent.CaseId, purpose), "T850");
        }
        await Refused.By(() => there.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, PurposeCode = "CRIMINAL_PROCEEDINGS", Purpose = new string('x', 501) }).ResponseAsync, "T806");
        await Refused.By(() => Export(states.Asked, states.AskedLawyer, sent.CaseId, new string('x', 501)), "T806");
        // Recorded for good, so that it must be readable for good.
        await Refused.By(() => there.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, PurposeCode = new string('X', 150_000) }).ResponseAsync, "T806");
        await Refused.By(() => there.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, PurposeCode = "CRIMINAL_PROCEEDINGS", Purpose = "a\0b" }).ResponseAsync, "T806");
        // Whoever waives the rule by another code is refused as before.
        await Refused.By(() => there.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, PurposeCode = "CIVIL_PROCEEDINGS", Purpose = Why }).ResponseAsync, "V022");
        var opened = await there.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, PurposeCode = "CRIMINAL_PROCEEDINGS", Purpose = Why });
        Assert.Equal("SPECIAL_CATEGORY", opened.Conditions[0]);
        Assert.Contains(Why, Assert.Single(states.Asked.Get<Database>().Read(s => s.Query("SELECT body FROM audit_records WHERE act = 'message.opened'", r => System.Text.Encoding.UTF8.GetString(r.Bytes(0))))), StringComparison.Ordinal);
        // One's own words are read without any.
        Assert.Equal("SPECIAL_CATEGORY", (await states.Asking.Client(states.Lawyer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).Conditions[0]);
        await Export(states.Asked, states.AskedLawyer, sent.CaseId, Why);
    }

    [Fact]
    public async Task What_a_manifest_declares_of_its_item_holds_the_case_that_receives_it_and_is_asked_before_its_key_is_given()
    {
        await using var flow = await EvidenceFlow.Start(sample: "emergency-disclosure.json");
        var item = await TestItem.Make(3000);
        var handling = TwoStates.SampleFields("emergency-disclosure.json")["handling"]!.DeepClone();
        (handling["legalHold"], handling["specialCategory"]) = (true, true);
        using var declared = JsonDocument.Parse(handling.ToJsonString());
        await flow.Attach(item, 0, item.Chunks.Count, flow.SignedManifest(item, m => m with { Handling = ItemHandling.Of(declared.RootElement) }));
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        var there = await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        Assert.StartsWith("SPECIAL_CATEGORY; ", there.Conditions, StringComparison.Ordinal);
        Assert.StartsWith("XB-CA: ", (await flow.States.Asking.Client(flow.States.Lawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = flow.Sent.CaseId })).Hold, StringComparison.Ordinal);
        Assert.Equal("", (await flow.States.Asked.Client(flow.First).ShowCaseAsync(new ShowCaseRequest { CaseId = flow.Sent.CaseId })).Hold);
        await Refused.By(() => flow.Download(flow.States.Lawyer, item, "CRIMINAL_PROCEEDINGS"), "T850");
        Assert.True((await flow.Download(flow.States.Lawyer, item, Why)).Found.Agrees);
    }

    private static List<string> Held(TestState state, string caseId) => state.Get<Database>().Read(s => s.Query("SELECT act FROM audit_records WHERE case_id = $1 AND act LIKE '%.held' ORDER BY act", r => r.GetString(0), caseId));

    private static async Task<IEnumerable<string>> Propose(TestState state, TestPerson person, string caseId)
        => (await state.Client(person).ComposeAsync(new ComposeRequest { Type = "erasureDecision", FieldsJson = new JsonObject { ["case"] = caseId, ["decision"] = "PROPOSE", ["reason"] = "ORDERED", ["legalBasis"] = "law of data 4" }.ToJsonString() })).Problems.Select(p => p.Code);

    private static async Task Export(TestState state, TestPerson person, string caseId, string purpose)
    {
        using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = caseId, Purpose = purpose });
        while (await call.ResponseStream.MoveNext(default))
            Assert.NotNull(call.ResponseStream.Current);
    }
}
