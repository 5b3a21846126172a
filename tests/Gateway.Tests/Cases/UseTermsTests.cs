using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Evidence;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>Conditions travel: what the request promised, and what was accepted since, stands in every release, answer, item and bundle.</summary>
public sealed class UseTermsTests
{
    private const string Promised = "only for CRIMINAL_PROCEEDINGS: NO_ONWARD_TRANSFER; NO_OTHER_PURPOSE; DELETE_AFTER_USE";
    private const string Accepted = "COURT_USE_ONLY: only before the court of Alder";
    private static readonly JsonSerializerOptions s_asWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task Conditions_that_were_accepted_stand_in_the_release_the_answer_the_item_and_the_bundle_and_those_only_proposed_do_not()
    {
        await using var flow = await EvidenceFlow.Start(sample: "emergency-disclosure.json");
        var (states, caseId) = (flow.States, flow.Sent.CaseId);
        var item = await flow.Attached(3000);
        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddHours(6));
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        // Composed before they are proposed, signed after they bind: it would leave without them.
        var early = await Composed(flow, item);
        Assert.Equal(Promised, Member(early, "terms").GetString());
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "CONDITIONS_PROPOSED",
            new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["code"] = "COURT_USE_ONLY", ["text"] = "only before the court of Alder" }) });
        await Reaches(states.Asking, states.DutyOfficer, caseId, "CONDITIONS_PROPOSED");
        Assert.Equal("case", (await Refused.By(() => Submit(states.Asked, flow.First, early), "V043")).Path);
        await TwoStates.Act(states.Asking, states.DutyOfficer, caseId, "CONDITIONS_ACCEPTED");
        await Reaches(states.Asked, states.AskedLawyer, caseId, "ACCEPTED");
        Assert.Equal("terms", (await Refused.By(() => Submit(states.Asked, flow.First, early), "T805")).Path);
        // Nobody writes them in.
        Assert.Equal(["T105"], await flow.Problems(flow.First, item, "PROPOSE", ("terms", "do as you like")));

        await flow.Decide(flow.First, item, "PROPOSE", ("conditions", "to be returned to the laboratory"));
        await flow.Decide(flow.Second, item, "APPROVE");
        var there = await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE");
        Assert.Equal($"to be returned to the laboratory; {Promised}; {Accepted}", there.Conditions);
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "IN_EXECUTION");
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "EXECUTED", new JsonObject { ["outcome"] = "FULL" });
        await Reaches(states.Asking, states.DutyOfficer, caseId, "EXECUTED");

        var client = states.Asking.Client(states.DutyOfficer);
        var messages = (await client.ListMessagesAsync(new ListMessagesRequest { CaseId = caseId, Direction = "IN" })).Messages;
        var (answer, release) = (await Part(client, messages.Single(m => m.Kind == "EXECUTED").Message, "act"), await Part(client, messages.Single(m => m.About == "EVIDENCE").Message, "release"));
        Assert.Equal(["NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE", "DELETE_AFTER_USE", "COURT_USE_ONLY"], Member(answer, "conditions").EnumerateArray().Select(c => c.GetProperty("code").GetString()));
        Assert.Equal($"{Promised}; {Accepted}", Member(release, "terms").GetString());
        Assert.Contains($"{caseId}: {Promised}; {Accepted}", await Readme(states.Asking, states.Lawyer, caseId, "CRIMINAL_PROCEEDINGS: for the court"), StringComparison.Ordinal);
        Assert.Contains(Accepted, (await client.OpenMessageAsync(new OpenMessageRequest { Message = flow.Sent.Message, PurposeCode = "CRIMINAL_PROCEEDINGS" })).Conditions);
    }

    [Theory]
    [InlineData(59, 59, "COURT_USE_ONLY")]
    [InlineData(60, 60, "COURT_USE_ONLY")]
    [InlineData(61, 60, "OTHER: 2 further conditions")]
    [InlineData(200, 60, "OTHER: 141 further conditions")]
    public void More_conditions_than_an_act_holds_are_named_by_their_number(int count, int stated, string last)
    {
        var terms = new UseTerms("CRIMINAL_PROCEEDINGS", [.. Enumerable.Range(1, count).Select(i => new UseCondition("COURT_USE_ONLY", $"before court {i}"))], DataReceiver.REQUESTING, Accepted: false);
        var named = terms.ForAct(ActFields.MaxConditions).ToList();
        Assert.Equal(stated, named.Count);
        Assert.StartsWith(last, $"{named[^1].Code}: {named[^1].Text}", StringComparison.Ordinal);
        Assert.Empty(terms.Lacking(named));
    }

    [Fact]
    public async Task An_item_stays_here_when_conditions_are_proposed_or_accepted_between_the_judging_of_an_approval_and_its_writing()
    {
        await using var flow = await EvidenceFlow.Start(sample: "emergency-disclosure.json");
        var (states, asked, caseId) = (flow.States, flow.States.Asked, flow.Sent.CaseId);
        var item = await flow.Attached(1000);
        await TwoStates.Act(asked, states.AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(asked.Clock.GetUtcNow().AddHours(6)) });
        await flow.Decide(flow.First, item, "PROPOSE");
        var (database, keys) = (asked.Get<Database>(), asked.Get<CaseKeys>());
        var view = database.Read(s =>
        {
            var (row, kept) = (CaseRow.Find(s, caseId)!, ItemRow.Find(s, item.Id)!);
            return new ReleaseView(row, kept, AwaitedDecision.Of(Decision.Of(s, keys, kept)[^1]), null, UseTerms.Of(s, keys, row)?.ReleasedTo(row.OtherSide));
        });
        var now = asked.Clock.GetUtcNow();
        using var signer = flow.Second.Signing.Signer();
        var approval = SignedDocument.Open(SignedDocument.Sign((view.Proposal!.Release with { Decision = ReleaseDecision.APPROVE, Time = now }).Write(), signer, now)).Value;

        Task Write() => Assert.ThrowsAsync<CaseMovedException>(() => asked.Get<ReleaseItem>().Run(view, view.Proposal.Signed, new Decision(nameof(ReleaseDecision.APPROVE), flow.Second.Name, approval),
            new Actor(flow.Second.Name, "XB-PO"), IdempotencyTicket.For(flow.Second.Name, Ids.New(), approval.Der.Span).Value));
        await TwoStates.Act(asked, states.AskedLawyer, caseId, "CONDITIONS_PROPOSED",
            new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["code"] = "COURT_USE_ONLY", ["text"] = "only before the court of Alder" }) });
        await Reaches(states.Asking, states.DutyOfficer, caseId, "CONDITIONS_PROPOSED");
        await Write();
        await TwoStates.Act(states.Asking, states.DutyOfficer, caseId, "CONDITIONS_ACCEPTED");
        await Reaches(asked, states.AskedLawyer, caseId, "ACCEPTED");
        await Write();
        Assert.Equal((ItemState.PROPOSED, 0L), database.Read(s => (ItemRow.Find(s, item.Id)!.State, s.Number("SELECT count(*) FROM messages WHERE about = 'EVIDENCE'"))));

        await flow.Decide(flow.Second, item, "REJECT");
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        Assert.Equal($"{Promised}; {Accepted}", (await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE")).Conditions);
    }

    [Fact]
    public async Task An_answer_may_add_to_the_conditions_of_its_case_and_is_refused_with_those_that_it_drops_or_words_anew()
    {
        await using var states = await TwoStates.Start();
        var fields = TwoStates.Fields("emergency-disclosure.json");
        var caseId = (await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields)).CaseId;
        await states.Settled(caseId, 3);
        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddHours(6));
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "IN_EXECUTION");

        var client = states.Asked.Client(states.AskedLawyer);
        var answer = new JsonObject { ["case"] = caseId, ["kind"] = "EXECUTED", ["outcome"] = "FULL", ["conditions"] = new JsonArray(new JsonObject { ["code"] = "COSTS", ["text"] = "The costs are shared." }) };
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = answer.ToJsonString() });
        Assert.Empty(composed.Problems);
        Assert.Equal(["NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE", "DELETE_AFTER_USE", "COSTS"], Codes(composed.Document.ToByteArray()));

        byte[] Bent(Action<JsonObject> change)
        {
            var act = JsonNode.Parse(composed.Document.Span)!.AsObject();
            change(act);
            return [.. JsonSerializer.SerializeToUtf8Bytes(act, s_asWritten), (byte)'\n'];
        }
        var none = await Refused.By(() => Submit(states.Asked, states.AskedLawyer, Bent(act => act.Remove("conditions"))), "T805");
        Assert.Equal("conditions", none.Path);
        Assert.All(["NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE", "DELETE_AFTER_USE"], code => Assert.Contains($"{code}: only for CRIMINAL_PROCEEDINGS", none.Detail, StringComparison.Ordinal));
        var one = await Refused.By(() => Submit(states.Asked, states.AskedLawyer, Bent(act => act["conditions"]!.AsArray().RemoveAt(1))), "T805");
        Assert.Contains("NO_OTHER_PURPOSE", one.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("DELETE_AFTER_USE", one.Detail, StringComparison.Ordinal);
        await Refused.By(() => Submit(states.Asked, states.AskedLawyer, Bent(act => act["conditions"]![0]!["text"] = "not before next year")), "T805");

        await Submit(states.Asked, states.AskedLawyer, Bent(_ => { }));
        await Reaches(states.Asking, states.DutyOfficer, caseId, "EXECUTED");
        var asking = states.Asking.Client(states.DutyOfficer);
        var arrived = (await asking.ListMessagesAsync(new ListMessagesRequest { CaseId = caseId, Direction = "IN" })).Messages.Single(m => m.Kind == "EXECUTED").Message;
        Assert.Equal(["NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE", "DELETE_AFTER_USE", "COSTS"], Codes(await Part(asking, arrived, "act")));
    }

    private static IEnumerable<string?> Codes(byte[] act) => Member(act, "conditions").EnumerateArray().Select(c => c.GetProperty("code").GetString());

    private static async Task<byte[]> Composed(EvidenceFlow flow, TestItem item)
    {
        var manifest = await flow.States.Asked.Client(flow.Technician).FetchManifestAsync(new FetchManifestRequest { Item = item.Id });
        var fields = new JsonObject { ["itemId"] = item.Id, ["manifestSha256"] = Digest.Of(manifest.Manifest.Span).ToString(), ["case"] = flow.Sent.CaseId, ["decision"] = "PROPOSE", ["legalBasis"] = "art. 40" };
        var composed = await flow.States.Asked.Client(flow.First).ComposeAsync(new ComposeRequest { Type = "release", FieldsJson = fields.ToJsonString() });
        Assert.Empty(composed.Problems);
        return composed.Document.ToByteArray();
    }

    private static async Task Submit(TestState state, TestPerson person, byte[] document)
    {
        using var signer = person.Signing.Signer();
        await state.Client(person).SubmitAsync(new SubmitRequest { SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(document, signer, state.Clock.GetUtcNow())), IdempotencyKey = Ids.New() });
    }

    private static async Task Reaches(TestState state, TestPerson person, string caseId, string wanted)
    {
        var seen = "";
        for (var i = 0; i < 600 && (seen = (await state.Client(person).ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State) != wanted; i++)
            await Task.Delay(50);
        Assert.Equal(wanted, seen);
    }

    private static async Task<byte[]> Part(Operator.OperatorClient client, string message, string role)
    {
        var opened = await client.OpenMessageAsync(new OpenMessageRequest { Message = message, PurposeCode = "CRIMINAL_PROCEEDINGS" });
        return SignedDocument.Open(opened.Parts.First(p => p.Role == role).Content.ToByteArray()).Value.Content.ToArray();
    }

    private static JsonElement Member(byte[] document, string name)
    {
        using var json = JsonDocument.Parse(document);
        return json.RootElement.GetProperty(name).Clone();
    }

    private static async Task<string> Readme(TestState state, TestPerson person, string caseId, string purpose)
    {
        using var bundle = new MemoryStream();
        using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = caseId, Purpose = purpose });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        using var zip = new ZipArchive(bundle);
        using var readme = new StreamReader(zip.GetEntry("README.txt")!.Open());
        return await readme.ReadToEndAsync();
    }
}
