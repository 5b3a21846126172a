using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Submission;
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
        Assert.Equal(["V001", "V040", "V042"], lacking.Order());
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
    public async Task A_preservation_is_answered_only_with_a_day_and_a_gateway_that_answers_without_one_is_refused()
    {
        await using var states = await TwoStates.Start();
        var sent = await Acknowledged(states);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "IN_EXECUTION");
        await states.Settled(sent.CaseId, 12);
        Assert.Equal(["V043"], await Problems(states.Asked, states.AskedLawyer, sent.CaseId, new JsonObject { ["kind"] = "EXECUTED", ["outcome"] = "FULL" }));
        Assert.Equal("V043", await Smuggled(states, sent.CaseId, ActKind.EXECUTED, "FULL"));
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(60)) });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "FULL" });
        await Stand(states, sent.CaseId, CaseState.EXECUTED);
    }

    [Fact]
    public async Task Nobody_gets_rid_of_a_request_by_calling_it_of_no_use_before_its_time()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var sent = await Acknowledged(states);
        var useless = new JsonObject { ["kind"] = "EXPIRED", ["text"] = "Of no use any more." };
        Assert.Equal(["V043"], await Problems(states.Asked, states.AskedLawyer, sent.CaseId, useless.DeepClone().AsObject()));
        Assert.Equal("V043", await Smuggled(states, sent.CaseId, ActKind.EXPIRED, null));
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "RETURNED_FOR_INFO", new JsonObject { ["questions"] = new JsonArray(new JsonObject { ["path"] = "itemsAccounts[0].at", ["question"] = "Which second?" }) });
        await Stand(states, sent.CaseId, CaseState.RETURNED_FOR_INFO);
        Assert.Equal(["V043"], await Problems(states.Asked, states.AskedLawyer, sent.CaseId, useless.DeepClone().AsObject()));
        Assert.Equal("V043", await Smuggled(states, sent.CaseId, ActKind.EXPIRED, null));
        clock.Offset += ActConditions.Unanswered + TimeSpan.FromMinutes(1);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "EXPIRED", useless);
        await Stand(states, sent.CaseId, CaseState.EXPIRED);
    }

    private static Task Stand(TwoStates states, string caseId, CaseState state)
        => Eventually.Holds(() => new[] { states.Asking, states.Asked }.All(side => side.Get<Database>().Read(s => CaseRow.Find(s, caseId))!.State == state));

    // What a gateway with other rules would send; returns the code with which the other side answers.
    private static async Task<string?> Smuggled(TwoStates states, string caseId, ActKind kind, string? outcome)
    {
        var (asked, now) = (states.Asked, states.Asked.Clock.GetUtcNow());
        var row = asked.Get<Database>().Read(s => CaseRow.Find(s, caseId))!;
        var act = new Act(Ids.New(), kind, caseId, row.RequestMessage, row.OwnAuthority, "", "Done.", outcome, null, now);
        using var signer = states.AskedLawyer.Signing.Signer();
        var message = new OutgoingMessage(Ids.New(), caseId, row.OwnAuthority, row.PeerAuthority, CoverAbout.ACT, kind.ToString(), row.Urgency, row.RequestMessage,
            [Part.Of(PartRole.act, "act.cms", "application/pkcs7-mime", SignedDocument.Sign(act.Write(), signer, now))]);
        Assert.True((await asked.Get<SendMessage>().Send(message, _ => { })).Succeeded);
        string? Refused() => asked.Get<Database>().Read(s => s.One("SELECT refusal FROM messages WHERE id = $1 AND state <> 'QUEUED'", r => r.TextOrNull(0) ?? "accepted", message.Id));
        await Eventually.Holds(() => Refused() is not null);
        return Refused();
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
        var answer = TwoStates.Act(asked, states.AskedLawyer, sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "NOTHING_TO_ADD" });
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_original_that_comes_after_the_answer_may_cross_the_confirmation_and_both_chains_verify(bool late)
    {
        await using var states = await TwoStates.Start();
        var sent = await Acknowledged(states);
        var asked = states.Asked;
        await TwoStates.Act(asked, states.AskedLawyer, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = DocumentWriter.FormatTime(asked.Clock.GetUtcNow().AddDays(2)) });
        await TwoStates.Act(asked, states.AskedLawyer, sent.CaseId, "IN_EXECUTION");
        await TwoStates.Act(asked, states.AskedLawyer, sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "NOTHING_TO_ADD" });
        await states.Settled(sent.CaseId, 15);
        Assert.Equal(["V043"], await Problems(asked, states.AskedLawyer, sent.CaseId, new JsonObject { ["kind"] = "STATUS_REPORT", ["text"] = "Done." }));
        // Behind the answer, not crossing anything.
        await TwoStates.Act(asked, states.AskedLawyer, sent.CaseId, "BREACH_NOTICE", new JsonObject { ["text"] = "A copy of the request went to a wrong mailbox; it was deleted there." });
        await states.Settled(sent.CaseId, 18);
        Assert.Equal(("EXECUTED", "EXECUTED"), await Both(states, sent.CaseId));

        var (store, now) = (asked.Get<Database>(), asked.Clock.GetUtcNow());
        // One before it that cannot be delivered holds it back, until the case is closed on both sides.
        if (late)
            await store.Write(Lane.Ordinary, s => s.RunOne("INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) SELECT min(position), 'held', case_id, 'XA', 'Ordinary', 'DEAD', $2, $2 FROM messages WHERE case_id = $1", sent.CaseId, now));
        var original = TwoStates.Act(asked, states.AskedLawyer, sent.CaseId, "ORIGINAL_RECEIVED", new JsonObject { ["originalComparison"] = "MATCH", ["text"] = "Compared page by page with the printed request." });
        if (late)
            await original;
        // The original may arrive between what the officer saw and the commit: then the gateway says so, and the officer repeats.
        for (var repeat = true; repeat;)
        {
            try
            {
                await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "COMPLETED");
                repeat = false;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Aborted)
            {
                Assert.Contains("repeat", e.Status.Detail, StringComparison.Ordinal);
            }
        }
        try
        {
            await original;
        }
        catch (Exception e) when (e is RpcException or Xunit.Sdk.XunitException)
        {
            // The confirmation was faster, and the case closed before the act was composed or submitted.
        }
        if (late)
        {
            await Eventually.Holds(() => new[] { states.Asking, asked }.All(state => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND event = $2", sent.CaseId, ReceiptEvent.GatewayCaseClosed)) == 2));
            await store.Write(Lane.Ordinary, s => s.RunOne("DELETE FROM outbox WHERE message = 'held'"));
            await asked.Client(states.AskedLawyer).ResendDeliveryAsync(new ResendDeliveryRequest { Message = (await original).Message });
        }
        await Eventually.Holds(() => new[] { states.Asking, asked }.All(s => s.Get<Database>().Read(r => r.Number("SELECT count(*) FROM outbox")) == 0));
        var chains = await states.Settled(sent.CaseId, late ? 25 : 23);
        if (late)
        {
            var crossed = (await original).Message;
            Assert.Equal("V043", store.Read(s => s.One("SELECT refusal FROM messages WHERE id = $1 AND state = 'REJECTED'", r => r.GetString(0), crossed)));
        }
        Assert.Equal(("COMPLETED", "COMPLETED"), await Both(states, sent.CaseId));
        Assert.All(chains.Values, chain => Assert.Contains(chain, r => r.Event == ReceiptEvent.GatewayCaseClosed));
        foreach (var (state, person) in new[] { (states.Asking, states.Lawyer), (asked, states.AskedLawyer) })
        {
            using var bundle = new MemoryStream();
            using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = sent.CaseId });
            while (await call.ResponseStream.MoveNext(default))
                bundle.Write(call.ResponseStream.Current.Data.Span);
            bundle.Position = 0;
            var report = BundleCheck.Run(bundle, [.. new[] { states.Asking, asked }.Select(s => TrustAnchor.Fingerprint($"{s.State}:{s.Card.CardKey}", "test")!)]);
            Assert.True(report.Verdict != Verdict.BROKEN, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        }
    }

    [Fact]
    public async Task An_original_whose_digest_contradicts_its_comparison_is_rejected_on_arrival_and_one_that_agrees_is_taken()
    {
        await using var states = await TwoStates.Start();
        var sent = await Acknowledged(states);
        var (asked, client) = (states.Asked, states.Asked.Client(states.AskedLawyer));
        var request = (await client.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).Parts.Single(p => p.Role == "request");
        // Past the own gateway, which would not sign the first one.
        Assert.Equal("T110", await Arrives(Digest.Of("another"u8)));
        Assert.Equal("", await Arrives(Digest.Of(request.Content.Span)));

        async Task<string> Arrives(Digest original)
        {
            var composed = await client.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "ORIGINAL_RECEIVED", ["originalComparison"] = "MATCH", ["text"] = "Compared." }.ToJsonString() });
            var text = System.Text.Encoding.UTF8.GetString(composed.Document.Span).Replace("\"originalComparison\":\"MATCH\",", $"\"originalComparison\":\"MATCH\",\"originalSha256\":\"{original}\",", StringComparison.Ordinal);
            using var signer = states.AskedLawyer.Signing.Signer();
            var act = SignedDocument.Sign(System.Text.Encoding.UTF8.GetBytes(text), signer, asked.Clock.GetUtcNow());
            var row = asked.Get<Database>().Read(s => CaseRow.Find(s, sent.CaseId))!;
            var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.ACT, "ORIGINAL_RECEIVED", row.Urgency, row.RequestMessage, [Part.Of(PartRole.act, "act.cms", "application/pkcs7-mime", act)]);
            Assert.True((await asked.Get<SendMessage>().Send(message, _ => { })).Succeeded);
            MessageView? view = null;
            await Eventually.Holds(() => (view = client.ListMessages(new ListMessagesRequest { CaseId = row.Id, Limit = 50 }).Messages.FirstOrDefault(m => m.Message == message.Id)) is { State: "DELIVERED" or "REJECTED" }, () => view?.State ?? "not there");
            return view!.Refusal?.Code ?? "";
        }
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
