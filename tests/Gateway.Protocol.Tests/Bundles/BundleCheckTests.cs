using System.IO.Compression;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

public class BundleCheckTests
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
    public async Task Without_anchors_a_good_bundle_is_only_consistent_and_names_the_fingerprints()
    {
        var report = Judge(await Good, []);
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
        Assert.Equal(["XA", "XB"], report.Findings.Where(f => f.Code == FindingCode.NotAnchored).Select(f => f.File!.Split('/')[1]));
        Assert.Equal([Asking.Card.CardKey, SampleCase.Shared.Asked.Card.CardKey, SampleCase.Shared.Witness.Card.CardKey], report.States.Select(s => s.CardKey));
    }

    [Fact]
    public async Task With_one_anchor_the_other_State_stays_unconfirmed()
        => Assert.Equal(Verdict.CONSISTENT, Judge(await Good, [Anchors[0]]).Verdict);

    [Fact]
    public async Task A_bundle_signed_anew_by_a_forger_is_never_valid()
    {
        var forged = await new SampleCase(new SampleState("XA"), new SampleState("XB")).Write();
        Assert.Equal(Verdict.CONSISTENT, Judge(forged, []).Verdict);
        var named = Judge(forged, [Anchors[0], new(SampleCase.Shared.Asked.Card.CardKey, "XB", "XB's card")]);
        Assert.Equal(Verdict.BROKEN, named.Verdict);
        Assert.Equal(2, named.Findings.Count(f => f.Code == FindingCode.AnchorContradicts));
        Assert.Equal(Verdict.CONSISTENT, Judge(forged, [.. Anchors.Select(a => a with { State = null })]).Verdict);
    }

    [Fact]
    public async Task A_forger_of_one_State_is_found_by_the_anchor_of_that_State()
    {
        var forged = await new SampleCase(asked: new SampleState("XB")).Write();
        Assert.NotEqual(Verdict.VALID, Judge(forged).Verdict);
        Assert.True(Judge(forged, [Anchors[0], Anchors[1] with { State = "XB" }]).Has(FindingCode.AnchorContradicts));
    }

    [Fact]
    public async Task A_good_bundle_with_anchors_is_valid_and_tells_the_story()
    {
        var report = Judge(await Good);
        Assert.Empty(report.Heavy());
        Assert.Equal(Verdict.VALID, report.Verdict);
        Assert.Equal(4, report.Chains.Count);
        Assert.Equal([StoryStep.Asked, StoryStep.Asked, StoryStep.Authorised], report.Story.Take(3).Select(s => s.Step).Order());
        Assert.Contains(report.Story, s => s.Step == StoryStep.Delivered && s.Text.Contains("disk-1.dd", StringComparison.Ordinal));
        Assert.Equal([FindingCode.TailUnconfirmed], report.Findings.Where(f => f.Severity == Severity.Warning).Select(f => f.Code).Distinct());
        Assert.True(Assert.Single(report.Items).HandedOver);
    }

    [Fact]
    public async Task The_files_packed_by_another_tool_are_still_valid()
    {
        foreach (var level in (CompressionLevel[])[CompressionLevel.NoCompression, CompressionLevel.SmallestSize])
        {
            var report = Judge(BundleFiles.Of(await Good).Pack(level));
            Assert.Equal(Verdict.VALID, report.Verdict);
            Assert.True(report.Has(FindingCode.Repacked));
        }
    }

    [Fact]
    public async Task Every_file_removed_swapped_or_doubled_breaks_the_bundle_and_is_named()
    {
        var names = BundleFiles.Of(await Good).Keys.ToList();
        for (var i = 0; i < names.Count; i++)
        {
            var (name, other) = (names[i], names[(i + 1) % names.Count]);
            var removed = BundleFiles.Of(await Good);
            removed.Remove(name);
            var report = Judge(removed.Pack());
            Assert.True(report.Verdict == Verdict.BROKEN, $"removed {name}");
            Assert.True(report.Findings.Any(f => f.Severity == Severity.Broken && (f.File == name || f.Text.Contains(name, StringComparison.Ordinal))), $"removed {name} is not named");
            var swapped = BundleFiles.Of(await Good);
            (swapped[name], swapped[other]) = (swapped[other], swapped[name]);
            Assert.True(Judge(swapped.Pack()).Verdict == Verdict.BROKEN, $"swapped {name}");
            var doubled = BundleFiles.Of(await Good);
            doubled[name + ".copy"] = doubled[name];
            Assert.True(Judge(doubled.Pack()).Has(FindingCode.FileNotListed, name + ".copy"), $"doubled {name}");
        }
    }

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

    [Fact]
    public async Task A_seal_that_had_expired_does_not_count()
    {
        var report = Judge(await new SampleCase(asked: new SampleState("XB", SampleState.From.AddMonths(2))).Write(), []);
        Assert.True(report.Has(FindingCode.SealNotValid));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task A_release_needs_two_persons_of_an_authority_that_may_release_before_sending()
    {
        var asked = SampleCase.Shared.Asked;
        Assert.True(Judge(await new SampleCase { Approver = asked.FirstOfficer }.Write()).Has(FindingCode.ReleaseLacking));
        Assert.True(Judge(await new SampleCase { OnRelease = r => r with { Authority = "XB-LAB" } }.Write()).Has(FindingCode.ReleaseLacking));
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
        var moved = new CustodyEntry(CustodyKind.SEIZED, new DateTimeOffset(2026, 2, 20, 8, 0, 0, TimeSpan.Zero), "Birk", new Actor("E. Sergeant", "XB-POLICE"), "order 3/2026", null, null);
        async Task<BundleReport> With(Func<Manifest, Manifest> change) => Judge(await new SampleCase { OnManifest = change }.Write());

        var gap = await With(m => m with { Custody = [moved, .. m.Custody] });
        Assert.Equal(2, gap.Findings.Count(f => f.Code == FindingCode.CustodyGap));
        Assert.Equal(Verdict.VALID, gap.Verdict);
        var stored = moved with { Event = CustodyKind.RECEIVED_BY_LAB, Actor = new Actor("B. Technician", "XA-LAB-1") };
        Assert.False((await With(m => m with { Custody = [moved, stored, .. m.Custody] })).Has(FindingCode.CustodyGap));
        Assert.True((await With(m => m with { Custody = [.. m.Custody.Select(e => e.HashBefore is null ? e : e with { HashBefore = Digest.Of("x"u8) })] })).Has(FindingCode.CustodyHashDiffers));
        var late = await With(m => m with { Time = m.Time.AddYears(1), Custody = [.. m.Custody.Select(e => e with { Time = e.Time.AddYears(1) })] });
        Assert.True(late.Has(FindingCode.CustodyOutOfOrder));
        Assert.Equal(Verdict.BROKEN, late.Verdict);
    }

    [Fact]
    public async Task Dates_that_were_missed_and_acts_out_of_order_are_named_and_break_nothing()
    {
        var promised = await new SampleCase { OnAct = a => a.Kind == ActKind.ACCEPTED ? a with { DueAt = a.Time.AddSeconds(1) } : a }.Write();
        var late = Judge(promised);
        Assert.True(late.Has(FindingCode.DeadlineMissed));
        Assert.Equal(Verdict.VALID, late.Verdict);
        Assert.Contains(late.Deadlines, d => d.What == "answer" && d.Met > d.Due);
        Assert.True(Judge(await new SampleCase { OnRequest = r => r["judicialAuthorisation"]!["validUntil"] = "2026-11-20T11:00:10+01:00" }.Write()).Has(FindingCode.AuthorisationNotInForce));
        var skipped = Judge(await new SampleCase { OnAct = a => a.Kind == ActKind.ACKNOWLEDGED ? a with { Kind = ActKind.ACCEPTED } : a }.Write());
        Assert.Equal(1, skipped.Findings.Count(f => f.Code == FindingCode.ActOutOfOrder));
        Assert.DoesNotContain(Judge(await Good).Findings, f => f.Code is FindingCode.DeadlineMissed or FindingCode.AuthorisationNotInForce or FindingCode.ActOutOfOrder);
    }

    [Fact]
    public async Task A_date_follows_from_the_profile_in_the_card_and_without_a_table_of_holidays_nobody_is_blamed_for_working_days()
    {
        Act Late(Act a) => a.Kind == ActKind.ACCEPTED ? a with { Time = a.Time.AddHours(30) } : a;
        Assert.DoesNotContain(Judge(await new SampleCase { OnAct = Late }.Write()).Findings, f => f.Code == FindingCode.DeadlineMissed);
        DeadlineTerm Term(TermUnit unit) => new(RequestKind.STORED_CONTENT_DATA, Urgency.ORDINARY, 1, unit);
        var strict = Judge(await new SampleCase(asked: new SampleState("XB", null, Term(TermUnit.DAYS))) { OnAct = Late }.Write(), []);
        Assert.Contains(strict.Findings, f => f.Code == FindingCode.DeadlineMissed && f.Text.Contains("1 DAYS in the profile of XB", StringComparison.Ordinal));
        var working = Judge(await new SampleCase(asked: new SampleState("XB", null, Term(TermUnit.WORKING_DAYS))) { OnAct = Late }.Write(), []);
        Assert.DoesNotContain(working.Findings, f => f.Code == FindingCode.DeadlineMissed);
        Assert.Contains(working.Deadlines, d => d.Met > d.Due && d.Basis.Contains("counted as calendar days", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_time_in_which_an_authority_waited_for_the_other_one_is_added()
    {
        Act Told(Act a) => a.Kind switch
        {
            ActKind.ACCEPTED => a with { DueAt = a.Time.AddHours(1) },
            ActKind.SUPPLEMENTED => a with { Time = a.Time.AddHours(3) },
            ActKind.EXECUTED => a with { Time = a.Time.AddHours(3.5) },
            _ => a,
        };
        Assert.Contains(Judge(await new SampleCase { OnAct = Told }.Write()).Findings, f => f.Code == FindingCode.DeadlineMissed);
        var waited = Judge(await new SampleCase { OnAct = Told, AsksBack = true }.Write());
        Assert.DoesNotContain(waited.Findings, f => f.Code is FindingCode.DeadlineMissed or FindingCode.ActOutOfOrder);
        Assert.Contains(waited.Deadlines, d => d.What == "answer" && d.Basis.Contains("h waited for a supplement", StringComparison.Ordinal));
        Assert.Contains(waited.Deadlines, d => d is { What: "supplement", By: "XA-CA", Met: not null });
    }

    [Fact]
    public async Task The_report_says_what_was_asked_authorised_and_delivered_and_who_had_the_item()
    {
        var report = Judge(await Good);
        var row = Assert.Single(report.Scope, s => s.Case == SampleCase.Content);
        Assert.Contains(row.Asked, l => l.StartsWith("data of 2026-02-12", StringComparison.Ordinal));
        Assert.Contains("the decision is attached", row.Authorised);
        Assert.Contains(row.Delivered, l => l.Contains("disk-1.dd", StringComparison.Ordinal));
        Assert.Equal(["ACQUIRED", "ATTACHED", "RELEASED (PROPOSE)", "RELEASED (APPROVE)", "SENT", "RECEIVED", "VERIFIED", "HANDED OVER"], report.Custody.Select(c => c.Event));
        Assert.Equal(8, report.Timeline.Count(e => e.To is not null && e.Arrived is not null));
    }

    [Fact]
    public async Task A_bundle_holds_no_key_of_an_item()
    {
        var files = BundleFiles.Of(await Good);
        Assert.DoesNotContain(files.In("documents/"), n => System.Text.Encoding.UTF8.GetString(SignedDocument.Open(files[n]).Value.Content.Span).Contains("rant", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hand_over_must_agree_with_manifest_and_receipts()
        => Assert.True(Judge(await new SampleCase { Found = HandOverOutcome.UNREADABLE }.Write()).Has(FindingCode.HandOverDiffers));

    [Fact]
    public async Task A_withheld_document_is_said_to_be_withheld_and_a_missing_one_is_not_forgiven()
    {
        var story = new SampleCase();
        var all = BundleFiles.Of(await story.Write());
        var covers = all.In("documents/").Where(n => CoverIsAbout(all[n], "REQUEST")).ToList();
        var withheld = BundleFiles.Of(await Good);
        Assert.True(Digest.TryParse(BundleFiles.Of(await Good).In("documents/").First(n => CoverIsAbout(withheld[n], "REQUEST"))[10..74], out var digest));
        withheld.Remove($"documents/{digest}.cms");
        var old = CaseFile.Read(withheld["case.json"]).Value;
        Assert.True(Judge(withheld.Reseal(Asking.Seal).Pack()).Has(FindingCode.DocumentMissing));
        withheld["case.json"] = (old with { Withheld = [digest] }).Write();
        var report = Judge(withheld.Reseal(Asking.Seal).Pack());
        Assert.True(report.Has(FindingCode.Withheld));
        Assert.Equal(Verdict.VALID, report.Verdict);
        Assert.Equal(2, covers.Count);
    }

    [Fact]
    public async Task Certificates_that_no_card_lists_are_not_smuggled_in_for_openssl()
    {
        var files = BundleFiles.Of(await Good);
        files["trust/XB/seals.pem"] = [.. files["trust/XB/seals.pem"], .. files["trust/XA/seals.pem"]];
        Assert.True(Judge(files.Reseal(Asking.Seal).Pack()).Has(FindingCode.TrustFileDiffers, "trust/XB/seals.pem"));
        files.Remove("trust/XB/card-00000001.cms");
        Assert.True(Judge(files.Reseal(Asking.Seal).Pack()).Has(FindingCode.CardMissing));
    }

    [Fact]
    public async Task A_list_sealed_by_somebody_else_does_not_count()
    {
        var report = Judge(BundleFiles.Of(await Good).Reseal(SampleCase.Shared.Asked.Seal).Pack());
        Assert.True(report.Has(FindingCode.ManifestSealerUnknown));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task What_is_dated_after_the_judgement_is_named()
    {
        Assert.True(Judge(await Good, at: SampleState.From).Has(FindingCode.TimeInFuture));
        Assert.False(Judge(await Good, at: SampleState.From.AddYears(3)).Has(FindingCode.TimeInFuture));
    }

    private static HandOver? HandOverIn(BundleDocument document) => HandOver.Read(SignedDocument.Open(document.Read()).Value.Content) is { Succeeded: true, Value: var statement } ? statement : null;

    private static bool CoverIsAbout(byte[] der, string about)
        => System.Text.Encoding.UTF8.GetString(SignedDocument.Open(der).Value.Content.Span).Contains($"\"about\":\"{about}\"", StringComparison.Ordinal);
}
