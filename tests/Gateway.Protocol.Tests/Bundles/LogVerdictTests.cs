using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>Who exports decides what of the log is in a bundle, and writes the policy there: neither may make old receipts count that no witness saw.</summary>
public class LogVerdictTests
{
    private static SampleState Witness => SampleCase.Shared.Witness;

    [Theory]
    [InlineData(1, Verdict.VALID, FindingCode.ProofPending)]
    [InlineData(30, Verdict.VALID, FindingCode.ProofLate)]
    [InlineData(80, Verdict.BROKEN, FindingCode.ProofMissing)]
    public async Task A_log_that_the_card_names_is_missed_when_all_of_it_was_left_out(int hours, Verdict verdict, FindingCode code)
    {
        var report = Judge(await new SampleCase { Log = null, ExportedAfter = TimeSpan.FromHours(hours) }.Write());
        Assert.Equal(verdict, report.Verdict);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.NoLog);
        Assert.Contains(report.Findings, f => f.Code == code);
        Assert.Empty(report.Logs);
    }

    [Fact]
    public async Task A_State_whose_card_names_no_log_keeps_none()
    {
        var story = new SampleCase { Log = null, ExportedAfter = TimeSpan.FromHours(80) };
        var report = Judge(await story.Write(s => s with { Cards = [SampleCase.Shared.Asking.WithoutLog(), .. s.Cards.Where(c => c.Card.State != "XA")] }));
        Assert.Equal(Verdict.VALID, report.Verdict);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.NoLog && f.Text.Contains("there is no log in this bundle:", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.ProofPending or FindingCode.ProofLate or FindingCode.ProofMissing);
    }

    // Who exports could leave out the cards that name its log; who verifies has one of them in hand.
    [Fact]
    public async Task A_log_that_the_card_of_the_verifier_names_is_missed_when_the_exporter_left_out_the_cards_that_name_it()
    {
        var bundle = await new SampleCase { Log = null, ExportedAfter = TimeSpan.FromHours(80) }.Write(s => s with { Cards = [SampleCase.Shared.Asking.WithoutLog(), .. s.Cards.Where(c => c.Card.State != "XA")] });
        var report = Judge(bundle, [.. TrustAnchor.Read(SampleCase.Shared.Asking.Card.Der, "XA.card").Value, .. Anchors.Skip(1)]);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.ProofMissing);
        Assert.Equal(Verdict.BROKEN, report.Verdict);
        // A log that was begun after the bundle was made could hold nothing of it.
        var later = SampleCase.Shared.Asking.At(2, report.Exported!.Value.AddDays(1), named: true);
        report = Judge(bundle, [.. TrustAnchor.Read(later.Der, "XA.card").Value, .. Anchors.Skip(1)]);
        Assert.False(report.Has(FindingCode.ProofMissing));
        // Whether the cards before that one named a log is not shown, and who exports chooses which of them are here.
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LogNotNamed && f.Text.Contains("that you hold is of", StringComparison.Ordinal));
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
    }

    // What asks for nobody is met by nobody: the policy in the bundle is the exporter's own.
    [Theory]
    [InlineData(0)]
    [InlineData(null)]
    public async Task Without_one_cosignature_nothing_is_witnessed_whatever_the_policy_in_the_bundle_asks_for(int? threshold)
    {
        var report = Judge(await new SampleCase { Log = new SampleLog() { Threshold = threshold }, ExportedAfter = TimeSpan.FromHours(80) }.Write());
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.ProofUnwitnessed);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.NotWitnessed);
    }

    // With two States the quorum is the other one, with three it may be both: whoever stops cosigning must not make the evidence of the other side broken.
    [Fact]
    public async Task What_stands_in_the_log_is_not_broken_by_a_witness_that_stops_cosigning()
    {
        var report = Judge(await new SampleCase { Log = new SampleLog(SampleCase.Shared.Witness) { Threshold = 1 }, ExportedAfter = TimeSpan.FromHours(80) }.Write(s =>
        {
            var two = TlogPolicy.Compose([SampleCase.Shared.Asking.Log.Key], [new PolicyWitness("XC", Witness.Cosigner.Key), new PolicyWitness("XB", SampleCase.Shared.Asked.Cosigner.Key)], 2);
            return s with { Logs = [s.Logs[0] with { Policy = two.Write() }] };
        }));
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
        Assert.All(report.Findings.Where(f => f.Severity >= Severity.Unconfirmed), f => Assert.Equal(FindingCode.ProofUnwitnessed, f.Code));
        Assert.True(report.Has(FindingCode.QuorumLacking));
    }

    // The line was down for days: what came from the other side is logged when it is taken, and nothing of ours says that it was there before.
    [Theory]
    [InlineData(true, Verdict.VALID, FindingCode.ProofLate)]
    [InlineData(false, Verdict.BROKEN, FindingCode.ProofMissing)]
    public async Task A_receipt_of_the_other_State_is_asked_for_from_when_it_was_held(bool cameLate, Verdict verdict, FindingCode code)
    {
        // Nothing of XA names the receipt that XB issued last; the ones before it are named.
        var (story, lacking) = (new SampleCase { ExportedAfter = TimeSpan.FromHours(80) }, -1);
        story.Log = story.Log! with { Proves = i => i != (lacking = cameLate ? story.Issued.FindLastIndex(r => r.State == "XB") : story.Issued.FindIndex(r => r.State == "XB")) };
        story.Leaves = r => r.Case == SampleCase.Preservation;
        var report = Judge(await story.Write(s => s with { Cases = [s.Cases[0]], Documents = s.Documents }));
        Assert.Contains(report.Findings, f => f.Code == code && f.Text.Contains("of XB in case", StringComparison.Ordinal));
        Assert.Equal(verdict == Verdict.BROKEN, report.Has(FindingCode.ProofMissing));
    }

    [Fact]
    public async Task Witnesses_that_nothing_from_outside_confirms_make_no_bundle_valid()
    {
        var bundle = await new SampleCase { Log = new SampleLog(Witness), ExportedAfter = TimeSpan.FromHours(80) }.Write();
        var report = Judge(bundle, [.. Anchors.Take(2)]);
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.WitnessesUnconfirmed);
        Assert.Equal(Verdict.VALID, Judge(bundle).Verdict);
    }

    [Fact]
    public async Task A_bundle_made_too_early_for_its_proofs_is_not_taken_for_a_complete_one_years_later()
    {
        var bundle = await new SampleCase { Log = new SampleLog(Witness) { Proves = i => i != 3 } }.Write();
        var exported = Judge(bundle).Exported!.Value;
        Assert.Contains(Judge(bundle, at: exported.AddHours(1)).Findings, f => f.Code == FindingCode.ProofPending);
        var later = Judge(bundle, at: exported.AddYears(1));
        Assert.DoesNotContain(later.Findings, f => f.Code == FindingCode.ProofPending);
        // Who exports writes the date of the export: whoever never logged something can date it back.
        Assert.Equal(Verdict.CONSISTENT, later.Verdict);
        Assert.Equal(Verdict.VALID, Judge(bundle, at: exported.AddHours(71)).Verdict);
        Assert.Contains(later.Findings, f => f.Code == FindingCode.ProofOverdue && f.Text.Contains("ask for one that is made now", StringComparison.Ordinal));
    }

    // The exporter's own second log, cosigned by a State that it made up, beside the checkpoint that a witness really saw.
    [Fact]
    public async Task A_second_log_for_a_witness_of_ones_own_making_makes_no_bundle_valid()
    {
        var forger = new SampleState("XQ");
        var story = new SampleCase { Log = new SampleLog(forger), Witnesses = [Witness.Card, forger.Card], ExportedAfter = TimeSpan.FromHours(80) };
        var genuine = BundleFiles.Of(await new SampleCase { Log = new SampleLog(Witness), ExportedAfter = TimeSpan.FromHours(80) }.Write())[BundleLayout.Checkpoint("XA")];
        var report = Judge(await story.Write(s => s with { Logs = [s.Logs[0] with { Checkpoint = genuine, Policy = null }] }));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.WitnessesUnconfirmed);
        Assert.NotEqual(Verdict.VALID, report.Verdict);
    }

    // One that witnesses cosigned, but that whoever verifies did not name: to somebody else the State may show the other one.
    [Fact]
    public async Task A_second_log_of_a_State_is_not_covered_by_a_policy_that_names_the_first()
    {
        var (first, second) = (new LogName("XA", 2026), new LogName("XA", 2026, 2));
        var genuine = BundleFiles.Of(await new SampleCase().Write())[BundleLayout.Checkpoint("XA")];
        var bundle = await new SampleCase { Log = new SampleLog(SampleCase.Shared.Asked, Witness) { Name = second }, ExportedAfter = TimeSpan.FromHours(80) }
            .Write(s => s with { Logs = [s.Logs[0] with { Checkpoint = genuine, Policy = null }] });
        TlogPolicy Naming(LogName log) => TlogPolicy.Compose([SampleCase.Shared.Asking.LogOf(log).Key], [new PolicyWitness("XC", Witness.Cosigner.Key)], 1);

        var report = BundleCheck.Run(new MemoryStream(bundle), Anchors, policies: [Naming(first)]);
        Assert.Equal(second.Origin, Assert.Single(report.Findings, f => f.Code == FindingCode.LogNotNamed).Text.Split(' ')[5]);
        Assert.False(report.Has(FindingCode.PolicyNotMet));
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
        // Named by another policy there is nothing to say.
        Assert.Equal(Verdict.VALID, BundleCheck.Run(new MemoryStream(bundle), Anchors, policies: [Naming(first), Naming(second)]).Verdict);
        // Where nobody narrows the logs of this State, a log that is not the first must show what it follows.
        var elsewhere = TlogPolicy.Compose([Witness.Log.Key], [new PolicyWitness("XC", Witness.Cosigner.Key)], 1);
        foreach (var policies in (TlogPolicy[][])[[elsewhere], []])
        {
            report = BundleCheck.Run(new MemoryStream(bundle), Anchors, policies: policies);
            Assert.True(report.Verdict == Verdict.CONSISTENT && report.Has(FindingCode.LogBeginningNotShown));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_later_receipt_never_stands_in_an_earlier_log(bool back)
    {
        var story = new SampleCase();
        var report = Judge(await story.Write(s =>
        {
            var (proofs, half) = (s.Logs[0].Proofs.ToDictionary(p => p.Leaf, p => p.Proof), story.Issued.Count / 2);
            var next = new SampleLog(SampleCase.Shared.Asked, Witness) { Name = new LogName("XA", 2027), Follows = Ended(s.Logs[0].Checkpoint) }.Of(SampleCase.Shared.Asking, story.Issued, Requests.RequestSamples.Now.AddMinutes(4));
            var later = next.Proofs.ToDictionary(p => p.Leaf, p => p.Proof);
            return s with { Logs = [s.Logs[0] with { Proofs = story.Issued.Select((r, i) => (r.Sha256, i < half != back ? proofs[r.Sha256] : later[r.Sha256])).Concat(next.Proofs.TakeLast(1)).ToList() }] };
        }));
        Assert.Equal(back, report.Has(FindingCode.LogOrder));
        Assert.Equal(back ? Verdict.BROKEN : Verdict.VALID, report.Verdict);
    }

    [Fact]
    public async Task Where_no_other_State_keeps_a_log_nobody_can_witness_and_nothing_breaks()
    {
        var story = new SampleCase { Log = new SampleLog() { Threshold = 0 }, Witnesses = [], ExportedAfter = TimeSpan.FromHours(80) };
        var report = Judge(await story.Write(s => s with { Cards = [s.Cards[0], SampleCase.Shared.Asked.WithoutLog()] }));
        Assert.Equal(Verdict.VALID, report.Verdict);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.ProofLate);
    }

    // Who exports chooses the note under each proof: a witness on the newest checkpoint vouches for nothing that lies under another one.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_outside_the_case_cosigned_is_asked_of_every_checkpoint_under_which_proofs_stand(bool half)
    {
        var (story, seen) = (new SampleCase { Log = new SampleLog(SampleCase.Shared.Asked), ExportedAfter = TimeSpan.FromHours(80) }, 0);
        var report = Judge(await story.Write(s =>
        {
            // The same log, one leaf earlier: what the witness saw became what the counterparty alone cosigned, and says nothing of its last leaf.
            seen = half ? story.Issued.Count / 2 : 0;
            var log = new SampleLog(SampleCase.Shared.Asked) { EarlierWitnesses = [Witness] }.Of(SampleCase.Shared.Asking, story.Issued, Requests.RequestSamples.Now.AddMinutes(4), seen > 0 ? [(seen, Requests.RequestSamples.Now.AddMinutes(3))] : []);
            return s with { Logs = [log] };
        }));
        Assert.Equal(half ? (string[])["XC"] : [], Assert.Single(report.Logs).Outside);
        var found = Assert.Single(report.Findings, f => f.Code == FindingCode.CounterpartyOnly);
        Assert.Contains("is cosigned by the counterparty only", found.Text, StringComparison.Ordinal);
        Assert.Equal(half, report.NotProved.Any(t => t.Contains("before XC first cosigned", StringComparison.Ordinal) && t.Contains($"{story.Issued.Count - seen} stand under no checkpoint", StringComparison.Ordinal)));
        Assert.Equal(!half, report.NotProved.Any(t => t.Contains("nobody outside the case", StringComparison.Ordinal)));
    }

    // A year turned, or a log was lost: the next one begins with the digest of the last checkpoint of the one before, and the bundle shows that one.
    [Theory]
    [InlineData("2027", true, Verdict.VALID, null)]
    [InlineData("2026-2", true, Verdict.VALID, FindingCode.LogBegunAnew)]
    [InlineData("2027", false, Verdict.CONSISTENT, FindingCode.LogBeginningNotShown)]
    [InlineData("2026-2", false, Verdict.CONSISTENT, FindingCode.LogBeginningNotShown)]
    public async Task A_log_that_follows_another_shows_where_that_one_ended(string year, bool shown, Verdict verdict, FindingCode? code)
    {
        Assert.True(LogName.TryParse($"gateway-log/XA/{year}", out var name));
        var report = await Turned(name, (note, _) => shown ? Ended(note) : null);
        Assert.Equal(verdict, report.Verdict);
        Assert.Equal(code is null ? [] : [code.Value], report.Findings.Select(f => f.Code).Where(c => c is FindingCode.LogBegunAnew or FindingCode.LogBeginningNotShown));
        Assert.False(report.Has(FindingCode.ProofUnreferenced));
    }

    [Fact]
    public async Task What_a_log_says_of_the_one_before_counts_only_with_that_ones_own_signature_and_digest()
    {
        var next = new LogName("XA", 2026, 2);
        // A checkpoint that the log before never signed; other bytes than the leaf says; nothing beside the proof.
        var stranger = new Gateway.Protocol.Tests.MerkleLog.NoteSigner(SampleCase.Shared.Asking.Log.Key.Name, NoteAlgorithm.Ed25519);
        var text = new Checkpoint(new LogName("XA", 2026).Origin, 99, Digest.Of("x"u8)).Write();
        var forged = SignedNote.Compose(text, [stranger.Line(text)]);
        foreach (var follows in (Func<ReadOnlyMemory<byte>, long, (SignedNote, ReadOnlyMemory<byte>)?>[])[(_, _) => (forged, forged.Bytes), (note, _) => (Ended(note)!.Value.Note, forged.Bytes)])
        {
            var report = await Turned(next, follows);
            Assert.True(report.Verdict == Verdict.CONSISTENT && report.Has(FindingCode.LogBeginningNotShown), string.Join('\n', report.Heavy()));
        }
    }

    [Fact]
    public async Task A_log_does_not_go_on_behind_the_end_that_its_successor_names()
    {
        var report = await Turned(new LogName("XA", 2027), (_, last) => SampleLog.EndedAt(new LogName("XA", 2026), last));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.LogOrder && f.Text.Contains("written on beside its successor", StringComparison.Ordinal));
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    // What a log says of any log before it is held against that one, not only against the one directly before.
    [Theory]
    [InlineData(0, Verdict.BROKEN, FindingCode.LogOrder, "written on beside its successor")]
    [InlineData(9, Verdict.CONSISTENT, FindingCode.LogBeginningNotShown, "gateway-log/XA/2027 says that it follows gateway-log/XA/2026, and what is proved here under gateway-log/XA/2026-2 came between")]
    public async Task A_log_does_not_pass_over_the_one_before(long behind, Verdict verdict, FindingCode code, string words)
    {
        var report = Judge(await SampleLog.PassedOver(behind));
        Assert.Contains(report.Findings, f => f.Code == code && f.Text.Contains(words, StringComparison.Ordinal));
        Assert.Equal(verdict, report.Verdict);
    }

    // Who names the log after it trusts that one; that the one before went on beside it stays a contradiction.
    [Fact]
    public async Task A_policy_of_ones_own_does_not_mend_two_logs_side_by_side()
    {
        var (first, next) = (new LogName("XA", 2026), new LogName("XA", 2027));
        var policies = new[] { first, next }.Select(log => TlogPolicy.Compose([SampleCase.Shared.Asking.LogOf(log).Key], [new PolicyWitness("XC", Witness.Cosigner.Key)], 1)).ToList();
        var bundle = await SampleLog.Turned((next, (_, last) => SampleLog.EndedAt(first, last)));
        Assert.True(BundleCheck.Run(new MemoryStream(bundle), Anchors, policies: policies).Has(FindingCode.LogOrder));
    }

    // A State that keeps two logs could give out an early checkpoint of the second, or one of a log that came later, for the end of the first.
    [Theory]
    [InlineData("2026-2")]
    [InlineData("2026-10")]
    [InlineData("2027")]
    public async Task A_log_follows_neither_itself_nor_one_after_it(string named)
    {
        Assert.True(LogName.TryParse("XA", named, out var name));
        var report = await Turned(new LogName("XA", 2026, 2), (_, _) => SampleLog.EndedAt(name, 5));
        Assert.True(report.Has(FindingCode.LogBeginningNotShown), string.Join('\n', report.Heavy()));
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
    }

    internal static async Task<BundleReport> Turned(LogName next, Func<ReadOnlyMemory<byte>, long, (SignedNote, ReadOnlyMemory<byte>)?> follows) => Judge(await SampleLog.Turned((next, follows)));

    // Whoever exports can leave out a card of the witness: what its other cards do not name is then nothing that the witness did wrong.
    [Theory]
    [InlineData(3, "card 2 of XC is not in this bundle, and may name it")]
    [InlineData(5, "cards 2 to 4 of XC are not in this bundle, and may name it")]
    [InlineData(2, "XC cosigned 2026-11-20T")]
    public async Task A_State_is_not_blamed_for_a_card_that_the_exporter_left_out(long version, string words)
    {
        var report = Judge(await new SampleCase { Witnesses = [Witness.At(1, SampleState.From, named: false), Witness.At(version, SampleState.From.AddMonths(11), named: true)] }.Write());
        var text = Assert.Single(report.Findings, f => f.Code == FindingCode.CosignatureNotCounted && f.File == BundleLayout.Checkpoint("XA")).Text;
        Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.Equal(version == 2, text.Contains("its card did not name then", StringComparison.Ordinal));
        // Another State's card, whether it was backdated or its clock was wrong, takes away that State's word and nothing else.
        Assert.False(report.Has(FindingCode.LogKeyNotInForce));
        Assert.NotEqual(Verdict.BROKEN, report.Verdict);
        Assert.DoesNotContain(report.Logs.SelectMany(l => l.Cosigners), c => c.State == "XC");
        Assert.True(Assert.Single(report.Logs).Proved > 0);
    }

    // Whoever has stolen a key that was given up could else make the second witness for which a court asks.
    [Fact]
    public async Task A_cosignature_out_of_force_fills_no_policy_of_whoever_verifies()
    {
        var policy = TlogPolicy.Compose([SampleCase.Shared.Asking.Log.Key], [new PolicyWitness("XC", Witness.Cosigner.Key)], 1);
        Assert.False(Judge(await Good, policies: [policy]).Has(FindingCode.PolicyNotMet));
        var report = Judge(await new SampleCase { Witnesses = [Witness.Card, Witness.WithoutLogKeys(SampleState.From.AddMonths(3))] }.Write(), policies: [policy]);
        Assert.True(report.Has(FindingCode.CosignatureNotCounted) && report.Has(FindingCode.PolicyNotMet), string.Join('\n', report.Findings));
    }

    // Another State could sign a second checkpoint at any time; what proves nothing accuses nobody.
    [Fact]
    public async Task A_log_that_was_split_is_named_and_breaks_only_the_bundle_of_its_own_State()
    {
        var (own, peer) = (SampleCase.Shared.Asking, SampleCase.Shared.Asked);
        foreach (var (conflict, code, verdict) in ((BundleConflict, FindingCode, Verdict)[])
        [
            (SampleLog.Split(own), FindingCode.LogForked, Verdict.BROKEN),
            (SampleLog.Split(peer), FindingCode.PeerLogForked, Verdict.CONSISTENT),
            // Nothing that is here stands in that log.
            (SampleLog.Split(own, year: 2024), FindingCode.ProofUnreferenced, Verdict.VALID),
            (SampleLog.Split(peer, year: 2024), FindingCode.ProofUnreferenced, Verdict.VALID),
            (SampleLog.Split(peer, c => c with { Root = Digest.Of("one story"u8) }), FindingCode.ProofUnreferenced, Verdict.VALID),
            (SampleLog.Split(peer, c => c with { Size = 8 }), FindingCode.ProofUnreferenced, Verdict.VALID),
            (SampleLog.Split(own) with { Log = new LogName("XB", 2026) }, FindingCode.ProofUnreferenced, Verdict.VALID),
        ])
        {
            var report = Judge(await SampleLog.BothSplit(conflict));
            Assert.Equal(code, Assert.Single(report.Findings, f => f.Code is FindingCode.LogForked or FindingCode.PeerLogForked or FindingCode.ProofUnreferenced).Code);
            Assert.Equal(verdict, report.Verdict);
        }
    }

    internal static (SignedNote Note, ReadOnlyMemory<byte> Shown)? Ended(ReadOnlyMemory<byte> cosigned)
    {
        var note = SignedNote.Read(cosigned).Value;
        var signed = SignedNote.Compose(note.Text, [.. note.Signatures.Where(s => !s.Name.StartsWith("gateway-witness", StringComparison.Ordinal))]);
        return (signed, signed.Bytes);
    }
}
