using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Hosting;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.TimeStamps;
using Gateway.TimeStamps;
using Gateway.V1;
using Gateway.Witness;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static Gateway.Tests.Witness.LogKeyFiles;

namespace Gateway.Tests.Witness;

/// <summary>Log key and log certificate rotate as docs/operations.md says, in order or because one was stolen; what the former keys signed stays what it was.</summary>
public sealed class LogKeyRotationTests
{
    [Fact]
    public async Task What_the_former_keys_signed_is_shown_to_witnesses_when_only_the_new_keys_are_left()
    {
        await using var state = await TestState.Initialised();
        var name = await Signed(state, ends: true);
        await Signed(state);
        await Rotate(state);

        await using var again = Database.Open(state.DataFolder);
        using var left = LogKeys.Load(state.DataFolder);
        var log = new OwnLog(again, left);
        Assert.Equal([name.Origin, $"{name.Origin}-2"], log.ToWitness().Select(c => c.Origin));
        Assert.NotNull(log.Signed(name.Origin, log.ToWitness()[0].Size));
        // What nobody of ours has signed is none of ours, as before: neither a card nor the folder names that key.
        using var strangers = new StrangeKeys();
        var text = new Checkpoint(name.Origin, log.ToWitness()[0].Size, log.ToWitness()[0].Row.Root).Write();
        var forged = SignedNote.Compose(text, strangers.Keys.SignCheckpoint(name.Origin, text)).Bytes.ToArray();
        await again.Write(Lane.Ordinary, s => s.RunOne("UPDATE log_checkpoints SET note = $1 WHERE epoch = 1", forged));
        Assert.Throws<LedgerBrokenException>(() => log.Signed(name.Origin, log.ToWitness()[^1].Size) ?? log.Signed(name.Origin, Checkpoint.Read(text).Value.Size));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_gateway_starts_and_is_witnessed_again_after_its_log_keys_were_exchanged(bool stolen)
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        await Eventually.Holds(() => IsWitnessed(states.Asking));
        await states.Asking.Stop();
        if (!stolen)
        {
            Create(states.Asking);
            await Install(states.Asking);
            await states.Asking.Start();
            await Eventually.Holds(() => states.Asked.Get<PeerDirectory>().ByState("XA")!.Card.Card.Version == 2);
            await states.Asking.Stop();
            Remove(states.Asking);
            await Install(states.Asking);
        }
        else
            await Rotate(states.Asking);
        var before = states.Asked.Get<Database>().Read(s => WitnessRows.All(s)).Max(l => l.Size);
        await states.Asking.Start();
        await states.SendPreserve();
        await Eventually.Holds(() => IsWitnessed(states.Asking) && states.Asking.Get<OwnLog>().Newest()!.Size > before, () => string.Join("; ", states.Asking.Get<Alarms>().All.Select(a => $"{a.Code} {a.Text}")));
    }

    [Fact]
    public async Task The_end_of_a_log_is_witnessed_though_its_keys_were_exchanged_before_anybody_saw_it()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        await Eventually.Holds(() => IsWitnessed(states.Asking));
        await states.Asked.Stop();
        await states.Asking.AddUser("another", "XA-CA", "AUDITOR");
        var ended = LogOfState.Epoch(states.Asking);
        await Eventually.Holds(() => states.Asking.Get<OwnLog>().Newest()!.Size == states.Asking.Get<Database>().Read(Leaves.Count));
        await states.Asking.Stop();
        await using (var database = Database.Open(states.Asking.DataFolder))
        {
            var now = states.Asking.Clock.GetUtcNow();
            var last = database.Read(s => Checkpoints.Latest(s, ended))!;
            Assert.Null(last.Witnessed);
            await database.Write(Lane.Ordinary, s => LogEpoch.Follow(s, ended.Name with { Number = 2 }, Digest.Of(last.Note), now));
        }
        await Rotate(states.Asking);
        await states.Asked.Start();
        await states.Asking.Start();

