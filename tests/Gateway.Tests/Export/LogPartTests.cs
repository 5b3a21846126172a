using System.IO.Compression;
using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Verification;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.TimeStamps;
using Gateway.Tests.Witness;
using Gateway.TimeStamps;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Export;

/// <summary>What a bundle that a running gateway made says of its log: policy, proofs, time-stamps.</summary>
public sealed class LogPartTests
{
    [Fact]
    public async Task A_bundle_brings_the_policy_that_its_checkpoint_met_and_the_time_stamps_over_its_receipts()
    {
        await using var authority = new TestAuthority();
        await using var states = await TwoStates.Start(null, json => Stamped(json, authority));
        await using var witness = await TestState.Running("XC", null, json => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 });
        await TestState.Introduce(states.Asking, witness);
        await TestState.Introduce(states.Asked, witness);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        // Stamped and witnessed: the receipts are below both checkpoints.
        var leaves = states.Asking.Get<Database>().Read(Leaves.Count);
        await Eventually.Holds(() => states.Asking.Get<Database>().Read(s => (LogEpoch.Current(s) is { } epoch ? Checkpoints.LatestWitnessed(s, epoch)?.Size : null) >= leaves));
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(2);
        await states.SendPreserve();
        await Eventually.Holds(() => { states.Asking.Get<StampLoop>().Round(CancellationToken.None).GetAwaiter().GetResult(); return Stamps(states.Asking).Any(s => s.Size >= leaves); });
        await Eventually.Holds(() => states.Asking.Get<Database>().Read(s => (LogEpoch.Current(s) is { } epoch ? Checkpoints.LatestWitnessed(s, epoch)?.Size : null) >= Stamps(states.Asking).Max(t => t.Size)));

        var bundle = await Export(states.Asking, await states.Asking.AddUser("auditor", "XA-CA", "AUDITOR"), sent.CaseId);
        var files = Files(bundle);
        // openssl reads every stamp beside its checkpoint.
        var stamps = files.Keys.Where(n => n.EndsWith(".tsr", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(stamps);
        foreach (var stamp in stamps)
            Assert.True(authority.Verifies(files[string.Join('.', stamp.Split('.')[..2]) + ".checkpoint"], files[stamp]));
        // The policy names both other States and is met by the checkpoint.
        var policy = TlogPolicy.Read(files["log/XA/policy.txt"]).Value;
        Assert.Equal(["XB", "XC"], policy.Witnesses.Select(w => w.Name).Order());
        Assert.Equal("witnesses", policy.Quorum);
        Assert.True(policy.Verify(SignedNote.Read(files["log/XA/checkpoint"]).Value, states.Asking.Clock.GetUtcNow()).Succeeded);

        bundle.Position = 0;
        var report = BundleCheck.Run(bundle, [Anchor(states.Asking), Anchor(states.Asked), Anchor(witness)], timeStamps: (reply, stamped) =>
            authority.Verifies(stamped.ToArray(), reply.ToArray()) ? new TimeStampJudgement(Stamps(states.Asking)[0].Time, "tsa-1", null, null) : new TimeStampJudgement(null, null, "openssl does not accept it", null));
        Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.QuorumLacking or FindingCode.PolicyDiffers or FindingCode.NotWitnessed or FindingCode.TimeStampNotConfirmed or FindingCode.TimeStampBroken or FindingCode.PlaceUnknown);
        Assert.Contains(report.Logs.Single().Stamps, s => s.Receipts == report.Logs[0].Proved);
    }

