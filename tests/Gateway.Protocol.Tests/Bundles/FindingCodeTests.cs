using System.IO.Compression;
using System.Text;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Records;
using Gateway.Protocol.Tests.Custody;
using Gateway.Protocol.Tests.MerkleLog;
using Gateway.Protocol.Tests.Records;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>For every code a bundle that produces it: a code that nothing produces is a check that nobody makes.</summary>
public class FindingCodeTests
{
    private const string FirstOfAsking = $"receipts/{SampleCase.Content}/XA/00000001.cms";
    private static readonly string s_checkpoint = BundleLayout.Checkpoint("XA");

    private static SampleState Asking => SampleCase.Shared.Asking;
    private static SampleState Asked => SampleCase.Shared.Asked;
    private static SampleState Witness => SampleCase.Shared.Witness;

    private static readonly Dictionary<FindingCode, Func<Task<BundleReport>>> s_bundles = new()
    {
        [FindingCode.NotABundle] = () => Task.FromResult(Judge("PK no"u8.ToArray())),
        [FindingCode.ContainerDamaged] = async () => Judge(Cut(await Good)),
        [FindingCode.NameRefused] = () => With(f => f["../x"] = [1]),
        [FindingCode.NameTwice] = () => Zip(("case.json", 0), ("CASE.json", 0)),
        [FindingCode.NotAFile] = () => Zip(("case.json", 0xA1FF << 16)),
        [FindingCode.LimitExceeded] = async () => Judge(await Good, limits: new BundleLimits(MaxEntries: 3)),
        [FindingCode.EncodingRefused] = async () => Judge(Encrypted(BundleFiles.Of(await Good).Pack(CompressionLevel.NoCompression))),
        [FindingCode.FileDamaged] = async () => Judge(Damaged(await Good)),
        [FindingCode.PlaceUnknown] = () => Sealed(f => f["notes.txt"] = [1]),
        [FindingCode.Repacked] = () => With(_ => { }),
        [FindingCode.ManifestMissing] = () => With(f => f.Remove("MANIFEST.cms")),
        [FindingCode.ManifestMalformed] = () => With(f => f["MANIFEST.sha256"] = "x\n"u8.ToArray()),
        [FindingCode.FileNotListed] = () => With(f => f["notes.txt"] = [1]),
        [FindingCode.FileMissing] = () => With(f => f.Remove("README.txt")),
        [FindingCode.FileChanged] = () => With(f => f["README.txt"][5] ^= 1),
        [FindingCode.ManifestSealBroken] = () => With(f => f["MANIFEST.sha256"] = f["MANIFEST.sha256"][..^78]),
        [FindingCode.ManifestSealerUnknown] = async () => Judge(BundleFiles.Of(await Good).Reseal(Asked.Seal).Pack()),
        [FindingCode.CaseFileUnreadable] = () => With(f => f["case.json"] = "{}\n"u8.ToArray()),
        [FindingCode.CaseFileDiffers] = () => Sealed(f => f["case.json"] = (CaseFile.Read(f["case.json"]).Value with { Documents = 99 }).Write(), contents: false),
        [FindingCode.LogRangeDiffers] = () => Ranges(r => r with { To = r.To + 1 }),
        [FindingCode.ReceiptMarkBroken] = () => Sealed(f => f[FirstOfAsking][^5] ^= 1),
        [FindingCode.ReceiptUnreadable] = () => Sealed(f => f[FirstOfAsking] = f["MANIFEST.cms"]),
        [FindingCode.ReceiptMisplaced] = () => Sealed(f => f[FirstOfAsking] = f[$"receipts/{SampleCase.Content}/XA/00000002.cms"]),
        [FindingCode.ReceiptMissing] = () => Sealed(f => f.Remove(FirstOfAsking)),
        [FindingCode.ChainBroken] = () => Receipt(r => r.Seq == 3 ? r with { Previous = Digest.Of("x"u8) } : r),
        [FindingCode.PeerHeadUnknown] = () => Receipt(r => r.Seq == 3 && r.PeerSeq > 0 ? r with { PeerHead = Digest.Of("x"u8) } : r),
        [FindingCode.PeerHeadBackwards] = () => Receipt(r => r.Seq == 4 && r.Issuer.State == "XB" ? r with { PeerSeq = 0, PeerHead = null } : r),
        [FindingCode.TimeBackwards] = () => Receipt(r => r.Seq == 3 ? r with { Time = r.Time.AddHours(-1) } : r),
        [FindingCode.TailUnconfirmed] = async () => Judge(await Good),
        [FindingCode.ClosingDiffers] = () => Receipt(r => r.Seq == 2 ? r with { Event = ReceiptEvent.GatewayCaseClosed } : r),
        [FindingCode.SealNotListed] = () => Receipt(r => r.Seq == 1 && r.Issuer.State == "XA" ? r with { Issuer = new("XA", "XA-CP") } : r),
        [FindingCode.SealNotValid] = () => Told(new SampleCase(asked: new SampleState("XB", SampleState.From.AddMonths(2))) { Log = new SampleLog(Witness) }),
        [FindingCode.ChainAbsent] = () => Told(new SampleCase { Leaves = r => r.Issuer.State == "XB" && r.Case == SampleCase.Preservation }),
        [FindingCode.ClockFlagged] = () => Receipt(r => r.Seq == 3 ? r with { ClockHeld = true } : r),
        [FindingCode.TimeInFuture] = async () => Judge(await Good, at: SampleState.From),
        [FindingCode.DocumentMisnamed] = () => Sealed(f => f[f.In("documents/").First()] = f[f.In("documents/").Last()]),
        [FindingCode.DocumentMarkBroken] = () => Sealed(f => Rename(f, d => d[^5] ^= 1)),
        [FindingCode.DocumentUnreadable] = () => Sealed(f => Add(f, SignedDocument.Sign("{\"v\":1,\"type\":\"cover\"}\n"u8, Asking.Seal, RequestTime))),
        [FindingCode.CoverContradicts] = () => Told(new SampleCase { OnCover = c => c.About == CoverAbout.REQUEST ? c with { Recipient = new("XB", "XB-PO") } : c }),
        [FindingCode.PartBroken] = () => Told(new SampleCase { OnCover = c => c.About == CoverAbout.ACT ? c with { Parts = [.. c.Parts, c.Parts[0]] } : c }),
        [FindingCode.StampDiffers] = () => Told(new SampleCase { OnCover = Restamped }),
        [FindingCode.SignerNotConfirmed] = () => Told(new SampleCase { Approver = Asking.SecondOfficer }),
        [FindingCode.DocumentMissing] = () => Sealed(f => f.Remove(f.In("documents/").First(n => IsCover(f[n])))),
        [FindingCode.Withheld] = () => Sealed(Withhold, contents: false),
        [FindingCode.ReceiptLacking] = () => Told(new SampleCase { Leaves = r => r.Event == ReceiptEvent.RelayAcceptance && r.Case == SampleCase.Preservation }),
        [FindingCode.DocumentUnreferenced] = () => Sealed(f => Add(f, SignedDocument.Sign(new Stamp("XA-CA", "x", "1", RequestTime, Digest.Of("x"u8)).Write(), Asking.Stamp, RequestTime))),
        [FindingCode.NotDelivered] = () => Told(new SampleCase { Leaves = r => r.Issuer.State == "XB" && r.Case == SampleCase.Preservation }),
        [FindingCode.SignerNotValid] = () => Told(new SampleCase { OnCover = SignedTooLate }),
        [FindingCode.DeadlineMissed] = () => Told(new SampleCase { OnAct = a => a.Kind == ActKind.ACCEPTED ? a with { DueAt = a.Time.AddSeconds(1) } : a }),
        [FindingCode.AuthorisationNotInForce] = () => Told(new SampleCase { OnRequest = r => r["judicialAuthorisation"]!["validUntil"] = "2026-11-20T11:00:10+01:00" }),
        [FindingCode.ActOutOfOrder] = () => Told(new SampleCase { OnAct = a => a.Kind == ActKind.ACKNOWLEDGED ? a with { Kind = ActKind.EXECUTED, Outcome = "FULL" } : a }),
        [FindingCode.EvidenceIncomplete] = () => Sealed(f => f.Remove(BundleLayout.EvidenceManifest(SampleCase.Item))),
        [FindingCode.EvidenceManifestDiffers] = () => Told(new SampleCase { OnManifest = m => m with { Case = SampleCase.Preservation } }),
        [FindingCode.ContentDiffers] = () => Told(new SampleCase { Disclosed = [1, 2, 3] }),
        [FindingCode.ReleaseLacking] = () => Told(new SampleCase { Approver = Asked.FirstOfficer }),
        [FindingCode.HandOverDiffers] = () => Told(new SampleCase { Found = HandOverOutcome.UNREADABLE }),
        [FindingCode.HandOverLacking] = () => Told(new SampleCase { Leaves = r => r.Event == ReceiptEvent.ContentHandover }),
        [FindingCode.CustodyOutOfOrder] = () => Told(new SampleCase { OnManifest = m => m with { Time = m.Time.AddYears(1), Custody = [.. m.Custody.Select(e => e with { Time = e.Time.AddYears(1) })] } }),
        [FindingCode.CustodyGap] = () => Told(new SampleCase { OnManifest = m => m with { Custody = [CustodySamples.Earlier(CustodyKind.SEIZED, m.Custody[0].Time.AddDays(-3), "Birk", m.Custody[0].Actor, "order 3/2026"), .. m.Custody] } }),
        [FindingCode.CustodyHashDiffers] = () => Told(new SampleCase { OnManifest = m => m with { Custody = [m.Custody[0], m.Custody[1] with { HashBefore = Digest.Of("x"u8) }] } }),
        // The request is not in the bundle: that it was an emergency cannot be contradicted.
        [FindingCode.ReleasedAlone] = () => Told(new SampleCase
        {
            OnRelease = r => r with { Decision = ReleaseDecision.ALONE, DutyJudge = "Court of Birk, 3 Gs 9/26" },
            OnManifest = m => m with { Request = Ids.New() },
        }),
        [FindingCode.ReviewLate] = () => LoneReviewTests.Story(bySender: true, 50, 26),
        [FindingCode.ReviewAbsent] = () => LoneReviewTests.Story(bySender: true, 26, null),
        [FindingCode.LossDiffers] = () => Told(new SampleCase { OnLoss = l => l with { Role = Protocol.Requests.Role.FORENSIC_LAB } }),
        [FindingCode.ReleaseTermsDiffer] = () => Told(new SampleCase { OnRelease = r => r.Decision == ReleaseDecision.APPROVE ? r with { Terms = "only for CRIMINAL_PROCEEDINGS: COURT_USE_ONLY" } : r }),
        [FindingCode.CustodyChainBroken] = () => Told(new SampleCase { Custody = [new(CustodyKind.STORED), new(CustodyKind.MOVED) { Detached = true }] }),
        [FindingCode.CustodyEventMissing] = () => Told(new SampleCase { Custody = [new(CustodyKind.STORED) { Kept = true }, new(CustodyKind.MOVED)] }),
        [FindingCode.CustodySigner] = () => Told(new SampleCase { Custody = [new(CustodyKind.SEALED) { By = new("A. Lawyer", "XB-CA") }] }),
        [FindingCode.CustodyRecordedLate] = () => Told(new SampleCase { Custody = [new(CustodyKind.STORED) { After = TimeSpan.FromDays(-2) }] }),
        [FindingCode.CustodySequence] = () => Told(new SampleCase { Custody = [new(CustodyKind.CHECKED_IN)] }),
        [FindingCode.CustodyMismatch] = () => Told(new SampleCase { OnReceipt = r => r.Event == ReceiptEvent.ContentHandover ? r with { Event = ReceiptEvent.ContentHandoverFailure, Reasons = ["V033"] } : r }),
        [FindingCode.CustodyCorrected] = () => Told(new SampleCase { Custody = [new(CustodyKind.STORED), new(CustodyKind.CORRECTION) { Change = (form, last) => form["corrects"] = last.ToString() }] }),
        [FindingCode.CustodyTailMissing] = () => Told(new SampleCase { Custody = [new(CustodyKind.STORED)], OnCustodyHead = h => h with { Events = 2, Head = Digest.Of("x"u8) } }),
        [FindingCode.RecordDiffers] = () => Told(new SampleCase { Records = [(RecordForms.LabReport, f => f["exhibitNumber"] = "another", c => c.Asked.Technician)] }),
        [FindingCode.RecordSigner] = () => Told(new SampleCase { Records = [(RecordForms.CustodianCertificate, f => f["certifier"]!["name"] = Asked.Seal.Certificate.CommonName, c => c.Asked.Seal)] }),
        [FindingCode.RecordAbsent] = () => Told(new SampleCase { Custody = [new(CustodyKind.COPIED)] }),
        [FindingCode.CertifierDiffers] = () => Told(new SampleCase { Records = [(RecordForms.CustodianCertificate, _ => { }, c => c.Asked.FirstOfficer)] }),
        [FindingCode.CertificateUnsigned] = () => Told(new SampleCase { Records = [(RecordForms.CustodianCertificate, RecordSamples.TwoParts, c => c.Asked.Technician)] }),
        [FindingCode.RecordUnsigned] = () => Told(new SampleCase { Records = [(RecordForms.LabReport, _ => { }, c => c.Asked.Technician)] }),
        [FindingCode.CertificateOverdue] = () => Told(new SampleCase
        {
            OnManifest = m => m with { Certificate = null, CertificateExemption = new(ExemptionCode.EMERGENCY_CERTIFICATE_TO_FOLLOW, m.Time.AddHours(1)) },
            ExportedAfter = TimeSpan.FromDays(2),
        }),
        [FindingCode.OnPaper] = OnPaper,
        [FindingCode.OnPaperNotJudged] = () => new PaperStory { After = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(38)) }.Judged(),
        [FindingCode.PaperMarksNotVerified] = () => new PaperStory().JudgedEntered(r => r),
        [FindingCode.CardBroken] = () => Sealed(f => f["trust/XB/card-00000001.cms"][^5] ^= 1),
        [FindingCode.CardMissing] = () => Sealed(f => f.Remove("trust/XB/card-00000001.cms")),
        [FindingCode.NotAnchored] = async () => Judge(await Good, []),
        [FindingCode.AnchorContradicts] = async () => Judge(await Good, [new TrustAnchor(Digest.Of("x"u8), "XA", "a card")]),
        [FindingCode.TrustFileDiffers] = () => Sealed(f => f["trust/XB/seals.pem"] = f["trust/XA/seals.pem"]),
        [FindingCode.WitnessNotAnchored] = async () => Judge(await Good, [.. Anchors.Take(2)]),
        [FindingCode.AnchorNamesNoState] = async () => Judge(await Good, [Anchors[0], new TrustAnchor(Asked.Card.CardKey, null, "a fingerprint heard by telephone")]),
        [FindingCode.NoLog] = () => Told(new SampleCase { Log = null }),
        [FindingCode.CheckpointBroken] = () => Told(new SampleCase { Log = new SampleLog(Witness) { SignedBy = new NoteSigner(Asking.Log.Key.Name, NoteAlgorithm.Ed25519) } }),
        [FindingCode.LogKeyUnknown] = () => Told(new SampleCase(), s => s with { Cards = [Asking.WithoutLog(), .. s.Cards.Where(c => c.Card.State != "XA")] }),
        [FindingCode.LogKeyNotInForce] = () => Told(new SampleCase(), s => s with { Cards = [Asking.Card, Asking.WithoutLogKeys(SampleState.From.AddMonths(3)), .. s.Cards.Where(c => c.Card.State != "XA")] }),
        [FindingCode.CosignatureNotCounted] = () => Told(new SampleCase { Witnesses = [Witness.Card, Witness.WithoutLogKeys(SampleState.From.AddMonths(3))] }),
        [FindingCode.CosignatureInFuture] = () => Told(new SampleCase { Log = new SampleLog(Witness) { CosignedAfter = TimeSpan.FromHours(1) } }),
        [FindingCode.LogForked] = () => Told(new SampleCase(), s => s with { Logs = [s.Logs[0] with { Checkpoint = Fork(s.Logs[0].Checkpoint) }] }),
        [FindingCode.LogOrder] = () => Told(new SampleCase { Log = new SampleLog(Witness) { OnOrder = r => r.Reverse() } }),
        [FindingCode.ProofBroken] = () => Sealed(f => f[f.In("log/XA/proofs/").First()] = f[f.In("log/XA/proofs/").Last()]),
        [FindingCode.ProofUnreferenced] = () => Told(new SampleCase(), s => s with { Cases = [s.Cases[0]] }),
        [FindingCode.ProofPending] = () => Told(new SampleCase { Log = new SampleLog(Witness) { Proves = i => i != 3 } }),
        [FindingCode.ProofLate] = () => Told(new SampleCase { Log = new SampleLog(Witness) { Proves = i => i != 3 }, ExportedAfter = TimeSpan.FromHours(30) }),
        [FindingCode.ProofMissing] = () => Told(new SampleCase { Log = new SampleLog(Witness) { Proves = i => i != 0 }, ExportedAfter = TimeSpan.FromHours(80) }),
        [FindingCode.NotWitnessed] = () => Told(new SampleCase { Log = new SampleLog() { Threshold = null } }),
        [FindingCode.CounterpartyOnly] = () => Told(new SampleCase { Log = new SampleLog(Asked) }),
        [FindingCode.PolicyDiffers] = () => Sealed(f => f[BundleLayout.LogPolicy("XA")] = TlogPolicy.Compose([new NoteSigner(Asking.Log.Key.Name, NoteAlgorithm.Ed25519).Key], [], 0).Write()),
        [FindingCode.PolicyNotMet] = async () => Judge(await Good, policies: [Two]),
        [FindingCode.QuorumLacking] = () => Told(new SampleCase(), s => s with { Logs = [s.Logs[0] with { Policy = Two.Write() }] }),
        [FindingCode.TimeStampBroken] = async () => Judge(await StampTests.Stamped(), timeStamps: StampTests.Judge(broken: "it is of other bytes")),
        [FindingCode.TimeStampNotConfirmed] = async () => Judge(await StampTests.Stamped()),
        [FindingCode.DatedAfterLogged] = async () => Judge(await StampTests.Stamped(), timeStamps: StampTests.Judge(StampTests.Time.AddHours(-1))),
        [FindingCode.WitnessesUnconfirmed] = async () => Judge(await new SampleCase { Log = new SampleLog(Witness) }.Write(), [.. Anchors.Take(2)]),
        [FindingCode.LogNotNamed] = async () => Judge(await Good, policies: [TlogPolicy.Compose([Asking.LogOf(new LogName("XA", 2025)).Key], [], 0)]),
        [FindingCode.ProofUnwitnessed] = () => Told(new SampleCase { Log = new SampleLog() { Threshold = null }, ExportedAfter = TimeSpan.FromHours(80) }),
        [FindingCode.ProofOverdue] = async () => Judge(await new SampleCase { Log = new SampleLog(Witness) { Proves = i => i != 3 } }.Write(), at: RequestTime.AddDays(4)),
        [FindingCode.LogBegunAnew] = () => LogVerdictTests.Turned(new LogName("XA", 2026, 2), (note, _) => LogVerdictTests.Ended(note)),
        [FindingCode.LogBeginningNotShown] = () => LogVerdictTests.Turned(new LogName("XA", 2026, 2), (_, _) => null),
        [FindingCode.LoggedTooLate] = () => LogDateTests.Later(TimeSpan.FromHours(80), TimeSpan.Zero, receipts: 3, known: TimeSpan.FromHours(-1)),
        [FindingCode.TimeNotProved] = () => LogDateTests.Later(TimeSpan.FromHours(80), TimeSpan.Zero, receipts: 3),
        [FindingCode.GrowthNotShown] = async () => Judge(await LogGrowthTests.Grown(log => log with { Growths = [] })),
        [FindingCode.GrowthBroken] = async () => Judge(await LogGrowthTests.Grown(log => log with { Growths = [.. log.Growths.Select(g => g with { Way = (CheckpointSubmission.Read(g.Way)! with { Proof = [] }).Write() })] })),
        [FindingCode.LogPastEnd] = async () => Judge(await RenewedLogVerdictTests.Announced(await Good, RenewedLogVerdictTests.Says(2, 5))),
        [FindingCode.LoggedLater] = () => LogDateTests.Later(TimeSpan.FromHours(30), TimeSpan.Zero),
        [FindingCode.CustodyTailUnconfirmed] = () => Told(new SampleCase { Custody = [new(CustodyKind.STORED)] }),
        [FindingCode.ReceiptForked] = () => Told(new SampleCase(), s => s with { Documents = [.. s.Documents, Second(s, "XA", Asking.Seal)] }),
        [FindingCode.PeerLogForked] = async () => Judge(await SampleLog.BothSplit(SampleLog.Split(Asked))),
        [FindingCode.PeerReceiptForked] = () => Told(new SampleCase(), s => s with { Documents = [.. s.Documents, Second(s, "XB", Asked.Seal)] }),
        [FindingCode.ErasureBroken] = () => Erased(e => e, broken: true),
        [FindingCode.ErasureDiffers] = () => Erased(e => e with { Chains = [new ErasedChain("XA", 1, Digest.Of("x"u8))] }),
        [FindingCode.ErasureDecisionLacking] = () => ErasureProofTests.Erased(e => e with { Authority = e.Peer, Peer = e.Authority }, seal: Asked.ContactSeal, logged: false, state: false),
        [FindingCode.ErasureDecisionAbsent] = () => ErasureProofTests.Erased(e => e, decided: false),
        [FindingCode.ErasureEarly] = () => Erased(e => e with { RetainUntil = e.Time.AddYears(1) }),
        [FindingCode.Erased] = () => Erased(e => e),
        [FindingCode.ErasureMisdated] = () => ErasureProofTests.Erased(e => e with { Time = e.Time.AddDays(-2) }),
    };

    internal static IReadOnlyDictionary<FindingCode, Func<Task<BundleReport>>> Bundles => s_bundles;

    private static DateTimeOffset RequestTime => Gateway.Protocol.Tests.Requests.RequestSamples.Now;

    // A policy of an auditor who asks for two witnesses, one of whom does not cosign.
    private static TlogPolicy Two => TlogPolicy.Compose([Asking.Log.Key], [new PolicyWitness("XC", Witness.Cosigner.Key), new PolicyWitness("XA", Asking.Cosigner.Key)], 2);

    // Verdicts are repeated by the engine, which is not below this library: gateway-verify's own tests make those bundles.
    public static TheoryData<FindingCode> Codes => [.. Enum.GetValues<FindingCode>().Where(code => code < FindingCode.VerdictUnreadable)];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Every_code_has_a_bundle_that_produces_it(FindingCode code)
    {
        Assert.True(s_bundles.TryGetValue(code, out var bundle), $"no bundle produces {code}");
        var report = await bundle();
        Assert.True(report.Has(code), string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.Equal(Finding.SeverityOf(code) == Severity.Broken, report.Findings.Any(f => f.Code == code && f.Severity == Severity.Broken));
        Assert.False(Finding.SeverityOf(code) == Severity.Broken && report.Verdict != Verdict.BROKEN);
        Assert.False(Finding.SeverityOf(code) == Severity.Unconfirmed && report.Verdict == Verdict.VALID);
    }

    // XA alone wrote: what goes to XB was sealed for paper, and XB sealed and answered nothing.
    private static async Task<BundleReport> OnPaper()
    {
        var story = new SampleCase
        {
            OnCover = c => c.Recipient.State == "XB" ? c with { Suite = Suites.OnPaper } : c,
            Leaves = r => r.Issuer.State == "XB",
            OnReceipt = r => r with { PeerSeq = 0, PeerHead = null },
        };
        var files = BundleFiles.Of(await story.Write());
        foreach (var name in files.In("documents/").Where(n => SignedDocument.Open(files[n]).Value.Content is var content && Cover.Read(content) is { Succeeded: true, Value.Sender.State: "XB" }).ToList())
            files.Remove(name);
        return Judge(files.Reseal(Asking.Seal).Pack());
    }

    private static async Task<BundleReport> With(Action<BundleFiles> change)
    {
        var files = BundleFiles.Of(await Good);
        change(files);
        return Judge(files.Pack());
    }

    private static async Task<BundleReport> Sealed(Action<BundleFiles> change, bool contents = true)
    {
        var files = BundleFiles.Of(await Good);
        change(files);
        return Judge(files.Reseal(Asking.Seal, contents).Pack());
    }

    private static Task<BundleReport> Ranges(Func<LogRange, LogRange> change) => Sealed(f =>
    {
        var stated = CaseFile.Read(f["case.json"]).Value;
        f["case.json"] = (stated with { Logs = [.. stated.Logs.Select(l => l with { Ranges = [.. l.Ranges!.Select(change)] })] }).Write();
    }, contents: false);

    private static async Task<BundleReport> Told(SampleCase story, Func<BundleSource, BundleSource>? change = null) => Judge(await story.Write(change));

    private static Task<BundleReport> Receipt(Func<Receipt, Receipt> change) => Told(new SampleCase { OnReceipt = r => r.Case == SampleCase.Content ? change(r) : r });

    private static Task<BundleReport> Zip(params (string Name, int Attributes)[] entries)
    {
        var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, attributes) in entries)
            {
                var entry = zip.CreateEntry(name);
                entry.ExternalAttributes = attributes;
                using var content = entry.Open();
                content.Write([1]);
            }
        }
        return Task.FromResult(Judge(output.ToArray()));
    }

    // One byte fewer in the middle: every offset behind it is wrong.
    private static byte[] Cut(byte[] bundle) => [.. bundle[..1000], .. bundle[1001..]];

    private static byte[] Damaged(byte[] bundle)
    {
        var copy = (byte[])bundle.Clone();
        copy[copy.AsSpan().IndexOf("README.txt"u8) + 100] ^= 1;
        return copy;
    }

    private static byte[] Encrypted(byte[] zip)
    {
        zip[6] |= 1;
        zip[zip.AsSpan().IndexOf("PK\x1\x2"u8) + 8] |= 1;
        return zip;
    }

    private static void Add(BundleFiles files, byte[] document) => files[BundleLayout.Document(Digest.Of(document))] = document;

    private static void Rename(BundleFiles files, Action<byte[]> change)
    {
        var name = files.In("documents/").First();
        var document = files[name];
        files.Remove(name);
        change(document);
        Add(files, document);
    }

    private static void Withhold(BundleFiles files)
    {
        var name = files.In("documents/").First(n => IsCover(files[n]));
        files.Remove(name);
        var old = CaseFile.Read(files["case.json"]).Value;
        files["case.json"] = (old with { Withheld = [BundleLayout.DigestOf(name)!.Value], Documents = old.Documents - 1 }).Write();
    }

    private static bool IsCover(byte[] der) => Encoding.UTF8.GetString(SignedDocument.Open(der).Value.Content.Span).Contains("\"type\":\"cover\"", StringComparison.Ordinal);

    private static Cover Restamped(Cover cover) => cover.In(PartRole.stamp).Any()
        ? cover with { Parts = [.. cover.Parts.Select(p => p.Role == PartRole.stamp ? Part.Of(PartRole.stamp, p.Name, p.MediaType, SignedDocument.Sign(new Stamp("XA-CA", "x", "1", RequestTime, Digest.Of("x"u8)).Write(), Asking.Stamp, RequestTime)) : p)] }
        : cover;

    private static Cover SignedTooLate(Cover cover) => cover.About == CoverAbout.ACT
        ? cover with { Parts = [.. cover.Parts.Select(p => Part.Of(p.Role, p.Name, p.MediaType, SignedDocument.Sign(SignedDocument.Open(p.Content).Value.Content.Span, cover.Sender.State == "XA" ? Asking.Lawyer : Asked.Lawyer, RequestTime.AddYears(3))))] }
        : cover;

    private static ReadOnlyMemory<byte> Fork(ReadOnlyMemory<byte> note)
    {
        var checkpoint = Checkpoint.Read(SignedNote.Read(note).Value.Text).Value;
        return new SampleLog(Witness).Note(Asking, checkpoint with { Root = Digest.Of("another"u8) }, RequestTime.AddMinutes(2)).Bytes;
    }

    // Another receipt 3 in the chain of that State.
    private static BundleDocument Second(BundleSource source, string state, Signer seal)
    {
        var der = source.Cases[0].Chains.Single(c => c.State == state).Receipts.ElementAt(2);
        var second = SignedDocument.Sign((Gateway.Protocol.Receipts.Receipt.Read(SignedDocument.Open(der).Value.Content).Value with { Nonce = Ids.New() }).Write(), seal, RequestTime);
        return new BundleDocument(Digest.Of(second), () => second);
    }

    // XB could sign a second receipt years later: the bundle of the State that it did not convince in court stays whole, and the proof lies in it.
    [Fact]
    public async Task A_second_receipt_of_the_other_State_is_named_and_breaks_nothing_of_the_exporter()
    {
        var report = await Told(new SampleCase(), s => s with { Documents = [.. s.Documents, Second(s, "XB", Asked.Seal)] });
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
        Assert.Contains("issued two receipts 3", Assert.Single(report.Findings, f => f.Code == FindingCode.PeerReceiptForked).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
        // In the bundle of XB it is XB that is broken.
        report = await Told(new SampleCase { ByAsked = true }, s => s with { Documents = [.. s.Documents, Second(s, "XB", Asked.Seal)] });
        Assert.True(report.Has(FindingCode.ReceiptForked) && report.Verdict == Verdict.BROKEN);
    }

    // A stranger could put anything there: only the seal of that authority proves something against it.
    [Fact]
    public async Task A_second_receipt_that_its_authority_did_not_seal_proves_nothing()
    {
        var report = await Told(new SampleCase(), s => s with { Documents = [.. s.Documents, Second(s, "XB", Asking.Seal)] });
        Assert.False(report.Has(FindingCode.ReceiptForked) || report.Has(FindingCode.PeerReceiptForked));
        Assert.True(report.Has(FindingCode.DocumentUnreferenced));
        Assert.Equal(Verdict.VALID, report.Verdict);
    }

    private static Task<BundleReport> Erased(Func<Erasure, Erasure> change, bool broken = false) => ErasureProofTests.Erased(change, broken: broken);
}
