using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Integrity;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Storage;
using Gateway.Tests.Backups;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>A case with evidence that ran to its end, erased by the State that was asked.</summary>
public sealed class ErasureFlowTests
{
    [Fact]
    public async Task Nothing_of_an_erased_case_is_left_in_database_log_keys_or_folders_and_receipts_still_verify()
    {
        await using var flow = await EvidenceFlow.Start();
        var states = flow.States;
        var item = await Closed(flow);
        var caseId = flow.Sent.CaseId;
        var (second, auditor) = await People(states);
        // What must be gone: the wrapped key, every stored document, and the words that stood in clear.
        var data = states.Asked.DataFolder;
        var (wrapped, bodies, manifest) = Secrets(states.Asked, caseId);
        var record = states.Asked.Get<Database>().Read(s => s.One("SELECT body FROM audit_records WHERE case_id = $1 AND act = 'item.attached'", r => r.GetFieldValue<byte[]>(0), caseId))!;
        var reference = states.Asked.Get<Database>().Read(s => s.One("SELECT reference FROM cases WHERE id = $1", r => r.GetString(0), caseId))!;
        byte[][] gone = [wrapped, .. bodies.Select(b => b[40..104]), manifest[40..104], record[^90..], Encoding.UTF8.GetBytes(reference), "EX-2026-17/3"u8.ToArray(), "disk-1.dd"u8.ToArray(), item.Chunks[0][100..164]];
        foreach (var bytes in gone)
            Assert.True(Find(data, bytes).Count > 0, "the search finds what is there");
        var chains = await states.Settled(caseId, 1);

        await Decide(states, states.AskedLawyer, caseId, "PROPOSE");
        await Decide(states, second, caseId, "APPROVE");

        await Until(() => gone.All(bytes => Find(data, bytes).Count == 0));
        foreach (var bytes in gone)
            Assert.Empty(Find(data, bytes));
        Assert.False(Directory.Exists(Path.Combine(data, "items", item.Id[..2], item.Id)));
        var report = CheckLedger.Run(data, chunks: true);
        Assert.True(report.Good, string.Join('\n', report.Findings));
        Assert.Equal(1, report.Checked["erasures"]);

        // Receipts stay on both sides, byte for byte, and the erasure says what it took.
        var after = await states.Settled(caseId, 1);
        Assert.Equal(chains["XB"].Select(r => r.Nonce), after["XB"].Select(r => r.Nonce));
        var erasure = Erasure.Read(SignedDocument.Open(Der(states.Asked, caseId)).Value.Content).Value;
        Assert.Equal(bodies.Count, erasure.Messages.Count);
        Assert.Equal([item.Id], erasure.Items.Select(i => i.Item));
        Assert.Contains(Digest.Of(record), erasure.Records);
        Assert.Equal(chains["XB"].Count, erasure.Chains.Single(c => c.State == "XB").Count);
        Assert.True(erasure.BackupsUntil > erasure.Time.AddDays(30));

        // The other side hears of it and keeps its own copy.
        await Until(() => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM erasures WHERE case_id = $1 AND issuer = 'XB'", caseId)) == 1);
        Assert.True(CheckLedger.Run(states.Asking.DataFolder, chunks: true).Good);
        Assert.NotEmpty((await states.Asking.Client(states.DutyOfficer).OpenMessageAsync(new OpenMessageRequest { Message = flow.Sent.Message, Purpose = "reading" })).Parts);
        await Refused.By(() => states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = flow.Sent.Message }).ResponseAsync, "V048");

        // The log of each side proves it: of the one that erased, and of the one that was told.
        var proof = $"log/XB/proofs/{Digest.Of(Der(states.Asked, caseId))}.tlog-proof";
        var bundle = await Exported(states.Asked, auditor, caseId);
        Assert.Contains(bundle.Entries, e => e.FullName == proof);
        Assert.Contains((await Exported(states.Asking, await states.Asking.AddUser("supervisor", "XA-CA", "AUDITOR"), caseId)).Entries, e => e.FullName == proof.Replace("log/XB", "log/XA", StringComparison.Ordinal));
        await Refused.By(() => Decide(states, states.AskedLawyer, caseId, "PROPOSE", compose: false), "V048");

