using Gateway.Protocol.Bundles;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>Proofs under several checkpoints of one log: each is shown to have become the largest by growing only, and what vouches for the larger vouches for what was in the smaller.</summary>
public class LogGrowthTests
{
    private static SampleState Asking => SampleCase.Shared.Asking;
    private static SampleState Asked => SampleCase.Shared.Asked;
    private static SampleState Witness => SampleCase.Shared.Witness;

    [Fact]
    public async Task Proofs_lie_under_several_checkpoints_of_one_log()
    {
        var files = BundleFiles.Of(await Grown());
        Assert.Equal(2, files.Keys.Count(n => BundleLayout.PlaceOf(n) == BundlePlace.LogGrowth));
        var report = Judge(files.Pack());
        Assert.Empty(report.Heavy());
        Assert.Equal(Verdict.VALID, report.Verdict);
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.CounterpartyOnly or FindingCode.PlaceUnknown or FindingCode.ProofUnreferenced);
        Assert.Equal(report.Logs[0].Receipts, report.Logs[0].Proved);
    }

    [Fact]
    public async Task Without_the_way_between_them_they_could_be_of_two_stories()
    {
        var files = BundleFiles.Of(await Grown());
        files.Remove(files.Keys.First(n => BundleLayout.PlaceOf(n) == BundlePlace.LogGrowth));
        var report = Judge(files.Reseal(Asking.Seal).Pack());
        Assert.Equal([FindingCode.GrowthNotShown], report.Findings.Where(f => f.Severity >= Severity.Unconfirmed).Select(f => f.Code));
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
    }

    [Fact]
    public async Task A_way_that_leads_elsewhere_breaks_the_bundle()
    {
        var files = BundleFiles.Of(await Grown());
        var names = files.Keys.Where(n => BundleLayout.PlaceOf(n) == BundlePlace.LogGrowth).Order(StringComparer.Ordinal).ToList();
        var (one, two) = (CheckpointSubmission.Read(files[names[0]])!, CheckpointSubmission.Read(files[names[1]])!);
        foreach (var wrong in (byte[][])[files[names[1]], (one with { Proof = two.Proof }).Write(), (one with { Proof = [.. one.Proof.Skip(1)] }).Write(), "x"u8.ToArray()])
        {
            var changed = BundleFiles.Of(await Grown());
            changed[names[0]] = wrong;
            var report = Judge(changed.Reseal(Asking.Seal).Pack());
            Assert.True(report.Has(FindingCode.GrowthBroken, names[0]), string.Join('\n', report.Heavy()));
            Assert.Equal(Verdict.BROKEN, report.Verdict);
        }
    }

    [Fact]
    public async Task A_way_from_a_checkpoint_under_which_nothing_stands_is_named()
    {
        var story = new SampleCase();
        var report = Judge(await story.Write(s => s with { Logs = [s.Logs[0] with { Growths = [new BundleGrowth(new LogName("XA", 2026), 3, new CheckpointSubmission(3, [], s.Logs[0].Checkpoint).Write())] }] }));
        Assert.True(report.Has(FindingCode.ProofUnreferenced, "log/XA/growth/2026.3.growth"));
        Assert.Equal(Verdict.VALID, report.Verdict);
    }

    // The witnesses of today may be more than those of then: what was under a checkpoint of one witness is under the one with two, too.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_checkpoint_became_gives_it_the_witnesses_that_are_asked_for(bool shown)
    {
        var story = new SampleCase { ExportedAfter = TimeSpan.FromHours(80) };
        var report = Judge(await story.Write(s =>
        {
            var log = new SampleLog(Asked, Witness) { Threshold = 2, EarlierWitnesses = [Asked] }.Of(Asking, story.Issued, RequestSamples.Now.AddMinutes(5), [(7, RequestSamples.Now.AddMinutes(4))]);
            return s with { Logs = [shown ? log : log with { Growths = [] }] };
        }));
        Assert.Equal(shown ? Verdict.VALID : Verdict.CONSISTENT, report.Verdict);
        Assert.Equal(!shown, report.Has(FindingCode.ProofUnwitnessed));
        Assert.Equal(shown ? report.Logs[0].Receipts : report.Logs[0].Receipts - 7, report.Logs[0].SeenOutside);
    }

    // Without a policy of the reader the exporter says how many witnesses are enough.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_brings_no_policy_is_told_that_one_cosignature_was_enough(bool brought)
    {
        var bundle = await Grown();
        var policy = TlogPolicy.Read(BundleFiles.Of(bundle)[BundleLayout.LogPolicy("XA")]).Value;
        var report = BundleCheck.Run(new MemoryStream(bundle), Anchors, policies: brought ? [policy] : []);
        Assert.Equal(Verdict.VALID, report.Verdict);
        Assert.Equal(!brought, report.NotProved.Any(t => t.Contains("no policy of yours was given", StringComparison.Ordinal)));
    }

    internal static Task<byte[]> Grown(Func<BundleLog, BundleLog>? change = null)
    {
        var story = new SampleCase();
        return story.Write(s =>
        {
            var log = new SampleLog(Asked, Witness).Of(Asking, story.Issued, RequestSamples.Now.AddMinutes(6), [(5, RequestSamples.Now.AddMinutes(1)), (12, RequestSamples.Now.AddMinutes(3))]);
            return s with { Logs = [change?.Invoke(log) ?? log] };
        });
    }
}
