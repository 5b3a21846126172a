using Gateway.AuditLog;
using Gateway.Evidence;
using Gateway.Integrity;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Storage;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Tests.Integrity;

/// <summary>A real exchange is stored once; each test changes one thing in a copy of the files and sees exactly that finding.</summary>
public sealed class LedgerCheckTests(LedgerCheckTests.Exchanged stored) : IClassFixture<LedgerCheckTests.Exchanged>
{
    /// <summary>XB's data folder after a case with an item, sent, taken and opened by XA; and XA's.</summary>
    public sealed class Exchanged : IAsyncLifetime
    {
        internal string Sender { get; private set; } = "";

        internal string Receiver { get; private set; } = "";

        internal string Case { get; private set; } = "";

        internal string Item { get; private set; } = "";

        /// <summary>The last receipt of XB in the case, sealed anew by XB itself with another predecessor.</summary>
        internal byte[] Detached { get; private set; } = [];

        private string _folder = "";

        public async Task InitializeAsync()
        {
            await using var flow = await EvidenceFlow.Start();
            var states = flow.States;
            // So many leaves that hashes of full tiles are stored.
            await states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
            {
                for (var i = 0; i < 300; i++)
                    new AuditRecord("test.filler", "gateway", "").Append(s, states.Asked.Clock.GetUtcNow());
            });
            // A second case, so that things can be swapped between cases.
            var other = await states.SendPreserve();
            await states.Settled(other.CaseId, 3);
            var item = await flow.Attached((2 << 20) + 5);
            await flow.Decide(flow.First, item, "PROPOSE");
            await flow.Decide(flow.Second, item, "APPROVE");
            await flow.Reaches(states.Asking, states.DutyOfficer, item, "COMPLETE");
            await states.Asked.Client(states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = flow.Sent.Message, Purpose = "reading" });
            await states.Settled(flow.Sent.CaseId, 7);
            await Eventually.Holds(() => states.Asked.Get<Sequencer>().MaySign);
            await states.Asked.Get<Sequencer>().Advance();
            // Each has cosigned for the other.
            await Eventually.Holds(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT EXISTS (SELECT 1 FROM log_checkpoints WHERE cosigned IS NOT NULL) AND EXISTS (SELECT 1 FROM witnessed_logs)")) == 1);
            var last = states.Asked.Get<Database>().Read(s => s.One("SELECT der FROM receipts WHERE chain = $1 AND issuer = 'XB' ORDER BY seq DESC", r => r.GetFieldValue<byte[]>(0), flow.Sent.CaseId))!;
            var receipt = Receipt.Read(SignedDocument.Open(last).Value.Content).Value;
            Detached = SignedDocument.Sign((receipt with { Previous = Digest.Of("another"u8) }).Write(), states.Asked.Get<KeyRing>().Seal(receipt.Issuer.Authority), receipt.Time);
            await states.Asked.Stop();
            await states.Asking.Stop();
            _folder = Directory.CreateTempSubdirectory("ledger-").FullName;
            (Sender, Receiver) = (Path.Combine(_folder, "xb"), Path.Combine(_folder, "xa"));
            CopyFolder(states.Asked.DataFolder, Sender);
            CopyFolder(states.Asking.DataFolder, Receiver);
            (Case, Item) = (flow.Sent.CaseId, item.Id);
        }

