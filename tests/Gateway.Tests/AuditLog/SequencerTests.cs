using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Storage;
using Xunit;

namespace Gateway.Tests.AuditLog;

public sealed class SequencerTests
{
    [Fact]
    public async Task Checkpoints_cover_what_was_appended_and_are_signed_by_all_keys()
    {
        await using var log = new LogFolder();
        Assert.Null(await log.Sequencer.Advance());
        Assert.Equal(700, await log.Append(700));
        var row = (await log.Sequencer.Advance())!;
        Assert.Null(await log.Sequencer.Advance());
        var verified = log.Verified(row);
        Assert.Equal((log.Name.Origin, 700L, row.Root), (verified.Checkpoint.Origin, verified.Checkpoint.Size, verified.Checkpoint.Root));
        Assert.Equal([NoteAlgorithm.Ed25519, NoteAlgorithm.EcdsaP256], verified.Note.Verify(log.Keys.Card.LogKeys(log.Name)).Value.Select(v => v.Key.Algorithm));
        var builder = new TreeBuilder();
        for (var i = 0; i < 700; i++)
            builder.Add(new LogLeaf(LeafKind.receipt, LogFolder.DigestOf(i)).Hash);
        Assert.Equal(builder.Root, row.Root);
        Assert.Equal(2, log.Data.Read(s => s.Number("SELECT count(*) FROM log_nodes")));
    }

    [Fact]
    public async Task Opened_again_before_or_after_a_checkpoint_the_log_goes_on_with_the_same_roots_and_notes()
    {
        await using var log = new LogFolder();
        var (builder, signed) = (new TreeBuilder(), new Dictionary<long, CheckpointRow>());
        log.Sequencer.Published += (_, row) => signed.Add(row.Size, row);
        for (var round = 0; round < 12; round++)
        {
            for (var i = await log.Append(1 + (round * 37)); builder.Count < i;)
                builder.Add(new LogLeaf(LeafKind.receipt, LogFolder.DigestOf(builder.Count)).Hash);
            // Before sequencing: the rows are there, the checkpoint is not.
            if (round % 3 == 0)
                await log.Restart();
            var row = (await log.Sequencer.Advance())!;
            Assert.Equal((builder.Count, builder.Root), (row.Size, row.Root));
            // After the commit, before anybody was told: the same note is there to be sent again.
            if (round % 3 == 1)
            {
                await log.Restart();
                Assert.Null(await log.Sequencer.Advance());
                Assert.Equal(row.Note, log.Data.Read(Checkpoints.Latest)!.Newest);
            }
        }
    }

    [Fact]
    public async Task Every_checkpoint_is_consistent_with_every_later_one()
    {
        await using var log = new LogFolder();
        var rows = new List<CheckpointRow>();
        foreach (var count in new[] { 1, 2, 253, 1, 300, 5 })
        {
            await log.Append(count);
            rows.Add((await log.Sequencer.Advance())!);
        }
        var epoch = log.Data.Read(LogEpoch.Current)!;
        foreach (var (older, newer) in rows.SelectMany((r, i) => rows.Skip(i).Select(n => (r, n))))
        {
            var proof = log.Data.Read(s => new LogTree(s, epoch).Consistency(older.Size, newer.Size));
            Assert.True(ConsistencyProof.Verify((ulong)older.Size, (ulong)newer.Size, older.Root, newer.Root, proof));
            Assert.Equal(older.Root, log.Data.Read(s => new LogTree(s, epoch).Root(older.Size)));
        }
    }

    [Fact]
    public async Task Of_two_sequencers_on_one_database_one_stops()
    {
        await using var log = new LogFolder();
        await log.Append(3);
        using var second = new Sequencer(log.Data, log.Keys, "XA", log.Clock);
        await log.Sequencer.Advance();
        await log.Append(1);
        await second.Advance();
        await log.Append(1);
        var error = await Assert.ThrowsAsync<LedgerBrokenException>(log.Sequencer.Advance);
        Assert.Contains("two gateways work on one log", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, log.Data.Read(Checkpoints.Latest)!.Size);
    }

