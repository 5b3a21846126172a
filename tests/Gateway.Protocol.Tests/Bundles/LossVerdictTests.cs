using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>An item that its sender says does not come: who decided so, and that receipts and documents say the same.</summary>
public class LossVerdictTests
{
    [Fact]
    public async Task A_parcel_that_an_officer_gave_up_is_told_and_breaks_nothing()
    {
        var report = Judge(await new SampleCase { OnLoss = l => l }.Write());
        Assert.False(report.Has(FindingCode.LossDiffers), string.Join('\n', report.Findings.Select(f => f.Text)));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.NotDelivered && f.Text.Contains("XB-PO gave the item up: the carrier has no trace of it", StringComparison.Ordinal));
        Assert.NotEqual(Verdict.BROKEN, report.Verdict);
        Assert.Contains(report.Custody, row => row.Event.StartsWith("LOST", StringComparison.Ordinal) && row.Reason.Contains("no trace", StringComparison.Ordinal));
        Assert.Contains(report.Story, line => line.Step == StoryStep.Failed && line.Text.Contains("given up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_loss_that_no_officer_who_releases_decided_or_no_parcel_or_receipt_bears_out_breaks_the_bundle()
    {
        foreach (var story in new[]
        {
            new SampleCase { OnLoss = l => l with { Authority = "XB-LAB", Role = Role.FORENSIC_LAB } },
            new SampleCase { OnLoss = l => l with { Authority = "XA-CA", Role = Role.CENTRAL_AUTHORITY_MLA } },
            new SampleCase { OnLoss = l => l with { Case = SampleCase.Preservation } },
            new SampleCase { OnLoss = l => l with { Shipment = Digest.Of("x"u8) } },
            // The receipt says what the officer did not.
            new SampleCase { OnLoss = l => l with { Shipment = null }, ByAsked = true },
            new SampleCase { OnLoss = l => l, Leaves = r => r.Event == ReceiptEvent.RelayToNonERDSFailure },
            new SampleCase { OnLoss = l => l, Leaves = r => r.Event == ReceiptEvent.RelayToNonERDS },
        })
        {
            var report = Judge(await story.Write());
            Assert.True(report.Has(FindingCode.LossDiffers));
            Assert.Equal(Verdict.BROKEN, report.Verdict);
        }
    }

    // XA exports, and XB alone says that the parcel is lost.
    [Fact]
    public async Task A_receipt_of_a_loss_without_a_decision_breaks_only_the_bundle_of_its_own_State()
    {
        var report = Judge(await new SampleCase { OnLoss = l => l with { Shipment = null } }.Write());
        Assert.False(report.Has(FindingCode.LossDiffers), string.Join('\n', report.Findings.Select(f => f.Text)));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.DocumentUnreferenced && f.Text.Contains("what an officer of XB signed of it is not here", StringComparison.Ordinal));
        Assert.NotEqual(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task What_is_given_up_without_a_parcel_needs_no_receipt_of_a_carrier()
    {
        var report = Judge(await new SampleCase { OnLoss = l => l with { Shipment = null }, Leaves = r => r.Event is ReceiptEvent.RelayToNonERDSFailure or ReceiptEvent.RelayToNonERDS }.Write());
        Assert.False(report.Has(FindingCode.LossDiffers), string.Join('\n', report.Findings.Select(f => f.Text)));
        Assert.NotEqual(Verdict.BROKEN, report.Verdict);
    }
}
