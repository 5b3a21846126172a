using System.Text;
using System.Text.Json.Nodes;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>Requests of a later time, properly signed and sealed: what a gateway does not know it says, and additions in their place harm nobody.</summary>
public sealed class StrangeRequestTests
{
    [Fact]
    public async Task An_unknown_kind_a_later_version_and_a_stray_member_are_rejected_by_name_and_extensions_are_taken()
    {
        await using var states = await TwoStates.Start();
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(states.Asking.Clock).ToJsonString() });
        var text = Encoding.UTF8.GetString(composed.Document.Span);

        async Task<DeliverReply> Deliver(string changed) => await Courier.Deliver(states, new Courier(states, Encoding.UTF8.GetBytes(changed)).Make());
        foreach (var (from, to, code, path) in new[]
        {
            ("\"kind\":\"PRESERVE_DATA\"", "\"kind\":\"PRESERVE_THOUGHTS\"", "T110", "kind"),
            ("{\"v\":1,", "{\"v\":2,", "T112", "v"),
            ("}\n", ",\"mood\":\"urgent\"}\n", "T105", "mood"),
        })
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            var reply = await Deliver(text.Replace(from, to, StringComparison.Ordinal));
            Assert.Equal((code, path), (reply.Rejection?.Code, reply.Rejection?.Path));
        }
        Assert.Equal(0, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases")));

        var extended = await Deliver(text.Replace("}\n", ",\"extensions\":{\"xa.registry\":{\"shelf\":7}}}\n", StringComparison.Ordinal));
        Assert.Null(extended.Rejection);
        var view = Assert.Single((await states.Asked.Client(states.AskedLawyer).ListCasesAsync(new ListCasesRequest())).Cases);
        Assert.Equal(("PRESERVE_DATA", "DELIVERED"), (view.Kind, view.State));
        // Nobody who does not know it loses it: it is shown as it was signed.
        var message = Assert.Single((await states.Asked.Client(states.AskedLawyer).ListMessagesAsync(new ListMessagesRequest { CaseId = view.CaseId })).Messages);
        var opened = await states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = message.Message, Purpose = "examination" });
        var request = Gateway.Protocol.Marks.SignedDocument.Open(opened.Parts.Single(p => p.Role == "request").Content.ToByteArray()).Value;
        Assert.Equal(7, JsonNode.Parse(request.Content.Span)!["extensions"]!["xa.registry"]!["shelf"]!.GetValue<int>());
    }
}
