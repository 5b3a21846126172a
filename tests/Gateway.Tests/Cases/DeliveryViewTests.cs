using System.Text.Json.Nodes;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>A case shows where each of its messages is by the receipts about it, the same on both sides once each has what the other signed.</summary>
public sealed class DeliveryViewTests : IAsyncLifetime
{
    private TwoStates _states = null!;

    public async Task InitializeAsync() => _states = await TwoStates.Start();

    public async Task DisposeAsync() => await _states.DisposeAsync();

    [Fact]
    public async Task Both_sides_see_a_request_on_its_way_delivered_and_opened_and_an_act_behind_it()
    {
        await _states.Asked.Stop();
        var sent = await _states.SendPreserve();
        Assert.Equal("OUT REQUEST PRESERVE_DATA QUEUED", Assert.Single(await Seen(_states.Asking, _states.DutyOfficer, sent.CaseId)));
        await _states.Asked.Start();
        await _states.Settled(sent.CaseId, 3);
        Assert.Equal("OUT REQUEST PRESERVE_DATA CONSIGNED", Assert.Single(await Seen(_states.Asking, _states.DutyOfficer, sent.CaseId)));
        Assert.Equal("IN REQUEST PRESERVE_DATA CONSIGNED", Assert.Single(await Seen(_states.Asked, _states.AskedLawyer, sent.CaseId)));

        await _states.Asked.Client(_states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        await TwoStates.Act(_states.Asked, _states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 9/26", ["dueAt"] = DocumentWriter.FormatTime(_states.Asked.Clock.GetUtcNow().AddDays(5)) });
        await _states.Settled(sent.CaseId, 7);
        Assert.Equal(["IN ACT ACKNOWLEDGED CONSIGNED", "OUT REQUEST PRESERVE_DATA OPENED"], await Seen(_states.Asking, _states.DutyOfficer, sent.CaseId));
        Assert.Equal(["OUT ACT ACKNOWLEDGED CONSIGNED", "IN REQUEST PRESERVE_DATA OPENED"], await Seen(_states.Asked, _states.AskedLawyer, sent.CaseId));
        var deliveries = (await _states.Asking.Client(_states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).Deliveries;
        var opening = (await _states.Asking.Client(_states.DutyOfficer).ListReceiptsAsync(new ListReceiptsRequest { CaseId = sent.CaseId })).Receipts.Single(r => r.Event == nameof(ReceiptEvent.ContentAccessTracking));
        Assert.Equal(opening.Time, deliveries[^1].Certified);
        // Lists of cases are long: there they are left out.
        Assert.Empty(Assert.Single((await _states.Asking.Client(_states.DutyOfficer).ListCasesAsync(new ListCasesRequest())).Cases).Deliveries);
    }

    [Fact]
    public async Task A_request_that_waits_for_a_decision_about_its_marks_is_taken_and_not_whole_and_then_refused()
    {
        var sent = await SendHeld();
        await _states.Settled(sent.CaseId, 2);
        Assert.Equal("OUT REQUEST PRESERVE_DATA RELAY_ACCEPTED", Assert.Single(await Seen(_states.Asking, _states.DutyOfficer, sent.CaseId)));
        await _states.Asked.Client(_states.AskedLawyer).DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = false, Reason = "the court knows nothing of it" });
        await _states.Settled(sent.CaseId, 3);
        Assert.Equal("OUT REQUEST PRESERVE_DATA CONSIGNMENT_FAILED", Assert.Single(await Seen(_states.Asking, _states.DutyOfficer, sent.CaseId)));
    }

    [Fact]
    public async Task A_request_that_is_withdrawn_while_it_waits_there_and_then_refused_stays_closed()
    {
        var sent = await SendHeld();
        await _states.Settled(sent.CaseId, 2);
        var withdrawn = await TwoStates.Act(_states.Asking, _states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "Not needed any more." });
        await _states.Asked.Client(_states.AskedLawyer).DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = false, Reason = "the court knows nothing of it" });
        // The withdrawal comes to no case, and is rejected too, before or behind the refusal.
        await Eventually.Holds(() => _states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE id IN ($1, $2) AND state = 'REJECTED'", sent.Message, withdrawn.Message)) == 2, () => "they were not rejected");
        var shown = await _states.Asking.Client(_states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId });
        Assert.Equal(("REJECTED_TECHNICAL", 0), (shown.State, shown.AllowedActs.Count));
        Assert.Equal(["OUT ACT WITHDRAWN RELAY_REJECTED", "OUT REQUEST PRESERVE_DATA CONSIGNMENT_FAILED"], shown.Deliveries.Select(d => $"{d.Direction} {d.About} {d.Kind} {d.Delivery}"));
        Assert.Equal(1, _states.Asking.Get<Database>().Read(s => s.Number("SELECT closed IS NOT NULL FROM cases WHERE id = $1", sent.CaseId)));
    }

    // With an order that is signed by somebody whom no list knows.
    private async Task<SubmitReply> SendHeld()
    {
        var fields = TwoStates.Preserve(_states.Asking.Clock);
        using var judge = new TestPki("XA").Issue("Judge", TestPki.Sign).Signer();
        var order = SignedDocument.Sign("order 12/2026"u8, judge, _states.Asking.Clock.GetUtcNow());
        var composed = await _states.Asking.Client(_states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() });
        using var signer = _states.DutyOfficer.Signing.Signer();
        return await _states.Asking.Client(_states.DutyOfficer).SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, _states.Asking.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "order.p7m", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(order) } },
        });
    }

    [Fact]
    public async Task What_of_another_message_or_by_the_wrong_end_bears_its_id_says_nothing_of_it_and_an_item_is_delivered_under_its_message()
    {
        var sent = await _states.SendPreserve();
        await _states.Settled(sent.CaseId, 3);
        var other = Ids.NewCase("XA");
        var (announced, item) = (Ids.New(), Ids.New());
        await _states.Asking.Get<Database>().Write(Lane.Ordinary, s =>
        {
            // Under the same id: in another case, by us as if we had received it, about an item that did not come with it.
            Add(s, other, "XB", 1, ReceiptEvent.ContentHandover, sent.Message, null);
            Add(s, sent.CaseId, "XA", 90, ReceiptEvent.ContentConsignmentFailure, sent.Message, null);
            Add(s, sent.CaseId, "XB", 91, ReceiptEvent.ContentHandover, sent.Message, item);
            s.RunOne("INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created) VALUES ($1, 'OUT', 'XA-CP', 'XB-CA', $2, $3, 'MANIFEST', 'ORDINARY', $4, 'DELIVERED', $5)",
                announced, sent.CaseId, CoverAbout.EVIDENCE, Digest.Of("e"u8), _states.Asking.Clock.GetUtcNow());
            // The clock of the other side is behind: its word is dated before ours.
            Add(s, sent.CaseId, "XB", 92, ReceiptEvent.RelayAcceptance, announced, null, TimeSpan.FromMinutes(-3));
            Add(s, sent.CaseId, "XA", 93, ReceiptEvent.SubmissionAcceptance, announced, null);
            Add(s, sent.CaseId, "XA", 94, ReceiptEvent.RelayToNonERDS, announced, item, TimeSpan.FromMinutes(1));
        });
        Assert.Equal(["OUT EVIDENCE MANIFEST CARRIED", "OUT REQUEST PRESERVE_DATA CONSIGNED"], await Seen(_states.Asking, _states.DutyOfficer, sent.CaseId));
        await _states.Asking.Get<Database>().Write(Lane.Ordinary, s =>
        {
            Add(s, sent.CaseId, "XB", 95, ReceiptEvent.ReceivedFromNonERDS, announced, item, TimeSpan.FromMinutes(2));
            Add(s, sent.CaseId, "XB", 96, ReceiptEvent.ContentConsignment, announced, item, TimeSpan.FromMinutes(2));
        });
        Assert.Equal("OUT EVIDENCE MANIFEST CONSIGNED", (await Seen(_states.Asking, _states.DutyOfficer, sent.CaseId))[0]);
    }

    private void Add(Session s, string chain, string issuer, long seq, ReceiptEvent certified, string message, string? item, TimeSpan later = default) => s.RunOne(
        "INSERT INTO receipts (chain, issuer, seq, sha256, event, message, item, time, der) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, x'00')",
        chain, issuer, seq, Digest.Of(BitConverter.GetBytes(seq)), certified, message, item, _states.Asking.Clock.GetUtcNow() + later);

    private static async Task<IReadOnlyList<string>> Seen(TestState state, TestPerson person, string caseId)
        => [.. (await state.Client(person).ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).Deliveries.Select(d => $"{d.Direction} {d.About} {d.Kind} {d.Delivery}")];
}
