using System.IO.Compression;
using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Verification;
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
