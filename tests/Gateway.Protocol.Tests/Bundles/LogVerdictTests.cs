using Gateway.Protocol.Bundles;
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

    // What asks for nobody is met by nobody: the policy in the bundle is the exporter's own.
    [Theory]
    [InlineData(0)]
    [InlineData(null)]
    public async Task Without_one_cosignature_nothing_is_witnessed_whatever_the_policy_in_the_bundle_asks_for(int? threshold)
    {
        var report = Judge(await new SampleCase { Log = new SampleLog() { Threshold = threshold }, ExportedAfter = TimeSpan.FromHours(80) }.Write());
        Assert.Equal(Verdict.BROKEN, report.Verdict);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.ProofMissing);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.NotWitnessed);
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
        Assert.Contains(later.Findings, f => f.Code == FindingCode.ProofLate && f.Text.Contains("ask for one that is made now", StringComparison.Ordinal));
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
        // Named by another policy, or where nobody narrows the logs of this State, there is nothing to say.
        foreach (var policies in (TlogPolicy[][])[[Naming(first), Naming(second)], []])
            Assert.Equal(Verdict.VALID, BundleCheck.Run(new MemoryStream(bundle), Anchors, policies: policies).Verdict);
        var elsewhere = TlogPolicy.Compose([Witness.Log.Key], [new PolicyWitness("XC", Witness.Cosigner.Key)], 1);
        Assert.Equal(Verdict.VALID, BundleCheck.Run(new MemoryStream(bundle), Anchors, policies: [elsewhere]).Verdict);
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
            var next = new SampleLog(SampleCase.Shared.Asked, Witness) { Name = new LogName("XA", 2027) }.Of(SampleCase.Shared.Asking, story.Issued, Requests.RequestSamples.Now.AddMinutes(4));
            var later = next.Proofs.ToDictionary(p => p.Leaf, p => p.Proof);
            return s with { Logs = [s.Logs[0] with { Proofs = story.Issued.Select((r, i) => (r.Sha256, i < half != back ? proofs[r.Sha256] : later[r.Sha256])).ToList() }] };
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
            var later = new SampleLog(SampleCase.Shared.Asked, Witness) { Others = 40 }.Of(SampleCase.Shared.Asking, story.Issued, Requests.RequestSamples.Now.AddMinutes(4));
            var (alone, outside) = (s.Logs[0].Proofs.ToDictionary(p => p.Leaf, p => p.Proof), later.Proofs.ToDictionary(p => p.Leaf, p => p.Proof));
            seen = half ? story.Issued.Count / 2 : 0;
            return s with { Logs = [later with { Proofs = [.. story.Issued.Select((r, i) => (r.Sha256, i < story.Issued.Count - seen ? alone[r.Sha256] : outside[r.Sha256]))] }] };
        }));
        Assert.Contains("XC", Assert.Single(report.Logs).Cosigners.Select(c => c.State));
        var found = Assert.Single(report.Findings, f => f.Code == FindingCode.CounterpartyOnly);
        Assert.Contains("under which proofs stand here, is cosigned by the counterparty only", found.Text, StringComparison.Ordinal);
        Assert.Equal(half, report.NotProved.Any(t => t.Contains("before XC first cosigned", StringComparison.Ordinal) && t.Contains($"{story.Issued.Count - seen} stand under no checkpoint", StringComparison.Ordinal)));
        Assert.Equal(!half, report.NotProved.Any(t => t.Contains("nobody outside the case", StringComparison.Ordinal)));
    }
}
