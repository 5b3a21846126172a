using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Tests.Custody;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>Evidence in a bundle: releases, content, custody, hand-over.</summary>
public class ItemVerdictTests
{
    private static SampleState Asking => SampleCase.Shared.Asking;

    [Fact]
    public async Task A_reading_that_fails_after_the_hand_over_needs_no_receipt_of_its_own()
    {
        foreach (var (found, broken) in new[] { (HandOverOutcome.AGREED, false), (HandOverOutcome.UNREADABLE, true) })
        {
            var story = new SampleCase { Found = found };
            var bundle = await story.Write(source =>
            {
                var later = new HandOver(SampleCase.Item, Digest.Of(source.Items[0].Manifest.Span), SampleCase.Content, HandOverOutcome.UNREADABLE, [], RequestSamples.Now.AddHours(1));
                ReadOnlyMemory<byte> signed = SignedDocument.Sign(later.Write(), story.Asking.FirstOfficer, RequestSamples.Now.AddHours(1));
                return source with { Documents = [.. source.Documents, new BundleDocument(Digest.Of(signed.Span), () => signed)] };
            });
            Assert.Equal(broken, Judge(bundle).Has(FindingCode.HandOverDiffers));
        }
    }

    [Fact]
    public async Task A_hand_over_without_a_receipt_is_broken_unless_the_case_was_completed_before()
    {
        foreach (var (after, broken) in new[] { (TimeSpan.Zero, true), (TimeSpan.FromHours(1), false) })
        {
            var story = new SampleCase { Leaves = r => r.Event == ReceiptEvent.ContentHandover };
            var report = Judge(await story.Write(source =>
            {
                var first = source.Documents.Single(d => HandOverIn(d) is not null);
                var statement = HandOverIn(first)!;
                ReadOnlyMemory<byte> signed = SignedDocument.Sign((statement with { Time = statement.Time + after }).Write(), story.Asking.FirstOfficer, statement.Time + after);
                return source with { Documents = [.. source.Documents.Where(d => d != first), new BundleDocument(Digest.Of(signed.Span), () => signed)] };
            }));
            Assert.Equal(broken, report.Has(FindingCode.HandOverDiffers));
            Assert.Equal(broken, report.Verdict == Verdict.BROKEN);
        }
    }

    [Theory]
    [InlineData(ReceiptEvent.RelayRejection, null)]
    [InlineData(null, null)]
    [InlineData(ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignmentFailure)]
    [InlineData(ReceiptEvent.RelayAcceptance, null, false)]
    [InlineData(ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment, false)]
    public async Task A_confirmation_that_was_not_taken_excuses_no_hand_over_without_a_receipt(ReceiptEvent? relayed, ReceiptEvent? consigned, bool broken = true)
    {
        // The confirmation is the last that XB has a receipt for: one for the relay, one for the content.
        var last = BundleFiles.Of(await Good).In($"receipts/{SampleCase.Content}/XB/").Count();
        ReceiptEvent? Told(Receipt r) => r.Case != SampleCase.Content || r.Issuer.State != "XB" || r.Seq < last - 1 ? r.Event : r.Event == ReceiptEvent.RelayAcceptance ? relayed : consigned;
        var story = new SampleCase
        {
            Leaves = r => r.Event == ReceiptEvent.ContentHandover || Told(r) is null,
            OnReceipt = r => Told(r) is { } told && told != r.Event ? r with { Event = told, Reasons = ["V043"] } : r,
        };
        var report = Judge(await story.Write(source =>
        {
            var first = source.Documents.Single(d => HandOverIn(d) is not null);
            var statement = HandOverIn(first)!;
            ReadOnlyMemory<byte> signed = SignedDocument.Sign((statement with { Time = statement.Time.AddHours(1) }).Write(), story.Asking.FirstOfficer, statement.Time.AddHours(1));
            return source with { Documents = [.. source.Documents.Where(d => d != first), new BundleDocument(Digest.Of(signed.Span), () => signed)] };
        }));
        Assert.Equal(broken, report.Has(FindingCode.HandOverDiffers));
    }

