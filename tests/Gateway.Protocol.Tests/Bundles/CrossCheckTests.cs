using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Tests.Marks;
using Gateway.Protocol.Verification;
using Xunit;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>What a check says of many facts that all name each other: as much as there are facts, not as there are pairs of them.</summary>
public sealed class CrossCheckTests
{
    private const int Many = 3000;
    private static readonly DateTimeOffset s_time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Party s_asking = Party.Of("XA-CA");
    private static readonly Party s_asked = Party.Of("XB-CA");

    [Fact]
    public void Records_of_paper_that_name_one_message_under_many_covers_are_each_told_once()
    {
        var (facts, message, caseId) = (new Facts(), Ids.New(), Ids.NewCase("XA"));
        var first = default(Digest);
        for (var i = 0; i < Many; i++)
        {
            var cover = Fact($"documents/m{i}", message, caseId, CoverAbout.REQUEST);
            facts.Covers.Add(cover);
            first = i == 0 ? cover.Sha256 : first;
        }
        for (var i = 0; i < Many; i++)
        {
            // The first half names a cover that is here, dated before it was sealed; the other half one that is not.
            var record = new PaperRecord
            {
                Id = Ids.New(), Case = caseId, Authority = "XA-CA", Way = PaperWay.SENT, Channel = PaperChannel.COURIER, Message = message, CoverSha256 = i < Many / 2 ? first : Digest.Of("no cover here"u8),
                At = s_time - TimeSpan.FromHours(1), Person = "a courier", Files = [new PaperFile("a.cms", "application/pkcs7-mime", 1, Digest.Of("file"u8))], EncryptedTo = Digest.Of("to"u8), Time = s_time,
            };
            var cover = Fact($"documents/p{i}", Ids.New(), caseId, CoverAbout.PAPER);
            facts.Covers.Add(cover with { Paper = new Signed<PaperRecord>(record, Digest.Of([1]), cover.Signer, s_time, cover.File) });
        }
        facts.CaseFile = new CaseFile(caseId, s_asking, s_time, [], 0, [], [], [], 0, []);
        facts.Sort();
        var findings = new Findings();
        new PaperCheck(facts, findings).All();
        // Each names another cover than the many that are here; half of them are dated before their message; no receipt says that any left.
        Assert.Equal(Many + (Many / 2), Count(findings, FindingCode.CoverContradicts));
        Assert.Equal(Many, Count(findings, FindingCode.ReceiptLacking));
    }

    [Fact]
    public void Receipts_about_an_item_that_many_covers_send_are_each_told_once()
    {
        var (facts, caseId, item) = (new Facts(), Ids.NewCase("XA"), Ids.New());
        for (var i = 0; i < Many; i++)
        {
            var cover = Fact($"documents/{i}", Ids.New(), caseId, CoverAbout.REQUEST);
            facts.Covers.Add(cover);
            var subject = new ReceiptSubject(cover.Cover.Message, cover.Sha256, null, item, Digest.Of([(byte)i]));
            facts.Receipts.Add(new ReceiptFact($"receipts/{i}", caseId, "XA", i + 1, Digest.Of(BitConverter.GetBytes(i)), new Receipt(
                ReceiptEvent.ContentHandover, s_asking, s_asked, ReceiptChannel.@case, caseId, i + 1, null, 0, null, subject, [], s_time.AddMinutes(i), false, ""), cover.Signer, s_time));
        }
        facts.Sort();
        // The first that fits is found at once, in the order of the files.
        Assert.Equal(s_time, facts.By.HandedOver[item]);
        Assert.Equal("receipts/0", facts.By.ReceiptsOfItem[item].First().File);
        Assert.Equal(7L, facts.By.ReceiptAt[(caseId, "XA", 7)].Seq);
        Assert.Contains((item, ReceiptEvent.ContentHandover), facts.By.ItemEvents);
        Assert.DoesNotContain((item, ReceiptEvent.ContentHandoverFailure), facts.By.ItemEvents);
        Assert.Contains((caseId, "XA"), facts.By.Chains);
    }

    private static CoverFact Fact(string file, string message, string caseId, CoverAbout about)
        => new(file, Digest.Of(System.Text.Encoding.ASCII.GetBytes(file)), new Cover(message, caseId, Suites.OnPaper, s_time, s_asking, s_asked, about, null, []), TestIdentity.P256.Certificate, s_time);

    private static long Count(Findings findings, FindingCode code)
    {
        var all = findings.Sorted().Where(f => f.Code == code).ToList();
        var more = all.Select(f => f.Text).FirstOrDefault(text => text.EndsWith("more of this kind", StringComparison.Ordinal));
        return more is null ? all.Count : all.Count - 1 + long.Parse(more.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