        // As if it had been killed before the last chunk was deleted.
        await states.Asked.Stop();
        var chunks = Directory.CreateDirectory(Path.Combine(data, "items", item.Id[..2], item.Id));
        await File.WriteAllBytesAsync(Path.Combine(chunks.FullName, "chunks"), item.Chunks[0]);
        await states.Asked.Start();
        Assert.False(chunks.Exists && Directory.Exists(chunks.FullName));
    }

    [Fact]
    public async Task What_a_long_reader_keeps_in_the_write_ahead_log_goes_when_it_ends()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Close(states, sent.CaseId);
        var (second, _) = await People(states);
        var database = states.Asked.Get<Database>();
        var bodies = database.Read(s => s.Query("SELECT body FROM messages WHERE case_id = $1 AND body IS NOT NULL", r => r.GetFieldValue<byte[]>(0), sent.CaseId));
        await Decide(states, states.AskedLawyer, sent.CaseId, "PROPOSE");
        var (reading, ended) = (new TaskCompletionSource(), new ManualResetEventSlim());
        // A backup or a check of all records, with a snapshot from before the erasure.
        var reader = Task.Factory.StartNew(() => database.Read(s =>
        {
            s.Number("SELECT count(*) FROM messages");
            reading.SetResult();
            ended.Wait(TimeSpan.FromMinutes(5));
            return 0;
        }), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await reading.Task;
        try
        {
            await Decide(states, second, sent.CaseId, "APPROVE");
            Assert.Contains(bodies, b => Find(states.Asked.DataFolder, b[40..104]).Count > 0);
            clock.Offset = TimeSpan.FromMinutes(61);
            await Until(() => Alarmed(states.Asked));
        }
        finally
        {
            ended.Set();
            await reader;
        }
        await Until(() => bodies.All(b => Find(states.Asked.DataFolder, b[40..104]).Count == 0) && !Alarmed(states.Asked));
        Assert.Equal(0, database.Read(s => s.Number("SELECT count(*) FROM facts WHERE name = 'erasure.pages'")));

        static bool Alarmed(TestState state) => state.Get<Gateway.Runtime.Alarms>().All.Any(a => a.Code.ToString() == "ERASURE_PAGES");
    }

    [Fact]
    public async Task One_person_alone_a_hold_and_an_open_case_keep_everything()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        Assert.Contains("T551", await Problems(states, states.AskedLawyer, sent.CaseId, "PROPOSE"));
        await Close(states, sent.CaseId);
        var (second, administrator) = await People(states);
        Assert.Contains("T802", await Problems(states, administrator, sent.CaseId, "PROPOSE"));
        Assert.Contains("V043", await Problems(states, second, sent.CaseId, "APPROVE"));

        await Decide(states, states.AskedLawyer, sent.CaseId, "PROPOSE");
        Assert.Contains("V039", await Problems(states, states.AskedLawyer, sent.CaseId, "APPROVE"));
        Assert.Contains("T805", await Problems(states, second, sent.CaseId, "PROPOSE"));
        Assert.Contains("T805", await Problems(states, second, sent.CaseId, "APPROVE", reason: "ORDERED"));

        var client = states.Asked.Client(second);
        await Refused.By(() => client.HoldCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId }).ResponseAsync, "T806");
        await client.HoldCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "appeal pending" });
        Assert.Contains("T550", await Problems(states, second, sent.CaseId, "APPROVE"));
        await Refused.By(() => Decide(states, second, sent.CaseId, "APPROVE", compose: false), "T550");
        await client.UnholdCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "appeal decided" });
        await Refused.By(() => client.UnholdCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "again" }).ResponseAsync, "T805");

        await Decide(states, second, sent.CaseId, "REJECT");
        Assert.Contains("V043", await Problems(states, second, sent.CaseId, "APPROVE"));
        Assert.Equal(0, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM erasures")));
        Assert.True(CheckLedger.Run(states.Asked.DataFolder, chunks: true).Good);
    }

    [Fact]
    public async Task Who_lifted_the_hold_approves_nothing_and_stays_known_when_the_case_is_gone()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Close(states, sent.CaseId);
        var (second, _) = await People(states);
        var database = states.Asked.Get<Database>();
        await states.Asked.Client(states.AskedLawyer).HoldCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "appeal of Jean Untel" });
        await states.Asked.Client(second).UnholdCaseAsync(new HoldCaseRequest { CaseId = sent.CaseId, Reason = "Jean Untel gave up", Number = 1 });

        await Decide(states, states.AskedLawyer, sent.CaseId, "PROPOSE");
        Assert.Contains("V039", await Problems(states, second, sent.CaseId, "APPROVE"));
        await Refused.By(() => Decide(states, second, sent.CaseId, "APPROVE", compose: false), "V039");
        await Decide(states, second, sent.CaseId, "REJECT");
        await Decide(states, second, sent.CaseId, "PROPOSE");
        await Decide(states, states.AskedLawyer, sent.CaseId, "APPROVE");

        var records = database.Read(s => s.Query("SELECT body FROM audit_records WHERE case_id = $1 ORDER BY idx", row => Encoding.UTF8.GetString(row.Bytes(0)), sent.CaseId));
        Assert.Contains(records, r => r.Contains("erasure.held", StringComparison.Ordinal) && r.Contains(states.AskedLawyer.Name, StringComparison.Ordinal));
        Assert.Contains(records, r => r.Contains("erasure.unheld", StringComparison.Ordinal) && r.Contains(second.Name, StringComparison.Ordinal));
        Assert.DoesNotContain(records, r => r.Contains("Untel", StringComparison.Ordinal));
        Assert.True(CheckLedger.Run(states.Asked.DataFolder, chunks: true).Good);
    }

    [Fact]
    public async Task A_replay_after_the_erasure_gets_the_receipts_of_that_time_and_new_messages_are_refused()
    {
        await using var states = await TwoStates.Start();
        var courier = await Courier.For(states);
        var request = courier.Make();
        var first = await Courier.Deliver(states, request);
        Assert.Null(first.Rejection);
        await Erased(states, courier.CaseId);
        var again = await Courier.Deliver(states, request);
        Assert.True(again.Duplicate);
        Assert.Equal(first.Receipts, again.Receipts);
        var other = await Courier.Deliver(states, courier.With(message: Ids.New()).Make());
        // Without the sender's receipts between it does not even follow the chain.
        Assert.Equal("T502", other.Rejection.Code);
        Assert.DoesNotContain(courier.CaseId, states.Asked.Get<CaseKeys>().Cases());
    }

    [Fact]
    public async Task An_act_on_a_case_that_was_erased_at_the_other_side_is_rejected_there()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Erased(states, sent.CaseId);
        await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "STATUS_QUERY", new JsonObject { ["text"] = "How does it stand?" });
        var chains = await states.Settled(sent.CaseId, 5);
        Assert.Equal((ReceiptEvent.RelayRejection, "V048"), (chains["XB"][^1].Event, Assert.Single(chains["XB"][^1].Reasons)));
    }

    [Fact]
    public async Task An_erasure_that_another_state_seals_or_that_names_another_case_is_refused()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var now = states.Asking.Clock.GetUtcNow();
        var erasure = Sample(sent.CaseId, "XA-CP", "XB-CA", now);
        var exchange = states.Asked.ExchangeClient(states.Asking.Tls);
        var seal = states.Asking.Get<Gateway.Keys.KeyRing>().Seal("XA-CP");
        await Refused.By(() => Push(exchange, Sample(sent.CaseId, "XB-CA", "XA-CP", now), seal), "T309");
        await Refused.By(() => Push(exchange, erasure, states.Asking.Get<Gateway.Keys.KeyRing>().Seal("XA-CA")), "T210");
        await Refused.By(() => Push(exchange, Sample(Ids.NewCase("XA"), "XA-CP", "XB-CA", now), seal), "T804");
        await Push(exchange, erasure, seal);
        await Push(exchange, erasure with { }, seal, again: true);
        await Refused.By(() => Push(exchange, erasure with { Nonce = Ids.New() }, seal), "V031");
        Assert.Equal(1, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'erasure.told'")));
        Assert.Equal(1, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND body IS NOT NULL", sent.CaseId)));
    }

    [Fact]
    public async Task A_stop_between_the_record_and_the_key_is_finished_at_the_next_start()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var keys = Path.Combine(states.Asked.DataFolder, CaseKeys.FolderName, CaseKeys.FileName);
        await states.Asked.Stop();
        File.Copy(keys, keys + "-before");
        await states.Asked.Start();
        await Close(states, sent.CaseId);
        await Erased(states, sent.CaseId, close: false);
        await states.Asked.Stop();
        // As if it had been killed before the key went: or as if an older backup of the keys had been put back.
        File.Move(keys + "-before", keys, overwrite: true);
        Assert.Equal(LedgerFault.ERASURE_INCOMPLETE, Assert.Single(CheckLedger.Run(states.Asked.DataFolder, chunks: true).Findings).Fault);
        await states.Asked.Start();
        Assert.DoesNotContain(sent.CaseId, states.Asked.Get<CaseKeys>().Cases());
        Assert.True(CheckLedger.Run(states.Asked.DataFolder, chunks: true).Good);
    }

    [Fact]
    public async Task An_older_database_beside_newer_keys_is_erased_again()
    {
        await using var states = await TwoStates.Start();
        using var recipient = RestoreTests.Recipient(states.Asked);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Close(states, sent.CaseId);
        var (old, young) = (Path.Combine(states.Asked.Folder, "old"), Path.Combine(states.Asked.Folder, "young"));
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", states.Asked.ConfigurationFile, "--out", old)).Code);
        await Erased(states, sent.CaseId, close: false);
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", states.Asked.ConfigurationFile, "--out", young)).Code);
        await RestoreTests.Gone(states.Asked);
        await RestoreTests.Run("restore", "--config", states.Asked.ConfigurationFile, "--from", old, "--keys-from", young + ".keys", "--key", Path.Combine(states.Asked.Folder, "backup-recipient.key"), "--cert", Path.Combine(states.Asked.Folder, "backup-recipient.crt"));
        await states.Asked.Start();
        Assert.Equal(0, states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND body IS NOT NULL", sent.CaseId)));
        await Until(() => states.Asked.Get<Gateway.Receipts.LedgerGate>().Shut is null);
        var report = CheckLedger.Run(states.Asked.DataFolder, chunks: true);
        Assert.True(report.Good, string.Join('\n', report.Findings));
    }

    [Fact]
    public async Task What_goes_from_an_erased_case_beyond_what_its_erasure_lists_is_a_fault()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Erased(states, sent.CaseId);
        await states.Asked.Stop();
        var data = states.Asked.DataFolder;
        Assert.True(CheckLedger.Run(data, chunks: true).Good);
        foreach (var (sql, fault, record) in new[]
        {
            ("DELETE FROM audit_records WHERE act = 'erasure.approve'", LedgerFault.RECORD_MISSING, "record "),
            ("DELETE FROM messages WHERE case_id = $case", LedgerFault.MESSAGE_MISSING, $"message {sent.Message}"),
            ("DELETE FROM receipts WHERE chain = $case AND issuer = 'XB' AND seq = 1", LedgerFault.RECEIPT_MISSING, "receipt XB 1"),
            ("UPDATE erasures SET der = CAST(substr(der, 1, 400) || x'00' || substr(der, 402) AS BLOB)", LedgerFault.ERASURE_ALTERED, "erasure "),
            ("DELETE FROM erasure_decisions WHERE kind = 'APPROVE'", LedgerFault.ERASURE_ALTERED, "erasure "),
            ("DELETE FROM erasures", LedgerFault.RECORD_MISSING, "erasure "),
        })
        {
            var copy = Directory.CreateTempSubdirectory("erased-").FullName;
            try
            {
                Copy(data, copy);
                using (var session = Database.Connect(Path.Combine(copy, Database.FileName), Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite))
                {
                    session.Raw("PRAGMA foreign_keys = OFF");
                    session.Raw(sql.Replace("$case", $"'{sent.CaseId}'", StringComparison.Ordinal));
                }
                var report = CheckLedger.Run(copy, chunks: true);
                var finding = report.Findings.FirstOrDefault(f => f.Fault == fault && f.Record.StartsWith(record, StringComparison.Ordinal));
                Assert.True(finding is not null, $"{sql}: {string.Join('\n', report.Findings)}");
                if (fault == LedgerFault.RECORD_MISSING)
                    Assert.NotNull(finding.Index);
                else
                    Assert.Equal(sent.CaseId, finding.Case);
            }
            finally
            {
                Directory.Delete(copy, recursive: true);
            }
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    private static Erasure Sample(string caseId, string authority, string peer, DateTimeOffset now) => new()
    {
        Id = new string('1', 32),
        Case = caseId,
        Authority = Protocol.Covers.Party.Of(authority),
        Peer = Protocol.Covers.Party.Of(peer),
        Reason = ErasureReason.ORDERED,
        LegalBasis = "order 7",
        Proposal = Digest.Of("1"u8),
        Approval = Digest.Of("2"u8),
        Time = now,
        BackupsUntil = now.AddDays(30),
        Chains = [],
        Messages = [],
        Items = [],
        Records = [],
        Nonce = new string('7', 32),
    };

    private static byte[]? s_pushed;

    private static async Task Push(Exchange.ExchangeClient exchange, Erasure erasure, Signer seal, bool again = false)
    {
        if (!again)
            s_pushed = SignedDocument.Sign(erasure.Write(), seal, TimeProvider.System.GetUtcNow());
        await exchange.PushErasureAsync(new PushErasureRequest { Erasure = Google.Protobuf.ByteString.CopyFrom(s_pushed) });
    }

    /// <summary>The item is handed over and the case confirmed.</summary>
    internal static async Task<TestItem> Closed(EvidenceFlow flow)
    {
        var states = flow.States;
        var item = await flow.Attached((1 << 20) + 77);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asking, states.DutyOfficer, item, "COMPLETE");
        await flow.Reaches(states.Asked, states.AskedLawyer, item, "CONSIGNED");
        await Close(states, flow.Sent.CaseId);
        return item;
    }

    internal static async Task Close(TwoStates states, string caseId)
    {
        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2));
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "IN_EXECUTION");
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "EXECUTED", new JsonObject { ["outcome"] = "NOTHING_TO_ADD", ["text"] = "The provider keeps these data by itself." });
        await Until(async () => (await states.Asking.Client(states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State == "EXECUTED");
        await TwoStates.Act(states.Asking, states.DutyOfficer, caseId, "COMPLETED");
        await Until(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND event = $2", caseId, ReceiptEvent.GatewayCaseClosed)) == 2);
    }

    internal static async Task Erased(TwoStates states, string caseId, bool close = true)
    {
        if (close)
            await states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE cases SET state = 'COMPLETED', closed = opened WHERE id = $1", caseId));
        var (second, _) = await People(states);
        await Decide(states, states.AskedLawyer, caseId, "PROPOSE");
        await Decide(states, second, caseId, "APPROVE");
    }

    internal static async Task<(TestPerson Second, TestPerson Administrator)> People(TwoStates states)
        => (await states.Asked.AddUser("second-lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA"), await states.Asked.AddUser("signing-auditor", "XB-CA", "AUDITOR"));

    private static JsonObject Fields(string caseId, string decision, string? reason) => new()
    {
        ["case"] = caseId,
        ["decision"] = decision,
        ["reason"] = reason ?? "ORDERED",
        ["legalBasis"] = "order 7/2026",
    };

    internal static async Task Decide(TwoStates states, TestPerson person, string caseId, string decision, bool compose = true)
    {
        if (compose)
        {
            await TwoStates.Submit(states.Asked, person, "erasureDecision", Fields(caseId, decision, "UNLAWFUL"));
            return;
        }
        // Signed without asking what the gateway thinks of it.
        var id = states.Asked.Get<Database>().Read(s => s.One("SELECT id FROM erasure_decisions WHERE case_id = $1 ORDER BY seq DESC", r => r.GetString(0), caseId)) ?? Ids.New();
        using var signer = person.Signing.Signer();
        var document = new ErasureDecision(id, caseId, "XB-CA", Enum.Parse<ErasureStep>(decision), ErasureReason.UNLAWFUL, "order 7/2026", states.Asked.Clock.GetUtcNow()).Write();
        await states.Asked.Client(person).SubmitAsync(new SubmitRequest { SignedDocument = Google.Protobuf.ByteString.CopyFrom(SignedDocument.Sign(document, signer, states.Asked.Clock.GetUtcNow())), IdempotencyKey = Ids.New() });
    }

    private static async Task<IReadOnlyList<string>> Problems(TwoStates states, TestPerson person, string caseId, string decision, string reason = "UNLAWFUL")
        => [.. (await states.Asked.Client(person).ComposeAsync(new ComposeRequest { Type = "erasureDecision", FieldsJson = Fields(caseId, decision, reason).ToJsonString() })).Problems.Select(p => p.Code)];

    private static byte[] Der(TestState state, string caseId) => state.Get<Database>().Read(s => s.One("SELECT der FROM erasures WHERE case_id = $1", r => r.GetFieldValue<byte[]>(0), caseId))!;

    private static (byte[] Wrapped, List<byte[]> Bodies, byte[] Manifest) Secrets(TestState state, string caseId)
    {
        using var session = Database.Connect(Path.Combine(state.DataFolder, CaseKeys.FolderName, CaseKeys.FileName), Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
        var wrapped = session.One("SELECT wrapped FROM case_keys WHERE case_id = $1", r => r.GetFieldValue<byte[]>(0), caseId)!;
        return state.Get<Database>().Read(s => (wrapped, s.Query("SELECT body FROM messages WHERE case_id = $1 AND body IS NOT NULL", r => r.GetFieldValue<byte[]>(0), caseId), s.One("SELECT manifest FROM items WHERE case_id = $1", r => r.GetFieldValue<byte[]>(0), caseId)!));
    }

    /// <summary>Files of the data folder (database, its log, free pages, keys, chunks) that hold the bytes.</summary>
    private static List<string> Find(string folder, byte[] bytes)
    {
        var found = new List<string>();
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("gateway.lock", StringComparison.Ordinal)))
        {
            // The gateway goes on meanwhile: a file may be shorter than it said it was, or gone.
            using var content = new MemoryStream();
            try
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                stream.CopyTo(content);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                continue;
            }
            if (content.GetBuffer().AsSpan(0, (int)content.Length).IndexOf(bytes) >= 0)
                found.Add(Path.GetRelativePath(folder, file));
        }
        return found;
    }

    private static async Task<ZipArchive> Exported(TestState state, TestPerson person, string caseId)
    {
        await Until(() => state.Get<Sequencer>().MaySign);
        await state.Get<Sequencer>().Advance();
        var bundle = new MemoryStream();
        using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = caseId, Purpose = "supervision" });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        return new ZipArchive(bundle, ZipArchiveMode.Read);
    }

    private static Task Until(Func<bool> reached) => Until(() => Task.FromResult(reached()));

    private static async Task Until(Func<Task<bool>> reached)
    {
        for (var i = 0; i < 2400; i++)
        {
            if (await reached())
                return;
            await Task.Delay(50);
        }
        Assert.True(await reached(), "not reached");
    }
}