    [Fact]
    public async Task A_reading_that_fails_after_a_hand_over_that_is_withheld_is_explained_by_its_receipt()
    {
        // Not by one that came only later.
        foreach (var (after, broken) in new[] { (TimeSpan.FromSeconds(-1), true), (TimeSpan.FromSeconds(8), false) })
        {
            var story = new SampleCase();
            var report = Judge(await story.Write(source =>
            {
                var first = source.Documents.Single(d => HandOverIn(d) is not null);
                var later = HandOverIn(first)! with { Outcome = HandOverOutcome.UNREADABLE, Digests = [], Time = HandOverIn(first)!.Time + after };
                ReadOnlyMemory<byte> signed = SignedDocument.Sign(later.Write(), story.Asking.FirstOfficer, later.Time);
                return source with { Documents = [.. source.Documents.Where(d => d != first), new BundleDocument(Digest.Of(signed.Span), () => signed)], Withheld = [first.Sha256] };
            }));
            Assert.Equal(broken, report.Has(FindingCode.HandOverDiffers));
            Assert.Equal(broken, report.Verdict == Verdict.BROKEN);
        }
    }

    [Fact]
    public async Task A_hand_over_must_agree_with_manifest_and_receipts()
        => Assert.True(Judge(await new SampleCase { Found = HandOverOutcome.UNREADABLE }.Write()).Has(FindingCode.HandOverDiffers));

    [Fact]
    public async Task A_release_needs_two_persons_of_an_authority_that_may_release_before_sending()
    {
        var asked = SampleCase.Shared.Asked;
        Assert.True(Judge(await new SampleCase { Approver = asked.FirstOfficer }.Write()).Has(FindingCode.ReleaseLacking));
        Assert.True(Judge(await new SampleCase { OnRelease = r => r with { Authority = "XB-LAB" } }.Write()).Has(FindingCode.ReleaseLacking));
        foreach (var role in new[] { Role.FORENSIC_LAB, Role.CENTRAL_AUTHORITY_MLA, Role.AUDITOR })
            Assert.Contains(Judge(await new SampleCase { OnRelease = r => r with { Role = r.Decision == ReleaseDecision.APPROVE ? role : r.Role } }.Write()).Findings, f => f.Code == FindingCode.ReleaseLacking && f.Text.Contains(role.ToString(), StringComparison.Ordinal));
        Assert.True(Judge(await new SampleCase { OnRelease = r => r with { Decision = ReleaseDecision.APPROVE } }.Write()).Has(FindingCode.ReleaseLacking));
        Assert.True(Judge(await new SampleCase { OnRelease = r => r with { Time = r.Time.AddDays(1) } }.Write()).Has(FindingCode.ReleaseLacking));
        Assert.True(Judge(await new SampleCase { OnRelease = r => r with { ManifestSha256 = Digest.Of("x"u8) } }.Write()).Has(FindingCode.ReleaseLacking));
        var stranger = Judge(await new SampleCase { Approver = Asking.SecondOfficer }.Write());
        Assert.True(stranger.Has(FindingCode.SignerNotConfirmed));
        Assert.NotEqual(Verdict.VALID, stranger.Verdict);
    }

    [Fact]
    public async Task A_release_is_approved_under_the_conditions_and_terms_under_which_it_was_proposed()
    {
        Release Only(Release release, ReleaseDecision one, string? terms, string? conditions) => release.Decision == one ? release with { Terms = terms, Conditions = conditions } : release;
        foreach (var one in new[] { ReleaseDecision.PROPOSE, ReleaseDecision.APPROVE })
        {
            foreach (var (terms, conditions) in new[] { ("COURT_USE_ONLY", (string?)null), (null, "to be returned"), ("COURT_USE_ONLY", "to be returned") })
            {
                var report = Judge(await new SampleCase { OnRelease = r => Only(r, one, terms, conditions) }.Write());
                Assert.True(report.Has(FindingCode.ReleaseTermsDiffer));
                Assert.Equal(Verdict.BROKEN, report.Verdict);
            }
        }
        Assert.Equal(Verdict.VALID, Judge(await new SampleCase { OnRelease = r => r with { Terms = "COURT_USE_ONLY", Conditions = "to be returned" } }.Write()).Verdict);
    }

