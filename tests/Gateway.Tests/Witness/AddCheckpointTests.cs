using System.Text;
using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Gateway.Witness;
using Xunit;

namespace Gateway.Tests.Witness;

/// <summary>The witness: XB's log asks XA to cosign, over XB's own mutual TLS. XB's second log is kept by hand.</summary>
public sealed class AddCheckpointTests
{
    [Fact]
    public async Task A_checkpoint_that_grew_is_cosigned_and_the_copy_shows_it()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(5);
        var first = await world.Caller.SubmitWhenReady(log.Submission(0));
        Assert.Equal(200, first.Status);
        Cosigned(world, log, first);
        log.Grow(300);
        var second = await world.Caller.Submit(log.Submission(5));
        Assert.Equal(200, second.Status);
        Cosigned(world, log, second);
        var copy = await world.Caller.Copy(log.Origin);
        Assert.Equal(200, copy.Status);
        var policy = TlogPolicy.Compose(world.Log.Card.Card.Log!.LogKeys(new LogName("XB", 2026, 7)), [new PolicyWitness("XA", world.Witness.Card.Card.Log!.CosignerKeys("XA")[0])], 1);
        var witnessed = policy.Verify(SignedNote.Read(Encoding.UTF8.GetBytes(copy.Text)).Value, world.Witness.Clock.GetUtcNow()).Value;
        Assert.Equal(305, witnessed.Checkpoint.Size);
        // The same again gives a fresh time, and nothing moves.
        Assert.Equal(200, (await world.Caller.Submit(log.Submission(305))).Status);
    }

    [Fact]
    public async Task Each_mistake_has_its_status_in_the_order_of_the_protocol()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(6);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        log.Grow(10);
        var good = log.Submission(6);

        Assert.Equal(400, (await world.Caller.Submit("old 6\n"u8.ToArray())).Status);
        Assert.Equal(400, (await world.Caller.Submit(log.Submission(17, 16))).Status);
        var unknown = new TestLog(world.Log.Get<Gateway.Keys.LogKeys>(), new LogName("XC", 2026).Origin).Grow(3);
        Assert.Equal(404, (await world.Caller.Submit(unknown.Submission(0))).Status);
        var own = new TestLog(world.Witness.Get<Gateway.Keys.LogKeys>(), new LogName("XA", 2026, 7).Origin).Grow(3);
        Assert.Equal(404, (await world.Caller.Submit(own.Submission(0))).Status);
        // Signed with the keys of another State, under XB's origin.
        var forged = new TestLog(world.Witness.Get<Gateway.Keys.LogKeys>(), log.Origin).Grow(20);
        Assert.Equal(403, (await world.Caller.Submit(forged.Submission(6))).Status);
        // Genuine signatures under another text.
        var bent = SignedNote.Compose(SignedNote.Read(good.Note).Value.Text, SignedNote.Read(log.Note(6)).Value.Signatures).Bytes;
        Assert.Equal(403, (await world.Caller.Submit(good with { Note = bent })).Status);
        var other = await world.Caller.Submit(log.Submission(5));
        Assert.Equal((409, "6\n", WitnessReply.SizeType), (other.Status, other.Text, other.ContentType));
        Assert.Equal(422, (await world.Caller.Submit(good with { Proof = [] })).Status);
        Assert.Equal(422, (await world.Caller.Submit(good with { Proof = [.. good.Proof.Reverse()] })).Status);
        Assert.Equal(413, (await world.Caller.Submit(new byte[CheckpointSubmission.MaxBytes + 1])).Status);
        // None of that moved anything.
        Assert.Equal(6, world.Held(log)!.Size);
        Assert.Equal(200, (await world.Caller.Submit(good)).Status);
    }

    [Fact]
    public async Task A_fork_that_one_witness_sees_is_shown_to_the_others()
    {
        await using var states = await ThreeStates.Start(json => json["Witness"] = new System.Text.Json.Nodes.JsonObject { ["CompareMinutes"] = 1440 });
        var (one, two, liar) = (states.One, states.Two, states.Third);
        var log = TestLog.Of(liar).Grow(30);
        var fork = log.Fork(29).Grow(1);
        using var toOne = new WitnessCaller(one, liar.Tls);
        using var toTwo = new WitnessCaller(two, liar.Tls);
        // Each has cosigned one story; the first is shown the other one, too, while the second is away.
        Assert.Equal(200, (await toTwo.SubmitWhenReady(log.Submission(0))).Status);
        await two.Stop();
        Assert.Equal(200, (await toOne.SubmitWhenReady(log.Submission(0))).Status);
        Assert.Equal(409, (await toOne.SubmitWhenReady(fork.Submission(0))).Status);
        await Eventually.Holds(() => one.Get<Alarms>().All.Any(a => a.Code == AlarmCode.LOG_FORKED && a.Subject == log.Origin));
        await two.Start();
        Assert.DoesNotContain(two.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_FORKED);
        await Eventually.Holds(() =>
        {
            states.Clock.Offset += TimeSpan.FromSeconds(30);
            return two.Get<Alarms>().All.Any(a => a.Code == AlarmCode.LOG_FORKED && a.Subject == log.Origin);
        });
        var proof = Assert.Single(two.Get<Database>().Read(LogConflicts.All), c => c.Origin == log.Origin);
        Assert.Equal(("XA", ConflictKind.ROOTS), (proof.Source, proof.Kind));
        // Its own gateway knows nothing of that log, and keeps nothing of it.
        Assert.Empty(liar.Get<Database>().Read(LogConflicts.All));
    }

    [Fact]
    public async Task A_first_checkpoint_comes_without_a_proof()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(9);
        var submission = log.Submission(4);
        Assert.Equal(422, (await world.Caller.SubmitWhenReady(submission with { Old = 0 })).Status);
        Assert.Null(world.Held(log));
    }

    [Fact]
    public async Task Two_roots_of_one_size_are_kept_as_proof_and_the_log_is_never_cosigned_again()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(20);
        var fork = log.Fork(10).Grow(10);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        var refused = await world.Caller.Submit(fork.Submission(20));
        Assert.Equal(409, refused.Status);
        Assert.NotEqual(WitnessReply.SizeType, refused.ContentType);

        await world.Restart();
        var conflict = Assert.Single(world.Witness.Get<Database>().Read(LogConflicts.All));
        Assert.Equal(ConflictKind.ROOTS, conflict.Kind);
        // Anybody can check the two files with XB's card alone.
        var keys = world.Log.Card.Card.Log!.LogKeys(new LogName("XB", 2026, 7));
        var (one, two) = (VerifiedCheckpoint.Open(conflict.First, keys).Value.Checkpoint, VerifiedCheckpoint.Open(conflict.Second, keys).Value.Checkpoint);
        Assert.Equal((log.Origin, 20, log.Origin, 20), (one.Origin, one.Size, two.Origin, two.Size));
        Assert.NotEqual(one.Root, two.Root);
        await Eventually.Holds(() => world.Witness.Get<Alarms>().All.Any(a => a.Code == AlarmCode.LOG_FORKED && a.Subject == log.Origin));
        // Not even the honest continuation.
        Assert.Equal(403, (await world.Caller.SubmitWhenReady(log.Grow(5).Submission(20))).Status);
        Assert.Equal(20, world.Held(log)!.Size);
        Assert.Equal(1, world.Witness.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'log.conflict'")));
    }

    [Fact]
    public async Task A_fork_is_found_out_even_behind_the_newest_checkpoint()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(10);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        log.Grow(10);
        Assert.Equal(200, (await world.Caller.Submit(log.Submission(10))).Status);
        // Of size 10 and signed, but not the one that was shown before.
        Assert.Equal(409, (await world.Caller.Submit(log.Fork(5).Grow(5).Submission(0))).Status);
        Assert.Equal(ConflictKind.ROOTS, Assert.Single(world.Witness.Get<Database>().Read(LogConflicts.All)).Kind);
    }

    [Fact]
    public async Task A_log_that_cannot_prove_its_growth_is_named_until_it_can()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(10);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        var stranger = log.Fork(9).Grow(20);
        Assert.Equal(422, (await world.Caller.Submit(stranger.Submission(10))).Status);
        Assert.Contains(world.Witness.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_NOT_GROWN);
        Assert.Equal(ConflictKind.GROWTH, Assert.Single(world.Witness.Get<Database>().Read(LogConflicts.All)).Kind);
        Assert.Equal(200, (await world.Caller.Submit(log.Grow(3).Submission(10))).Status);
        Assert.DoesNotContain(world.Witness.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_NOT_GROWN);
        Assert.Single(world.Witness.Get<Database>().Read(LogConflicts.All));
    }

    [Fact]
    public async Task A_bad_proof_beside_an_honest_note_accuses_nobody()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(10);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        await using var other = await TestState.Running("XC", world.Clock);
        await TestState.Introduce(world.Witness, other);
        using var caller = new WitnessCaller(world.Witness, other.Tls);
        // The newest checkpoint of XB, as any peer may read it, with a proof of something else; then one that XC got from XB and lays no proof beside.
        var junk = log.Submission(10) with { Proof = [Digest.Of("junk"u8)] };
        Assert.Equal(422, (await caller.Submit(junk)).Status);
        Assert.Equal(422, (await world.Caller.Submit(junk)).Status);
        Assert.Equal(422, (await caller.Submit(log.Grow(3).Submission(10) with { Proof = [] })).Status);
        Assert.Empty(world.Witness.Get<Database>().Read(LogConflicts.All));
        Assert.DoesNotContain(world.Witness.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_NOT_GROWN);
        Assert.Equal(200, (await world.Caller.Submit(log.Submission(10))).Status);
    }

    [Fact]
    public async Task Of_a_log_whose_fork_is_proved_nothing_more_is_kept()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(20);
        var fork = log.Fork(10).Grow(10);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        Assert.Equal(409, (await world.Caller.Submit(fork.Submission(20))).Status);
        var before = Kept(world, log);
        for (var i = 0; i < 5; i++)
            Assert.NotEqual(200, (await world.Caller.Submit(fork.Grow(1).Submission(20))).Status);
        Assert.NotEqual(200, (await world.Caller.Submit(log.Fork(5).Grow(15).Submission(20))).Status);
        Assert.Equal(before, Kept(world, log));
    }

    [Fact]
    public async Task A_log_that_never_proves_its_growth_fills_nothing()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(10);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        for (var i = 0; i < LogConflicts.GrowthsPerLog + 5; i++)
            Assert.Equal(422, (await world.Caller.Submit(log.Fork(9).Grow(i + 20).Submission(10))).Status);
        Assert.Equal(LogConflicts.GrowthsPerLog, world.Witness.Get<Database>().Read(LogConflicts.All).Count);
        Assert.Contains(world.Witness.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_NOT_GROWN);
        Assert.Equal(200, (await world.Caller.Submit(log.Grow(3).Submission(10))).Status);
    }

    [Fact]
    public async Task A_State_that_begins_logs_without_end_is_not_kept_in_mind_without_end()
    {
        await using var world = await World.Start();
        await world.Caller.SubmitWhenReady(TestLog.Of(world.Log).Grow(1).Submission(0));
        var keys = world.Log.Get<Gateway.Keys.LogKeys>();
        // The size is wrong, so that nothing is cosigned: what is refused is kept in mind all the same.
        for (var i = 0; i < WitnessRows.MaxLogsPerState + 10; i++)
            Assert.Equal(409, (await world.Caller.Submit(new TestLog(keys, new LogName("XB", 2020 + (i % 7), 10 + (i / 7)).Origin).Grow(2).Submission(1))).Status);
        var database = world.Witness.Get<Database>();
        Assert.Equal(WitnessRows.MaxLogsPerState, database.Read(s => s.Number("SELECT count(DISTINCT origin) FROM seen_checkpoints WHERE origin LIKE 'gateway-log/XB/%'")));
        Assert.Equal(403, (await world.Caller.Submit(new TestLog(keys, new LogName("XB", 2026, 98).Origin).Grow(1).Submission(0))).Status);
        // A log that is witnessed already goes on.
        Assert.Equal(409, (await world.Caller.Submit(TestLog.Of(world.Log).Grow(2).Submission(0))).Status);
    }

    [Fact]
    public async Task A_State_that_begins_a_log_beside_the_one_of_the_year_is_cosigned_named_once_and_after_a_restart_too()
    {
        await using var world = await World.Start();
        var keys = world.Log.Get<Gateway.Keys.LogKeys>();
        var log = TestLog.Of(world.Log, 2).Grow(5);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        Assert.Equal(200, (await world.Caller.Submit(log.Grow(5).Submission(5))).Status);
        Assert.Equal(["BEGUN"], Told(world, log.Origin));
        Assert.Contains(log.Origin, Second(world)!, StringComparison.Ordinal);
        // Of a year that is over for long, and of one that is far off; not the one of the year that begins.
        var (past, coming, far) = (new TestLog(keys, new LogName("XB", 2024).Origin).Grow(2), new TestLog(keys, new LogName("XB", 2027).Origin).Grow(2), new TestLog(keys, new LogName("XB", 2028).Origin).Grow(2));
        foreach (var other in new[] { past, coming, far })
            Assert.Equal(200, (await world.Caller.Submit(other.Submission(0))).Status);
        Assert.Equal(["BEGUN"], Told(world, past.Origin));
        Assert.Empty(Told(world, coming.Origin));
        Assert.Equal(["BEGUN"], Told(world, far.Origin));

        await world.Restart();
        await Eventually.Holds(() => Second(world) is not null);
        // Who looked into it ends the alarm, until there is something new.
        await world.Witness.Client(world.Witness.Administrator).ConfirmLedgerAsync(new ConfirmLedgerRequest { LookedInto = "XB", Reason = "they restored their database" });
        Assert.DoesNotContain(far.Origin, Second(world) ?? "", StringComparison.Ordinal);
        var another = TestLog.Of(world.Log, 3).Grow(2);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(another.Submission(0))).Status);
        Assert.Contains(another.Origin, Second(world)!, StringComparison.Ordinal);
        Assert.DoesNotContain(far.Origin, Second(world)!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_goes_on_after_a_later_one_was_begun_is_cosigned_and_named_once_and_the_last_of_a_year_is_not()
    {
        await using var world = await World.Start();
        var keys = world.Log.Get<Gateway.Keys.LogKeys>();
        // What ends with its year may be shown late, once; what goes on then does not end.
        var (old, next) = (new TestLog(keys, new LogName("XB", 2026, 2).Origin).Grow(3), new TestLog(keys, new LogName("XB", 2027).Origin).Grow(3));
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(old.Submission(0))).Status);
        Assert.Equal(200, (await world.Caller.Submit(next.Submission(0))).Status);
        Assert.Equal(200, (await world.Caller.Submit(old.Submission(3))).Status);
        Assert.Equal(200, (await world.Caller.Submit(old.Grow(3).Submission(3))).Status);
        Assert.Equal(["BEGUN"], Told(world, old.Origin));
        for (var size = 6; size < 9; size++)
            Assert.Equal(200, (await world.Caller.Submit(old.Grow(1).Submission(size))).Status);
        Assert.Equal(["BEGUN", "RESUMED"], Told(world, old.Origin));
        Assert.Contains(old.Origin, Second(world)!, StringComparison.Ordinal);
        // Within a year a further log is begun because the one before was lost: nothing of it is left to show.
        var (lost, further) = (new TestLog(keys, new LogName("XB", 2026, 3).Origin).Grow(3), new TestLog(keys, new LogName("XB", 2026, 4).Origin).Grow(3));
        foreach (var log in new[] { lost, further })
            Assert.Equal(200, (await world.Caller.Submit(log.Submission(0))).Status);
        Assert.Equal(200, (await world.Caller.Submit(lost.Grow(1).Submission(3))).Status);
        Assert.Contains("RESUMED", Told(world, lost.Origin));
    }

    [Fact]
    public async Task Of_a_long_note_only_the_lines_of_the_log_are_kept_and_a_long_text_is_refused()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(4);
        var note = SignedNote.Read(log.Note()).Value;
        var foreign = Enumerable.Range(0, 60).Select(i => new NoteSignature($"stranger-{i}", (uint)i + 1, new byte[300]));
        var padded = SignedNote.Compose(note.Text, [.. note.Signatures, .. foreign]).Bytes;
        Assert.True(padded.Length > KnownLog.MaxNoteBytes);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0) with { Note = padded })).Status);
        Assert.InRange(world.Witness.Get<Database>().Read(s => s.Number("SELECT max(length(note)) FROM seen_checkpoints")), 1, KnownLog.MaxNoteBytes);

        var text = new Checkpoint(log.Origin, 4, log.Root(4), [new string('x', KnownLog.MaxNoteBytes)]).Write();
        var longText = SignedNote.Compose(text, world.Log.Get<Gateway.Keys.LogKeys>().SignCheckpoint(log.Origin, text)).Bytes;
        Assert.Equal(400, (await world.Caller.Submit(log.Submission(4) with { Note = longText })).Status);
    }

    [Fact]
    public async Task Of_many_submissions_at_once_one_wins_and_nothing_is_rolled_back()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(10);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        log.Grow(30);
        var replies = await Task.WhenAll(Enumerable.Range(11, 30).Select(size => Task.Run(async () => (Size: size, Reply: await world.Caller.Submit(log.Submission(10, size))))));
        var won = Assert.Single(replies, r => r.Reply.Status == 200);
        Assert.All(replies.Where(r => r.Size != won.Size), r => Assert.Equal((409, $"{won.Size}\n"), (r.Reply.Status, r.Reply.Text)));
        Assert.Equal(won.Size, world.Held(log)!.Size);
    }

    [Fact]
    public async Task Who_died_before_the_answer_arrived_finds_its_way_again()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(10);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        await world.Restart();
        // The log never heard of its cosignature: it repeats, is told the size, and repeats from there.
        var told = await world.Caller.SubmitWhenReady(log.Submission(0));
        Assert.Equal((409, "10\n"), (told.Status, told.Text));
        Assert.Equal(200, (await world.Caller.Submit(log.Submission(10))).Status);
    }

    [Fact]
    public async Task A_witness_that_was_just_started_cosigns_nothing_before_it_has_compared()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(3);
        await world.Caller.SubmitWhenReady(log.Submission(0));
        world.Witness.Get<WitnessMemory>().Doubt("restored from a backup");
        var reply = await world.Caller.Submit(log.Grow(1).Submission(3));
        Assert.Equal(503, reply.Status);
        Assert.Contains("restored", reply.Text, StringComparison.Ordinal);
        Assert.Equal(3, world.Held(log)!.Size);
    }

    [Fact]
    public async Task A_peer_that_calls_too_often_waits_and_others_do_not()
    {
        await using var world = await World.Start(json => json["Witness"] = new System.Text.Json.Nodes.JsonObject { ["CallsPerMinute"] = 10 });
        var statuses = new List<int>();
        for (var i = 0; i < 30; i++)
            statuses.Add((await world.Caller.Copy("gateway-log/XC/2026")).Status);
        Assert.Contains(429, statuses);
        var auditor = await world.Witness.AddUser("auditor", "XA-CA", "AUDITOR");
        using var caller = new WitnessCaller(world.Witness, auditor.Client, asUser: true);
        Assert.Equal(404, (await caller.Copy("gateway-log/XC/2026")).Status);
    }

    [Fact]
    public async Task Only_peers_submit_and_of_our_own_people_only_auditors_read()
    {
        await using var world = await World.Start();
        var log = TestLog.Of(world.Log).Grow(3);
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(log.Submission(0))).Status);
        using var administrator = new WitnessCaller(world.Witness, world.Witness.Administrator.Client, asUser: true);
        Assert.Equal(403, (await administrator.Copy(log.Origin)).Status);
        Assert.Equal(403, (await administrator.Submit(log.Submission(3))).Status);
        var auditor = await world.Witness.AddUser("auditor", "XA-CA", "AUDITOR");
        using var reading = new WitnessCaller(world.Witness, auditor.Client, asUser: true);
        Assert.Equal(200, (await reading.Copy(log.Origin)).Status);
        Assert.Equal(403, (await reading.Submit(log.Submission(3))).Status);
        // A peer that is blocked is out at once.
        await world.Witness.Client(world.Witness.Administrator).BlockPeerAsync(new BlockPeerRequest { State = "XB", Reason = "test" });
        await Assert.ThrowsAsync<HttpRequestException>(() => world.Caller.Submit(log.Submission(3)));
    }

    /// <summary>What the audit records say of a log that stands beside another.</summary>
    private static List<string> Told(World world, string origin) => world.Witness.Get<Database>().Read(s => s.Query("SELECT body FROM audit_records WHERE act = 'log.second' ORDER BY idx", row => row.Bytes(0)))
        .Select(body => DocumentReader.Read(body, AuditRecord.Type, 1, AuditRecord.Read).Value.Detail!.Split(' '))
        .Where(words => words[1] == origin).Select(words => words[0]).ToList();

    private static string? Second(World world) => world.Witness.Get<Alarms>().All.SingleOrDefault(a => a.Code.ToString() == "LOG_SECOND" && a.Subject == "XB")?.Text;

    private static (long Seen, long Conflicts, long Records) Kept(World world, TestLog log) => world.Witness.Get<Database>().Read(s => (
        s.Number("SELECT count(*) FROM seen_checkpoints WHERE origin = $1", log.Origin), s.Number("SELECT count(*) FROM log_conflicts"), s.Number("SELECT count(*) FROM audit_records WHERE act = 'log.conflict'")));

    private static void Cosigned(World world, TestLog log, WitnessReply reply)
    {
        var note = SignedNote.Read(log.Note()).Value.With(NoteSignature.ReadLines(Encoding.UTF8.GetBytes(reply.Text)).Value).Value;
        var cosignature = Assert.Single(note.Verify(world.Witness.Card.Card.Log!.CosignerKeys("XA")).Value);
        Assert.InRange(cosignature.Time!.Value, world.Witness.Clock.GetUtcNow().AddMinutes(-1), world.Witness.Clock.GetUtcNow().AddSeconds(1));
    }
}
