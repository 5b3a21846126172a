using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>The life cycle through two gateways: refusal with grounds, a question and its answer, a withdrawal, and what is not possible.</summary>
public sealed class LifeCycleTests
{
    [Fact]
    public async Task A_refusal_with_grounds_closes_the_case_on_both_sides_and_nothing_follows()
    {
        await using var states = await TwoStates.Start();
        var sent = await Acknowledged(states);
        var lacking = await Problems(states.Asked, states.AskedLawyer, sent.CaseId, new JsonObject { ["kind"] = "REFUSED", ["text"] = "No." });
        Assert.Equal(["V040", "V042"], lacking.Order());
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "REFUSED", new JsonObject
        {
            ["grounds"] = new JsonArray(new JsonObject { ["code"] = "RF-ESSENTIAL-SECURITY", ["provision"] = "Assistance Act of XB, section 4", ["reasons"] = "The server is one of a defence authority." }),
            ["consultationWaivedReason"] = "The ground cannot be removed by consultation.",
            ["finality"] = "FINAL",
        });
        await states.Settled(sent.CaseId, 9);
        Assert.Equal(("REFUSED", "REFUSED"), await Both(states, sent.CaseId));
        Assert.Equal(["V043"], await Problems(states.Asked, states.AskedLawyer, sent.CaseId, new JsonObject { ["kind"] = "ACCEPTED", ["dueAt"] = "2031-01-01T00:00:00Z" }));
        Assert.Equal(["V043"], await Problems(states.Asking, states.DutyOfficer, sent.CaseId, new JsonObject { ["kind"] = "WITHDRAWN", ["text"] = "Not needed." }));
    }

    [Fact]
    public async Task A_question_and_its_answer_lead_back_to_where_the_case_stood()
    {
        await using var states = await TwoStates.Start();
        var sent = await Acknowledged(states);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "RETURNED_FOR_INFO", new JsonObject { ["questions"] = new JsonArray(new JsonObject { ["path"] = "itemsAccounts[0].at", ["question"] = "Which second?" }) });
        await states.Settled(sent.CaseId, 9);
        Assert.Equal(("RETURNED_FOR_INFO", "RETURNED_FOR_INFO"), await Both(states, sent.CaseId));
        await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "SUPPLEMENTED", new JsonObject { ["answers"] = new JsonArray(new JsonObject { ["path"] = "itemsAccounts[0].at", ["answer"] = "01:52:10 +01:00" }) });
        await states.Settled(sent.CaseId, 12);
        Assert.Equal(("ACKNOWLEDGED", "ACKNOWLEDGED"), await Both(states, sent.CaseId));
    }

    [Fact]
    public async Task A_withdrawal_that_crosses_an_answer_leaves_both_sides_at_the_same_place()
    {
        await using var states = await TwoStates.Start();
        var sent = await Acknowledged(states);
        var asked = states.Asked;
        await TwoStates.Act(asked, states.AskedLawyer, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = DocumentWriter.FormatTime(asked.Clock.GetUtcNow().AddDays(2)) });
        await TwoStates.Act(asked, states.AskedLawyer, sent.CaseId, "IN_EXECUTION");
        await states.Settled(sent.CaseId, 12);

        // Composed while the other side had not heard of it, and submitted before it does: both at once.
        var withdrawal = TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "The accused confessed." });
        var answer = TwoStates.Act(asked, states.AskedLawyer, sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "FULL" });
        var refusals = 0;
        foreach (var act in new[] { withdrawal, answer })
        {
            try
            {
                await act;
            }
            catch (Exception e) when (e is RpcException or Xunit.Sdk.XunitException)
            {
                // One was faster and the other one's author was told; then nothing crossed.
                refusals++;
            }
        }
        await states.Settled(sent.CaseId, refusals == 0 ? 18 : 15);
        var (asking, other) = await Both(states, sent.CaseId);
        Assert.Equal(asking, other);
        Assert.Contains(asking, (string[])["EXECUTED", "WITHDRAWN"]);
        if (refusals == 0)
            Assert.Equal("EXECUTED", asking);
    }

    [Fact]
    public async Task A_case_is_withdrawn_while_the_request_is_on_its_way()
    {
        await using var states = await TwoStates.Start();
        await states.Asked.Stop();
        var sent = await states.SendPreserve();
        await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "Sent by mistake." });
        Assert.Equal("WITHDRAWN", (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).State);
        await states.Asked.Start();
        await states.Settled(sent.CaseId, 6);
        Assert.Equal(("WITHDRAWN", "WITHDRAWN"), await Both(states, sent.CaseId));
    }

    [Fact]
    public async Task A_request_that_lacks_several_things_is_refused_with_all_of_them_at_once()
    {
        await using var states = await TwoStates.Start();
        var client = states.Asking.Client(states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(states.Asking.Clock).ToJsonString() });
        // Signed by hand, past the composer.
        var text = System.Text.Encoding.UTF8.GetString(composed.Document.Span)
            .Replace("\"preserveDays\":60", "\"preserveDays\":30", StringComparison.Ordinal).Replace("\"intendsMla\":true", "\"intendsMla\":false", StringComparison.Ordinal);
        using var signer = states.DutyOfficer.Signing.Signer();
        var signed = SignedDocument.Sign(System.Text.Encoding.UTF8.GetBytes(text), signer, states.Asking.Clock.GetUtcNow());
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.SubmitAsync(new SubmitRequest { SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = Ids.New() }));
        Assert.Contains("2 problems", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("V015 preserveDays", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("V016 intendsMla", refused.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<SubmitReply> Acknowledged(TwoStates states)
    {
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await states.Settled(sent.CaseId, 6);
        return sent;
    }

    private static async Task<(string Asking, string Asked)> Both(TwoStates states, string caseId) => (
        (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State,
        (await states.Asked.Client(states.AskedLawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State);

    private static async Task<IReadOnlyList<string>> Problems(TestState state, TestPerson person, string caseId, JsonObject fields)
    {
        fields["case"] = caseId;
        return [.. (await state.Client(person).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = fields.ToJsonString() })).Problems.Select(p => p.Code)];
    }
}
