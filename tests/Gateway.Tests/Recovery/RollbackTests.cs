using System.Text.Json.Nodes;
using Gateway.Integrity;
using Gateway.Keys;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Recovery;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Backups;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Recovery;

/// <summary>A gateway whose database is older than what it has signed must find out before it signs again.</summary>
public sealed class RollbackTests
{
    [Fact]
    public async Task Restore_drill_the_peer_returns_what_was_signed_and_sends_again_what_was_accepted()
    {
        await using var states = await TwoStates.Start();
        using var recipient = RestoreTests.Recipient(states.Asked);
        var before = await states.SendPreserve();
        await states.Settled(before.CaseId, 3);
        var file = Path.Combine(states.Asked.Folder, "backup");
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", states.Asked.ConfigurationFile, "--out", file)).Code);

        // After the backup: the first case goes on, a second one begins; then the disk is lost.
        await TwoStates.Act(states.Asked, states.AskedLawyer, before.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await states.Settled(before.CaseId, 6);
        var after = await states.SendPreserve();
        var signed = await states.Settled(after.CaseId, 3);
        await RestoreTests.Gone(states.Asked);
        Assert.Equal(0, (await RestoreTests.Restore(states.Asked, file)).Code);
        await states.Asked.Start();

        await Standing(states.Asked, LedgerStanding.OPEN);
        var again = await states.Settled(after.CaseId, 3);
        Assert.Equal(signed["XB"], again["XB"], (a, b) => a.Nonce == b.Nonce);
        await states.Settled(before.CaseId, 6);
        await Until(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND body IS NOT NULL", after.CaseId)) == 1);
        Assert.Equal("DELIVERED", (await states.Asked.Client(states.AskedLawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = after.CaseId })).State);
        // What we had sent comes back from the other side, and the case stands as it stood.
        await Until(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND direction = 'OUT' AND body IS NOT NULL", before.CaseId)) == 1);
        Assert.Equal("ACKNOWLEDGED", (await states.Asked.Client(states.AskedLawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = before.CaseId })).State);
        await TwoStates.Act(states.Asked, states.AskedLawyer, before.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await states.Settled(before.CaseId, 9);
        Assert.Empty(CheckLedger.Run(states.Asked.DataFolder, chunks: true).Findings);
        Assert.Contains(states.Asked.Get<Database>().Read(s => s.Query("SELECT act FROM audit_records", r => r.GetString(0))), act => act == "ledger.reopened");

        var next = await states.SendPreserve();
        await states.Settled(next.CaseId, 3);
        Assert.Equal(0, states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipt_forks")));
    }

    [Fact]
    public async Task After_a_restore_a_peer_that_does_not_answer_is_a_stop_until_an_administrator_names_it()
    {
        await using var states = await TwoStates.Start();
        using var recipient = RestoreTests.Recipient(states.Asked);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var file = Path.Combine(states.Asked.Folder, "backup");
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", states.Asked.ConfigurationFile, "--out", file)).Code);
        await RestoreTests.Gone(states.Asked);
        await states.Asking.Stop();
        Assert.Equal(0, (await RestoreTests.Restore(states.Asked, file)).Code);
        await states.Asked.Start();
        var administrator = states.Asked.Client(states.Asked.Administrator);
        await Until(() => states.Asked.Get<CompareHeads>().Results.GetValueOrDefault("XA") == Comparison.UNREACHABLE);

        var refused = await Refused.Of(() => TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) }, whileCompared: true));
        Assert.Equal("T541", refused.Code);
        Assert.NotEmpty(states.Asked.Get<Gateway.Hosting.Readiness>().Reasons());
        Assert.Contains(states.Asked.Get<Alarms>().All, a => a.Code == AlarmCode.LEDGER_ROLLBACK);
        await Refused.By(() => states.Asked.Client(states.AskedLawyer).ConfirmLedgerAsync(new ConfirmLedgerRequest { State = "XA", Reason = "their line is cut" }).ResponseAsync, "T802");
        await Refused.By(() => administrator.ConfirmLedgerAsync(new ConfirmLedgerRequest { State = "XA" }).ResponseAsync, "T806");
        await Refused.By(() => administrator.ConfirmLedgerAsync(new ConfirmLedgerRequest { Reason = "go on" }).ResponseAsync, "T805");
        await Refused.By(() => administrator.ConfirmLedgerAsync(new ConfirmLedgerRequest { State = "XC", Reason = "unknown" }).ResponseAsync, "T804");

        // A restart does not make it forget.
        await states.Asked.Stop();
        await states.Asked.Start();
        await Until(() => states.Asked.Get<CompareHeads>().Results.GetValueOrDefault("XA") == Comparison.UNREACHABLE);
        Assert.Equal("COMPARING", (await administrator.ShowLedgerAsync(new ShowLedgerRequest())).Standing);

        await administrator.ConfirmLedgerAsync(new ConfirmLedgerRequest { State = "XA", Reason = "their line is cut; confirmed by telephone" });
        await Standing(states.Asked, LedgerStanding.OPEN);
        var record = states.Asked.Get<Database>().Read(s => s.One("SELECT CAST(body AS TEXT) FROM audit_records WHERE act = 'ledger.confirmed'", r => r.GetString(0)));
        Assert.Contains(states.Asked.Administrator.Name, record, StringComparison.Ordinal);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
    }

