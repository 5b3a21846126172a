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
    [InlineData(80, null, Verdict.VALID)]
    public async Task A_receipt_that_was_not_in_a_log_that_was_there_after_72_hours_is_not_valid(int hours, int? known, Verdict verdict)
    {
        var report = await Later(TimeSpan.FromHours(hours), TimeSpan.Zero, receipts: 3, known: known is { } hour ? TimeSpan.FromHours(hour) : null);
        Assert.Equal(verdict, report.Verdict);
        var (code, other) = verdict == Verdict.VALID ? (FindingCode.LoggedLater, FindingCode.LoggedTooLate) : (FindingCode.LoggedTooLate, FindingCode.LoggedLater);
        Assert.Contains(report.Findings, f => f.Code == code && f.Text.StartsWith("receipt ", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Findings, f => f.Code == other && f.Text.StartsWith("receipt ", StringComparison.Ordinal));
        // Custody events may have been signed elsewhere, and brought.
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LoggedLater && f.Text.StartsWith("custody event", StringComparison.Ordinal));
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
            var seen = new SampleLog(SampleCase.Shared.Witness).Of(Asking, [.. story.Issued.Take(then)], at);
            var whole = new SampleLog(SampleCase.Shared.Witness) { Records = (story.Issued.Count, own) }.Of(Asking, story.Issued, at + TimeSpan.FromMinutes(1));
            // What of another case stands under a note shows what its witness saw.
            var first = known is { } early ? new SampleLog(SampleCase.Shared.Witness).Of(Asking, [.. story.Issued.Take(1)], last + early).Proofs.ToList() : [];
            return source with { Logs = [whole with { Proofs = [.. first, .. seen.Proofs.Skip(first.Count), .. whole.Proofs.Skip(then)] }] };
        }));
    }
}
