using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>Cases with a State that no gateway serves: who says "on paper" needs no seal of that State, and is not simply believed.</summary>
public class PaperStateTests
{
    [Fact]
    public async Task A_cover_sealed_for_paper_contradicts_receipts_that_came_by_wire()
    {
        var report = Judge(await new SampleCase { OnCover = ForPaper }.Write());
        Assert.Contains(report.Findings, f => f.Code == FindingCode.CoverContradicts && f.Text.Contains("XB issued receipts", StringComparison.Ordinal));
        Assert.False(report.Has(FindingCode.OnPaper));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task Whoever_brings_a_card_of_a_State_on_paper_is_told_to_ask_it()
    {
        var bundle = await Alone();
        var named = Judge(bundle, [new(SampleCase.Shared.Asking.Card.CardKey, "XA", "XA's card"), new(SampleCase.Shared.Asked.Card.CardKey, "XB", "XB's card")]);
        Assert.True(named.Has(FindingCode.OnPaper));
        Assert.Contains(named.Findings, Asks);
        Assert.NotEqual(Verdict.VALID, named.Verdict);

        var unnamed = Judge(bundle, [new(SampleCase.Shared.Asking.Card.CardKey, "XA", "XA's card")]);
        Assert.True(unnamed.Has(FindingCode.OnPaper));
        Assert.DoesNotContain(unnamed.Findings, Asks);
    }

    [Fact]
    public async Task A_State_whose_covers_are_all_withheld_is_not_taken_to_be_on_paper()
    {
        var bundle = BundleFiles.Of(await Alone(carried: true));
        Assert.True(Judge(bundle.Pack()).Has(FindingCode.OnPaper));
        var covers = bundle.In("documents/").Where(name => Cover.Read(SignedDocument.Open(bundle[name]).Value.Content) is { Succeeded: true, Value.Recipient.State: "XB" }).ToList();
        var digests = covers.ConvertAll(name => BundleLayout.DigestOf(name)!.Value);
        covers.ForEach(name => bundle.Remove(name));
        bundle["case.json"] = (CaseFile.Read(bundle["case.json"]).Value with { Withheld = digests }).Write();
        Assert.False(Judge(bundle.Reseal(SampleCase.Shared.Asking.Seal).Pack()).Has(FindingCode.OnPaper));
    }

    private static bool Asks(Finding finding) => finding.Code == FindingCode.NotAnchored && finding.Text.Contains("ask XB whether it had a gateway", StringComparison.Ordinal);

    private static Cover ForPaper(Cover cover) => cover.Recipient.State == "XB" ? cover with { Suite = Suites.OnPaper } : cover;

    // XA alone wrote: what goes to XB was sealed for paper, and XB sealed and answered nothing.
    private static async Task<byte[]> Alone(bool carried = false)
    {
        var story = new SampleCase
        {
            OnCover = ForPaper,
            Leaves = r => r.Issuer.State == "XB",
            OnReceipt = r => r with { PeerSeq = 0, PeerHead = null, Event = carried && r.Seq == 1 ? ReceiptEvent.RelayToNonERDS : r.Event },
        };
        var files = BundleFiles.Of(await story.Write());
        foreach (var name in files.In("documents/").Where(n => Cover.Read(SignedDocument.Open(files[n]).Value.Content) is { Succeeded: true, Value.Sender.State: "XB" }).ToList())
            files.Remove(name);
        return files.Reseal(story.Asking.Seal).Pack();
    }
}
