namespace Gateway.Protocol.Bundles;

/// <summary>How much a finding weighs.</summary>
public enum Severity
{
    /// <summary>Worth knowing; nothing is wrong.</summary>
    Info,

    /// <summary>A limit of what is proved, or something that a person should look at.</summary>
    Warning,

    /// <summary>Nothing contradicts it, but what stands here does not confirm it: the bundle cannot be VALID.</summary>
    Unconfirmed,

    /// <summary>The bundle contradicts itself, an anchor, or what its own rules demand.</summary>
    Broken,
}

/// <summary>Every kind of finding, once. Numbers are stable and never reused; they are shown as <c>B305</c>.</summary>
public enum FindingCode
{
    // The container.
    NotABundle = 101,
    ContainerDamaged = 102,
    NameRefused = 103,
    NameTwice = 104,
    NotAFile = 105,
    LimitExceeded = 106,
    EncodingRefused = 107,
    FileDamaged = 108,
    PlaceUnknown = 109,
    Repacked = 110,

    // MANIFEST and case.json.
    ManifestMissing = 201,
    ManifestMalformed = 202,
    FileNotListed = 203,
    FileMissing = 204,
    FileChanged = 205,
    ManifestSealBroken = 206,
    ManifestSealerUnknown = 207,
    CaseFileUnreadable = 208,
    CaseFileDiffers = 209,
    LogRangeDiffers = 210,

    // Receipts and chains.
    ReceiptMarkBroken = 301,
    ReceiptUnreadable = 302,
    ReceiptMisplaced = 303,
    ReceiptMissing = 304,
    ChainBroken = 305,
    PeerHeadUnknown = 306,
    PeerHeadBackwards = 307,
    TimeBackwards = 308,
    TailUnconfirmed = 309,
    ClosingDiffers = 310,
    SealNotListed = 311,
    SealNotValid = 312,
    ChainAbsent = 313,
    ClockFlagged = 314,
    TimeInFuture = 315,

    // Documents: covers, requests, acts, stamps.
    DocumentMisnamed = 401,
    DocumentMarkBroken = 402,
    DocumentUnreadable = 403,
    CoverContradicts = 404,
    PartBroken = 405,
    StampDiffers = 406,
    SignerNotConfirmed = 407,
    DocumentMissing = 408,
    Withheld = 409,
    ReceiptLacking = 410,
    DocumentUnreferenced = 411,
    NotDelivered = 412,
    SignerNotValid = 413,
    DeadlineMissed = 414,
    AuthorisationNotInForce = 415,
    ActOutOfOrder = 416,
    OnPaper = 417,
    OnPaperNotJudged = 418,
    PaperMarksNotVerified = 419,

    // Evidence.
    EvidenceIncomplete = 501,
    EvidenceManifestDiffers = 502,
    ContentDiffers = 503,
    ReleaseLacking = 504,
    HandOverDiffers = 505,
    HandOverLacking = 506,
    CustodyOutOfOrder = 507,
    CustodyGap = 508,
    CustodyHashDiffers = 509,
    ReleasedAlone = 510,
    ReleaseTermsDiffer = 511,
    ReviewLate = 512,
    ReviewAbsent = 513,
    LossDiffers = 514,
    CustodyChainBroken = 520,
    CustodyEventMissing = 521,
    CustodySigner = 522,
    CustodyRecordedLate = 523,
    CustodySequence = 524,
    CustodyMismatch = 525,
    CustodyCorrected = 526,
    CustodyTailMissing = 527,
    RecordDiffers = 528,
    RecordSigner = 529,
    RecordAbsent = 530,
    CertifierDiffers = 531,
    CertificateUnsigned = 532,
    RecordUnsigned = 533,
    CertificateOverdue = 534,

    // Trust.
    CardBroken = 601,
    CardMissing = 602,
    NotAnchored = 603,
    AnchorContradicts = 604,
    TrustFileDiffers = 605,
    WitnessNotAnchored = 606,
    AnchorNamesNoState = 607,

    // Log.
    NoLog = 701,
    CheckpointBroken = 702,
    LogKeyUnknown = 703,
    LogKeyNotInForce = 704,
    CosignatureInFuture = 705,
    LogForked = 706,
    LogOrder = 707,
    ProofBroken = 708,
    ProofUnreferenced = 709,
    ProofPending = 710,
    ProofLate = 711,
    ProofMissing = 712,
    NotWitnessed = 713,
    CounterpartyOnly = 714,
    PolicyDiffers = 715,
    PolicyNotMet = 716,
    QuorumLacking = 717,
    TimeStampBroken = 718,
    TimeStampNotConfirmed = 719,
    DatedAfterLogged = 720,
    WitnessesUnconfirmed = 721,
    LogNotNamed = 722,
    ProofUnwitnessed = 730,
    ProofOverdue = 731,
    LogBegunAnew = 732,
    LogBeginningNotShown = 733,
    LoggedLater = 734,
    LoggedTooLate = 735,
    TimeNotProved = 736,
    GrowthNotShown = 737,
    GrowthBroken = 738,
    LogPastEnd = 739,
    CosignatureNotCounted = 740,

    // Kept from 750 on: what the other side or the exporter holds beyond the files of a chain.
    CustodyTailUnconfirmed = 751,
    ReceiptForked = 752,
    PeerReceiptForked = 753,
    PeerLogForked = 754,

    // Erasure.
    ErasureBroken = 801,
    ErasureDiffers = 802,
    ErasureDecisionLacking = 803,
    ErasureEarly = 804,
    Erased = 805,
    ErasureMisdated = 806,
    ErasureDecisionAbsent = 810,