        public Task DisposeAsync()
        {
            Directory.Delete(_folder, recursive: true);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public void What_was_stored_by_an_exchange_is_good_on_both_sides()
    {
        foreach (var folder in new[] { stored.Sender, stored.Receiver })
        {
            var report = CheckLedger.Run(folder, chunks: true);
            Assert.True(report.Good, string.Join('\n', report.Findings));
            Assert.True(report.Checked["receipts"] >= 10);
            Assert.Equal(3, report.Checked["chunks"]);
            Assert.True(report.Checked["leaves"] >= report.Checked["receipts"] + report.Checked["records"]);
        }
    }

    // Flips
    [Theory]
    [InlineData("UPDATE receipts SET der = CAST(substr(der, 1, length(der) - 9) || x'00' || substr(der, length(der) - 7) AS BLOB) WHERE chain = $case AND issuer = 'XB' AND seq = 1", "RECEIPT_ALTERED", "receipt XB 1")]
    [InlineData("UPDATE receipts SET der = CAST(substr(der, 1, 400) || x'00' || substr(der, 402) AS BLOB) WHERE chain = $case AND issuer = 'XA' AND seq = 1", "RECEIPT_ALTERED", "receipt XA 1")]
    [InlineData("UPDATE receipts SET sha256 = randomblob(32) WHERE chain = $case AND issuer = 'XB' AND seq = 2", "RECEIPT_ALTERED", "receipt XB 2")]
    [InlineData("UPDATE receipts SET event = 'RelayRejection' WHERE chain = $case AND issuer = 'XB' AND seq = 1", "RECEIPT_ALTERED", "receipt XB 1")]
    [InlineData("UPDATE receipts SET time = '2001-01-01T00:00:00.000Z' WHERE chain = $case AND issuer = 'XB' AND seq = 1", "RECEIPT_ALTERED", "receipt XB 1")]
    [InlineData("UPDATE chains SET sha256 = randomblob(32) WHERE chain = $case AND issuer = 'XB'", "HEAD_ALTERED", "head of XB in $case")]
    [InlineData("UPDATE chains SET seq = seq + 1 WHERE chain = $case AND issuer = 'XA'", "HEAD_ALTERED", "head of XA in $case")]
    [InlineData("UPDATE log_leaves SET sha256 = randomblob(32) WHERE idx = (SELECT idx FROM audit_records WHERE act = 'item.attached')", "RECORD_ALTERED", "record item.attached")]
    [InlineData("UPDATE audit_records SET body = CAST(replace(CAST(body AS TEXT), 'technician', 'technicien') AS BLOB) WHERE act = 'item.attached'", "RECORD_ALTERED", "record item.attached")]
    [InlineData("UPDATE audit_records SET act = 'item.mislaid' WHERE act = 'item.attached'", "RECORD_ALTERED", "record item.mislaid")]
    [InlineData("UPDATE messages SET body = CAST(substr(body, 1, 99) || randomblob(8) || substr(body, 108) AS BLOB) WHERE case_id = $case AND about = 'REQUEST'", "MESSAGE_ALTERED", "message $message")]
    [InlineData("UPDATE messages SET cover_sha256 = randomblob(32) WHERE case_id = $case AND about = 'REQUEST'", "MESSAGE_ALTERED", "message $message")]
    [InlineData("UPDATE messages SET body = NULL WHERE case_id = $case AND about = 'REQUEST'", "MESSAGE_ALTERED", "message $message")]
    [InlineData("UPDATE messages SET sender = 'XA-CA' WHERE case_id = $case AND about = 'REQUEST'", "MESSAGE_ALTERED", "message $message")]
    [InlineData("UPDATE cases SET peer_authority = 'XA-CA' WHERE id = $case", "CASE_ALTERED", "case $case")]
    [InlineData("UPDATE cases SET reference = 'RQ-XA-2026-999999' WHERE id = $case", "CASE_ALTERED", "case $case")]
    [InlineData("UPDATE items SET manifest = CAST(substr(manifest, 1, 99) || randomblob(8) || substr(manifest, 108) AS BLOB)", "ITEM_ALTERED", "item $item")]
    [InlineData("UPDATE items SET manifest_sha256 = randomblob(32)", "ITEM_ALTERED", "item $item")]
    [InlineData("UPDATE items SET file_name = 'other.dd'", "ITEM_ALTERED", "item $item")]
    [InlineData("UPDATE item_decisions SET document = CAST(substr(document, 1, 99) || randomblob(8) || substr(document, 108) AS BLOB) WHERE seq = 2", "DECISION_ALTERED", "decision 2 of $item")]
    [InlineData("UPDATE peer_cards SET der = CAST(substr(der, 1, 499) || x'00' || substr(der, 501) AS BLOB) WHERE state = 'XA'", "CARD_ALTERED", "card XA 1")]
    [InlineData("UPDATE custody_events SET document = CAST(substr(document, 1, 99) || randomblob(8) || substr(document, 108) AS BLOB) WHERE seq = 1", "CUSTODY_ALTERED", "custody event 1 of XB for $item")]
    [InlineData("UPDATE custody_events SET kind = 'SENT' WHERE seq = 1", "CUSTODY_ALTERED", "custody event 1 of XB for $item")]
    public void A_flip_is_named(string sql, string fault, string record) => Expect(sql, fault, record);

    // Removals
    [Theory]
    [InlineData("DELETE FROM receipts WHERE chain = $case AND issuer = 'XB' AND seq = 1", "RECEIPT_MISSING", "receipt XB 1")]
    [InlineData("DELETE FROM receipts WHERE chain = $case AND issuer = 'XB' AND seq = (SELECT seq FROM chains WHERE chain = $case AND issuer = 'XB')", "RECEIPT_MISSING", "receipt XB $last")]
    [InlineData("DELETE FROM receipts WHERE chain = $case AND issuer = 'XA' AND seq = 1", "RECEIPT_MISSING", "receipt XA 1")]
    [InlineData("DELETE FROM chains WHERE chain = $case AND issuer = 'XA'", "HEAD_ALTERED", "head of XA in $case")]
    [InlineData("DELETE FROM log_leaves WHERE idx = (SELECT idx FROM audit_records WHERE act = 'item.attached')", "LEAF_MISSING", "record item.attached")]
    [InlineData("DELETE FROM audit_records WHERE act = 'item.attached'", "RECORD_MISSING", "record $record")]
    [InlineData("DELETE FROM messages WHERE case_id = $case AND about = 'REQUEST'", "MESSAGE_MISSING", "message $message")]
    [InlineData("DELETE FROM cases WHERE id = $case", "CASE_MISSING", "case $case")]
    [InlineData("DELETE FROM item_decisions WHERE seq = 1", "DECISION_MISSING", "decision $proposal of $item")]
    public void A_removal_is_named(string sql, string fault, string record) => Expect(sql, fault, record);

    // Insertions
    [Theory]
    [InlineData("INSERT INTO log_leaves (idx, kind, sha256) SELECT max(idx) + 1, 'received', randomblob(32) FROM log_leaves", "LEAF_WITHOUT_RECORD", "leaf $leaves")]
    [InlineData("INSERT INTO log_leaves (idx, kind, sha256) SELECT max(idx) + 1, 'receipt', (SELECT sha256 FROM receipts WHERE issuer = 'XB' LIMIT 1) FROM log_leaves", "LEAF_WITHOUT_RECORD", "leaf $leaves")]
    [InlineData("INSERT INTO receipts SELECT chain, issuer, 99, sha256, event, message, item, time, der, leaf FROM receipts WHERE chain = $case AND issuer = 'XA' AND seq = 1", "RECEIPT_MISPLACED", "receipt XA 99")]
    [InlineData("INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body) SELECT '00000000000000000000000000000000', direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body FROM messages WHERE case_id = $case AND about = 'REQUEST'", "MESSAGE_ALTERED", "message 00000000000000000000000000000000")]
    [InlineData("INSERT INTO audit_records (idx, act, time, body) SELECT max(idx) + 1, 'user.added', '2026-01-01T00:00:00.000Z', body FROM audit_records", "RECORD_WITHOUT_LEAF", "record user.added")]
    public void An_insertion_is_named(string sql, string fault, string record) => Expect(sql, fault, record);

    // Each with its place in the log and its case, where it has them.
    [Theory]
    [InlineData("DELETE FROM custody_events WHERE (item, state, seq) = (SELECT item, state, max(seq) FROM custody_events)", "CUSTODY_MISSING", "custody event $custody", false, "SELECT leaf FROM custody_events WHERE (item, state, seq) = (SELECT item, state, max(seq) FROM custody_events)")]
    [InlineData("UPDATE log_nodes SET hash = randomblob(32) WHERE level = 1 AND idx = 0", "TILE_ALTERED", "hash 1/0 of $log", false, null)]
    [InlineData("INSERT INTO log_nodes (epoch, level, idx, hash) SELECT epoch, 1, 77, hash FROM log_nodes WHERE level = 1 AND idx = 0", "TILE_ALTERED", "hash 1/77 of $log", false, null)]
    [InlineData("DELETE FROM log_nodes WHERE level = 1 AND idx = 0", "TILE_MISSING", "hash 1/0 of $log", false, null)]
    [InlineData("INSERT INTO log_leaves (idx, kind, sha256) SELECT max(idx) + 1, 'epoch', x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff' FROM log_leaves", "CHECKPOINT_MISSING", "checkpoint 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", false, "SELECT max(idx) + 1 FROM log_leaves")]
    [InlineData("INSERT INTO erasures (id, issuer, case_id, time, told, der) SELECT '00000000000000000000000000000000', 'XB', id, opened, 1, x'3000' FROM cases WHERE id = $case", "ERASURE_ALTERED", "erasure 00000000000000000000000000000000 of XB", true, null)]
    [InlineData("INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body) SELECT '00000000000000000000000000000000', 'IN', sender, recipient, case_id, about, kind, urgency, cover_sha256, 'REJECTED', created, NULL FROM messages WHERE case_id = $case AND about = 'REQUEST'", "MESSAGE_WITHOUT_RECEIPT", "message 00000000000000000000000000000000", true, null)]
    public void A_fault_is_named_with_its_place_and_case(string sql, string fault, string record, bool ofCase, string? index)
    {
        var finding = Assert.Single(Changed(sql).Findings);
        Assert.Equal((fault, Fill(record), ofCase ? stored.Case : null, index is null ? null : (long?)Number(index)), (finding.Fault.ToString(), finding.Record, finding.Case, finding.Index));
    }

    [Fact]
    public void An_item_whose_rows_are_all_gone_is_missed_by_its_receipts_and_its_chunks()
    {
        var report = Changed("DELETE FROM item_decisions; DELETE FROM items WHERE id IN (SELECT item FROM receipts WHERE chain = $case)");
        Assert.Contains((LedgerFault.ITEM_MISSING, $"item {stored.Item}", stored.Case, null), report.Findings.Select(f => (f.Fault, f.Record, f.Case, f.Index)));
        Assert.Contains((LedgerFault.CHUNKS_WITHOUT_ITEM, $"item {stored.Item}"), report.Findings.Select(f => (f.Fault, f.Record)));
    }

    [Fact]
    public void A_receipt_that_its_issuer_sealed_anew_with_another_predecessor_breaks_the_chain()
    {
        var place = Number("SELECT idx FROM log_leaves WHERE sha256 = (SELECT r.sha256 FROM receipts r JOIN chains c ON c.chain = r.chain AND c.issuer = r.issuer AND c.seq = r.seq WHERE r.chain = $case AND r.issuer = 'XB')");
        var report = Changed($"""
            UPDATE log_leaves SET sha256 = x'{Digest.Of(stored.Detached)}' WHERE idx = {place};
            UPDATE receipts SET der = x'{Convert.ToHexString(stored.Detached)}', sha256 = x'{Digest.Of(stored.Detached)}' WHERE chain = $case AND issuer = 'XB' AND seq = (SELECT seq FROM chains WHERE chain = $case AND issuer = 'XB');
            UPDATE chains SET sha256 = x'{Digest.Of(stored.Detached)}' WHERE chain = $case AND issuer = 'XB'
            """);
        Assert.Contains((LedgerFault.CHAIN_BROKEN, Fill("receipt XB $last"), stored.Case, (long?)place), report.Findings.Select(f => (f.Fault, f.Record, f.Case, f.Index)));
        // Receipts of the other side that name it are no longer about what is stored.
        Assert.All(report.Findings, f => Assert.Equal(LedgerFault.CHAIN_BROKEN, f.Fault));
    }

    [Fact]
    public void Receipts_that_changed_places_are_both_named()
    {
        var report = Changed("""
            CREATE TEMP TABLE two AS SELECT seq, der, sha256 FROM receipts WHERE chain = $case AND issuer = 'XB' AND seq IN (1, 2);
            UPDATE receipts SET der = (SELECT der FROM two WHERE seq = 3 - receipts.seq), sha256 = (SELECT sha256 FROM two WHERE seq = 3 - receipts.seq) WHERE chain = $case AND issuer = 'XB' AND seq IN (1, 2)
            """);
        Assert.Equal([(LedgerFault.RECEIPT_MISPLACED, "receipt XB 1"), (LedgerFault.RECEIPT_MISPLACED, "receipt XB 2")], report.Findings.Select(f => (f.Fault, f.Record)));
    }

    [Fact]
    public void Records_that_changed_places_are_both_named()
    {
        var report = Changed("""
            CREATE TEMP TABLE two AS SELECT idx, body FROM audit_records WHERE act IN ('release.propose', 'release.approve');
            UPDATE audit_records SET body = (SELECT body FROM two WHERE idx <> audit_records.idx) WHERE idx IN (SELECT idx FROM two)
            """);
        Assert.Equal([LedgerFault.RECORD_ALTERED, LedgerFault.RECORD_ALTERED], report.Findings.Select(f => f.Fault));
        Assert.All(report.Findings, f => Assert.Equal(stored.Case, f.Case));
        Assert.All(report.Findings, f => Assert.NotNull(f.Index));
    }

    [Fact]
    public void Two_leaves_of_one_chain_that_changed_places_are_named()
    {
        var report = Changed("""
            CREATE TEMP TABLE two AS SELECT l.idx, l.sha256 FROM log_leaves l JOIN receipts r ON r.sha256 = l.sha256 WHERE r.chain = $case AND r.issuer = 'XB' AND r.seq IN (1, 2);
            UPDATE log_leaves SET sha256 = (SELECT sha256 FROM two WHERE idx <> log_leaves.idx) WHERE idx IN (SELECT idx FROM two)
            """);
        Assert.Equal([(LedgerFault.LEAF_ALTERED, "receipt XB 1"), (LedgerFault.LEAF_ALTERED, "receipt XB 2")], report.Findings.Select(f => (f.Fault, f.Record)));
    }

    [Theory]
    [InlineData("UPDATE log_checkpoints SET root = randomblob(32) WHERE size = (SELECT max(size) FROM log_checkpoints)", "CHECKPOINT_ALTERED")]
    [InlineData("UPDATE log_checkpoints SET note = CAST(replace(CAST(note AS TEXT), 'XB/', 'XC/') AS BLOB) WHERE size = (SELECT max(size) FROM log_checkpoints)", "CHECKPOINT_ALTERED")]
    public void A_checkpoint_that_was_changed_is_named(string sql, string fault)
    {
        var finding = Assert.Single(Changed(sql).Findings);
        Assert.Equal((fault, true), (finding.Fault.ToString(), finding.Record.StartsWith($"checkpoint {Text("SELECT max(size) FROM log_checkpoints")} of ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Leaves_and_records_that_were_exchanged_together_do_not_give_the_root_of_a_checkpoint()
    {
        var report = Changed("""
            CREATE TEMP TABLE two AS SELECT a.idx, a.act, a.case_id, a.time, a.body, l.sha256 FROM audit_records a JOIN log_leaves l ON l.idx = a.idx WHERE a.act IN ('release.propose', 'release.approve');
            UPDATE log_leaves SET sha256 = (SELECT sha256 FROM two WHERE idx <> log_leaves.idx) WHERE idx IN (SELECT idx FROM two);
            UPDATE audit_records SET (act, case_id, time, body) = (SELECT act, case_id, time, body FROM two WHERE idx <> audit_records.idx) WHERE idx IN (SELECT idx FROM two)
            """);
        Assert.NotEmpty(report.Findings);
        Assert.All(report.Findings, f => Assert.Equal(LedgerFault.LEAF_ALTERED, f.Fault));
        Assert.All(report.Findings, f => Assert.StartsWith("checkpoint ", f.Record, StringComparison.Ordinal));
    }

    [Fact]
    public void The_end_of_the_log_cut_off_together_with_its_records_is_found_by_the_checkpoint()
    {
        var report = Changed("DELETE FROM audit_records WHERE idx = (SELECT max(idx) FROM log_leaves); DELETE FROM log_leaves WHERE idx = (SELECT max(idx) FROM log_leaves)");
        Assert.Contains(report.Findings, f => f.Fault is LedgerFault.LEAF_MISSING or LedgerFault.RECEIPT_WITHOUT_LEAF);
    }

    [Theory]
    [InlineData("UPDATE log_leaves SET sha256 = randomblob(32) WHERE sha256 = (SELECT sha256 FROM receipts WHERE chain = $case AND issuer = 'XB' AND seq = 2)", "LEAF_ALTERED")]
    [InlineData("DELETE FROM log_leaves WHERE sha256 = (SELECT sha256 FROM receipts WHERE chain = $case AND issuer = 'XB' AND seq = 2)", "LEAF_MISSING")]
    public void A_leaf_of_a_receipt_is_named_with_its_place_and_its_receipt(string sql, string fault)
    {
        var place = Number("SELECT idx FROM log_leaves WHERE sha256 = (SELECT sha256 FROM receipts WHERE chain = $case AND issuer = 'XB' AND seq = 2)");
        var finding = Assert.Single(Changed(sql).Findings);
        Assert.Equal((fault, "receipt XB 2", stored.Case, (long?)place), (finding.Fault.ToString(), finding.Record, finding.Case, finding.Index));
    }

    [Fact]
    public void A_key_that_is_gone_or_of_another_case_is_named()
    {
        var gone = Changed("DELETE FROM case_keys WHERE case_id = $case", database: Path.Combine(CaseKeys.FolderName, CaseKeys.FileName));
        Assert.Equal((LedgerFault.CASE_KEY_MISSING, $"case {stored.Case}"), Assert.Single(gone.Findings.Select(f => (f.Fault, f.Record))));
        var swapped = Changed("UPDATE case_keys SET wrapped = (SELECT wrapped FROM case_keys WHERE case_id <> $case) WHERE case_id = $case", database: Path.Combine(CaseKeys.FolderName, CaseKeys.FileName));
        Assert.Equal((LedgerFault.CASE_KEY_ALTERED, $"case {stored.Case}"), Assert.Single(swapped.Findings.Select(f => (f.Fault, f.Record))));
    }

    [Fact]
    public void A_flipped_chunk_is_named_and_a_cut_one_too()
    {
        var flipped = Changed(folder =>
        {
            var path = Directory.GetFiles(Path.Combine(folder, "items"), "000000.chunks", SearchOption.AllDirectories).Single();
            using var file = new FileStream(path, FileMode.Open);
            file.Position = (1 << 20) + 5000;
            var one = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(one ^ 1));
        });
        Assert.Equal((LedgerFault.CHUNK_ALTERED, $"chunk 1 of {stored.Item}", stored.Case), Assert.Single(flipped.Findings.Select(f => (f.Fault, f.Record, f.Case))));
        var cut = Changed(folder =>
        {
            var path = Directory.GetFiles(Path.Combine(folder, "items"), "000000.chunks", SearchOption.AllDirectories).Single();
            using var file = new FileStream(path, FileMode.Open);
            file.SetLength(file.Length - 1);
        });
        Assert.Equal((LedgerFault.CHUNK_MISSING, $"chunk 2 of {stored.Item}"), Assert.Single(cut.Findings.Select(f => (f.Fault, f.Record))));
    }

    [Fact]
    public void Chunks_changed_together_with_their_leaf_list_do_not_make_the_root_of_the_manifest()
    {
        var report = Changed(folder =>
        {
            var chunks = Directory.GetFiles(Path.Combine(folder, "items"), "000000.chunks", SearchOption.AllDirectories).Single();
            using var files = new ItemFiles(Path.GetDirectoryName(chunks)!);
            var chunk = new byte[files.StoredLength(1)];
            files.Read(1, chunk);
            chunk[100] ^= 1;
            files.Write(1, chunk);
            files.WriteLeaf(1, Protocol.MerkleTree.TreeHash.Leaf(chunk));
            files.Flush();
        });
        Assert.Equal((LedgerFault.CHUNK_ALTERED, $"chunks of {stored.Item}"), Assert.Single(report.Findings.Select(f => (f.Fault, f.Record))));
    }

    [Fact]
    public void Chunks_that_belong_to_nothing_are_named()
    {
        var stray = new string('a', 32);
        var report = Changed(folder => Directory.CreateDirectory(Path.Combine(folder, "items", "aa", stray)));
        Assert.Equal((LedgerFault.CHUNKS_WITHOUT_ITEM, $"item {stray}"), Assert.Single(report.Findings.Select(f => (f.Fault, f.Record))));
    }

    [Fact]
    public void Pages_that_do_not_hang_together_are_named_and_nothing_else_is_decided()
    {
        var report = Changed(folder =>
        {
            using var file = new FileStream(Path.Combine(folder, Database.FileName), FileMode.Open);
            file.Position = file.Length / 4096 / 2 * 4096;
            file.Write(new byte[4096]);
        });
        Assert.All(report.Findings, f => Assert.Equal(LedgerFault.DATABASE_DAMAGED, f.Fault));
        Assert.NotEmpty(report.Findings);
    }

    [Theory]
    [InlineData("UPDATE log_checkpoints SET cosigned = CAST(replace(CAST(cosigned AS TEXT), 'XB/', 'XC/') AS BLOB) WHERE (epoch, size) = (SELECT epoch, max(size) FROM log_checkpoints WHERE cosigned IS NOT NULL)", "COSIGNATURE_ALTERED", "checkpoint ")]
    [InlineData("UPDATE log_checkpoints SET cosigned = CAST(substr(cosigned, 1, length(cosigned) - 20) || 'AAAA' || substr(cosigned, length(cosigned) - 15) AS BLOB) WHERE (epoch, size) = (SELECT epoch, max(size) FROM log_checkpoints WHERE cosigned IS NOT NULL)", "COSIGNATURE_ALTERED", "checkpoint ")]
    [InlineData("UPDATE log_checkpoints SET cosigned = NULL, witnessed = '2026-01-01T00:00:00.000Z' WHERE (epoch, size) = (SELECT epoch, max(size) FROM log_checkpoints WHERE cosigned IS NOT NULL)", "COSIGNATURE_ALTERED", "checkpoint ")]
    [InlineData("INSERT INTO time_stamps SELECT '$log', size, 'tsa-1', note, x'3003020100', time FROM log_checkpoints LIMIT 1", "TIME_STAMP_ALTERED", "time-stamp tsa-1 of ")]
    [InlineData("UPDATE witnessed_logs SET note = CAST(substr(note, 1, length(note) - 20) || 'AAAA' || substr(note, length(note) - 15) AS BLOB) WHERE state = 'XA'", "WITNESSED_ALTERED", "witnessed log gateway-log/XA/")]
    [InlineData("UPDATE witnessed_logs SET root = randomblob(32) WHERE state = 'XA'", "WITNESSED_ALTERED", "witnessed log gateway-log/XA/")]
    [InlineData("INSERT INTO log_conflicts SELECT origin, state, 'ROOTS', size, size, root, note, note, 'XA', time FROM witnessed_logs WHERE state = 'XA'", "CONFLICT_ALTERED", "conflict gateway-log/XA/")]
    [InlineData("INSERT INTO log_conflicts SELECT origin, state, 'GROWTH', size, size, root, note, CAST(replace(CAST(note AS TEXT), 'XA/', 'XC/') AS BLOB), 'XA', time FROM witnessed_logs WHERE state = 'XA'", "CONFLICT_ALTERED", "conflict gateway-log/XA/")]
    [InlineData("INSERT INTO receipt_forks (chain, issuer, seq, der, seen) SELECT chain, issuer, seq, der, time FROM receipts WHERE chain = $case AND issuer = 'XA' AND seq = 1", "FORK_ALTERED", "second receipt XA 1")]
    [InlineData("INSERT INTO receipt_forks (chain, issuer, seq, der, seen) SELECT chain, issuer, 1, der, time FROM receipts WHERE chain = $case AND issuer = 'XA' AND seq = 2", "FORK_ALTERED", "second receipt XA 1")]
    [InlineData("INSERT INTO receipt_forks (chain, issuer, seq, der, seen) SELECT chain, issuer, seq, CAST(substr(der, 1, length(der) - 9) || x'00' || substr(der, length(der) - 7) AS BLOB), time FROM receipts WHERE chain = $case AND issuer = 'XA' AND seq = 1", "FORK_ALTERED", "second receipt XA 1")]
    public void What_others_signed_for_us_and_what_is_kept_against_them_must_verify(string sql, string fault, string record)
    {
        var finding = Assert.Single(Changed(sql.Replace("$log", Fill("$log"), StringComparison.Ordinal)).Findings);
        Assert.Equal((fault, true), (finding.Fault.ToString(), finding.Record.StartsWith(record, StringComparison.Ordinal)));
    }

    // Whoever writes into the database can say that a checkpoint was witnessed enough; the policy that is kept beside it, and exported with it, asks for more.
    [Theory]
    [InlineData(2, "does not meet the policy that was kept for it")]
    [InlineData(0, "cannot be read")]
    public void What_is_said_to_be_witnessed_meets_the_policy_that_was_kept_for_it(int asks, string words)
    {
        var policy = TlogPolicy.Read(Convert.FromHexString(Text("SELECT hex(policy) FROM witness_policies ORDER BY size DESC LIMIT 1"))).Value;
        var other = NoteKey.Of("gateway-witness/XC", NoteAlgorithm.Cosignature, policy.Logs.First(k => k.Algorithm == NoteAlgorithm.Ed25519).PublicKey).Value;
        var more = asks == 0 ? "no policy"u8.ToArray() : TlogPolicy.Compose(policy.Logs, [.. policy.Witnesses, new PolicyWitness("XC", other)], asks).Write();
        var finding = Assert.Single(Changed($"INSERT INTO witness_policies (origin, size, policy) SELECT '{Fill("$log")}', max(size), x'{Convert.ToHexString(more)}' FROM log_checkpoints WHERE witnessed IS NOT NULL ON CONFLICT (origin, size) DO UPDATE SET policy = excluded.policy").Findings);
        Assert.Equal(LedgerFault.COSIGNATURE_ALTERED, finding.Fault);
        Assert.Contains(words, finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_genuine_second_receipt_is_no_fault()
    {
        var report = Changed($"INSERT INTO receipt_forks (chain, issuer, seq, der, seen) SELECT chain, issuer, seq, x'{Convert.ToHexString(stored.Detached)}', time FROM receipts WHERE chain = $case AND issuer = 'XB' ORDER BY seq DESC LIMIT 1");
        Assert.True(report.Good, string.Join('\n', report.Findings));
        Assert.Equal(1, report.Checked["second receipts"]);
        Assert.True(report.Checked["cosigned checkpoints"] > 0 && report.Checked["policies of witnesses"] > 0 && report.Checked["witnessed logs"] > 0);
    }

    private void Expect(string sql, string fault, string record)
    {
        var finding = Assert.Single(Changed(sql).Findings.Select(f => (f.Fault.ToString(), f.Record)));
        Assert.Equal((fault, Fill(record)), finding);
    }

    private string Fill(string text) => text
        .Replace("$case", stored.Case, StringComparison.Ordinal)
        .Replace("$item", stored.Item, StringComparison.Ordinal)
        .Replace("$message", Text("SELECT request_message FROM cases WHERE id = $case"), StringComparison.Ordinal)
        .Replace("$leaves", Text("SELECT count(*) FROM log_leaves"), StringComparison.Ordinal)
        .Replace("$last", Text("SELECT seq FROM chains WHERE chain = $case AND issuer = 'XB'"), StringComparison.Ordinal)
        .Replace("$record", Text("SELECT lower(hex(sha256)) FROM log_leaves WHERE idx = (SELECT idx FROM audit_records WHERE act = 'item.attached')"), StringComparison.Ordinal)
        .Replace("$custody", Text("SELECT lower(hex(sha256)) FROM custody_events WHERE (item, state, seq) = (SELECT item, state, max(seq) FROM custody_events)"), StringComparison.Ordinal)
        .Replace("$log", Text("SELECT origin FROM log_epochs ORDER BY epoch LIMIT 1"), StringComparison.Ordinal)
        .Replace("$proposal", Text("SELECT substr(CAST(body AS TEXT), instr(CAST(body AS TEXT), '\"detail\":\"') + 10, 64) FROM audit_records WHERE act = 'release.propose'"), StringComparison.Ordinal);

    private LedgerReport Changed(string sql, string database = Database.FileName) => Changed(folder =>
    {
        using var connection = Open(Path.Combine(folder, database));
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$case", stored.Case);
        Assert.True(command.ExecuteNonQuery() > 0, "the change changed nothing");
    });

    private LedgerReport Changed(Action<string> change)
    {
        var folder = Directory.CreateTempSubdirectory("ledger-copy-").FullName;
        try
        {
            CopyFolder(stored.Sender, folder);
            change(folder);
            return CheckLedger.Run(folder, chunks: true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string Text(string sql)
    {
        using var connection = Open(Path.Combine(stored.Sender, Database.FileName));
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$case", stored.Case);
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture)!;
    }

    private long Number(string sql) => long.Parse(Text(sql), System.Globalization.CultureInfo.InvariantCulture);

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, ForeignKeys = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
