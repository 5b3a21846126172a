using Gateway.Protocol.Bundles;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Records;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>Whoever holds all keys of a State can sign a chain of custody anew and date it back; the log shows when it came.</summary>
public class LogDateTests
{
    private static SampleState Asking => SampleCase.Shared.Asking;

    [Theory]
    [InlineData(2, false)]
    [InlineData(30, true)]
    public async Task What_was_written_behind_a_size_that_a_witness_saw_a_day_after_its_date_is_named(int hours, bool named)
    {
        var report = await Later(TimeSpan.FromHours(hours), TimeSpan.Zero);
        Assert.Equal(Verdict.VALID, report.Verdict);
        var found = report.Findings.Where(f => f.Code == FindingCode.LoggedLater).Select(f => f.Text).ToList();
        Assert.Equal(named ? 2 : 0, found.Count);
        Assert.All(found, text => Assert.Contains("and it stands behind them at", text, StringComparison.Ordinal));
        Assert.Equal(named, found.Any(text => text.StartsWith("custody event 1 of XA (STORED) is dated", StringComparison.Ordinal) && text.EndsWith("1 more are like it", StringComparison.Ordinal)));
        Assert.Equal(named, found.Any(text => text.StartsWith("the labReport signed by", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_stands_behind_receipts_that_are_dated_days_later_is_named()
    {
        var report = await Later(TimeSpan.FromMinutes(1), TimeSpan.FromDays(2));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LoggedLater && f.Text.StartsWith("custody event 1", StringComparison.Ordinal) && f.Text.Contains("stands before it in the log", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_receipt_that_came_into_the_log_long_after_its_date_is_named()
    {
        var report = await Later(TimeSpan.FromHours(30), TimeSpan.Zero, receipts: 3);
        var found = Assert.Single(report.Findings, f => f.Code == FindingCode.LoggedLater && f.Text.StartsWith("receipt ", StringComparison.Ordinal));
        Assert.Contains("of XA in case", found.Text, StringComparison.Ordinal);
    }

    // Who signs his chain anew can have it logged honestly, late. By the rule of 72 hours it counted as never logged by then.
    [Theory]
    [InlineData(80, -1, Verdict.CONSISTENT)]
    [InlineData(70, -1, Verdict.VALID)]
    [InlineData(80, null, Verdict.CONSISTENT)]
    public async Task A_receipt_that_was_not_in_a_log_that_was_there_after_72_hours_is_not_valid(int hours, int? known, Verdict verdict)
    {
        var report = await Later(TimeSpan.FromHours(hours), TimeSpan.Zero, receipts: 3, known: known is { } hour ? TimeSpan.FromHours(hour) : null);
        Assert.Equal(verdict, report.Verdict);
        // Nobody saw the log before that date, so that nobody can say that they were not in it; nor can anybody say that they were.
        var code = verdict == Verdict.VALID ? FindingCode.LoggedLater : known is null ? FindingCode.TimeNotProved : FindingCode.LoggedTooLate;
        Assert.Equal([code], report.Findings.Where(f => f.Code is FindingCode.LoggedLater or FindingCode.TimeNotProved or FindingCode.LoggedTooLate && f.Text.StartsWith("receipt ", StringComparison.Ordinal)).Where(f => f.Text.StartsWith("receipt ", StringComparison.Ordinal)).Select(f => f.Code));
        Assert.Contains(report.Findings, f => f.Code == (hours > 72 ? FindingCode.TimeNotProved : FindingCode.LoggedLater) && f.Text.StartsWith("custody event", StringComparison.Ordinal));
        // A record is signed by a person, often long before it is brought.
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LoggedLater && f.Text.StartsWith("the labReport", StringComparison.Ordinal));
    }

    // One note under all proofs, cosigned days after their dates: whoever holds all keys of a State can write such a log in a minute.
    [Theory]
    [InlineData(23, null)]
    [InlineData(30, FindingCode.LoggedLater)]
    [InlineData(100, FindingCode.TimeNotProved)]
    [InlineData(24 * 30, FindingCode.TimeNotProved)]
    public async Task Receipts_that_nobody_saw_for_days_after_their_date_are_not_proved_to_be_of_that_date(int hours, FindingCode? code)
    {
        var report = Judge(await new SampleCase { Log = new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { CosignedAfter = TimeSpan.FromHours(hours) }, ExportedAfter = TimeSpan.FromHours(hours + 1) }.Write());
        Assert.True((code == FindingCode.TimeNotProved ? Verdict.CONSISTENT : Verdict.VALID) == report.Verdict, string.Join('\n', report.Heavy()));
        var found = report.Findings.Where(f => f.Code is FindingCode.LoggedLater or FindingCode.TimeNotProved or FindingCode.LoggedTooLate).ToList();
        Assert.All(found, f => Assert.Equal(code, f.Code));
        Assert.Equal(code is null, found.Count == 0);
        Assert.All(found, f => Assert.Contains("it is not proved when between the two it was recorded", f.Text, StringComparison.Ordinal));
        Assert.All(found, f => Assert.StartsWith("receipt 1 of XA", f.Text, StringComparison.Ordinal));
        Assert.All(report.Chains, c => Assert.Equal(hours, (int)c.Seen!.Longest.TotalHours));
    }

    // Who exports chooses what is shown: without the stamps, or under later checkpoints, it shows less.
    [Theory]
    [InlineData(true, true, Verdict.VALID)]
    [InlineData(true, false, Verdict.CONSISTENT)]
    [InlineData(false, true, Verdict.CONSISTENT)]
    public async Task A_time_stamp_that_is_confirmed_bounds_the_time_and_without_it_nothing_is_gained(bool shown, bool isConfirmed, Verdict verdict)
    {
        var last = RequestSamples.Now;
        var story = new SampleCase
        {
            Log = new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { CosignedAfter = TimeSpan.FromHours(100), Stamped = _ => new byte[] { 1 }, AfterStamp = 0 },
            ExportedAfter = TimeSpan.FromHours(101),
            OnReceipt = r =>
            {
                last = r.Time;
                return r;
            },
        };
        var bundle = await story.Write(s => shown ? s : s with { Logs = [s.Logs[0] with { TimeStamps = [] }] });
        var report = Judge(bundle, timeStamps: (_, _) => new TimeStampJudgement(last.AddMinutes(1), "tsa", null, isConfirmed ? null : "nobody knows it"));
        Assert.Equal(verdict, report.Verdict);
        Assert.Equal(verdict == Verdict.CONSISTENT, report.Has(FindingCode.TimeNotProved));
        Assert.All(report.Chains, c => Assert.Equal(verdict == Verdict.VALID ? "tsa" : "XB", c.Seen!.FirstBy));
    }

    // Anybody can make a witness that says whatever time is wanted.
    [Theory]
    [InlineData(3, Verdict.VALID)]
    [InlineData(2, Verdict.CONSISTENT)]
    public async Task The_word_of_a_witness_whom_nothing_confirms_bounds_no_time(int anchors, Verdict verdict)
    {
        var story = new SampleCase { ExportedAfter = TimeSpan.FromHours(101) };
        var report = Judge(await story.Write(s => s with
        {
            Logs = [new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { EarlierWitnesses = [SampleCase.Shared.Witness] }
                .Of(Asking, story.Issued, RequestSamples.Now.AddHours(100), [(story.Issued.Count - 1, RequestSamples.Now.AddMinutes(5))])],
        }), [.. Anchors.Take(anchors)]);
        Assert.Equal(verdict, report.Verdict);
        Assert.Equal(verdict == Verdict.CONSISTENT, report.Has(FindingCode.TimeNotProved));
        Assert.Equal(anchors == 3 ? "XC" : "XB", report.Chains[0].Seen!.FirstBy);
    }

    [Fact]
    public async Task Custody_events_are_logged_in_the_order_of_their_numbers()
    {
        var report = await Later(TimeSpan.FromMinutes(1), TimeSpan.Zero, reversed: true);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LogOrder && f.Text.StartsWith("custody event 2 of XA", StringComparison.Ordinal));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task An_event_that_is_dated_after_a_witness_saw_it_has_a_wrong_date()
    {
        var report = await Later(TimeSpan.FromMinutes(-30), TimeSpan.Zero);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.DatedAfterLogged && f.Text.StartsWith("custody event 1", StringComparison.Ordinal));
    }

    /// <summary>XA's log was seen with the receipts only; behind them stand two custody events of its own and a record, all dated before.</summary>
    /// <param name="after">When the witness saw the log without them, after the last receipt.</param>
    /// <param name="receiptsLater">How much later the receipts are dated.</param>
    /// <param name="receipts">Receipts that were not there then either.</param>
    /// <param name="reversed">Whether the events were logged in another order.</param>
    /// <param name="known">When a witness saw the log with nothing of this case, after the last receipt; null: never.</param>
    internal static async Task<BundleReport> Later(TimeSpan after, TimeSpan receiptsLater, int receipts = 0, bool reversed = false, TimeSpan? known = null)
    {
        var last = RequestSamples.Now;
        var story = new SampleCase
        {
            Custody = [new(CustodyKind.STORED) { By = new Actor("B. Technician", "XA-LAB"), Signer = c => c.Asking.Technician }, new(CustodyKind.MOVED) { By = new Actor("B. Technician", "XA-LAB"), Signer = c => c.Asking.Technician }],
            Records = [(RecordForms.LabReport, _ => { }, c => c.Asked.Technician)],
            OnCustodyHead = h => h with { State = "XA" },
            ExportedAfter = after + TimeSpan.FromHours(10) + receiptsLater,
            OnReceipt = r =>
            {
                last = r.Time;
                return r with { Time = r.Time + receiptsLater };
            },
        };
        return Judge(await story.Write(source =>
        {
            var own = source.Documents.Select(d => (d.Sha256, Type: DocumentReader.TypeOf(SignedDocument.Open(d.Read()).Value.Content)))
                .Where(d => d.Type == CustodyEvent.Type || RecordForms.Find(d.Type) is not null).Select(d => new LogLeaf(LeafKind.custody, d.Sha256)).ToList();
            if (reversed)
                own.Reverse();
            var (at, then) = (last + receiptsLater + after, story.Issued.Count - receipts);
            // The receipts that were there were seen when they came, and that checkpoint was cosigned again, with nothing more in it.
            (int, DateTimeOffset)[] early = known is { } first ? [(1, last + first)] : [];
            return source with { Logs = [new SampleLog(SampleCase.Shared.Witness) { Records = (story.Issued.Count, own) }.Of(Asking, story.Issued, at + TimeSpan.FromMinutes(1), [.. early, (then, last + receiptsLater), (then, at)])] };
        }));
    }
}
