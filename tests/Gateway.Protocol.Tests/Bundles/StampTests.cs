using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Tests.MerkleLog;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>What a time-stamp says of receipts; the tokens themselves are judged by another library, here by what the test wants to hear.</summary>
public class StampTests
{
    private static readonly byte[] s_reply = "a reply"u8.ToArray();

    /// <summary>When the stamp was made: after the last receipt of the story, before the export.</summary>
    public static DateTimeOffset Time => RequestSamples.Now.AddMinutes(5);

    public static TimeStampJudge Judge(DateTimeOffset? time = null, string? broken = null, string? unconfirmed = null)
        => (_, _) => new TimeStampJudgement(time ?? Time, "CN=Test Time-Stamps", broken, unconfirmed);

    public static Task<byte[]> Stamped(Func<BundleStamp, BundleStamp>? change = null) => Story().Write(source => change is null ? source
        : source with { Logs = [source.Logs[0] with { TimeStamps = [change(source.Logs[0].TimeStamps[0])] }] });

    [Fact]
    public async Task A_time_stamp_bounds_the_age_of_every_receipt_below_it()
    {
        var seen = new List<(byte[], byte[])>();
        var bundle = await Stamped();
        var report = Judging.Judge(bundle, timeStamps: (reply, stamped) =>
        {
            lock (seen)
                seen.Add((reply.ToArray(), stamped.ToArray()));
            return new TimeStampJudgement(Time, "CN=Test Time-Stamps", null, null);
        });
        Assert.Equal(Verdict.VALID, report.Verdict);
        var stamp = Assert.Single(Assert.Single(report.Logs).Stamps);
        Assert.Equal((Time, "CN=Test Time-Stamps", true), (stamp.Time, stamp.Authority, stamp.Confirmed));
        Assert.Equal(report.Logs[0].Proved - 3, stamp.Receipts);
        Assert.Equal(report.Logs[0].Size - 3, stamp.Size);
        var (asked, bytes) = Assert.Single(seen);
        Assert.Equal(s_reply, asked);
        Assert.Equal(BundleFiles.Of(bundle)[BundleLayout.StampedCheckpoint(new LogName("XA", 2026), stamp.Size)], bytes);
    }

    [Fact]
    public async Task An_authority_that_nothing_confirms_is_a_warning_and_says_so_in_the_report()
    {
        var report = Judging.Judge(await Stamped(), timeStamps: Judge(unconfirmed: "no path leads to a trust anchor"));
        Assert.Equal(Verdict.VALID, report.Verdict);
        Assert.True(report.Has(FindingCode.TimeStampNotConfirmed));
        Assert.False(Assert.Single(report.Logs[0].Stamps).Confirmed);
    }

    [Fact]
    public async Task A_time_stamp_of_other_bytes_or_from_the_future_breaks_the_bundle()
    {
        foreach (var judge in (TimeStampJudge[])[Judge(broken: "of other bytes"), (_, _) => new TimeStampJudgement(null, null, null, null), Judge(Time.AddDays(2))])
        {
            var report = Judging.Judge(await Stamped(), timeStamps: judge);
            Assert.Equal(Verdict.BROKEN, report.Verdict);
            Assert.True(report.Has(FindingCode.TimeStampBroken));
            Assert.Empty(report.Logs[0].Stamps);
        }
    }

    [Theory]
    [InlineData(".checkpoint")]
    [InlineData(".growth")]
    [InlineData(".tsr")]
    public async Task Stamp_checkpoint_and_the_way_from_there_belong_together(string end)
    {
        var report = await Sealed(files => files.Remove(files.In("log/XA/tsa/").Single(n => n.EndsWith(end, StringComparison.Ordinal))));
        Assert.Equal([FindingCode.TimeStampBroken], Broken(report));
    }

    [Fact]
    public async Task A_stamp_on_a_tree_that_did_not_become_this_one_says_nothing()
    {
        // Signed by the log's own key, as large as the true one, and not what this log ever was.
        var bundle = await Stamped(stamp =>
        {
            var text = new Checkpoint(stamp.Log.Origin, stamp.Size, Digest.Of("another tree"u8)).Write();
            return stamp with { Note = SignedNote.Compose(text, [SampleCase.Shared.Asking.Log.Line(text)]).Bytes };
        });
        Assert.Equal([FindingCode.TimeStampBroken], Broken(Judging.Judge(bundle, timeStamps: Judge())));
    }

    [Fact]
    public async Task A_stamped_checkpoint_must_be_signed_by_the_log_and_be_what_its_name_says()
    {
        var stranger = new NoteSigner(SampleCase.Shared.Asking.Log.Key.Name, NoteAlgorithm.Ed25519);
        var unsigned = await Stamped(stamp =>
        {
            var text = SignedNote.Read(stamp.Note).Value.Text;
            return stamp with { Note = SignedNote.Compose(text, [stranger.Line(text.Span)]).Bytes };
        });
        Assert.Equal([FindingCode.CheckpointBroken], Broken(Judging.Judge(unsigned, timeStamps: Judge())));
        Assert.Equal([FindingCode.TimeStampBroken], Broken(Judging.Judge(await Stamped(stamp => stamp with { Size = stamp.Size - 1 }), timeStamps: Judge())));
    }

