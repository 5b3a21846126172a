using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>Every kind of request between two gateways: its complete sample arrives and is opened as what it is, its incomplete one leaves nothing behind.</summary>
public sealed class EveryKindTests
{
    private static readonly JsonDocumentOptions WithComments = new() { CommentHandling = JsonCommentHandling.Skip };

    [Fact]
    public async Task The_complete_sample_of_every_kind_is_sent_and_opens_a_case_on_both_sides_and_the_incomplete_one_stays()
    {
        await using var states = await TwoStates.Start(configure: json =>
        {
            // The samples name an authority for each channel; here two have all roles.
            Authority(json, 0)["Roles"] = new JsonArray("CENTRAL_AUTHORITY_MLA", "CENTRAL_AUTHORITY_EXTRADITION", "DIPLOMATIC_MISSION");
            json["Profile"] = new JsonObject { ["ContactPointDecides"] = true };
            Authority(json, 1)["Roles"] = new JsonArray("CONTACT_POINT_24_7", "LAW_ENFORCEMENT");
        });
        var (asking, asked) = (states.Asking, states.Asked);
        var central = await asking.AddUser("central", "XA-CA", "CENTRAL_AUTHORITY_MLA", "CENTRAL_AUTHORITY_EXTRADITION", "DIPLOMATIC_MISSION");
        var contact = await asking.AddUser("contact", "XA-CP", "CONTACT_POINT_24_7", "LAW_ENFORCEMENT");
        var auditor = await asked.AddUser("auditor", "XB-CA", "AUDITOR");
        var preserved = await Preserved(states, contact);

        var sent = new Dictionary<string, RequestKind>();
        foreach (var kind in Enum.GetValues<RequestKind>())
        {
            var fields = Fields(kind, "", preserved);
            var sender = fields["requestingAuthority"]!.GetValue<string>() == "XA-CP" ? contact : central;
            // Who may know of a measure is named by the name in the certificate.
            if (kind == RequestKind.COVERT_MEASURE)
                fields["needToKnow"] = new JsonArray(new JsonObject { ["authority"] = "XA-CA", ["person"] = "central" }, new JsonObject { ["authority"] = "XB-CA", ["person"] = "lawyer" });
            sent[(await TwoStates.Submit(asking, sender, "request", fields)).CaseId] = kind;

            var incomplete = await asking.Client(sender).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = Fields(kind, "-incomplete", preserved).ToJsonString() });
            Assert.True(incomplete.Document.IsEmpty, kind.ToString());
            Assert.NotEmpty(incomplete.Problems);
        }

        await Eventually.Holds(() => Arrived() == sent.Count, () => $"{Arrived()} of {sent.Count} arrived");
        var lists = new[] { (states.AskedLawyer, asked), (auditor, asked) };
        var seen = new Dictionary<string, string>();
        foreach (var (person, state) in lists)
        {
            foreach (var view in (await state.Client(person).ListCasesAsync(new ListCasesRequest())).Cases.Where(c => sent.ContainsKey(c.CaseId)))
                seen[view.CaseId] = $"{view.Kind} {view.State}";
        }
        Assert.Equal(sent.ToDictionary(s => s.Key, s => $"{s.Value} DELIVERED"), seen);

        long Arrived() => asked.Get<Gateway.Storage.Database>().Read(s => s.Number("SELECT count(*) FROM cases WHERE state = 'DELIVERED'"));
    }

    private static JsonNode Authority(JsonObject configuration, int index) => configuration["Keys"]!["Authorities"]![index]!;

    private static JsonObject Fields(RequestKind kind, string ending, string preserved)
    {
        var name = $"{kind.ToString().ToLowerInvariant().Replace('_', '-')}{ending}.json";
        var fields = JsonNode.Parse(TwoStates.SampleText(name), null, WithComments)!.AsObject();
        foreach (var member in new[] { "requestingAuthority", "requestedAuthority" })
        {
            if (fields[member]?.GetValue<string>() is { } authority)
                fields[member] = authority[..3] + (authority[3..] is "CP" or "POL" ? "CP" : "CA");
        }
        if (fields["linkedRequests"] is JsonArray links)
        {
            foreach (var link in links)
                link!["case"] = preserved;
        }
        return fields;
    }

    // Some kinds follow a preservation, which there must be.
    private static async Task<string> Preserved(TwoStates states, TestPerson contact)
    {
        var fields = Fields(RequestKind.PRESERVE_DATA, "", "");
        var sent = await TwoStates.Submit(states.Asking, contact, "request", fields);
        await Eventually.Holds(() => State(states.Asked, sent.CaseId) == "DELIVERED", () => "not delivered");
        var officer = await states.Asked.AddUser("contact", "XB-CP", "CONTACT_POINT_24_7", "LAW_ENFORCEMENT");
        var now = states.Asked.Clock.GetUtcNow();
        await TwoStates.Act(states.Asked, officer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["dueAt"] = DocumentWriter.FormatTime(now.AddDays(2)) });
        await TwoStates.Act(states.Asked, officer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = DocumentWriter.FormatTime(now.AddDays(60)) });
        await Eventually.Holds(() => states.Asking.Get<Gateway.Storage.Database>().Read(s => s.Number("SELECT count(*) FROM cases WHERE id = $1 AND preserved_until IS NOT NULL", sent.CaseId)) == 1, () => "not preserved");
        return sent.CaseId;
    }

    private static string? State(TestState state, string caseId) => state.Get<Gateway.Storage.Database>().Read(s => s.One("SELECT state FROM cases WHERE id = $1", row => row.GetString(0), caseId));
}