    [Fact]
    public async Task A_document_that_was_listed_as_too_large_is_an_item_of_its_digest_and_size_or_is_named()
    {
        static JsonArray Listed(Digest sha256, long bytes) =>
            [new JsonObject { ["name"] = "annex", ["type"] = "OTHER", ["mediaType"] = "text/plain", ["sizeBytes"] = bytes, ["sha256"] = sha256.ToString(), ["language"] = "en" }];
        async Task<bool> Named(Func<SampleCase, JsonArray> attachments)
        {
            var story = new SampleCase();
            story.OnRequest = f => f["attachments"] = attachments(story);
            return Judge(await story.Write()).Findings.Any(f => f.Code == FindingCode.DocumentUnreferenced && f.Text.Contains("attachments[0].sha256", StringComparison.Ordinal));
        }

        Assert.True(await Named(_ => Listed(Digest.Of("never came"u8), 8 * 1024 * 1024)));
        Assert.True(await Named(story => Listed(Digest.Of(story.ItemContent), 8 * 1024 * 1024)));
        Assert.False(await Named(story => Listed(Digest.Of(story.ItemContent), story.ItemContent.Length)));
    }

    [Fact]
    public async Task A_document_that_an_act_names_and_that_did_not_come_with_it_is_named()
    {
        var named = JsonDocument.Parse($$"""{"attachments":[{"name":"proof.txt","type":"SERVICE_PROOF","mediaType":"text/plain","sizeBytes":5,"sha256":"{{Digest.Of("proof"u8)}}","language":"en"}]}""").RootElement;
        var report = Judge(await new SampleCase { OnAct = a => a.Kind == ActKind.IN_EXECUTION ? a with { Document = named } : a }.Write());
        Assert.Contains(report.Findings, f => f.Code == FindingCode.DocumentUnreferenced && f.Text.Contains("the act names as attachments[0].sha256", StringComparison.Ordinal));
        Assert.NotEqual(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task Disclosed_content_must_be_what_the_manifest_says()
    {
        var story = new SampleCase();
        story.Disclosed = story.ItemContent;
        var good = Judge(await story.Write());
        Assert.Equal(Verdict.VALID, good.Verdict);
        Assert.True(Assert.Single(good.Items).Disclosed);
        var changed = (byte[])story.ItemContent.Clone();
        changed[^1] ^= 1;
        Assert.True(Judge(await new SampleCase { Disclosed = changed }.Write()).Has(FindingCode.ContentDiffers, $"evidence/{SampleCase.Item}/content"));
        Assert.True(Judge(await new SampleCase { Disclosed = [.. changed, 0] }.Write()).Has(FindingCode.ContentDiffers));
    }

    [Fact]
    public async Task Custody_that_contradicts_itself_or_leaves_time_unexplained_is_named()
    {
        var moved = CustodySamples.Earlier(CustodyKind.SEIZED, new DateTimeOffset(2026, 2, 20, 8, 0, 0, TimeSpan.Zero), "Birk", new Actor("E. Sergeant", "XB-POLICE"), "order 3/2026");
        async Task<BundleReport> With(Func<Manifest, Manifest> change) => Judge(await new SampleCase { OnManifest = change }.Write());

        var gap = await With(m => m with { Custody = [moved, .. m.Custody] });
        // From the seizure to the laboratory, from one authority to the other, and since the imaging: the copy that is attached says nothing of the object.
        Assert.Equal(3, gap.Findings.Count(f => f.Code == FindingCode.CustodyGap));
        Assert.Equal(Verdict.VALID, gap.Verdict);
        var stored = CustodySamples.Earlier(CustodyKind.RECEIVED_BY_LAB, moved.Time, moved.Place, new Actor("B. Technician", "XA-LAB-1"), moved.Reason);
        Assert.Single((await With(m => m with { Custody = [moved, stored, .. m.Custody] })).Findings, f => f.Code == FindingCode.CustodyGap);
        Assert.False((await With(m => m with { Custody = [moved, stored, m.Custody[0], CustodySamples.Earlier(CustodyKind.STORED, m.Custody[0].Time, moved.Place, stored.Actor, moved.Reason), .. m.Custody.Skip(1)] })).Has(FindingCode.CustodyGap));
        Assert.True((await With(m => m with { Custody = [.. m.Custody.Select(e => e.HashBefore is null ? e : e with { HashBefore = Digest.Of("x"u8) })] })).Has(FindingCode.CustodyHashDiffers));
        var late = await With(m => m with { Time = m.Time.AddYears(1), Custody = [.. m.Custody.Select(e => e with { Time = e.Time.AddYears(1) })] });
        Assert.True(late.Has(FindingCode.CustodyOutOfOrder));
        Assert.Equal(Verdict.BROKEN, late.Verdict);
    }

    [Theory]
    [InlineData(CustodyKind.RELEASED)]
    [InlineData(CustodyKind.ENCRYPTED_FOR)]
    [InlineData(CustodyKind.SENT)]
    [InlineData(CustodyKind.RECEIVED)]
    [InlineData(CustodyKind.VERIFIED)]
    public async Task What_only_a_gateway_can_know_is_said_by_no_person(CustodyKind kind)
    {
        foreach (var authority in new[] { "XB-CA", "XB-LAB" })
        {
            var report = Judge(await new SampleCase { Custody = [new(kind) { By = new("A. Lawyer", authority), Signer = c => c.Asked.Lawyer }] }.Write());
            Assert.Contains(report.Findings, f => f.Code == FindingCode.CustodySigner && f.Text.Contains("only a gateway", StringComparison.Ordinal));
            Assert.NotEqual(Verdict.VALID, report.Verdict);
        }
    }

    [Fact]
    public async Task A_row_of_the_custody_names_who_signed_it_beside_who_is_said_to_have_done_it()
    {
        var judge = new System.Text.Json.Nodes.JsonObject { ["name"] = "Judge B", ["authority"] = "XB-CA" };
        var report = Judge(await new SampleCase { Custody = [new(CustodyKind.SEALED) { Change = (form, _) => form["actor"] = judge }] }.Write());
        var row = Assert.Single(report.Custody, c => c.Event == "SEALED");
        Assert.Equal(("Judge B", "XB-CA"), (row.Actor, row.Authority));
        Assert.Equal(("B. Technician", "XB-LAB", "B. Technician"), (row.SignedBy?.Name, row.SignedBy?.Authority, row.SignedBy?.Certificate));
        Assert.All(report.Custody, c => Assert.NotNull(c.SignedBy));
        Assert.Equal("B. Technician", Assert.Single(report.Custody, c => c.Event == "ATTACHED").SignedBy!.Certificate);
    }

    [Fact]
    public async Task A_bundle_holds_no_key_of_an_item()
    {
        var files = BundleFiles.Of(await Good);
        Assert.DoesNotContain(files.In("documents/"), n => System.Text.Encoding.UTF8.GetString(SignedDocument.Open(files[n]).Value.Content.Span).Contains("rant", StringComparison.Ordinal));
    }

    private static HandOver? HandOverIn(BundleDocument document) => HandOver.Read(SignedDocument.Open(document.Read()).Value.Content) is { Succeeded: true, Value: var statement } ? statement : null;
}
