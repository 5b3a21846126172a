using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>The answer to a delivery is lost, and an officer of the other side refuses the message before it is delivered once more.</summary>
public sealed class LostRefusalTests
{
    [Fact]
    public async Task A_refusal_that_comes_with_the_answer_to_the_next_attempt_ends_the_delivery()
    {
        await using var states = await TwoStates.Start();
        var sent = await Refused(states);
        // Neither the answer nor the refusal ever came.
        await Forget(states.Asking, sent, """
            DELETE FROM receipts WHERE issuer = 'XB' AND chain = $1;
            DELETE FROM chains WHERE issuer = 'XB' AND chain = $1;
            UPDATE cases SET state = 'SENT', closed = NULL WHERE id = $1;
            UPDATE messages SET state = 'QUEUED', refusal = NULL, detail = NULL WHERE case_id = $1;
            """);
        await IsRejected(states, sent);
        Assert.Equal([ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignmentFailure], (await states.Settled(sent.CaseId, 3))["XB"].Select(r => r.Event));
    }

    [Fact]
    public async Task A_refusal_that_came_before_the_answer_stays_one()
    {
        await using var states = await TwoStates.Start();
        var sent = await Refused(states);
        await Forget(states.Asking, sent, "");
        await IsRejected(states, sent);
    }

    // With an order by a signer whom nobody there knows.
    private static async Task<SubmitReply> Refused(TwoStates states)
    {
        var now = states.Asking.Clock.GetUtcNow();
        using var judge = new TestPki("XA").Issue("Judge", TestPki.Sign).Signer();
        using var signer = states.DutyOfficer.Signing.Signer();
        var client = states.Asking.Client(states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(states.Asking.Clock).ToJsonString() });
        var sent = await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, now)),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "order.p7m", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(SignedDocument.Sign("order 12/2026"u8, judge, now)) } },
        });
        await states.Settled(sent.CaseId, 2);
        await states.Asked.Client(states.AskedLawyer).DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = false, Reason = "the court knows of no such order" });
        await states.Settled(sent.CaseId, 3);
        return sent;
    }

    // In one transaction, and the delivery begins at once.
    private static Task Forget(TestState state, SubmitReply sent, string what) => state.Get<Database>().Write(Lane.Ordinary, s =>
    {
        foreach (var statement in what.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            s.Run(statement, sent.CaseId);
        s.RunOne("INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) SELECT position, id, case_id, 'XB', 'Ordinary', 'QUEUED', created, created FROM messages WHERE id = $1", sent.Message);
    });

    private static async Task IsRejected(TwoStates states, SubmitReply sent)
    {
        long Waiting() => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM outbox WHERE message = $1", sent.Message));
        await Eventually.Holds(() => Waiting() == 0, () => "it is delivered again and again");
        var message = Assert.Single((await states.Asking.Client(states.DutyOfficer).ListMessagesAsync(new ListMessagesRequest { Direction = "OUT" })).Messages);
        Assert.Equal(("REJECTED", "V027"), (message.State, states.Asking.Get<Database>().Read(s => s.One("SELECT refusal FROM messages WHERE id = $1", r => r.TextOrNull(0) ?? "", sent.Message))));
        Assert.Equal("REJECTED_TECHNICAL", (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).State);
        Assert.Equal(0, states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM events WHERE kind = 'message.delivered' AND subject = $1 AND cursor > (SELECT max(cursor) FROM events WHERE kind = 'message.rejected' AND subject = $1)", sent.Message)));
    }
}