    [Fact]
    public async Task Every_byte_beside_a_time_stamp_counts_for_whoever_seals_the_files()
    {
        var files = BundleFiles.Of(await Stamped());
        var stampedBytes = files[files.In("log/XA/tsa/").Single(n => n.EndsWith(".checkpoint", StringComparison.Ordinal))];
        foreach (var name in files.In("log/XA/tsa/").Where(n => !n.EndsWith(".tsr", StringComparison.Ordinal)))
        {
            for (var at = 0; at < files[name].Length; at += 17)
            {
                var copy = files.Clone();
                copy[name] = (byte[])copy[name].Clone();
                copy[name][at] ^= (byte)(1 << (at % 8));
                var report = Judging.Judge(copy.Reseal(SampleCase.Shared.Asking.Seal).Pack(), timeStamps: (_, stamped) =>
                    new TimeStampJudgement(Time, "", stamped.Span.SequenceEqual(stampedBytes) ? null : "of other bytes", null));
                // A line of a key that nobody knows may change in what leads to the newest checkpoint: then the stamp still holds.
                Assert.True(report.Verdict == Verdict.BROKEN || report.Logs[0].Stamps.Count == 1, $"{name}, byte {at}");
                Assert.False(report.Verdict != Verdict.BROKEN && name.EndsWith(".checkpoint", StringComparison.Ordinal), $"{name}, byte {at}");
            }
        }
    }

    [Fact]
    public async Task Time_stamps_without_a_checkpoint_of_their_log_are_not_passed_over()
    {
        var report = await Sealed(files =>
        {
            foreach (var name in files.In("log/XA/").Where(n => !n.StartsWith("log/XA/tsa/", StringComparison.Ordinal)))
                files.Remove(name);
        });
        Assert.True(report.Has(FindingCode.CheckpointBroken));
    }

    [Fact]
    public async Task A_stamp_over_a_log_that_was_ended_says_of_what_stands_in_the_next_one_when_it_existed()
    {
        var files = BundleFiles.Of(await Ended().Write());
        var report = Earlier(files);
        Assert.Equal(Verdict.VALID, report.Verdict);
        var stamps = Assert.Single(report.Logs).Stamps;
        Assert.Equal(["gateway-log/XA/2026", "gateway-log/XA/2026-2"], stamps.Select(s => s.Origin));
        Assert.Equal(Time.AddMinutes(-2), stamps[0].Time);
        Assert.Equal(report.Logs[0].Proved - 3, stamps[0].Receipts);
        Assert.Equal("gateway-log/XA/2026-2", report.Logs[0].Origin);

        // A receipt that is dated later than that is named, although the log that holds it now was stamped later.
        Assert.False(report.Has(FindingCode.DatedAfterLogged));
        Assert.True(Earlier(files, RequestSamples.Now.AddHours(-1)).Has(FindingCode.DatedAfterLogged));
    }

    [Fact]
    public async Task A_place_in_a_log_that_was_ended_counts_only_beside_its_time_stamp()
    {
        var files = BundleFiles.Of(await Ended().Write());
        var places = files.Keys.Where(n => BundleLayout.PlaceOf(n) == BundlePlace.StampedLeaf).ToList();
        var other = files.Clone();
        // The proof of the place in the log that followed, under the name of the place in the one before.
        other[places[0]] = files[BundleLayout.LogProof("XA", BundleLayout.LeafOf(places[0])!.Value)];
        Assert.Equal([FindingCode.TimeStampBroken], Broken(Earlier(other.Reseal(SampleCase.Shared.Asking.Seal))));

        var alone = files.Clone();
        foreach (var name in files.In("log/XA/tsa/2026.").Except(places))
            alone.Remove(name);
        var report = Earlier(alone.Reseal(SampleCase.Shared.Asking.Seal));
        Assert.Equal(places.Count, report.Findings.Count(f => f.Code == FindingCode.ProofUnreferenced));
        Assert.Equal("gateway-log/XA/2026-2", Assert.Single(report.Logs[0].Stamps).Origin);
    }

    private static SampleCase Ended()
    {
        var ended = new LogName("XA", 2026);
        return new()
        {
            Log = new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { Name = new LogName("XA", 2026, 2), Ended = ended, Follows = SampleLog.EndOf(SampleCase.Shared.Asking, ended, 40), Stamped = _ => s_reply },
            ExportedAfter = TimeSpan.FromMinutes(10),
        };
    }

    private static BundleReport Earlier(BundleFiles files, DateTimeOffset? ended = null) => Judging.Judge(files.Pack(), timeStamps: (_, stamped) =>
        new TimeStampJudgement(stamped.Span.StartsWith("gateway-log/XA/2026\n"u8) ? ended ?? Time.AddMinutes(-2) : Time, "CN=Test Time-Stamps", null, null));

    private static SampleCase Story() => new() { Log = new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { Stamped = _ => s_reply }, ExportedAfter = TimeSpan.FromMinutes(10) };

    private static async Task<BundleReport> Sealed(Action<BundleFiles> change)
    {
        var files = BundleFiles.Of(await Stamped());
        change(files);
        return Judging.Judge(files.Reseal(SampleCase.Shared.Asking.Seal).Pack(), timeStamps: Judge());
    }

    private static List<FindingCode> Broken(BundleReport report) => [.. report.Findings.Where(f => f.Severity == Severity.Broken).Select(f => f.Code)];
}
