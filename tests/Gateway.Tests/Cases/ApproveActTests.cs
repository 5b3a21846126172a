using System.Text;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>Acts that the own State lets leave with the approval of a second person only.</summary>
public sealed class ApproveActTests
{
    [Fact]
    public async Task An_act_that_needs_it_leaves_when_another_person_approves_it()
    {
        await using var states = await TwoStates.Start(configure: json => json["Approval"] = JsonNode.Parse("""{ "Acts": ["STATUS_REPORT"] }"""));
        var second = await states.Asked.AddUser("second-lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA");
        var officer = await states.Asked.AddUser("officer", "XB-PO", "COMPETENT_AUTHORITY");
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);

        var client = states.Asked.Client(states.AskedLawyer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "STATUS_REPORT", ["text"] = "The data are being searched." }.ToJsonString() });
        Assert.Equal("T807", Assert.Single(composed.Warnings).Code);
        using var signer = states.AskedLawyer.Signing.Signer();
        var signed = SignedDocument.Sign(composed.Document.Span, signer, states.Asked.Clock.GetUtcNow());
        SubmitRequest Request(string signedBy = "", string mark = "") => new() { SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = Ids.New(), SignedBy = signedBy, Mark = mark };
        var name = states.AskedLawyer.Name;

        await Refused.By(() => client.SubmitAsync(Request()).ResponseAsync, "T807");
        await Refused.By(() => client.SubmitAsync(Request(name)).ResponseAsync, "V039");
        await Refused.By(() => states.Asked.Client(second).SubmitAsync(Request(name, "SECRET")).ResponseAsync, "T806");
        await Refused.By(() => states.Asked.Client(officer).SubmitAsync(Request(name)).ResponseAsync, "T802");
        Assert.DoesNotContain((await client.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId })).Messages, m => m.Direction == "OUT");

        Assert.Equal(sent.CaseId, (await states.Asked.Client(second).SubmitAsync(Request(name))).CaseId);
        await states.Settled(sent.CaseId, 6);
        var record = Assert.Single(Approvals(states));
        Assert.Contains($"STATUS_REPORT signed by {name}", record, StringComparison.Ordinal);
        Assert.Contains("\"by\":\"second-lawyer\"", record, StringComparison.Ordinal);
        // What is not listed leaves as before.
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "1", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(1)) });
    }

    [Fact]
    public async Task Where_the_State_has_classifications_an_approved_act_bears_one_which_is_not_sent()
    {
        await using var states = await TwoStates.Start(configure: json => json["Approval"] = JsonNode.Parse("""{ "Acts": ["STATUS_REPORT"], "Marks": ["OPEN", "RESTRICTED"] }"""));
        var second = await states.Asked.AddUser("second-lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA");
        var deliver = (await Courier.For(states)).Make();
        Assert.Null((await Courier.Deliver(states, deliver)).Rejection);
        var client = states.Asked.Client(states.AskedLawyer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = new JsonObject { ["case"] = deliver.CaseId, ["kind"] = "STATUS_REPORT", ["text"] = "The data are being searched." }.ToJsonString() });
        using var signer = states.AskedLawyer.Signing.Signer();
        var signed = SignedDocument.Sign(composed.Document.Span, signer, states.Asked.Clock.GetUtcNow());
        SubmitRequest Request(string mark) => new() { SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = Ids.New(), SignedBy = states.AskedLawyer.Name, Mark = mark };
        await Refused.By(() => states.Asked.Client(second).SubmitAsync(Request("")).ResponseAsync, "T807");
        await Refused.By(() => states.Asked.Client(second).SubmitAsync(Request("SECRET")).ResponseAsync, "T806");
        await states.Asked.Client(second).SubmitAsync(Request("RESTRICTED"));
        Assert.Contains("RESTRICTED", Assert.Single(Approvals(states)), StringComparison.Ordinal);
        Assert.DoesNotContain("RESTRICTED", Encoding.UTF8.GetString(signed), StringComparison.Ordinal);
    }

    private static List<string> Approvals(TwoStates states)
        => states.Asked.Get<Database>().Read(s => s.Query("SELECT body FROM audit_records WHERE act = 'act.approved'", r => Encoding.UTF8.GetString(r.Bytes(0))));
}
