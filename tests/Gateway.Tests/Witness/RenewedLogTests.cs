using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Hosting;
using Gateway.Integrity;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Verification;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.TimeStamps;
using Gateway.TimeStamps;
using Gateway.V1;
using Gateway.Verifier.Tests;
using Gateway.Witness;
using Google.Protobuf;
using Xunit;
using static Gateway.Tests.Witness.LogKeyFiles;
using static Gateway.Tests.Witness.LogOfState;

namespace Gateway.Tests.Witness;

/// <summary>Another log on purpose, after a key of the present one was stolen (<c>gateway key install --renew-log</c>), over real gateways.</summary>
public sealed class RenewedLogTests
{
    private const string Reason = "a copy of the log key was found outside";

    [Fact]
    public async Task After_a_theft_the_next_log_begins_behind_the_last_good_checkpoint_and_what_the_thief_signs_is_refused()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        var (victim, witness) = (states.Asking, states.Asked);
        var before = await states.SendPreserve();
        await states.Settled(before.CaseId, 3);
        await Eventually.Holds(() => IsWitnessed(victim));
        var ended = Epoch(victim);
        await witness.Stop();
        // An act that only the victim's own checkpoint covers when the thief comes.
        var auditor = await victim.AddUser("auditor", "XA-CA", "AUDITOR");
        await Eventually.Holds(() => victim.Get<OwnLog>().Newest()!.Size == victim.Get<Database>().Read(Leaves.Count));
        var last = victim.Get<OwnLog>().Newest()!;
        await victim.Stop();
        await witness.Start();
        using var stolen = LogKeys.Load(victim.DataFolder);
        using var caller = new WitnessCaller(witness, victim.Tls);
        var held = witness.Get<Database>().Read(s => WitnessRows.Find(s, ended.Name.Origin))!.Size;
        Assert.True(held < last.Size);
        var thief = new TestLog(stolen, ended.Name.Origin).With(await LeafHashes(victim, held)).Grow((int)(last.Size - held));
        // Until the witness has the new card it cannot know better.
        Assert.Equal(200, (await caller.SubmitWhenReady(thief.Submission(held))).Status);