    [Fact]
    public async Task An_older_folder_put_back_by_hand_is_a_rollback_and_nothing_is_signed_until_an_administrator_decides()
    {
        await using var states = await TwoStates.Start();
        var first = await states.SendPreserve();
        await states.Settled(first.CaseId, 3);
        await states.Asked.Stop();
        var old = states.Asked.DataFolder + "-old";
        Copy(states.Asked.DataFolder, old);
        await states.Asked.Start();
        var second = await states.SendPreserve();
        var signed = await states.Settled(second.CaseId, 3);
        await RestoreTests.Gone(states.Asked);
        Directory.Move(old, states.Asked.DataFolder);
        await states.Asked.Start();

        await Standing(states.Asked, LedgerStanding.ROLLBACK);
        var refused = await Refused.Of(() => TwoStates.Act(states.Asked, states.AskedLawyer, first.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) }));
        Assert.Equal("T540", refused.Code);
        Assert.Contains("ledger status", refused.Remedy, StringComparison.Ordinal);
        Assert.Contains(states.Asked.Get<Gateway.Hosting.Readiness>().Reasons(), r => r.Contains("ROLLBACK", StringComparison.Ordinal));
        var third = await states.SendPreserve();
        await Task.Delay(500);
        Assert.Equal(0, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1", third.Message)));

        var administrator = states.Asked.Client(states.Asked.Administrator);
        await Until(() => states.Asked.Get<CompareHeads>().Results.GetValueOrDefault("XA") == Comparison.EQUAL);
        var view = await administrator.ConfirmLedgerAsync(new ConfirmLedgerRequest { Reason = "the machine was set back to its image of Monday; the peer has returned all" });
        Assert.Equal("OPEN", view.Standing);
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(10);
        var again = await states.Settled(second.CaseId, 3);
        Assert.Equal(signed["XB"].Select(r => r.Nonce), again["XB"].Select(r => r.Nonce));
        await states.Settled(third.CaseId, 3);
        Assert.Equal(0, states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipt_forks")));
    }

    [Fact]
    public async Task A_peer_can_neither_invent_a_receipt_of_ours_nor_stop_us_by_saying_so()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        var chains = await states.Settled(sent.CaseId, 3);
        await Standing(states.Asked, LedgerStanding.OPEN);
        var last = chains["XB"][^1];
        var invented = new Receipt(ReceiptEvent.ContentAccessTracking, Party.Of("XB-CA"), Party.Of("XA-CP"), ReceiptChannel.@case, sent.CaseId, last.Seq + 1,
            Digest.Of((await Der(states, sent.CaseId, "XB", last.Seq)).Span), 1, last.PeerHead, last.Subject, [], last.Time, false, Ids.New());
        var exchange = states.Asked.ExchangeClient(states.Asking.Tls);
        var sealedByUs = SignedDocument.Sign(invented.Write(), states.Asking.Get<KeyRing>().Seal("XA-CA"), states.Asked.Clock.GetUtcNow());
        await Refused.By(() => Return(exchange, sent.CaseId, sealedByUs), "T210");
        var theirs = (await Der(states, sent.CaseId, "XA", 1)).ToArray();
        await Refused.By(() => Return(exchange, sent.CaseId, theirs), "T503");
        // What we hold already changes nothing.
        await Return(exchange, sent.CaseId, (await Der(states, sent.CaseId, "XB", 1)).ToArray());
        var heads = new PushHeadsRequest { Heads = { new ChainHeadView { CaseId = sent.CaseId, Seq = 1, Sha256 = ByteString.CopyFrom(Digest.Of((await Der(states, sent.CaseId, "XA", 1)).Span).ToArray()), Held = 77 } } };
        Assert.Empty((await exchange.PushHeadsAsync(heads)).Answers);
        Assert.Equal(LedgerStanding.OPEN, states.Asked.Get<LedgerGate>().Standing);
        Assert.Equal(0, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipt_forks")));

        // Only with our own seal does it count: then it is the proof.
        var real = SignedDocument.Sign(invented.Write(), states.Asked.Get<KeyRing>().Seal("XB-CA"), states.Asked.Clock.GetUtcNow());
        await Return(exchange, sent.CaseId, real);
        Assert.Equal(LedgerStanding.ROLLBACK, states.Asked.Get<LedgerGate>().Standing);
    }

    [Fact]
    public async Task Heads_of_a_third_state_and_heads_out_of_order_are_not_answered()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var exchange = states.Asked.ExchangeClient(states.Asking.Tls);
        var nothing = new ChainHeadView { CaseId = sent.CaseId, Seq = 0 };
        await Refused.By(() => exchange.PushHeadsAsync(new PushHeadsRequest { Heads = { nothing, nothing } }).ResponseAsync, "T806");
        // It names less of its own than we hold: it hears the number, and gets the receipts by itself.
        var answer = Assert.Single((await exchange.PushHeadsAsync(new PushHeadsRequest { Heads = { nothing } })).Answers);
        Assert.Equal((sent.CaseId, 2ul, false), (answer.CaseId, answer.NextExpected, answer.Differs));
        // What it holds already is not taken, and nothing is delivered again for it.
        var held = await states.Asking.ExchangeClient(states.Asked.Tls).ReturnReceiptsAsync(new ReturnReceiptsRequest { CaseId = sent.CaseId, Receipts = { ByteString.CopyFrom((await Der(states, sent.CaseId, "XA", 1)).Span) } });
        Assert.Equal((2ul, 0u), (held.NextExpected, held.Taken));
        Assert.Equal(LedgerStanding.OPEN, states.Asking.Get<LedgerGate>().Standing);
        var differs = Assert.Single((await exchange.PushHeadsAsync(new PushHeadsRequest { Heads = { new ChainHeadView { CaseId = sent.CaseId, Seq = 1, Sha256 = ByteString.CopyFrom(new byte[32]), Held = 2 } } })).Answers);
        Assert.True(differs.Differs);
    }

    [Fact]
    public async Task Two_gateways_that_start_together_and_a_dead_peer_at_the_start_hinder_nothing()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Stop();
        await states.Asking.Stop();
        await Task.WhenAll(states.Asked.Start(), states.Asking.Start());
        await Standing(states.Asked, LedgerStanding.OPEN);
        await Standing(states.Asking, LedgerStanding.OPEN);
        await states.Asked.Stop();
        await states.Asking.Stop();
        await states.Asking.Start();
        await Standing(states.Asking, LedgerStanding.OPEN);
        Assert.Equal(Comparison.UNREACHABLE, states.Asking.Get<CompareHeads>().Results["XB"]);
    }

    private static Task Return(Exchange.ExchangeClient exchange, string caseId, byte[] der)
        => exchange.ReturnReceiptsAsync(new ReturnReceiptsRequest { CaseId = caseId, Receipts = { ByteString.CopyFrom(der) } }).ResponseAsync;

    private static async Task<ReadOnlyMemory<byte>> Der(TwoStates states, string caseId, string issuer, long seq)
        => (await states.Asked.Client(states.AskedLawyer).ListReceiptsAsync(new ListReceiptsRequest { CaseId = caseId })).Receipts.Single(r => r.IssuerState == issuer && r.Seq == (ulong)seq).Der.Memory;

    private static Task Standing(TestState state, LedgerStanding wanted) => Until(() => state.Get<LedgerGate>().Standing == wanted);

    private static Task Until(Func<bool> reached) => Eventually.Holds(reached);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
