using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Integrity;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Receipts;
using Gateway.Recovery;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Backups;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Witness;
using Gateway.V1;
using Gateway.Witness;
using Xunit;
using static Gateway.Tests.Witness.LogOfState;

namespace Gateway.Tests.Recovery;

/// <summary>A log of which peers hold more than its own database: what follows it, and what is proved of the acts around the loss.</summary>
public sealed class LostLogTests
{
    [Fact]
    public async Task After_a_restore_every_leaf_gets_a_witnessed_proof_and_the_check_of_the_records_finds_nothing()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        using var recipient = RestoreTests.Recipient(states.Asked);
        var before = await states.SendPreserve();
        await states.Settled(before.CaseId, 3);
        await Eventually.Holds(() => IsWitnessed(states.Asked));
        var file = Path.Combine(states.Asked.Folder, "backup");
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", states.Asked.ConfigurationFile, "--out", file)).Code);
        // After the backup the log goes on, and the peer cosigns what is about to be lost.
        var after = await states.SendPreserve();
        await states.Settled(after.CaseId, 3);
        await Eventually.Holds(() => IsWitnessed(states.Asked));
        var lost = states.Asked.Get<OwnLog>().Newest()!;
        await RestoreTests.Gone(states.Asked);
        Assert.Equal(0, (await RestoreTests.Restore(states.Asked, file)).Code);
        await Stray(states.Asked);

