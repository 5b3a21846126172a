using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>What an erasure explains, it explains only where a log holds it.</summary>
public class ErasureProofTests
{
    private static SampleState Asking => SampleCase.Shared.Asking;

    [Theory]
    [InlineData(1, FindingCode.ProofPending, Verdict.VALID)]
    [InlineData(30, FindingCode.ProofLate, Verdict.VALID)]
    [InlineData(80, FindingCode.ProofMissing, Verdict.BROKEN)]
    public async Task An_erasure_without_a_proof_is_judged_by_its_age_as_a_receipt_is(int hours, FindingCode expected, Verdict verdict)
    {
        var report = await Erased(e => e, logged: false, exportedAfter: TimeSpan.FromHours(hours));
        Assert.Equal((expected, verdict), (Assert.Single(report.Findings, OfErasure).Code, report.Verdict));
    }

    [Fact]
    public async Task An_erasure_that_is_written_and_dated_back_when_somebody_asks_has_no_proof_and_breaks_the_bundle()
    {
        var report = await Erased(e => e with { Time = e.Time.AddDays(-30) }, logged: false);
        Assert.Equal(FindingCode.ProofMissing, Assert.Single(report.Findings, OfErasure).Code);
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task An_erasure_that_is_logged_needs_no_more_however_old_it_is()
    {
        var report = await Erased(e => e, exportedAfter: TimeSpan.FromHours(80));
        Assert.DoesNotContain(report.Findings, OfErasure);
        Assert.DoesNotContain(report.Findings, f => f.Code == FindingCode.ErasureMisdated || f.Severity == Severity.Broken);
        Assert.Equal(Verdict.VALID, report.Verdict);
    }

    [Fact]
    public async Task A_proof_under_a_checkpoint_that_nobody_cosigned_does_not_count()
        {
        var report = await Erased(e => e, exportedAfter: TimeSpan.FromHours(80), log: new SampleLog() { Threshold = null });
        Assert.Equal(FindingCode.ProofUnwitnessed, Assert.Single(report.Findings, f => OfErasure(f) || (f.Code == FindingCode.ProofUnwitnessed && f.Text.StartsWith("the erasure", StringComparison.Ordinal))).Code);
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
    }

    [Fact]
    public async Task A_proof_of_a_leaf_of_another_kind_is_no_proof_of_an_erasure()
    {
        var report = await Erased(e => e, kind: LeafKind.audit);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.ProofBroken);
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    [Fact]
    public async Task An_erasure_dated_otherwise_than_the_log_shows_is_named()
    {
        var early = Assert.Single((await Erased(e => e with { Time = e.Time.AddDays(-2) })).Findings, f => f.Code == FindingCode.ErasureMisdated);
        Assert.Contains("stands before it", early.Text, StringComparison.Ordinal);
        var late = Assert.Single((await Erased(e => e with { Time = e.Time.AddHours(1), BackupsUntil = e.Time.AddDays(60) }, exportedAfter: TimeSpan.FromHours(2))).Findings, f => f.Code == FindingCode.ErasureMisdated);
        Assert.Contains("saw it in the log", late.Text, StringComparison.Ordinal);
        // Logged before the receipts whose dates it contradicts, it says nothing of them.
        Assert.False((await Erased(e => e with { Time = e.Time.AddDays(-2) }, after: 0)).Has(FindingCode.ErasureMisdated));
    }

    [Fact]
    public async Task What_the_other_side_erased_does_not_explain_what_the_exporter_lacks()
    {
        var theirs = await Erased(e => e with { Authority = e.Peer, Peer = e.Authority }, exportedAfter: TimeSpan.FromHours(80), logged: false, seal: SampleCase.Shared.Asked.ContactSeal, state: false);
        Assert.True(theirs.Has(FindingCode.DocumentMissing));
        Assert.False(theirs.Has(FindingCode.Erased));
        // We were told of it some time; its age alone is no proof that it was never logged.
        Assert.Equal(FindingCode.ProofLate, Assert.Single(theirs.Findings, OfErasure).Code);
        var ours = await Erased(e => e, state: false);
        Assert.False(ours.Has(FindingCode.DocumentMissing));
        Assert.True(ours.Has(FindingCode.Erased));
    }

    /// <summary>XA erases what it has of the request to preserve.</summary>
    /// <param name="change">Changes the erasure before it is sealed.</param>
    /// <param name="broken">Seals something else in its place.</param>
    /// <param name="logged">Whether its leaf stands in the log of XA.</param>
    /// <param name="kind">The kind of that leaf.</param>
    /// <param name="after">Behind how many receipts; null for all.</param>
    /// <param name="exportedAfter">How long after the last receipt the bundle is made.</param>
    /// <param name="log">Another log.</param>
    /// <param name="seal">Another seal.</param>
    /// <param name="decided">Whether the decisions of the two persons are there.</param>
    /// <param name="state">Whether what is gone is stated as withheld, as exporters do.</param>
    // The request is gone with the copy of whoever erased it; where the other side still has it, it says until when the data might be kept.
    [Theory]
    [InlineData("2030-01-01", true)]
    [InlineData("2020-01-01", false)]
    public async Task What_an_erasure_leaves_out_of_the_time_that_the_request_allowed_is_said_by_the_request(string until, bool early)
    {
        var story = new SampleCase
        {
            OnRequest = r =>
            {
                r["handling"]!["retention"] = "UNTIL_DATE";
                r["handling"]!["retainUntil"] = until;
                r["handling"]!.AsObject().Remove("retainDays");
            },
        };
        var report = Judge(await story.Write(source =>
        {
            var chain = source.Cases.First(c => c.Case == SampleCase.Content).Chains.First(c => c.State == "XB").Receipts.ToList();
            var time = RequestSamples.Now.AddMinutes(4);
            var erasure = new Erasure
            {
                Id = Ids.New(), Case = SampleCase.Content, Authority = Party.Of("XB-CA"), Peer = Party.Of("XA-CA"), Reason = ErasureReason.ORDERED, LegalBasis = "art. 5",
                Proposal = Digest.Of("p"u8), Approval = Digest.Of("a"u8), Time = time, BackupsUntil = time.AddDays(30),
                Chains = [new ErasedChain("XB", chain.Count, Digest.Of(chain[^1].Span))], Messages = [], Items = [], Records = [], Nonce = Ids.New(),
            };
            ReadOnlyMemory<byte> document = SignedDocument.Sign(erasure.Write(), SampleCase.Shared.Asked.Seal, time);
            return source with { Erasures = [document] };
        }));
        Assert.Equal(early, report.Findings.Any(f => f.Code == FindingCode.ErasureEarly && f.Text.Contains("as the request says and the erasure does not", StringComparison.Ordinal)));
        Assert.DoesNotContain(report.Findings, f => f.Code == FindingCode.ErasureDiffers);
    }

    internal static async Task<BundleReport> Erased(Func<Erasure, Erasure> change, bool broken = false, bool logged = true, LeafKind kind = LeafKind.erasure, int? after = null, TimeSpan? exportedAfter = null, SampleLog? log = null, Signer? seal = null, bool state = true, bool decided = true)
    {
        var (story, covers, last) = (new SampleCase(), new List<(string Message, Digest Sha256)>(), default(DateTimeOffset));
        story.ExportedAfter = exportedAfter ?? story.ExportedAfter;
        story.OnReceipt = r =>
        {
            last = r.Time;
            if (r.Case == SampleCase.Preservation)
                covers.Add((r.Subject.Message, r.Subject.CoverSha256!.Value));
            return r;
        };
        var bundle = await story.Write(source =>
        {
            var chain = source.Cases.First(c => c.Case == SampleCase.Preservation).Chains.First(c => c.State == "XA").Receipts.ToList();
            var (id, time) = (Ids.New(), RequestSamples.Now.AddMinutes(4));
            byte[] Decision(ErasureStep step, Signer person)
                => SignedDocument.Sign(new ErasureDecision(id, SampleCase.Preservation, "XA-CP", step, ErasureReason.RETENTION_ENDED, "art. 5", time.AddDays(-3)).Write(), person, time.AddDays(-3));
            byte[][] decisions = decided ? [Decision(ErasureStep.PROPOSE, Asking.FirstOfficer), Decision(ErasureStep.APPROVE, Asking.SecondOfficer)] : [];
            var erasure = change(new Erasure
            {
                Id = id, Case = SampleCase.Preservation, Authority = Party.Of("XA-CP"), Peer = Party.Of("XB-CP"), Reason = ErasureReason.RETENTION_ENDED, LegalBasis = "art. 5",
                Proposal = decided ? Digest.Of(decisions[0]) : Digest.Of("p"u8), Approval = decided ? Digest.Of(decisions[1]) : Digest.Of("a"u8), Time = RequestSamples.Now.AddMinutes(4), BackupsUntil = RequestSamples.Now.AddDays(30),
                Chains = [new ErasedChain("XA", chain.Count, Digest.Of(chain[^1].Span))], Messages = [new ErasedMessage(covers[0].Message, covers[0].Sha256)], Items = [], Records = [], Nonce = Ids.New(),
            });
            seal ??= Asking.ContactSeal;
            ReadOnlyMemory<byte> document = SignedDocument.Sign(broken ? "{}\n"u8.ToArray() : erasure.Write(), seal, broken ? RequestSamples.Now : erasure.Time);
            var kept = (log ?? new SampleLog(SampleCase.Shared.Witness)) with { Records = (after ?? story.Issued.Count, logged && !broken ? [new LogLeaf(kind, Digest.Of(document.Span))] : []) };
            return source with
            {
                Erasures = [document],
                Documents = [.. source.Documents.Where(d => d.Sha256 != covers[0].Sha256), .. (erasure.Authority.State == "XA" ? decisions : []).Select(d => new BundleDocument(Digest.Of(d), () => d))],
                Withheld = state ? [covers[0].Sha256] : [],
                Logs = [kept.Of(Asking, story.Issued, last)],
            };
        });
        return Judge(bundle, at: last + story.ExportedAfter + TimeSpan.FromMinutes(1));
    }

    private static bool OfErasure(Finding finding) => finding.Code is FindingCode.ProofPending or FindingCode.ProofLate or FindingCode.ProofMissing && finding.Text.StartsWith("the erasure", StringComparison.Ordinal);
}
