using Gateway.AuditLog;
using Gateway.Integrity;
using Gateway.Keys;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.AuditLog;

public sealed class LogProofsTests
{
    [Fact]
    public async Task A_leaf_is_proved_once_a_checkpoint_covers_it()
    {
        await using var log = new LogFolder();
        Assert.Equal(RefusalCode.NotFound, log.Proofs.For(0).Refusal?.Code);
        await log.Append(10);
        Assert.Equal(RefusalCode.LogProofPending, log.Proofs.For(9).Refusal?.Code);
        await log.Sequencer.Advance();
        await log.Append(1);
        Assert.Equal(RefusalCode.LogProofPending, log.Proofs.For(10).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, log.Proofs.For(11).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, log.Proofs.For(-1).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, log.Proofs.For(LogFolder.DigestOf(11)).Refusal?.Code);
        await log.Data.Write(Lane.Ordinary, s => Leaves.Append(s, LeafKind.custody, Digest.Of("an event"u8)));
        Assert.Equal(RefusalCode.LogProofPending, log.Proofs.For(Digest.Of("an event"u8)).Refusal?.Code);
        for (var i = 0; i < 10; i++)
        {
            var proof = log.Proofs.For(i).Value;
            Assert.Equal(new LogLeaf(LeafKind.receipt, LogFolder.DigestOf(i)), proof.Leaf);
            Assert.False(proof.IsWitnessed);
            var read = TlogProof.Read(proof.File.Write()).Value;
            Assert.Equal(10, read.VerifyUnwitnessed(proof.Leaf, log.Keys.Card.LogKeys(log.Name)).Value.Checkpoint.Size);
        }
    }