        await states.Asked.Start();
        await Eventually.Holds(() => states.Asked.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => states.Asked.Get<LedgerGate>().Why);
        await states.Settled(after.CaseId, 3);
        var next = await states.SendPreserve();
        await states.Settled(next.CaseId, 3);
        await Eventually.Holds(() => IsWitnessed(states.Asked));
        var unproved = states.Asked.Get<Database>().Read(s => Enumerable.Range(0, (int)Leaves.Count(s)).Where(i => !(LogProofs.For(s, i) is { Succeeded: true, Value.IsWitnessed: true })).ToList());
        Assert.Empty(unproved);
        Assert.Empty(CheckLedger.Run(states.Asked.DataFolder, chunks: true).Findings);
        // The log that follows names what the peer holds, not what was left here.
        Assert.Contains(Digest.Of(lost.Note.Span), states.Asked.Get<Database>().Read(s => Leaves.Of(s, LeafKind.epoch)).Select(l => l.Sha256));
    }

    [Fact]
    public async Task A_log_that_a_peer_knows_to_be_longer_is_a_rollback_and_another_follows_when_an_administrator_has_decided()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Eventually.Holds(() => IsWitnessed(states.Asking));
        var origin = Epoch(states.Asking).Name.Origin;
        await states.Asking.Stop();
        var lost = await GoesOn(states, 4);
        await Stray(states.Asking);

        await states.Asking.Start();
        var gate = states.Asking.Get<LedgerGate>();
        // No receipt chain has lost anything: only the log shows it, and before anything is signed.
        await Eventually.Holds(() => gate.Standing != LedgerStanding.COMPARING, () => gate.Why);
        Assert.Equal(LedgerStanding.ROLLBACK, gate.Standing);
        Assert.Contains(states.Asking.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_BEHIND && a.Subject == origin);
        await Refused.By(() => states.SendPreserve(), "T540");
        Assert.Equal(origin, Epoch(states.Asking).Name.Origin);

        // A restart does not make it forget, nor does the peer's silence.
        await states.Asking.Stop();
        await states.Asked.Stop();
        await states.Asking.Start();
        gate = states.Asking.Get<LedgerGate>();
        await Eventually.Holds(() => gate.Standing == LedgerStanding.ROLLBACK, () => gate.Why);
        await states.Asked.Start();
        await Reopen(states.Asking);

        var next = Epoch(states.Asking);
        Assert.Equal(2, next.Name.Number);
        Assert.Contains(Digest.Of(lost.Span), states.Asking.Get<Database>().Read(s => Leaves.Of(s, LeafKind.epoch)).Where(l => l.Leaf >= next.First).Select(l => l.Sha256));
        Assert.DoesNotContain(states.Asking.Get<Alarms>().All, a => a.Code is AlarmCode.LOG_BEHIND or AlarmCode.LEDGER_ROLLBACK);
        var further = await states.SendPreserve();
        await states.Settled(further.CaseId, 3);
        await Eventually.Holds(() => IsWitnessed(states.Asking));
        Assert.Empty(states.Asked.Get<Database>().Read(LogConflicts.All));
        Assert.Empty(CheckLedger.Run(states.Asking.DataFolder, chunks: true).Findings);
        var unproved = states.Asking.Get<Database>().Read(s => Enumerable.Range(0, (int)Leaves.Count(s)).Where(i => !(LogProofs.For(s, i) is { Succeeded: true, Value.IsWitnessed: true })).ToList());
        Assert.Empty(unproved);
    }

    [Fact]
    public async Task What_peers_said_before_a_loss_was_found_does_not_open_the_ledger_again()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        await states.Asking.Stop();
        await states.Asking.Start();
        var (gate, compare) = (states.Asking.Get<LedgerGate>(), states.Asking.Get<CompareHeads>());
        await Eventually.Holds(() => gate.Standing == LedgerStanding.OPEN && IsWitnessed(states.Asking) && compare.Results.GetValueOrDefault("XB") == Comparison.EQUAL, () => gate.Why);
        var origin = Epoch(states.Asking).Name.Origin;
        var log = new TestLog(states.Asking.Get<Gateway.Keys.LogKeys>(), origin).With(states.Asking.Get<Database>().Read(s => Leaves.Read(s, 0, Leaves.Count(s)).Select(l => l.Hash).ToList())).Grow(4);
        // The peer takes connections and says nothing more.
        await states.Asked.Stop();
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, states.Asked.ExchangePort);
        silent.Start();
        var lost = VerifiedCheckpoint.Open(SignedNote.Read(log.Note()).Value, states.Asking.Get<KnownLogs>().Find(origin)!.Keys).Value;
        await states.Asking.Get<LostLog>().Shown(lost, "XB");
        Assert.Equal(LedgerStanding.ROLLBACK, gate.Standing);
        Assert.DoesNotContain(Comparison.EQUAL, compare.Results.Values);
        var administrator = states.Asking.Client(states.Asking.Administrator);
        Assert.DoesNotContain((await administrator.ShowLedgerAsync(new ShowLedgerRequest())).Peers, p => p.Result == "EQUAL");
        await Refused.By(() => administrator.ConfirmLedgerAsync(new ConfirmLedgerRequest { Reason = "the machine was set back" }).ResponseAsync, "T805");
        Assert.Equal(LedgerStanding.ROLLBACK, gate.Standing);
    }

    [Fact]
    public async Task The_name_of_a_log_that_began_after_the_backup_and_was_lost_with_it_is_not_used_again()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        using var recipient = RestoreTests.Recipient(states.Asking);
        await Eventually.Holds(() => IsWitnessed(states.Asking));
        var file = Path.Combine(states.Asking.Folder, "backup");
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", states.Asking.ConfigurationFile, "--out", file)).Code);
        var name = Epoch(states.Asking).Name;
        await states.Asking.Stop();
        await GoesOn(states, 4);
        // Twice another log was begun, and cosigned.
        using (var keys = Gateway.Keys.LogKeys.Load(states.Asking.DataFolder))
        using (var caller = new WitnessCaller(states.Asked, states.Asking.Tls))
        {
            foreach (var number in new[] { 2, 3 })
                Assert.Equal(200, (await caller.Submit(new TestLog(keys, (name with { Number = number }).Origin).Grow(5).Submission(0))).Status);
        }
        await RestoreTests.Gone(states.Asking);
        Assert.Equal(0, (await RestoreTests.Restore(states.Asking, file)).Code);
        await states.Asking.Start();
        await Eventually.Holds(() => states.Asking.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => states.Asking.Get<LedgerGate>().Why);
        await Eventually.Holds(() => IsWitnessed(states.Asking) && Epoch(states.Asking).Name == name with { Number = 4 }, () => Epoch(states.Asking).ToString());
        Assert.Empty(states.Asked.Get<Database>().Read(LogConflicts.All));
        Assert.Empty(CheckLedger.Run(states.Asking.DataFolder, chunks: true).Findings);
    }

    [Fact]
    public async Task A_restored_witness_takes_from_third_States_what_the_log_itself_hides()
    {
        await using var states = await ThreeStates.Start(EverySecond);
        var (one, two, liar) = (states.One, states.Two, states.Third);
        var log = TestLog.Of(liar).Grow(30);
        using var toOne = new WitnessCaller(one, liar.Tls);
        using var toTwo = new WitnessCaller(two, liar.Tls);
        Assert.Equal(200, (await toOne.SubmitWhenReady(log.Submission(0))).Status);
        Assert.Equal(200, (await toTwo.SubmitWhenReady(log.Submission(0))).Status);
        var backup = one.Get<Database>().Read(s => WitnessRows.Find(s, log.Origin))!;
        var fork = log.Fork(30).Grow(20);
        log.Grow(10);
        Assert.Equal(200, (await toOne.Submit(log.Submission(30))).Status);
        Assert.Equal(200, (await toTwo.Submit(log.Submission(30))).Status);
        // The witness is restored from before that, and the State of the log shows it nothing of it.
        await one.Stop();
        await using (var database = Database.Open(one.DataFolder))
        {
            await database.Write(Lane.Ordinary, s =>
            {
                s.Run("DELETE FROM seen_checkpoints WHERE origin = $1 AND size > 30", log.Origin);
                s.RunOne("UPDATE witnessed_logs SET size = $1, root = $2, note = $3 WHERE origin = $4", backup.Size, backup.Root, backup.Note, log.Origin);
                s.Run("INSERT INTO facts (name, value) VALUES ($1, '2026-01-01T00:00:00.000Z')", Database.RestoredFact);
            });
        }
        await one.Start();
        using var again = new WitnessCaller(one, liar.Tls);
        Assert.Equal(409, (await again.SubmitWhenReady(fork.Submission(30))).Status);
        Assert.Equal(40, one.Get<Database>().Read(s => WitnessRows.Find(s, log.Origin))!.Size);
        Assert.Equal(200, (await again.Submit(log.Grow(1).Submission(40))).Status);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(-1, 1)]
    [InlineData(-1, 3)]
    public async Task A_restored_witness_asks_for_logs_that_began_after_its_backup(int year, int number)
    {
        await using var states = await ThreeStates.Start(EverySecond);
        var (one, two, liar) = (states.One, states.Two, states.Third);
        await Eventually.Holds(() => one.Get<Database>().Read(s => WitnessRows.LogsOf(s, "XC")) == 1);
        // Begun by its own gateway after the backup of XA, each followed by the next; cosigned by both.
        var thisYear = Epoch(liar).Name.Year;
        var logs = Enumerable.Range(1, number).Where(n => year < 0 || n > 1).Select(n => new TestLog(liar.Get<Gateway.Keys.LogKeys>(), new LogName("XC", thisYear + year, n).Origin).Grow(30)).ToList();
        using var toOne = new WitnessCaller(one, liar.Tls);
        using var toTwo = new WitnessCaller(two, liar.Tls);
        foreach (var log in logs)
        {
            Assert.Equal(200, (await toOne.SubmitWhenReady(log.Submission(0))).Status);
            Assert.Equal(200, (await toTwo.SubmitWhenReady(log.Submission(0))).Status);
        }
        await one.Stop();
        await using (var database = Database.Open(one.DataFolder))
        {
            await database.Write(Lane.Ordinary, s =>
            {
                foreach (var log in logs)
                {
                    s.Run("DELETE FROM seen_checkpoints WHERE origin = $1", log.Origin);
                    s.RunOne("DELETE FROM witnessed_logs WHERE origin = $1", log.Origin);
                }
                s.Run("INSERT INTO facts (name, value) VALUES ($1, '2026-01-01T00:00:00.000Z')", Database.RestoredFact);
            });
        }
        await one.Start();
        using var again = new WitnessCaller(one, liar.Tls);
        Assert.Equal(409, (await again.SubmitWhenReady(logs[^1].Fork(10).Grow(25).Submission(0))).Status);
        Assert.Equal(30, one.Get<Database>().Read(s => WitnessRows.Find(s, logs[^1].Origin))!.Size);
    }

    /// <summary>What a gateway with the newer database went on to do, before an older copy of it was put back: the peer cosigned it.</summary>
    private static async Task<ReadOnlyMemory<byte>> GoesOn(TwoStates states, int leaves)
    {
        using var keys = Gateway.Keys.LogKeys.Load(states.Asking.DataFolder);
        await using var database = Database.Open(states.Asking.DataFolder);
        var (origin, all) = database.Read(s => (LogEpoch.Current(s)!.Name.Origin, Leaves.Read(s, 0, Leaves.Count(s)).Select(l => l.Hash).ToList()));
        using var caller = new WitnessCaller(states.Asked, states.Asking.Tls);
        var lost = new TestLog(keys, origin).With(all).Grow(leaves).Submission(states.Asked.Get<Database>().Read(s => WitnessRows.Find(s, origin))!.Size);
        Assert.Equal(200, (await caller.Submit(lost)).Status);
        return lost.Note;
    }

    /// <summary>The old database ends with an act that no checkpoint of it covers.</summary>
    private static async Task Stray(TestState state)
    {
        await using var database = Database.Open(state.DataFolder);
        await database.Write(Lane.Ordinary, s => new AuditRecord("test.act", "test", "last").Append(s, state.Clock.GetUtcNow()));
    }
}
