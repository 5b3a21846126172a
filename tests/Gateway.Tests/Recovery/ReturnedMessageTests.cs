using System.Text.Json.Nodes;
using Gateway.Integrity;
using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Recovery;
using Gateway.Storage;
using Gateway.Tests.Backups;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Witness;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Recovery;

/// <summary>What was sent after a backup and is lost with the database: the other side has it.</summary>
public sealed class ReturnedMessageTests
{
    [Fact]
    public async Task Acts_of_both_sides_come_back_in_their_order_and_a_lost_request_opens_its_case_again()
    {
        await using var states = await TwoStates.Start();
        using var recipient = RestoreTests.Recipient(states.Asking);
        var file = Path.Combine(states.Asking.Folder, "backup");
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", states.Asking.ConfigurationFile, "--out", file)).Code);
        // All of it after the backup: XA's request, XB's answers, XA's end.
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2));
        foreach (var (kind, fields) in new[] { ("ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due }), ("ACCEPTED", new JsonObject { ["dueAt"] = due }), ("IN_EXECUTION", []) })
            await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, kind, fields);
        await Eventually.Holds(() => State(states.Asking, sent.CaseId) == "IN_EXECUTION");
        await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "No longer needed." });
        await Eventually.Holds(() => State(states.Asked, sent.CaseId) == State(states.Asking, sent.CaseId) && Messages(states.Asked, sent.CaseId) == 5);
        var (stands, messages) = (State(states.Asking, sent.CaseId), Messages(states.Asking, sent.CaseId));
        await RestoreTests.Gone(states.Asking);
        Assert.Equal(0, (await RestoreTests.Restore(states.Asking, file)).Code);
        await states.Asking.Start();

        await Eventually.Holds(() => Messages(states.Asking, sent.CaseId) == messages, () => $"{Messages(states.Asking, sent.CaseId)} of {messages} messages");
        Assert.Equal(stands, State(states.Asking, sent.CaseId));
        Assert.Empty(CheckLedger.Run(states.Asking.DataFolder, chunks: false).Findings);
        Assert.Contains(states.Asking.Get<Database>().Read(s => s.Query("SELECT act FROM audit_records", r => r.GetString(0))), act => act == "ledger.message.returned");
        // The register goes on behind the numbers that were given.
        var next = await states.SendPreserve();
        await states.Settled(next.CaseId, 3);
        Assert.Equal(2, Numbers(states.Asked).Distinct().Count());
    }

    [Fact]
    public async Task A_State_that_answers_late_does_not_delay_what_another_one_has_lost()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Stop();
        await using var other = await RefusingPeer.Start(states.Asked, "T540", "not now");
        // XC takes connections and says nothing; it has lost receipts that we still have to push, too.
        await using var late = TestState.Configured("XC");
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, late.ExchangePort);
        silent.Start();
        await states.Asking.Approve(late.IssueCard(null));
        await states.Asking.Get<Database>().Write(Lane.Ordinary, s =>
        {
            s.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, time, der) SELECT 'peer:XC', issuer, 1, x'00', event, message, time, der FROM receipts WHERE message = $1 AND issuer = 'XA' ORDER BY seq LIMIT 1", sent.Message);
            s.RunOne("INSERT INTO chains (chain, issuer, seq, sha256, time, peer) VALUES ('peer:XC', 'XA', 1, x'00', $1, 'XC')", states.Asking.Clock.GetUtcNow());
        });
        var back = states.Asking.Get<ReturnToPeer>();
        back.Enqueue("XC", Enumerable.Range(1, 10).Select(i => new LostReceipts("peer:XC", i)));
        back.Enqueue("XB", [new LostReceipts(sent.CaseId, 1)]);
        await Eventually.Holds(() => other.Returned.Contains(sent.CaseId));
    }

    [Fact]
    public async Task A_peer_can_bring_back_only_what_our_seal_and_our_receipt_are_on()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var exchange = states.Asking.ExchangeClient(states.Asked.Tls);
        var row = states.Asking.Get<Database>().Read(s => s.One("SELECT id, body FROM messages WHERE case_id = $1", r => new { Id = r.GetString(0), Body = r.GetFieldValue<byte[]>(1) }, sent.CaseId))!;
        var seal = SignedDocument.Open(states.Asking.Get<CaseKeys>().Open(sent.CaseId, $"message:{row.Id}", row.Body)).Value;
        var cover = Cover.Read(seal.Content).Value;
        var to = states.Asking.Card.Card.Find("XA-CP")!.Encryption[0];
        ReturnMessageRequest Request(byte[] der, string? message = null) => new() { Message = message ?? cover.Message, CaseId = sent.CaseId, Sender = "XA-CP", Envelope = ByteString.CopyFrom(Envelope.Encrypt(der, to)) };

        // Held: nothing happens.
        Assert.False((await exchange.ReturnMessageAsync(Request(seal.Der.ToArray()))).Taken);
        // Another message under our own genuine seal that no receipt of ours names: a draft that never left.
        var draft = cover with { Message = Ids.New() };
        var now = states.Asking.Clock.GetUtcNow();
        var never = SignedDocument.Sign(draft.Write(), states.Asking.Get<KeyRing>().Seal("XA-CP"), now);
        await Refused.By(() => exchange.ReturnMessageAsync(Request(never, draft.Message)).ResponseAsync, "T804");
        // Sealed by the peer itself, of another message, and no envelope at all.
        await Refused.By(() => exchange.ReturnMessageAsync(Request(SignedDocument.Sign(draft.Write(), states.Asked.Get<KeyRing>().Seal("XB-CA"), now), draft.Message)).ResponseAsync, "T210");
        await Refused.By(() => exchange.ReturnMessageAsync(Request(never, Ids.New())).ResponseAsync, "T309");
        await Refused.By(() => exchange.ReturnMessageAsync(new ReturnMessageRequest { Message = "x", CaseId = sent.CaseId, Sender = "XA-CP" }).ResponseAsync, "T806");
        await Refused.By(() => exchange.ReturnMessageAsync(new ReturnMessageRequest { Message = Ids.New(), CaseId = sent.CaseId, Sender = "XB-CA" }).ResponseAsync, "T806");
        Assert.Equal(1, Messages(states.Asking, sent.CaseId));
    }

    [Fact]
    public async Task What_nobody_brings_back_is_said_once_and_put_on_record()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var (database, loop) = (states.Asking.Get<Database>(), states.Asking.Get<IntegrityLoop>());
        await database.Write(Lane.Ordinary, s => s.Run("DELETE FROM outbox"));
        await database.Write(Lane.Ordinary, s => s.Run("DELETE FROM messages WHERE id = $1", sent.Message));
        // Without a loss before it, it is a finding each time.
        Assert.Contains((await loop.Check(chunks: false)).Findings, f => f.Fault == LedgerFault.MESSAGE_MISSING);
        Assert.Contains((await loop.Check(chunks: false)).Findings, f => f.Fault == LedgerFault.MESSAGE_MISSING);
        await database.Write(Lane.Ordinary, s => s.Run("INSERT INTO facts (name, value) VALUES ($1, $2)", Database.ReopenedFact, DocumentWriter.FormatTime(states.Asking.Clock.GetUtcNow())));
        Assert.Contains((await loop.Check(chunks: false)).Findings, f => f.Fault == LedgerFault.MESSAGE_MISSING);
        states.Asking.Clock.Offset = TimeSpan.FromHours(2);
        Assert.Contains((await loop.Check(chunks: false)).Findings, f => f.Fault == LedgerFault.MESSAGE_MISSING);
        var report = await loop.Check(chunks: false);
        Assert.DoesNotContain(report.Findings, f => f.Fault == LedgerFault.MESSAGE_MISSING);
        Assert.Equal(1, report.Checked["messages recorded as lost"]);
        // What goes missing afterwards is a finding again.
        var next = await states.SendPreserve();
        await states.Settled(next.CaseId, 3);
        await database.Write(Lane.Ordinary, s => s.Run("DELETE FROM messages WHERE id = $1", next.Message));
        Assert.Contains((await loop.Check(chunks: false)).Findings, f => f.Fault == LedgerFault.MESSAGE_MISSING && f.Record.EndsWith(next.Message, StringComparison.Ordinal));
        Assert.Contains((await loop.Check(chunks: false)).Findings, f => f.Fault == LedgerFault.MESSAGE_MISSING);
    }

    private static string State(TestState state, string caseId) => state.Get<Database>().Read(s => s.One("SELECT state FROM cases WHERE id = $1", r => r.GetString(0), caseId)) ?? "";

    private static long Messages(TestState state, string caseId) => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND body IS NOT NULL", caseId));

    // The registry's numbers on the requests that XB holds.
    private static List<string> Numbers(TestState state)
    {
        var rows = state.Get<Database>().Read(s => s.Query("SELECT case_id, id, body FROM messages WHERE about = 'REQUEST'", r => (Case: r.GetString(0), Id: r.GetString(1), Body: r.GetFieldValue<byte[]>(2))));
        return [.. rows.Select(r => Cover.Read(SignedDocument.Open(state.Get<CaseKeys>().Open(r.Case, $"message:{r.Id}", r.Body)).Value.Content).Value)
            .Select(c => Stamp.Read(SignedDocument.Open(c.In(PartRole.stamp).Single().Content).Value.Content).Value.Number)];
    }
}