    [Fact]
    public async Task Whatever_was_logged_is_found_by_its_digest_and_an_erasure_by_its_id()
    {
        await using var log = new LogFolder();
        await log.Append(3);
        var (digests, id, der, report) = (new Dictionary<LeafKind, Digest>(), Ids.New(), new byte[] { 1, 2, 3 }, Digest.Of("report"u8));
        await log.Data.Write(Lane.Ordinary, s =>
        {
            foreach (var kind in new[] { LeafKind.anchor, LeafKind.custody, LeafKind.audit })
                Leaves.Append(s, kind, digests[kind] = Digest.Of([(byte)kind]));
            Leaves.Append(s, LeafKind.erasure, digests[LeafKind.erasure] = Digest.Of(der));
            s.Run("INSERT INTO erasures (id, issuer, case_id, time, told, der) VALUES ($1, 'XA', $2, $3, 1, $4)", id, Ids.NewCase("XA"), log.Clock.GetUtcNow(), der);
            new AuditRecord(VerdictRecord.Act, "gateway", Ids.New(), Ids.NewCase("XA"), report.ToString()).Append(s, log.Clock.GetUtcNow());
        });
        await log.Sequencer.Advance();
        foreach (var (kind, sha256) in digests)
            Assert.Equal(new LogLeaf(kind, sha256), log.Proofs.For(sha256).Value.Leaf);
        Assert.Equal(digests[LeafKind.erasure], log.Proofs.ForErasure(id).Value.Leaf.Sha256);
        Assert.Equal(RefusalCode.NotFound, log.Proofs.ForErasure(Ids.New()).Refusal?.Code);
        // The name of a verdict leads to what was logged of it.
        var record = Digest.Of(log.Data.Read(s => s.One("SELECT body FROM audit_records", r => r.GetFieldValue<byte[]>(0)))!);
        Assert.Equal(new LogLeaf(LeafKind.audit, record), log.Proofs.For(record).Value.Leaf);
        var named = log.Proofs.For(report).Refusal!;
        Assert.Equal(RefusalCode.NotFound, named.Code);
        Assert.EndsWith(record.ToString(), named.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_looked_for_by_walking_over_the_log()
    {
        await using var log = new LogFolder();
        Assert.Equal(3, LogProofs.Lookups.Count);
        foreach (var lookup in LogProofs.Lookups)
        {
            var plan = log.Data.Read(s => s.Query($"EXPLAIN QUERY PLAN {lookup}", row => row.GetString(3), Digest.Of("x"u8)));
            Assert.All(plan, step => Assert.DoesNotContain("SCAN", step, StringComparison.Ordinal));
            Assert.Contains(plan, step => step.StartsWith("SEARCH", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_integrity_check_finds_a_leaf_that_its_index_lacks()
    {
        await using var log = new LogFolder();
        CaseKeys.Create(log.Folder);
        const string Schema = "UPDATE sqlite_schema SET sql = replace(sql, $1, $2) WHERE name = 'leaves_by_digest'";
        void Redefine(string from, string to)
        {
            using var raw = new SqliteConnection($"Data Source={Path.Combine(log.Folder, Database.FileName)};Pooling=False");
            raw.Open();
            using var command = raw.CreateCommand();
            command.CommandText = $"PRAGMA writable_schema = ON; {Schema.Replace("$1", $"'{from}'", StringComparison.Ordinal).Replace("$2", $"'{to}'", StringComparison.Ordinal)}; PRAGMA writable_schema = RESET";
            command.ExecuteNonQuery();
        }
        void Insert()
        {
            using var raw = new SqliteConnection($"Data Source={Path.Combine(log.Folder, Database.FileName)};Pooling=False");
            raw.Open();
            using var command = raw.CreateCommand();
            command.CommandText = "INSERT INTO log_leaves (kind, sha256) VALUES ('audit', randomblob(32))";
            command.ExecuteNonQuery();
        }
        Redefine("NOT IN (", "NOT IN (''audit'', ");
        Insert();
        Redefine("''audit'', ", "");
        Assert.Contains(CheckLedger.Run(log.Folder, chunks: false).Findings, f => f.Fault == LedgerFault.DATABASE_DAMAGED && f.ToString().Contains("leaves_by_digest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_proof_is_under_the_first_witnessed_checkpoint_that_covers_its_leaf()
    {
        await using var log = new LogFolder();
        await using var witness = new LogFolder();
        var epoch = default(LogEpoch);
        foreach (var count in new[] { 3, 3, 3 })
        {
            await log.Append(count);
            var row = (await log.Sequencer.Advance())!;
            epoch = log.Data.Read(LogEpoch.Current)!;
            var now = log.Clock.GetUtcNow();
            var lines = witness.Keys.Cosign("XC", SignedNote.Read(row.Note).Value.Text, now);
            // The first stays without a quorum.
            var stored = await log.Data.Write(Lane.Ordinary, s => Checkpoints.AddCosignatures(s, epoch, row.Size, lines, row.Size > 3, now));
            Assert.True(stored!.Newest.AsSpan().StartsWith(row.Note));
            var again = await log.Data.Write(Lane.Ordinary, s => Checkpoints.AddCosignatures(s, epoch, row.Size, lines, true && row.Size > 3, now));
            Assert.Equal(stored.Newest, again!.Newest);
        }
        Assert.Equal(9, log.Data.Read(s => Checkpoints.LatestWitnessed(s, epoch!))!.Size);
        var policy = TlogPolicy.Compose(log.Keys.Card.LogKeys(log.Name), [new PolicyWitness("XC", witness.Keys.Card.CosignerKeys("XC")[0])], 1);
        foreach (var (leaf, size) in new[] { (0, 6L), (5, 6L), (6, 9L), (8, 9L) })
        {
            var proof = log.Proofs.For(leaf).Value;
            Assert.True(proof.IsWitnessed);
            Assert.Equal(size, TlogProof.Read(proof.File.Write()).Value.Verify(proof.Leaf, policy, log.Clock.GetUtcNow()).Value.Checkpoint.Size);
        }
    }

    [Fact]
    public async Task What_rotted_on_the_disk_is_not_handed_out_as_a_proof()
    {
        await using var log = new LogFolder();
        await log.Append(600);
        await log.Sequencer.Advance();
        await log.Data.Write(Lane.Ordinary, s => s.Run("UPDATE log_leaves SET sha256 = randomblob(32) WHERE idx = 100"));
        Assert.Equal(RefusalCode.LogProofMismatch, log.Proofs.For(100).Refusal?.Code);
        Assert.Equal(RefusalCode.LogProofMismatch, log.Proofs.For(101).Refusal?.Code);
        Assert.True(log.Proofs.For(300).Succeeded);
    }

    [Theory]
    [InlineData("UPDATE log_leaves SET sha256 = CAST(x'00' || substr(sha256, 2) AS BLOB) WHERE idx = 300", "LEAF_ALTERED", "tile/0/001", "tile/entries/001")]
    [InlineData("UPDATE log_leaves SET kind = 'received' WHERE idx = 519", "LEAF_ALTERED", "tile/0/002.p/8", "tile/entries/002.p/8")]
    [InlineData("UPDATE log_nodes SET hash = CAST(x'00' || substr(hash, 2) AS BLOB) WHERE level = 1 AND idx = 1", "TILE_ALTERED", "tile/1/000.p/2")]
    [InlineData("DELETE FROM log_leaves WHERE idx = 3", "LEAF_ALTERED", "tile/0/000", "tile/entries/000")]
    [InlineData("DELETE FROM log_nodes WHERE level = 1 AND idx = 1", "TILE_ALTERED", "tile/1/000.p/2")]
    public async Task A_tile_that_rotted_on_the_disk_is_refused_with_an_alarm(string change, string fault, params string[] files)
    {
        await using var log = new LogFolder();
        await log.Append(520);
        await log.Sequencer.Advance();
        var alarms = new Alarms(log.Clock, NullLogger<Alarms>.Instance);
        var show = new ShowLog(log.Data, log.Proofs, log.Keys, (_, _) => [], alarms);
        string[] all = ["checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/8", "tile/0/002.p/5", "tile/1/000.p/2", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001", "tile/entries/002.p/8", "tile/entries/002.p/1"];
        Assert.All(all, f => Assert.True(show.File(log.Name, f).Succeeded, f));
        Assert.All(["tile/0/002", "tile/0/002.p/9", "tile/2/000.p/1", "tile/0/3", ""], f => Assert.Equal(RefusalCode.NotFound, show.File(log.Name, f).Refusal?.Code));
        Assert.Empty(alarms.All);

        await log.Data.Write(Lane.Ordinary, s => Assert.Equal(1, s.Run(change)));
        foreach (var file in files)
        {
            var refusal = show.File(log.Name, file).Refusal;
            Assert.Equal(RefusalCode.LogProofMismatch, refusal?.Code);
            Assert.StartsWith($"{fault} {file} of ", refusal!.Detail, StringComparison.Ordinal);
            var alarm = Assert.Single(alarms.All);
            Assert.Equal((AlarmCode.LEDGER_DAMAGED, refusal.Detail), (alarm.Code, alarm.Text));
        }
        Assert.True(show.File(log.Name, "checkpoint").Succeeded);
    }

    [Fact]
    public async Task Tiles_and_bundles_of_any_size_give_the_root_of_the_checkpoint()
    {
        await using var log = new LogFolder();
        await log.Append(520);
        var row = (await log.Sequencer.Advance())!;
        var epoch = log.Data.Read(LogEpoch.Current)!;
        byte[] Fetch(TilePath path) => log.Data.Read(s => new LogTree(s, epoch).Tile(path, row.Size))!;
        foreach (var size in new[] { 1L, 255, 256, 257, 512, 520 })
        {
            var nodes = Tile.Nodes(size, path => Tile.Read(path, Fetch(path)).Value);
            Assert.Equal(log.Data.Read(s => new LogTree(s, epoch).Root(size)), Gateway.Protocol.MerkleTree.TreeNodes.Root(size, nodes));
        }
        var entries = TilePath.Of(TilePath.Entries, 520).SelectMany(p => EntryBundle.Read(p, Fetch(p)).Value).ToList();
        Assert.Equal(520, entries.Count);
        Assert.Equal(new LogLeaf(LeafKind.receipt, LogFolder.DigestOf(519)), LogLeaf.Read(entries[519].Span).Value);
        Assert.Null(log.Data.Read(s => new LogTree(s, epoch).Tile(new TilePath(0, 2, 9), row.Size)));
        Assert.Null(log.Data.Read(s => new LogTree(s, epoch).Tile(new TilePath(1, 1, 1), row.Size)));
    }

    [Fact]
    public async Task Keys_of_the_log_rotate_with_an_overlap()
    {
        await using var log = new LogFolder();
        foreach (var purpose in new[] { KeyPurpose.Log, KeyPurpose.LogCertificate, KeyPurpose.Cosigner })
            LogKeys.Create(log.Folder, "XA", purpose, log.Clock.GetUtcNow());
        using var both = LogKeys.Load(log.Folder);
        var text = new Checkpoint(log.Name.Origin, 1, LogFolder.DigestOf(0)).Write();
        var note = SignedNote.Compose(text, both.SignCheckpoint(log.Name.Origin, text));
        Assert.Equal(4, note.Verify(both.Card.LogKeys(log.Name)).Value.Count);
        Assert.Equal(2, note.Verify(log.Keys.Card.LogKeys(log.Name)).Value.Count);
        Assert.Equal(2, both.Cosign("XA", text, log.Clock.GetUtcNow()).Count);
        File.Delete(Path.Combine(log.Folder, "keys", "log-0001.key"));
        File.Delete(Path.Combine(log.Folder, "keys", "log-certificate-0001.key"));
        using var next = LogKeys.Load(log.Folder);
        var later = SignedNote.Compose(text, next.SignCheckpoint(log.Name.Origin, text));
        Assert.Equal(2, later.Verify(both.Card.LogKeys(log.Name)).Value.Count);
        Assert.Equal(RefusalCode.NoteSignature, later.Verify(log.Keys.Card.LogKeys(log.Name)).Refusal?.Code);
    }

    [Fact]
    public async Task A_key_that_others_may_read_or_that_is_missing_stops_the_start()
    {
        await using var log = new LogFolder();
        var file = Path.Combine(log.Folder, "keys", "cosigner-0001.key");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            File.SetUnixFileMode(file, (UnixFileMode)0b110_100_000);
            Assert.Contains("chmod 600", Assert.Throws<DatabaseNotUsableException>(() => LogKeys.Load(log.Folder)).Message, StringComparison.Ordinal);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        File.WriteAllText(file, File.ReadAllText(Path.Combine(log.Folder, "keys", "log-certificate-0001.key")));
        Assert.Contains("not an Ed25519 key", Assert.Throws<DatabaseNotUsableException>(() => LogKeys.Load(log.Folder)).Message, StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains("key create --purpose cosigner", Assert.Throws<DatabaseNotUsableException>(() => LogKeys.Load(log.Folder)).Message, StringComparison.Ordinal);
    }
}