    [Fact]
    public async Task Proofs_lie_under_the_first_witnessed_checkpoint_of_their_hour_and_all_lead_to_the_newest()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock, json => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 });
        await using var witness = await TestState.Running("XC", clock);
        await TestState.Introduce(states.Asking, witness);
        await TestState.Introduce(states.Asked, witness);
        var (database, sent) = (states.Asking.Get<Database>(), await states.SendPreserve());
        await states.Settled(sent.CaseId, 3);
        await Witnessed(database);
        // Days of other cases, and then more of this one; receipts are dated by the clock of their day.
        for (var day = 0; day < 5; day++)
        {
            clock.Offset += TimeSpan.FromDays(1);
            var other = await states.SendPreserve();
            await states.Settled(other.CaseId, 3);
            await Witnessed(database);
        }
        var person = await states.Asking.AddUser("auditor", "XA-CA", "AUDITOR");
        var bundle = await Export(states.Asking, person, sent.CaseId);
        var files = Files(bundle);
        var epoch = database.Read(LogEpoch.Current)!;
        var under = files.Where(f => f.Key.StartsWith("log/XA/proofs/", StringComparison.Ordinal)).Select(f => TlogProof.Read(f.Value).Value).Select(p => (p.Index, Checkpoint.Read(p.Checkpoint.Text).Value.Size)).ToList();
        Assert.NotEmpty(under);
        Assert.All(under, p =>
        {
            var (first, used) = database.Read(s => (Checkpoints.FirstWitnessed(s, epoch, p.Index)!, Checkpoints.At(s, epoch, p.Size)!));
            Assert.True(used.Witnessed - first.Witnessed <= TimeSpan.FromHours(1));
        });
        var newest = Checkpoint.Read(SignedNote.Read(files["log/XA/checkpoint"]).Value.Text).Value.Size;
        Assert.All(under, p => Assert.True(p.Size < newest));
        Assert.All(under, p => Assert.Contains($"log/XA/growth/{epoch.Name.Epoch}.{p.Size}.growth", files.Keys));
        var report = Judge(bundle, states, witness);
        Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.TimeNotProved or FindingCode.LoggedLater or FindingCode.GrowthNotShown or FindingCode.PlaceUnknown or FindingCode.ProofUnreferenced);
        Assert.All(report.Chains, c => Assert.True(c.Seen!.Receipts == c.Receipts && c.Seen.Longest < TimeSpan.FromHours(1)));
        // Witnessed in one go days later, as after an outage: nothing is wrong, and nothing says when it was recorded.
        var whole = database.Read(s => Checkpoints.LatestWitnessed(s, epoch))!.Size;
        await database.Write(Lane.Ordinary, s => s.Run("UPDATE log_checkpoints SET witnessed = NULL WHERE size < $1", whole));
        report = Judge(await Export(states.Asking, person, sent.CaseId), states, witness);
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
        Assert.Equal([FindingCode.TimeNotProved], report.Findings.Where(f => f.Severity >= Severity.Unconfirmed).Select(f => f.Code).Distinct());
    }

    [Fact]
    public async Task A_case_of_more_checkpoints_than_a_reader_takes_is_written_under_fewer()
    {
        await using var state = await TestState.Running("XA");
        var database = state.Get<Database>();
        await database.Write(Lane.Bulk, s =>
        {
            s.Run("INSERT INTO log_epochs (origin, first, begun) VALUES ('gateway-log/XA/2031', 0, $1)", state.Clock.GetUtcNow());
            var epoch = LogEpoch.Find(s, "gateway-log/XA/2031")!;
            // One an hour for four years, of a kilobyte each.
            for (var i = 0; i < 35_000; i++)
                s.Run("INSERT INTO log_checkpoints (epoch, size, root, note, time, witnessed) VALUES ($1, $2, $3, $4, $5, $5)", epoch.Number, i + 1L, Protocol.Documents.Digest.Of("x"u8), new byte[1000], state.Clock.GetUtcNow().AddMinutes(61 * i));
            var notes = Gateway.Export.ProofNotes.Of(s, epoch, Enumerable.Range(0, 35_000).Select(i => (long)i), 1);
            Assert.Equal(35_000, notes.Count);
            Assert.All(notes, n => Assert.True(n.Value > n.Key && n.Value - n.Key <= 20));
            Assert.InRange(notes.Values.Distinct().Count(), 1_700, 2_000);
            Assert.Equal(9, Gateway.Export.ProofNotes.Of(s, epoch, Enumerable.Range(0, 9).Select(i => (long)i), 1).Values.Distinct().Count());
            // What no witness saw is not in it.
            Assert.Empty(Gateway.Export.ProofNotes.Of(s, epoch, [35_000], 1));
        });
    }

    private static Task Witnessed(Database database)
    {
        var leaves = database.Read(Leaves.Count);
        return Eventually.Holds(() => database.Read(s => (LogEpoch.Current(s) is { } epoch ? Checkpoints.LatestWitnessed(s, epoch)?.Size : null) >= leaves));
    }

    private static BundleReport Judge(MemoryStream bundle, TwoStates states, TestState witness)
    {
        bundle.Position = 0;
        return BundleCheck.Run(bundle, [Anchor(states.Asking), Anchor(states.Asked), Anchor(witness)]);
    }

    [Fact]
    public async Task A_witness_that_came_later_does_not_take_away_what_a_checkpoint_had_met()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock, json => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var database = states.Asking.Get<Database>();
        var leaves = database.Read(Leaves.Count);
        await Eventually.Holds(() => database.Read(s => (LogEpoch.Current(s) is { } epoch ? Checkpoints.LatestWitnessed(s, epoch)?.Size : null) >= leaves));
        var epoch = database.Read(LogEpoch.Current)!;
        var met = database.Read(s => Checkpoints.LatestWitnessed(s, epoch))!;
        var kept = database.Read(s => Gateway.Witness.PolicyRows.At(s, epoch.Name.Origin, met.Size))!;
        // With a third State the quorum is two; of what was witnessed before, one was asked.
        await using var late = await TestState.Running("XC", clock);
        await TestState.Introduce(states.Asking, late);
        Assert.Equal(2, states.Asking.Get<Gateway.Witness.WitnessPolicy>().Quorum);
        var policy = TlogPolicy.Read(kept).Value;
        Assert.Equal("XB", Assert.Single(policy.Witnesses).Name);
        Assert.True(policy.Verify(SignedNote.Read(met.Newest).Value, clock.GetUtcNow()).Succeeded);
        Assert.Equal(kept, database.Read(s => states.Asking.Get<Gateway.Witness.WitnessPolicy>().Of(s, epoch.Name, met.Size)).Write());
    }

    [Fact]
    public async Task After_a_restore_a_receipt_keeps_the_time_stamp_over_the_log_that_was_ended()
    {
        await using var authority = new TestAuthority();
        await using var states = await TwoStates.Start(null, json => Stamped(json, authority));
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var leaves = states.Asking.Get<Database>().Read(Leaves.Count);
        var ended = (await Restamped(states.Asking, leaves)).Name;
        var first = Stamps(states.Asking).Single();
        // The backup is of a moment when no witness had seen that log yet: the one that follows the restore takes all its leaves.
        await states.Asking.Stop();
        await using (var database = Database.Open(states.Asking.DataFolder))
        {
            await database.Write(Lane.Ordinary, s =>
            {
                s.Run("UPDATE log_checkpoints SET witnessed = NULL, cosigned = NULL");
                Assert.Equal(0, LogEpoch.Renew(s, null, states.Asking.Clock.GetUtcNow())?.First);
            });
        }
        await states.Asking.Start();
        await Eventually.Holds(() => states.Asking.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => states.Asking.Get<LedgerGate>().Why);
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(2);
        var next = await Restamped(states.Asking, leaves);
        Assert.NotEqual(ended, next.Name);

        var bundle = await Export(states.Asking, await states.Asking.AddUser("auditor", "XA-CA", "AUDITOR"), sent.CaseId);
        var second = Stamps(states.Asking).Single();
        var report = BundleCheck.Run(bundle, [Anchor(states.Asking), Anchor(states.Asked)], timeStamps: (reply, stamped) => authority.Verifies(stamped.ToArray(), reply.ToArray())
            ? new TimeStampJudgement(stamped.Span.SequenceEqual(second.Note.Span) ? second.Time : first.Time, "tsa-1", null, null) : new TimeStampJudgement(null, null, "openssl does not accept it", null));
        Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        var log = report.Logs.Single();
        Assert.Equal(next.Name.Origin, log.Origin);
        Assert.Equal(log.Receipts, log.Proved);
        Assert.Equal(log.Proved, log.Stamps.Where(s => s.Origin == ended.Origin && s.Time == first.Time).Sum(s => s.Receipts));
        Assert.Contains(log.Stamps, s => s.Origin == next.Name.Origin && s.Receipts == log.Proved);
    }

    // The log, when a checkpoint over so many leaves of the gateway is stamped and witnessed.
    private static async Task<LogEpoch> Restamped(TestState state, long leaves)
    {
        await Eventually.Holds(() =>
        {
            // One that came too early for the last leaves is followed by another when its interval is over.
            if (Stamps(state) is [var early] && state.Get<Database>().Read(s => LogEpoch.Current(s) is { } epoch && epoch.First + early.Size < leaves && epoch.First + Checkpoints.Latest(s, epoch)?.Size >= leaves))
                state.Clock.Offset += TimeSpan.FromMinutes(2);
            state.Get<StampLoop>().Round(CancellationToken.None).GetAwaiter().GetResult();
            return state.Get<Database>().Read(s => LogEpoch.Current(s) is { } epoch && Stamps(state) is [var stamp] && epoch.First + stamp.Size >= leaves && Checkpoints.LatestWitnessed(s, epoch)?.Size >= stamp.Size);
        });
        return state.Get<Database>().Read(LogEpoch.Current)!;
    }

    private static void Stamped(JsonObject json, TestAuthority authority)
    {
        json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 };
        json["TimeStamps"] = new JsonObject { ["Authorities"] = new JsonArray(new JsonObject { ["Name"] = "tsa-1", ["Url"] = authority.Url, ["Roots"] = new JsonArray(authority.Root) }), ["EveryMinutes"] = 1 };
    }

    private static TrustAnchor Anchor(TestState state) => TrustAnchor.Fingerprint($"{state.State}:{state.Card.CardKey}", "test")!;

    private static IReadOnlyList<TimeStampRow> Stamps(TestState state)
        => state.Get<Database>().Read(s => LogEpoch.Current(s) is { } epoch ? TimeStampRows.Newest(s, epoch.Name.Origin) : []);

    private static Dictionary<string, byte[]> Files(MemoryStream bundle)
    {
        using var zip = new ZipArchive(bundle, ZipArchiveMode.Read, leaveOpen: true);
        return zip.Entries.ToDictionary(e => e.FullName, e =>
        {
            using var content = e.Open();
            var bytes = new MemoryStream();
            content.CopyTo(bytes);
            return bytes.ToArray();
        });
    }

    private static async Task<MemoryStream> Export(TestState state, TestPerson person, string caseId)
    {
        var bundle = new MemoryStream();
        using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = caseId });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        return bundle;
    }
}