    [Theory]
    [InlineData("DELETE FROM log_leaves WHERE idx = 600", "the leaf is missing")]
    [InlineData("DELETE FROM log_leaves WHERE idx > 690", "the tail is cut")]
    [InlineData("DELETE FROM log_nodes WHERE idx = 1", "a hash is missing")]
    [InlineData("UPDATE log_nodes SET hash = randomblob(32) WHERE idx = 1", "a hash was changed")]
    [InlineData("UPDATE log_leaves SET sha256 = randomblob(32) WHERE idx = 650", "a leaf was changed")]
    [InlineData("UPDATE log_leaves SET kind = 'received' WHERE idx = 650", "a kind was changed")]
    [InlineData("UPDATE log_checkpoints SET root = randomblob(32)", "the root was changed")]
    public async Task A_log_that_is_not_what_was_signed_is_never_signed_again(string change, string what)
    {
        await using var log = new LogFolder();
        await log.Append(700);
        await log.Sequencer.Advance();
        await log.Data.Write(Lane.Ordinary, s => s.Run(change));
        await log.Restart();
        // An index that was freed would be filled again by the next act.
        if (!change.Contains("> 690", StringComparison.Ordinal))
            await log.Append(1);
        await Assert.ThrowsAsync<LedgerBrokenException>(log.Sequencer.Advance);
        Assert.True(log.Data.Read(s => s.Number("SELECT count(*) FROM log_checkpoints")) == 1, what);
    }

