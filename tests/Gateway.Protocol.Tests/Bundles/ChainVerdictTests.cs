using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>The receipts of both States in a bundle: gaps, order, cut ends, forks, what one chain says of the other, and how a case is closed.</summary>
public class ChainVerdictTests
{
    private static SampleState Asking => SampleCase.Shared.Asking;

    [Fact]
    public async Task A_receipt_removed_from_the_middle_is_a_gap_even_when_the_exporter_seals_it()
    {
        var files = BundleFiles.Of(await Good);
        var name = $"receipts/{SampleCase.Content}/XB/00000002.cms";
        files.Remove(name);
        var report = Judge(files.Reseal(Asking.Seal).Pack());
        Assert.Contains(report.Findings, f => f.Code == FindingCode.ReceiptMissing && f.Seq == 2);
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task Receipts_in_another_order_are_misplaced()
    {
        var files = BundleFiles.Of(await Good);
        var (a, b) = ($"receipts/{SampleCase.Content}/XA/00000001.cms", $"receipts/{SampleCase.Content}/XA/00000002.cms");
        (files[a], files[b]) = (files[b], files[a]);
        var report = Judge(files.Reseal(Asking.Seal).Pack());
        Assert.True(report.Has(FindingCode.ReceiptMisplaced, a) && report.Has(FindingCode.ReceiptMisplaced, b));
    }

    [Fact]
    public async Task A_cut_tail_that_the_other_side_knows_is_broken_and_named()
    {
        var files = BundleFiles.Of(await Good);
        var names = files.In($"receipts/{SampleCase.Content}/XA/").ToList();
        foreach (var name in names.Skip(1))
            files.Remove(name);
        var report = Judge(files.Reseal(Asking.Seal).Pack());
        Assert.Equal(Verdict.BROKEN, report.Verdict);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.PeerHeadUnknown && f.Text.Contains("tail was cut", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cut_tail_that_the_manifest_lists_is_named_without_any_key()
    {
        var files = BundleFiles.Of(await Good);
        var last = files.In($"receipts/{SampleCase.Content}/XB/").Last();
        files.Remove(last);
        var report = Judge(files.Pack());
        Assert.True(report.Has(FindingCode.FileMissing, last));
        Assert.True(report.Has(FindingCode.CaseFileDiffers));
    }

    [Fact]
    public async Task Receipts_of_another_case_do_not_fit_into_this_one()
    {
        var files = BundleFiles.Of(await Good);
        files[$"receipts/{SampleCase.Content}/XB/00000001.cms"] = files[$"receipts/{SampleCase.Preservation}/XB/00000001.cms"];
        Assert.True(Judge(files.Reseal(Asking.Seal).Pack()).Has(FindingCode.ReceiptMisplaced, $"receipts/{SampleCase.Content}/XB/00000001.cms"));
    }

    [Fact]
    public async Task A_chain_issued_a_second_time_is_a_fork_to_the_other_side()
    {
        // The same keys, another telling: each chain is good by itself.
        var (first, second) = (BundleFiles.Of(await Good), BundleFiles.Of(await new SampleCase().Write()));
        foreach (var name in first.In($"receipts/{SampleCase.Content}/XA/"))
            first[name] = second[name];
        foreach (var name in second.In("documents/"))
            first[name] = second[name];
        var report = Judge(first.Reseal(Asking.Seal).Pack());
        Assert.Contains(report.Findings, f => f.Code == FindingCode.PeerHeadUnknown && f.Text.Contains("two chains of XA", StringComparison.Ordinal));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task What_a_side_issues_against_its_own_chain_is_found()
    {
        async Task<BundleReport> With(Func<Receipt, Receipt> change) => Judge(await new SampleCase { OnReceipt = r => r.Case == SampleCase.Content ? change(r) : r }.Write());

        Assert.True((await With(r => r.Seq == 3 ? r with { Previous = Digest.Of("x"u8) } : r)).Has(FindingCode.ChainBroken));
        Assert.True((await With(r => r.Seq == 4 && r.Issuer.State == "XB" ? r with { PeerSeq = 0, PeerHead = null } : r)).Has(FindingCode.PeerHeadBackwards));
        Assert.True((await With(r => r.Seq == 3 ? r with { Time = r.Time.AddHours(-1) } : r)).Has(FindingCode.TimeBackwards));
        Assert.True((await With(r => r.Seq == 3 ? r with { ClockHeld = true } : r)).Has(FindingCode.ClockFlagged));
        Assert.True((await With(r => r.Event == ReceiptEvent.SubmissionAcceptance && r.Seq == 1 ? r with { Issuer = new("XA", "XA-CP") } : r)).Has(FindingCode.SealNotListed));
        Assert.True((await With(r => r.Seq == 2 ? r with { Subject = r.Subject with { CoverSha256 = Digest.Of("x"u8) } } : r)).Has(FindingCode.DocumentMissing));
        Assert.True((await With(r => r.Seq == 2 ? r with { Event = ReceiptEvent.GatewayCaseClosed } : r)).Has(FindingCode.ClosingDiffers));
        // Behind the closing receipt only that something was not taken may be said.
        var last = BundleFiles.Of(await Judging.Good).In($"receipts/{SampleCase.Content}/XB/").Count();
        foreach (var (kind, differs) in new[] { (ReceiptEvent.RelayRejection, false), (ReceiptEvent.RelayFailure, false), (ReceiptEvent.ContentAccessTracking, true) })
        {
            var report = await With(r => r.Issuer.State != "XB" ? r : r.Seq == last - 1 ? r with { Event = ReceiptEvent.GatewayCaseClosed } : r.Seq == last ? r with { Event = kind, Reasons = differs ? [] : ["V043"] } : r);
            Assert.Equal(differs, report.Has(FindingCode.ClosingDiffers));
        }
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public async Task Receipts_may_cross_a_closing_only_where_their_State_closed_too_or_another_exports(bool closedToo, bool otherExports, bool differs)
    {
        var good = BundleFiles.Of(await Good);
        var (own, others) = (good.In($"receipts/{SampleCase.Content}/XA/").Count(), good.In($"receipts/{SampleCase.Content}/XB/").Count());
        // XB closes with its third last; what XA issues from then on does not know of it.
        var (closing, known) = (others - 2, (Seq: 0L, Head: (Digest?)null));
        var story = new SampleCase
        {
            Leaves = r => r.Case == SampleCase.Content && r.Issuer.State == "XB" && r.Seq > closing,
            OnReceipt = r =>
            {
                if (r.Case != SampleCase.Content)
                    return r;
                if (r.Issuer.State == "XB")
                    return r.Seq == closing ? r with { Event = ReceiptEvent.GatewayCaseClosed } : r;
                if (r.PeerSeq < closing)
                    known = (r.PeerSeq, r.PeerHead);
                return r with { PeerSeq = known.Seq, PeerHead = known.Head, Event = closedToo && r.Seq == own ? ReceiptEvent.GatewayCaseClosed : r.Event };
            },
        };
        var files = BundleFiles.Of(await story.Write(source => otherExports ? source with { Exporter = Party.Of("XB-CA") } : source));
        var report = Judge((otherExports ? files.Reseal(story.Asked.Seal) : files).Pack());
        Assert.Equal(differs, report.Has(FindingCode.ClosingDiffers));
    }

    [Fact]
    public async Task Receipts_that_should_stand_before_others_are_missed()
    {
        Assert.True(Judge(await new SampleCase { Leaves = r => r.Event == ReceiptEvent.SubmissionAcceptance && r.Case == SampleCase.Preservation }.Write()).Has(FindingCode.ReceiptLacking));
        Assert.True(Judge(await new SampleCase { Leaves = r => r.Event == ReceiptEvent.RelayAcceptance && r.Case == SampleCase.Preservation }.Write()).Has(FindingCode.ReceiptLacking));
        var pending = Judge(await new SampleCase { Leaves = r => r.Issuer.State == "XB" && r.Case == SampleCase.Preservation }.Write());
        Assert.True(pending.Has(FindingCode.ChainAbsent) && pending.Has(FindingCode.NotDelivered));
        Assert.Equal(Verdict.VALID, pending.Verdict);
    }
}