    // Recorded verdicts on signed files.
    VerdictUnreadable = 901,
    VerdictRepeated = 902,
    VerdictDiffers = 903,
    VerdictOfOtherEngine = 904,
    VerdictMaterialMissing = 905,
    VerdictMaterialChanged = 906,
    VerdictDocumentAbsent = 907,
    VerdictOtherToday = 908,
    VerdictNotLogged = 909,
}

/// <summary>One thing found: its code, a plain sentence, and where.</summary>
/// <param name="Code">The stable code; it decides the severity.</param>
/// <param name="Text">One sentence for people. It may quote the bundle: untrusted text.</param>
/// <param name="File">The file in the bundle, or null.</param>
/// <param name="Seq">The number of the receipt, or null.</param>
public sealed record Finding(FindingCode Code, string Text, string? File = null, long? Seq = null)
{
    /// <summary>The code as people see it: <c>B305</c>.</summary>
    public string Id => $"B{(int)Code}";

    /// <summary>How much it weighs.</summary>
    public Severity Severity => SeverityOf(Code);

    /// <summary>The severity of a code.</summary>
    public static Severity SeverityOf(FindingCode code) => code switch
    {
        FindingCode.Repacked or FindingCode.Withheld or FindingCode.HandOverLacking or FindingCode.ProofPending or FindingCode.Erased or FindingCode.CustodyCorrected or FindingCode.CustodyTailUnconfirmed or FindingCode.RecordAbsent
            or FindingCode.VerdictRepeated or FindingCode.VerdictDocumentAbsent or FindingCode.VerdictOtherToday => Severity.Info,
        FindingCode.PlaceUnknown or FindingCode.TimeBackwards or FindingCode.TailUnconfirmed or FindingCode.ChainAbsent
            or FindingCode.ClockFlagged or FindingCode.TimeInFuture or FindingCode.DocumentUnreferenced or FindingCode.NotDelivered or FindingCode.NoLog
            or FindingCode.DeadlineMissed or FindingCode.AuthorisationNotInForce or FindingCode.ActOutOfOrder or FindingCode.OnPaper or FindingCode.OnPaperNotJudged or FindingCode.PaperMarksNotVerified or FindingCode.CustodyGap or FindingCode.ReleasedAlone or FindingCode.ReviewLate
            or FindingCode.WitnessNotAnchored or FindingCode.AnchorNamesNoState or FindingCode.ProofUnreferenced or FindingCode.ProofLate or FindingCode.NotWitnessed or FindingCode.CounterpartyOnly or FindingCode.QuorumLacking or FindingCode.CosignatureNotCounted
            or FindingCode.TimeStampNotConfirmed or FindingCode.DatedAfterLogged or FindingCode.LogBegunAnew or FindingCode.LoggedLater
            or FindingCode.ErasureDecisionLacking or FindingCode.ErasureEarly or FindingCode.ErasureMisdated
            or FindingCode.VerdictOfOtherEngine or FindingCode.VerdictMaterialMissing or FindingCode.VerdictNotLogged or FindingCode.CustodyEventMissing
            or FindingCode.CustodyRecordedLate or FindingCode.CustodySequence or FindingCode.CustodyMismatch or FindingCode.RecordSigner or FindingCode.RecordUnsigned or FindingCode.CertificateOverdue => Severity.Warning,
        FindingCode.SignerNotConfirmed or FindingCode.NotAnchored or FindingCode.WitnessesUnconfirmed or FindingCode.LogNotNamed or FindingCode.ProofUnwitnessed or FindingCode.ProofOverdue or FindingCode.LogBeginningNotShown or FindingCode.LoggedTooLate or FindingCode.TimeNotProved or FindingCode.GrowthNotShown or FindingCode.CertificateUnsigned or FindingCode.ReviewAbsent or FindingCode.ErasureDecisionAbsent or FindingCode.PeerReceiptForked or FindingCode.PeerLogForked => Severity.Unconfirmed,
        _ => Severity.Broken,
    };
}

/// <summary>Collects findings from several threads. A hostile bundle could cause millions: per code a bounded number is kept, the rest counted.</summary>
internal sealed class Findings
{
    public const int KeptPerCode = 1000;

    private readonly Lock _lock = new();
    private readonly List<Finding> _kept = [];
    private readonly Dictionary<FindingCode, long> _counts = [];

    public void Add(FindingCode code, string text, string? file = null, long? seq = null) => Add(new Finding(code, text, file, seq));

    public void Add(Finding finding)
    {
        lock (_lock)
        {
            var count = _counts.GetValueOrDefault(finding.Code) + 1;
            _counts[finding.Code] = count;
            if (count <= KeptPerCode)
                _kept.Add(finding);
        }
    }

    /// <summary>The heaviest first, then by code, file and number: the same bundle gives the same list.</summary>
    public IReadOnlyList<Finding> Sorted()
    {
        lock (_lock)
        {
            var more = _counts.Where(c => c.Value > KeptPerCode)
                .Select(c => new Finding(c.Key, $"and {c.Value - KeptPerCode} more of this kind"));
            return [.. _kept.OrderByDescending(f => f.Severity).ThenBy(f => f.Code).ThenBy(f => f.File, StringComparer.Ordinal)
                .ThenBy(f => f.Seq).ThenBy(f => f.Text, StringComparer.Ordinal).Concat(more).OrderByDescending(f => f.Severity).ThenBy(f => f.Code)];
        }
    }
}