        CheckpointRow End() => states.Asking.Get<Database>().Read(s => Checkpoints.Latest(s, ended))!;
        await Eventually.Holds(() => End().Witnessed is not null, () => string.Join("; ", states.Asking.Get<Alarms>().All.Select(a => $"{a.Code} {a.Text}")));
        // Who knows only the card in force can check it, and who kept the note as it was first signed finds it unchanged.
        using var inUse = LogKeys.Load(states.Asking.DataFolder);
        Assert.True(VerifiedCheckpoint.Open(End().Newest, inUse.Card.LogKeys(ended.Name)).Succeeded);
        Assert.True(End().Newest.AsSpan().StartsWith(End().Note));
        Assert.True(states.Asking.Get<LogProofs>().For(End().Size - 1).Value.IsWitnessed);
        Assert.Equal(End().Size, states.Asked.Get<Database>().Read(s => WitnessRows.Find(s, ended.Name.Origin))!.Size);
    }

    // Nothing beside the stamp shows that the checkpoint is older: who verifies holds the keys against the time of the stamp.
    [Fact]
    public async Task The_end_of_a_log_that_is_stamped_late_bears_a_key_that_is_in_force()
    {
        await using var authority = new TestAuthority();
        await using var state = await TestState.Initialised();
        var ended = await Signed(state, ends: true);
        await Rotate(state);
        state.Configure(EverySecond);
        await StampedUnderTheKeysInForce(state, authority, ended);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_checkpoint_that_the_leaves_no_longer_give_is_not_signed_again(bool largerThanItsLog)
    {
        await using var state = await TestState.Initialised();
        using (var former = LogKeys.Load(state.DataFolder))
        {
            await using var database = Database.Open(state.DataFolder);
            using var sequencer = new Sequencer(database, former, "XA", state.Clock);
            var last = (await sequencer.Advance())!;
            var log = database.Read(LogEpoch.Current)!;
            await database.Write(Lane.Ordinary, s => LogEpoch.Follow(s, log.Name with { Number = 2 }, Digest.Of(last.Note), state.Clock.GetUtcNow()));
            // Somebody who has a former key and the file of the database.
            var size = largerThanItsLog ? last.Size + 1 : last.Size;
            var root = largerThanItsLog ? database.Read(s => new LogTree(s, log).Root(size)) : Digest.Of([1]);
            var other = new Checkpoint(log.Name.Origin, size, root).Write();
            var forged = SignedNote.Compose(other, former.SignCheckpoint(log.Name.Origin, other)).Bytes.ToArray();
            await database.Write(Lane.Ordinary, s => s.RunOne("UPDATE log_checkpoints SET note = $1, size = $2, root = $3 WHERE epoch = $4 AND size = $5", forged, size, root, log.Number, last.Size));
        }
        await Rotate(state);
        await using var again = Database.Open(state.DataFolder);
        using var left = LogKeys.Load(state.DataFolder);
        using var sequence = new Sequencer(again, left, "XA", state.Clock);
        var end = new OwnLog(again, left).Last(again.Read(LogEpoch.All)[0])!;
        // It is of a log that ended: nothing that is done today stops for it.
        Assert.Null(await new SignAgain(again, left, sequence, NullLogger<SignAgain>.Instance).Run(end));
        Assert.Null(again.Read(s => Checkpoints.Latest(s, end.Epoch))!.Cosigned);
    }

    [Fact]
    public async Task An_older_folder_from_before_a_rotation_is_not_taken_for_equal()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        await Eventually.Holds(() => IsWitnessed(states.Asking));
        await states.Asking.Stop();
        var older = states.Asking.DataFolder + "-older";
        Copy(states.Asking.DataFolder, older);
        await Rotate(states.Asking);
        await states.Asking.Start();
        await Eventually.Holds(() => states.Asked.Get<PeerDirectory>().ByState("XA")!.Card.Card.Version == 2);
        await states.Asking.AddUser("another", "XA-CA", "AUDITOR");
        await Eventually.Holds(() => IsWitnessed(states.Asking));
        await states.Asking.Stop();
        Directory.Delete(states.Asking.DataFolder, recursive: true);
        Directory.Move(older, states.Asking.DataFolder);

        // The peer returns the card that this folder never had, and with its keys what it holds of the log proves that the folder is older.
        await states.Asking.Start();
        await Eventually.Holds(() => states.Asking.Get<LedgerGate>().Standing == LedgerStanding.ROLLBACK, () => states.Asking.Get<LedgerGate>().Why);
        Assert.Equal(2, states.Asking.Get<PeerDirectory>().OwnCard.Card.Version);
        await Eventually.Holds(() => states.Asking.Get<Alarms>().All.Any(a => a.Code == AlarmCode.LEDGER_ROLLBACK));

        // After a restore that is expected. The keys of the folder are those of before: no card that peers return names them, and the next one may be issued.
        await states.Asking.Stop();
        await using (var database = Database.Open(states.Asking.DataFolder))
            await database.Write(Lane.Ordinary, s =>
            {
                s.Run("DELETE FROM facts WHERE name = $1", RecoveryFacts.Rollback);
                s.Run("INSERT INTO facts (name, value) VALUES ($1, '2026-01-01T00:00:00.000Z')", Database.RestoredFact);
            });
        Assert.Equal(Protocol.Refusals.RefusalCode.StateConflict, (await new InstallKeys(states.Asking.Configuration(), states.Asking.Clock).Run(states.Asking.CardKeyFiles())).Refusal?.Code);
        await states.Asking.Start();
        await Eventually.Holds(() => states.Asking.Get<Database>().Read(s => RecoveryFacts.Find(s, RecoveryFacts.CardsReturned)) is not null, () => states.Asking.Get<LedgerGate>().Why);
        Assert.Contains("the key of the log that is configured is not in our newest card here (2)", states.Asking.Get<LedgerGate>().Why, StringComparison.Ordinal);
        await states.Asking.Stop();
        Assert.Equal(3, (await new InstallKeys(states.Asking.Configuration(), states.Asking.Clock).Run(states.Asking.CardKeyFiles())).Value.Card.Version);
        await states.Asking.Start();
        // What a key has signed that is in no card any more is a claim again: nothing is signed before an administrator has looked into it.
        var compare = states.Asking.Get<Gateway.Recovery.CompareHeads>();
        await Eventually.Holds(() => compare.Results.GetValueOrDefault("XB") == Gateway.Recovery.Comparison.BEHIND, () => string.Join(", ", compare.Results));
        Assert.NotEqual(LedgerStanding.OPEN, states.Asking.Get<LedgerGate>().Standing);
        await states.Asking.Client(states.Asking.Administrator).ConfirmLedgerAsync(new ConfirmLedgerRequest { State = "XB", Reason = "it is the folder of before the change of the keys; nothing else is left" });
        await Eventually.Holds(() => states.Asking.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => string.Join(", ", compare.Results));
        Assert.Equal([1L, 1L], new[] { "ledger.confirmed", "card.returned" }.Select(act => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = $1", act))));
    }

    [Fact]
    public async Task What_only_former_keys_of_a_peer_have_signed_brands_its_log_with_nothing()
    {
        await using var states = await ThreeStates.Start(Seldom);
        var (one, two, liar) = (states.One, states.Two, states.Third);
        var log = TestLog.Of(liar).Grow(30);
        using (var toOne = new WitnessCaller(one, liar.Tls))
        using (var toTwo = new WitnessCaller(two, liar.Tls))
        {
            Assert.Equal(200, (await toOne.SubmitWhenReady(log.Submission(0))).Status);
            Assert.Equal(200, (await toTwo.SubmitWhenReady(log.Fork(29).Grow(1).Submission(0))).Status);
        }
        await liar.Stop();
        await Rotate(liar);
        await liar.Start();
        await Eventually.Holds(() => one.Get<PeerDirectory>().ByState("XC")!.Card.Card.Version == 2);
        await one.Get<CompareCopies>().Round(CancellationToken.None);
        // Whoever holds the stolen key could have signed it since.
        Assert.DoesNotContain(one.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_FORKED);
        Assert.False(one.Get<Database>().Read(s => LogConflicts.Forked(s, log.Origin)));
        Assert.Equal(1, one.Get<Database>().Read(s => s.Number("SELECT count(*) FROM seen_checkpoints WHERE origin = $1", log.Origin)));
    }

    [Fact]
    public async Task What_only_a_former_key_of_ours_has_signed_is_a_claim_and_no_rollback()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        await Eventually.Holds(() => IsWitnessed(states.Asking));
        await states.Asking.Stop();
        using var stolen = LogKeys.Load(states.Asking.DataFolder);
        await Rotate(states.Asking);
        await states.Asking.Start();
        await Eventually.Holds(() => states.Asked.Get<PeerDirectory>().ByState("XA")!.Card.Card.Version == 2 && IsWitnessed(states.Asking));
        var log = new TestLog(stolen, states.Asking.Get<OwnLog>().Newest()!.Origin).Grow(5000);
        var forged = new WitnessedLog(log.Origin, "XA", log.Size, log.Root(log.Size), log.Note(), states.Asking.Clock.GetUtcNow());
        await Eventually.Holds(() => states.Asked.Get<Database>().Write(Lane.Ordinary, s => WitnessRows.Swap(s, forged, WitnessRows.Find(s, log.Origin)!.Size)).GetAwaiter().GetResult());

        await states.Asking.Get<CompareCopies>().Round(CancellationToken.None);
        Assert.Contains(states.Asking.Get<Alarms>().All, a => a.Code == AlarmCode.LEDGER_CLAIM && a.Text.Contains("XB", StringComparison.Ordinal));
        Assert.DoesNotContain(states.Asking.Get<Alarms>().All, a => a.Code is AlarmCode.LOG_BEHIND or AlarmCode.LEDGER_ROLLBACK or AlarmCode.LOG_FORKED);
        Assert.NotEqual(LedgerStanding.ROLLBACK, states.Asking.Get<LedgerGate>().Standing);
    }

    private static void EverySecond(JsonObject json) => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 };

    private static void Seldom(JsonObject json) => json["Witness"] = new JsonObject { ["CompareMinutes"] = 1440 };

    private static bool IsWitnessed(TestState state)
        => state.Get<OwnLog>().Newest() is { Row.Witnessed: not null } newest && newest.Size == state.Get<Database>().Read(Leaves.Count);

    private sealed class StrangeKeys : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("keys-").FullName;

        public StrangeKeys()
        {
            Directory.CreateDirectory(Path.Combine(_folder, CaseKeys.FolderName));
            LogKeys.CreateMissing(_folder, "XA", TimeProvider.System.GetUtcNow());
            Keys = LogKeys.Load(_folder);
        }

        public LogKeys Keys { get; }

        public void Dispose()
        {
            Keys.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