    [Fact]
    public async Task A_new_year_begins_a_log_whose_first_leaf_names_the_last_checkpoint_of_the_old_one()
    {
        await using var log = new LogFolder();
        var old = log.Name;
        await log.Append(5);
        await log.Sequencer.Advance();
        await log.Append(2);
        log.Clock.Offset += TimeSpan.FromDays(366);
        Assert.NotEqual(old, log.Name);
        // One look is not enough, nor is a short while: what was recorded goes into the log of before.
        Assert.Equal(7, (await log.Sequencer.Advance())!.Size);
        log.Clock.Offset += Sequencer.YearHolds - TimeSpan.FromMinutes(1);
        Assert.Null(await log.Sequencer.Advance());
        Assert.Null(log.Sequencer.Doubt);
        log.Clock.Offset += TimeSpan.FromMinutes(1);
        var first = (await log.Sequencer.Advance())!;
        var (before, epoch) = log.Data.Read(s => (LogEpoch.Find(s, old.Origin)!, LogEpoch.Current(s)!));
        var last = log.Data.Read(s => Checkpoints.Latest(s, before))!;
        Assert.Equal((7L, 7L), (last.Size, log.Data.Read(before.Leaves)));
        Assert.Equal(old.Origin, log.Verified(last, old).Checkpoint.Origin);
        Assert.Equal((7L, 1L), (epoch.First, first.Size));
        Assert.Equal(new LogLeaf(LeafKind.epoch, Digest.Of(last.Note)).Hash, log.Verified(first).Checkpoint.Root);
        // Leaves of both years are proved in their own logs.
        await log.Append(1);
        await log.Sequencer.Advance();
        Assert.Equal(old, log.Proofs.For(6).Value.Origin);
        Assert.Equal((log.Name, 1L), (log.Proofs.For(8).Value.Origin, log.Proofs.For(8).Value.File.Index));
        // After a restart nothing begins anew.
        await log.Restart();
        Assert.Null(await log.Sequencer.Advance());
        Assert.Equal(2, log.Data.Read(LogEpoch.All).Count);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_by_years_or_for_a_moment_gives_the_log_no_other_name()
    {
        await using var log = new LogFolder();
        var name = log.Name;
        await log.Append(1);
        await log.Sequencer.Advance();
        // For years, for as long as it likes: people are told, and the log goes on under its name.
        log.Clock.Offset = TimeSpan.FromDays(366 * 5);
        for (var i = 0; i < 3; i++)
        {
            await log.Append(1);
            Assert.NotNull(await log.Sequencer.Advance());
            log.Clock.Offset += TimeSpan.FromDays(1);
        }
        Assert.Contains(name.Origin, log.Sequencer.Doubt, StringComparison.Ordinal);
        // By one year again and again, and right in between: never for an hour without a break.
        for (var i = 0; i < 3; i++)
        {
            log.Clock.Offset = TimeSpan.FromDays(366) + (TimeSpan.FromHours(2) * i);
            await log.Append(1);
            Assert.NotNull(await log.Sequencer.Advance());
            Assert.Null(log.Sequencer.Doubt);
            log.Clock.Offset = TimeSpan.Zero;
            Assert.Null(await log.Sequencer.Advance());
        }
        Assert.Equal(name, Assert.Single(log.Data.Read(LogEpoch.All)).Name);
    }

    [Fact]
    public async Task After_a_loss_nothing_more_is_signed_under_the_old_name()
    {
        await using var log = new LogFolder();
        await log.Append(5);
        var last = (await log.Sequencer.Advance())!;
        await log.Data.Write(Lane.Ordinary, s => Checkpoints.AddCosignatures(s, LogEpoch.Current(s)!, last.Size, [], witnessed: true, log.Clock.GetUtcNow()));
        await log.Append(2);
        await log.Data.Write(Lane.Ordinary, s => LogEpoch.Renew(s, null, log.Clock.GetUtcNow()));
        var row = (await log.Sequencer.Advance())!;
        var next = log.Name with { Number = 2 };
        Assert.Equal((next.Origin, 3L), (log.Verified(row, next).Checkpoint.Origin, row.Size));
        var before = log.Data.Read(s => LogEpoch.Find(s, log.Name.Origin)!);
        Assert.Equal((5L, 5L), (log.Data.Read(s => Checkpoints.Latest(s, before))!.Size, log.Data.Read(before.Leaves)));
        Assert.Equal([log.Name, next, next, next], new long[] { 4, 5, 6, 7 }.Select(i => log.Proofs.For(i).Value.Origin));
        Assert.Equal(new LogLeaf(LeafKind.epoch, Digest.Of(last.Note)), log.Proofs.For(7).Value.Leaf);
        await log.Data.Write(Lane.Ordinary, s => LogEpoch.Renew(s, null, log.Clock.GetUtcNow()));
        Assert.Equal($"{log.Name.Origin}-3", log.Verified((await log.Sequencer.Advance())!, log.Name with { Number = 3 }).Checkpoint.Origin);
    }

    [Fact]
    public async Task After_a_loss_the_new_log_takes_what_nobody_has_witnessed_and_names_what_a_peer_has_shown()
    {
        await using var log = new LogFolder();
        await log.Append(5);
        var witnessed = (await log.Sequencer.Advance())!;
        await log.Data.Write(Lane.Ordinary, s => Checkpoints.AddCosignatures(s, LogEpoch.Current(s)!, witnessed.Size, [], witnessed: true, log.Clock.GetUtcNow()));
        await log.Append(3);
        await log.Sequencer.Advance();
        await log.Append(2);
        var text = new Checkpoint(log.Name.Origin, 99, Digest.Of("what a peer has shown"u8)).Write();
        var lost = SignedNote.Compose(text, log.Keys.SignCheckpoint(log.Name.Origin, text)).Bytes.ToArray();
        await log.Data.Write(Lane.Ordinary, s => LogEpoch.Renew(s, lost, log.Clock.GetUtcNow()));
        var next = log.Name with { Number = 2 };
        Assert.Equal(6, log.Verified((await log.Sequencer.Advance())!, next).Checkpoint.Size);
        Assert.Equal([log.Name, next, next, next], new long[] { 4, 5, 7, 10 }.Select(i => log.Proofs.For(i).Value.Origin));
        Assert.Equal(new LogLeaf(LeafKind.epoch, Digest.Of(lost)), log.Proofs.For(10).Value.Leaf);
        Assert.Equal(lost, Assert.Single(log.Data.Read(LogEpoch.Followed)));
    }

    [Fact]
    public async Task Nothing_is_signed_while_it_is_not_known_what_others_hold()
    {
        await using var log = new LogFolder();
        await log.Append(1);
        var open = false;
        using var gated = new Sequencer(log.Data, log.Keys, "XA", log.Clock, () => open);
        Assert.Null(await gated.Advance());
        Assert.Equal(0, log.Data.Read(s => s.Number("SELECT count(*) FROM log_checkpoints")));
        open = true;
        Assert.Equal(1, (await gated.Advance())!.Size);
    }

    [Fact]
    public async Task A_backlog_is_put_under_several_checkpoints()
    {
        await using var log = new LogFolder();
        await log.Data.Write(Lane.Ordinary, s => s.Run("""
            WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 70000) INSERT INTO log_leaves (idx, kind, sha256) SELECT i, 'audit', zeroblob(32) FROM n
            """));
        Assert.Equal(65_536, (await log.Sequencer.Advance())!.Size);
        Assert.Equal(70_001, (await log.Sequencer.Advance())!.Size);
        Assert.Null(await log.Sequencer.Advance());
        var proof = log.Proofs.For(69_000).Value;
        Assert.True(proof.File.VerifyUnwitnessed(new LogLeaf(LeafKind.audit, default), log.Keys.Card.LogKeys(log.Name)).Succeeded);
    }
}