        await Rotate(victim, Reason);
        await victim.Start();
        await Eventually.Holds(() => witness.Get<PeerDirectory>().ByState("XA")!.Card.Card.Version == 2);
        Assert.Equal(403, (await caller.Submit(thief.Grow(3).Submission(last.Size))).Status);
        Assert.Equal(403, (await caller.Submit(new TestLog(stolen, (ended.Name with { Number = 2 }).Origin).Grow(9).Submission(0))).Status);
        // The end of the old log is nobody's business any more, what is under it is: the new log goes on with what no witness had seen.
        await Eventually.Holds(() => victim.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => victim.Get<LedgerGate>().Why);
        await states.Arrived(before.CaseId);
        await TwoStates.Act(witness, states.AskedLawyer, before.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(witness.Clock.GetUtcNow().AddDays(2)) });
        await states.Settled(before.CaseId, 6);
        await Eventually.Holds(() => IsWitnessed(victim), () => string.Join("; ", victim.Get<Alarms>().All.Select(a => $"{a.Code} {a.Text}")));
        var next = Epoch(victim);
        Assert.Equal(ended.Name with { Number = 2 }, next.Name);
        Assert.Equal(held, next.First);
        Assert.Contains(victim.Get<Database>().Read(s => Leaves.Of(s, LeafKind.epoch)), l => l.Sha256 == Digest.Of(last.Row.Note) && l.Leaf >= next.First);
        Assert.Equal(last.Row.Note, victim.Get<Database>().Read(s => Checkpoints.Latest(s, ended))!.Note);
        Assert.Equal(1, victim.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'log.renewed'")));
        var unproved = victim.Get<Database>().Read(s => Enumerable.Range(0, (int)Leaves.Count(s)).Where(i => !(LogProofs.For(s, i) is { Succeeded: true, Value.IsWitnessed: true })).ToList());
        Assert.Empty(unproved);
        Assert.Empty(CheckLedger.Run(victim.DataFolder, chunks: true).Findings);

        // The witness's people are told what it is, and not that somebody began a second log.
        witness.Get<SecondLogs>().Look();
        Assert.Contains(Reason, Assert.Single(witness.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_RENEWED && a.Subject == "XA").Text, StringComparison.Ordinal);
        Assert.DoesNotContain(witness.Get<Alarms>().All, a => a.Code is AlarmCode.LOG_SECOND or AlarmCode.LOG_FORKED);
        await witness.Client(witness.Administrator).ConfirmLedgerAsync(new ConfirmLedgerRequest { LookedInto = "XA", Reason = "they told us by telephone" });
        Assert.DoesNotContain(witness.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_RENEWED);

        // One bundle, receipts in both logs, for both judges.
        var bundle = await Export(victim, auditor, before.CaseId);
        var report = BundleCheck.Run(new MemoryStream(bundle), [Anchor(victim), Anchor(witness)]);
        Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.Equal(report.Logs.Single().Receipts, report.Logs.Single().Proved);
        Assert.Equal([ended.Name.Origin, next.Name.Origin], StatedRanges(bundle).Select(r => r.Origin));
        var (code, said) = VerifySh(victim.Folder, bundle, $"XA={victim.Card.CardKey}", $"XB={witness.Card.CardKey}");
        Assert.True(code == 0 && said.Contains($"{next.Name.Origin} follows {ended.Name.Origin}, {last.Size} leaves, as card 2 of XA says: {Reason}", StringComparison.Ordinal), said);
        Assert.Contains($"as card 2 of XA says (\"{Reason}\")", Assert.Single(report.Findings, f => f.Code == FindingCode.LogBegunAnew).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_a_thief_has_split_for_every_peer_gets_a_successor_that_all_of_them_cosign_and_its_State_sees_the_proof()
    {
        await using var states = await ThreeStates.Start(EverySecond);
        var (victim, one, two) = (states.One, states.Two, states.Third);
        await Eventually.Holds(() => IsWitnessed(victim, by: 2));
        var ended = Epoch(victim);
        var size = victim.Get<OwnLog>().Newest()!.Size;
        using var stolen = LogKeys.Load(victim.DataFolder);
        var thief = new TestLog(stolen, ended.Name.Origin).Grow((int)size);
        using (var caller = new WitnessCaller(one, two.Tls))
            Assert.Equal(409, (await caller.SubmitWhenReady(thief.Submission(1))).Status);
        // One peer saw it, and shows it to the other one and to the State whose log it is.
        await Eventually.Holds(() =>
        {
            states.Clock.Offset += TimeSpan.FromSeconds(30);
            return new[] { one, two, victim }.All(s => s.Get<Database>().Read(r => LogConflicts.Forked(r, ended.Name.Origin)));
        });
        var shown = Assert.Single((await victim.Client(victim.Administrator).ShowWitnessAsync(new ShowWitnessRequest())).Conflicts);
        Assert.Equal(("ROOTS", "XA", ended.Name.Origin), (shown.Kind, shown.State, shown.Origin));
        Assert.Contains(new[] { shown.First, shown.Second }, note => SignedNote.Read(note.Memory) is { Succeeded: true, Value: var read } && Checkpoint.Read(read.Text).Value.Root == thief.Root(size));
        Assert.Contains(victim.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_FORKED && a.Subject == ended.Name.Origin);
        await victim.AddUser("another", "XA-CA", "AUDITOR");
        await Eventually.Holds(() => victim.Get<OwnLog>().Newest()!.Size == victim.Get<Database>().Read(Leaves.Count));
        Assert.False(IsWitnessed(victim));

        await victim.Stop();
        await Rotate(victim, Reason);
        await victim.Start();
        await Eventually.Holds(() => IsWitnessed(victim, by: 2), () => string.Join("; ", victim.Get<Alarms>().All.Select(a => $"{a.Code} {a.Text}")));
        Assert.Equal(ended.Name with { Number = 2 }, Epoch(victim).Name);
        Assert.True(victim.Get<Database>().Read(s => Enumerable.Range(0, (int)Leaves.Count(s)).All(i => LogProofs.For(s, i) is { Succeeded: true, Value.IsWitnessed: true })));
    }

    [Fact]
    public async Task What_a_peer_shows_of_our_log_under_a_former_key_is_seen_by_people_and_is_no_proof_against_us()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        var (victim, peer) = (states.Asking, states.Asked);
        await Eventually.Holds(() => IsWitnessed(victim));
        var size = victim.Get<OwnLog>().Newest()!.Size;
        await victim.Stop();
        using var stolen = LogKeys.Load(victim.DataFolder);
        await Rotate(victim);
        await victim.Start();
        await Eventually.Holds(() => IsWitnessed(victim));
        var origin = Epoch(victim).Name.Origin;
        using var caller = new WitnessCaller(victim, peer.Tls);
        var thief = new TestLog(stolen, origin).Grow((int)size);
        // It is no log to be cosigned here, and the note is seen all the same; not more of them than anybody reads.
        Assert.Equal(404, (await caller.SubmitWhenReady(thief.Submission(1))).Status);
        Assert.Equal(404, (await caller.Submit(thief.Submission(1))).Status);
        var shown = Assert.Single((await victim.Client(victim.Administrator).ShowWitnessAsync(new ShowWitnessRequest())).Conflicts);
        Assert.Equal(("FORMER", "XB"), (shown.Kind, shown.Source));
        Assert.Equal(thief.Root(size), Checkpoint.Read(SignedNote.Read(shown.Second.Memory).Value.Text).Value.Root);
        Assert.Contains(victim.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_FORKED && a.Subject == origin && a.Text.Contains("XB", StringComparison.Ordinal));
        // A holder of that key could write one at any time: no bundle of ours holds it, and nothing is ended by it.
        Assert.False(victim.Get<Database>().Read(s => LogConflicts.Forked(s, origin)));
        Assert.Empty(victim.Get<Database>().Read(s => Gateway.Export.LogPart.Conflicts(s, ["XA"])));
        Assert.Equal(LedgerStanding.OPEN, victim.Get<LedgerGate>().Standing);
        Assert.Empty(CheckLedger.Run(victim.DataFolder, chunks: true).Findings);
        for (var i = 0; i < LogConflicts.GrowthsPerLog + 3; i++)
            Assert.Equal(404, (await caller.Submit(new TestLog(stolen, origin).Grow((int)size).Submission(1))).Status);
        Assert.Equal(LogConflicts.GrowthsPerLog, victim.Get<Database>().Read(LogConflicts.All).Count);
        // What strangers sign, what we have ourselves and what is not ours at all is nothing.
        Assert.Equal(404, (await caller.Submit(new TestLog(peer.Get<LogKeys>(), origin).Grow((int)size).Submission(1))).Status);
        Assert.Equal(404, (await caller.Submit(new CheckpointSubmission(1, [], victim.Get<OwnLog>().Newest()!.Note))).Status);
        Assert.Equal(LogConflicts.GrowthsPerLog, victim.Get<Database>().Read(LogConflicts.All).Count);
        // With another log that is over, and nobody is called any more.
        await victim.Stop();
        await Install(victim, Reason);
        await victim.Start();
        await Eventually.Holds(() => IsWitnessed(victim));
        Assert.DoesNotContain(victim.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_FORKED);
    }

    [Fact]
    public async Task A_log_that_was_ended_on_purpose_is_not_cosigned_beyond_its_end_whatever_key_signs()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        var (state, witness) = (states.Asking, states.Asked);
        await Eventually.Holds(() => IsWitnessed(state));
        var ended = Epoch(state).Name;
        await state.Stop();
        // The keys stay: only the card says that this log has ended.
        await Install(state, Reason);
        await state.Start();
        await Eventually.Holds(() => IsWitnessed(state) && witness.Get<PeerDirectory>().ByState("XA")!.Card.Card.Version == 2);
        var end = witness.Get<PeerDirectory>().ByState("XA")!.Card.Card.Log!.Renewal!;
        Assert.Equal((ended, end.Begun, Reason), (end.Ended, Epoch(state).Name, end.Reason));
        var held = witness.Get<Database>().Read(s => WitnessRows.Find(s, ended.Origin))!.Size;
        var honest = new TestLog(state.Get<LogKeys>(), ended.Origin).With(await LeafHashes(state, end.End.Size)).Grow(2);
        using var caller = new WitnessCaller(witness, state.Tls);
        var refused = await caller.SubmitWhenReady(honest.Submission(held));
        Assert.Equal(403, refused.Status);
        Assert.Contains("ended", refused.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await caller.Submit(honest.Submission(held, end.End.Size))).Status);
        Assert.Equal(end.End.Size, witness.Get<Database>().Read(s => WitnessRows.Find(s, ended.Origin))!.Size);
        // It stays said in every later card, and a log can be ended only once it has a checkpoint.
        await state.Stop();
        await Install(state);
        await using (var database = Database.Open(state.DataFolder))
            Assert.Equal(end.Begun, database.Read(PeerRows.Own)!.Card.Log!.Renewal!.Begun);
        await Install(state, "once more");
        var again = await new InstallKeys(state.Configuration(), state.Clock).Run(state.CardKeyFiles(), renewLog: "and again");
        Assert.Equal(RefusalCode.StateConflict, again.Refusal?.Code);
    }

    [Fact]
    public async Task A_name_that_the_thief_has_begun_himself_is_passed_over_by_doing_it_once_more()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        var (victim, ended) = (states.Asking, await BegunByAThief(states));
        await victim.Start();
        await Eventually.Holds(() => victim.Get<Alarms>().All.Any(a => a.Code == AlarmCode.WITNESS_FAILS && a.Text.Contains("500 leaves", StringComparison.Ordinal)));
        Assert.False(IsWitnessed(victim));

        await victim.Stop();
        await Install(victim, "the thief had begun that one");
        await victim.Start();
        await Eventually.Holds(() => IsWitnessed(victim), () => string.Join("; ", victim.Get<Alarms>().All.Select(a => $"{a.Code} {a.Text}")));
        Assert.Equal(ended with { Number = 3 }, Epoch(victim).Name);
        Assert.True(victim.Get<Database>().Read(s => Enumerable.Range(0, (int)Leaves.Count(s)).All(i => LogProofs.For(s, i) is { Succeeded: true, Value.IsWitnessed: true })));
    }

    [Fact]
    public async Task A_name_that_the_thief_has_begun_is_passed_over_before_anything_is_signed_under_it()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        var (victim, witness, ended) = (states.Asking, states.Asked, await BegunByAThief(states));
        // The peers tell it on the telephone: nothing of the second log was ever signed here.
        async Task<RefusalCode?> Again(string? reason, int? number)
        {
            victim.Clock.Offset += TimeSpan.FromSeconds(1);
            return (await new InstallKeys(victim.Configuration(), victim.Clock).Run(victim.CardKeyFiles(), renewLog: reason, logNumber: number)).Refusal?.Code;
        }
        Assert.Equal(RefusalCode.StateConflict, await Again(Reason, null));
        Assert.Equal(RefusalCode.StateConflict, await Again(Reason, 2));
        Assert.Equal(RefusalCode.StateConflict, await Again(null, 5));
        Assert.Null(await Again(Reason, 5));

        await victim.Start();
        await Eventually.Holds(() => IsWitnessed(victim), () => string.Join("; ", victim.Get<Alarms>().All.Select(a => $"{a.Code} {a.Text}")));
        Assert.Equal(ended with { Number = 5 }, Epoch(victim).Name);
        Assert.True(victim.Get<Database>().Read(s => Enumerable.Range(0, (int)Leaves.Count(s)).All(i => LogProofs.For(s, i) is { Succeeded: true, Value.IsWitnessed: true })));
        var said = witness.Get<PeerDirectory>().ByState("XA")!.Card.Card.Log!.Renewal!;
        Assert.Equal((ended, ended with { Number = 5 }), (said.Ended, said.Begun));
        Assert.Empty(CheckLedger.Run(victim.DataFolder, chunks: true).Findings);
    }

    [Fact]
    public async Task The_last_good_checkpoint_is_stamped_under_the_keys_in_force_though_no_witness_saw_it()
    {
        await using var authority = new TestAuthority();
        await using var state = await TestState.Initialised();
        var ended = await Signed(state);
        await Rotate(state, Reason);
        await StampedUnderTheKeysInForce(state, authority, ended);
    }

    [Fact]
    public async Task An_older_folder_is_found_out_though_another_log_was_begun_in_it()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        var state = states.Asking;
        await Eventually.Holds(() => IsWitnessed(state));
        var first = Epoch(state).Name;
        await state.Stop();
        var older = state.DataFolder + "-older";
        Copy(state.DataFolder, older);
        await state.Start();
        // Nothing of it is a receipt: only the log shows it.
        await state.AddUser("another", "XA-CA", "AUDITOR");
        await Eventually.Holds(() => IsWitnessed(state));
        await state.Stop();
        Directory.Delete(state.DataFolder, recursive: true);
        Directory.Move(older, state.DataFolder);
        await Install(state, Reason);

        await state.Start();
        var gate = state.Get<LedgerGate>();
        await Eventually.Holds(() => gate.Standing == LedgerStanding.ROLLBACK, () => $"{gate.Standing} {gate.Why}");
        Assert.Contains(state.Get<Alarms>().All, a => a.Code == AlarmCode.LOG_BEHIND && a.Subject == first.Origin);
        await state.Stop();
        // Another card is no way around the decision.
        var installed = await new InstallKeys(state.Configuration(), state.Clock).Run(state.CardKeyFiles(), renewLog: Reason);
        Assert.Equal(RefusalCode.StateConflict, installed.Refusal?.Code);
        await state.Start();
        await Reopen(state);
        await Eventually.Holds(() => IsWitnessed(state) && Epoch(state).Name == first with { Number = 3 }, () => Epoch(state).ToString());
        Assert.Empty(CheckLedger.Run(state.DataFolder, chunks: true).Findings);
    }

    [Fact]
    public async Task Of_a_second_log_people_are_told_by_the_card_whether_it_was_begun_on_purpose()
    {
        await using var world = await World.Start();
        var (ended, begun) = (TestLog.Of(world.Log).Grow(20), TestLog.Of(world.Log, 8).Grow(5));
        Assert.Equal(200, (await world.Caller.SubmitWhenReady(ended.Submission(0))).Status);
        Assert.Equal(200, (await world.Caller.Submit(begun.Submission(0))).Status);
        // Without a word it is as one who has all its keys would do it.
        Assert.Contains(begun.Origin, Told(world, AlarmCode.LOG_SECOND), StringComparison.Ordinal);
        Assert.Null(Told(world, AlarmCode.LOG_RENEWED));
        // A card that takes back what was cosigned here explains nothing.
        await Push(world, Announce(ended.Note(10), 8));
        Assert.Contains(begun.Origin, Told(world, AlarmCode.LOG_SECOND), StringComparison.Ordinal);
        Assert.Null(Told(world, AlarmCode.LOG_RENEWED));
        Assert.Equal(10, world.Witness.Get<KnownLogs>().Ended(s_log)!.End.Size);
        // Neither does one that names what stood here long before: a thief may have begun it.
        world.Clock.Offset += TimeSpan.FromMinutes(10);
        await Push(world, Announce(ended.Note(20), 8));
        Assert.Contains($"{begun.Origin} (it stood here before the card named it)", Told(world, AlarmCode.LOG_SECOND), StringComparison.Ordinal);
        Assert.Null(Told(world, AlarmCode.LOG_RENEWED));
        // What a card said of this end counts no more when a later one says something else.
        Assert.Equal(20, world.Witness.Get<KnownLogs>().Ended(s_log)!.End.Size);
        await Push(world, Announce(ended.Note(20), 9));
        Assert.Equal(200, (await world.Caller.Submit(TestLog.Of(world.Log, 9).Grow(5).Submission(0))).Status);
        world.Witness.Get<SecondLogs>().Look();
        Assert.Contains(Reason, Told(world, AlarmCode.LOG_RENEWED), StringComparison.Ordinal);
        Assert.Contains($"{begun.Origin} (begun beside another)", Told(world, AlarmCode.LOG_SECOND), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_card_key_takes_back_what_a_card_under_the_former_one_said_of_the_end_of_a_log()
    {
        await using var world = await World.Start();
        var ended = TestLog.Of(world.Log).Grow(20);
        using var former = world.Log.Pki.Card.Signer();
        using var next = world.Witness.Pki.Card.Signer();
        var own = world.Log.Get<PeerDirectory>().OwnCard.Card;
        SignedCard Card(Signer key, long version, LogRenewal? renewal)
        {
            var card = own with { Version = version, Issued = own.Issued.AddMinutes(version), Log = own.Log! with { Renewal = renewal } };
            return SignedCard.Open(SignedDocument.Sign(card.Write(), key, card.Issued)).Value;
        }
        // Who stole the card key ends the log where he likes.
        SignedCard[] stolen = [Card(former, 2, Announce(ended.Note(10), 8)), Card(former, 3, Announce(ended.Note(1), 9))];
        Assert.Equal(1, Assert.Single(CardRenewal.Of(stolen[1], stolen[..1])).Renewal.End.Size);
        Assert.Empty(CardRenewal.Of(Card(next, 4, null), stolen));
        var renewal = Announce(ended.Note(20), 10);
        var honest = Card(next, 4, renewal);
        var said = Assert.Single(CardRenewal.Of(Card(next, 5, renewal), [honest, .. stolen]));
        Assert.Equal((20, 10, honest.Card.Issued), (said.Renewal.End.Size, said.Renewal.Begun.Number, said.Since));
    }

    [Fact]
    public async Task An_end_that_only_dropped_keys_signed_is_not_in_a_bundle_that_is_made_before_the_next_log_is_signed()
    {
        await using var states = await TwoStates.Start(null, EverySecond);
        var (victim, witness) = (states.Asking, states.Asked);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Eventually.Holds(() => IsWitnessed(victim));
        var anchor = Anchor(witness);
        await witness.Stop();
        var auditor = await victim.AddUser("auditor", "XA-CA", "AUDITOR");
        await Eventually.Holds(() => victim.Get<OwnLog>().Newest()!.Size == victim.Get<Database>().Read(Leaves.Count));
        Assert.False(IsWitnessed(victim));
        var end = victim.Get<OwnLog>().Newest()!.Size;
        await victim.Stop();
        await Rotate(victim, Reason);
        await victim.Start();

        // What had been witnessed stays proved, in each log and in the newest checkpoint that is shown.
        var database = victim.Get<Database>();
        var row = database.Read(s => Gateway.Cases.CaseRow.Find(s, sent.CaseId))!;
        var log = database.Read(s =>
        {
            Assert.Equal(2, LogEpoch.Current(s)!.Name.Number);
            Assert.Null(Checkpoints.Latest(s, LogEpoch.Current(s)!));
            return victim.Get<Gateway.Export.LogPart>().Of(s, [row], []);
        })!;
        Assert.True(Checkpoint.Read(SignedNote.Read(log.Checkpoint).Value.Text).Value.Size < end);
        var report = BundleCheck.Run(new MemoryStream(await Export(victim, auditor, sent.CaseId)), [Anchor(victim), anchor]);
        Assert.True(report.Verdict != Verdict.BROKEN, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
    }

    // Who stole the keys has the name of the next log cosigned before its State begins it; its card names that one.
    private static async Task<LogName> BegunByAThief(TwoStates states)
    {
        var victim = states.Asking;
        await Eventually.Holds(() => IsWitnessed(victim));
        var ended = Epoch(victim).Name;
        await victim.Stop();
        using var stolen = LogKeys.Load(victim.DataFolder);
        using (var caller = new WitnessCaller(states.Asked, victim.Tls))
            Assert.Equal(200, (await caller.SubmitWhenReady(new TestLog(stolen, (ended with { Number = 2 }).Origin).Grow(500).Submission(0))).Status);
        await Rotate(victim, Reason);
        return ended;
    }

    private static readonly LogName s_log = new("XB", 2026, 7);

    private static LogRenewal Announce(byte[] last, int number) => LogRenewal.Of(new LogName("XB", 2026, number), last, Reason).Value;

    private static async Task Push(World world, LogRenewal renewal)
    {
        world.Clock.Offset += TimeSpan.FromSeconds(1);
        var (log, configuration) = (world.Log, world.Log.Configuration());
        using var signer = log.Pki.Card.Signer();
        var before = world.Witness.Get<PeerDirectory>().ByState("XB")!.Card;
        var card = new IssueCard("XB", configuration.Keys, configuration.Profile, log.Get<LogKeys>().Card with { Renewal = renewal }).Issue(signer, before, 365, world.Clock.GetUtcNow()).Value;
        await world.Witness.ExchangeClient(log.Tls).PushCardAsync(new PushCardRequest { Card = ByteString.CopyFrom(card.Der.Span) });
        world.Witness.Get<SecondLogs>().Look();
    }

    private static string? Told(World world, AlarmCode code) => world.Witness.Get<Alarms>().All.SingleOrDefault(a => a.Code == code && a.Subject == "XB")?.Text;

    private static async Task<List<Digest>> LeafHashes(TestState state, long size)
    {
        static List<Digest> Read(Session s, long size) => [.. Leaves.Read(s, 0, size).Select(l => l.Hash)];
        if (state.IsRunning)
            return state.Get<Database>().Read(s => Read(s, size));
        await using var database = Database.Open(state.DataFolder);
        return database.Read(s => Read(s, size));
    }

    private static async Task<byte[]> Export(TestState state, TestPerson auditor, string caseId)
    {
        var bundle = new MemoryStream();
        using var call = state.Client(auditor).ExportCase(new ExportCaseRequest { CaseId = caseId });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        return bundle.ToArray();
    }

    private static IReadOnlyList<LogRange> StatedRanges(byte[] bundle)
    {
        using var zip = new ZipArchive(new MemoryStream(bundle));
        using var content = zip.GetEntry("case.json")!.Open();
        var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return CaseFile.Read(bytes.ToArray()).Value.Logs.Single().Ranges!;
    }

    private static (int Code, string Said) VerifySh(string folder, byte[] bundle, params string[] trust)
    {
        var path = Path.Combine(folder, "case.zip");
        File.WriteAllBytes(path, bundle);
        var script = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(script.FullName, "Gateway.sln")))
            script = script.Parent!;
        return OtherProgram.Run("sh", [Path.Combine(script.FullName, "deploy", "verify.sh"), path, .. trust]);
    }

    private static TrustAnchor Anchor(TestState state) => TrustAnchor.Fingerprint($"{state.State}:{state.Card.CardKey}", "test")!;
}
