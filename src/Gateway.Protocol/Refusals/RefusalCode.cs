namespace Gateway.Protocol.Refusals;

/// <summary>
/// Every reason to refuse, once. Values are wire values and are never reused: 1–999 are V-codes (content of a request),
/// 1001–1999 are T-codes (transport, documents, marks, envelopes, trust). docs/errors.md lists each one.
/// </summary>
public enum RefusalCode
{
    // Content of requests, answers and evidence.
    RequiredFieldEmpty = 1,
    SenderNotDesignated = 2,
    AddresseeNotDesignated = 3,
    FactsTooShort = 4,
    EmergencyFactsMissing = 5,
    EmergencyIsDataLossOnly = 6,
    BelowSeriousnessThreshold = 7,
    ExtraditionThreshold = 8,
    WrongChannel = 9,
    AuthorisationMissing = 10,
    WindowOpenEnded = 11,
    WindowOrder = 12,
    TimeWithoutZone = 13,
    DynamicAddressWithoutTime = 14,
    PreservationTooShort = 15,
    PreservationWithoutIntent = 16,
    ExtensionAfterExpiry = 17,
    ExtensionOfUnknown = 18,
    HandlingMissing = 19,
    PurposeNotPermitted = 20,
    OnwardTransferWithoutConsent = 21,
    PurposeDiffers = 22,
    LanguageNotAccepted = 23,
    TranslationNotLinked = 24,
    SignatureInvalid = 25,
    SignerRevokedOrExpired = 26,
    SignatureUndetermined = 27,
    NoRecognitionAgreement = 28,
    SealNotOfConnection = 29,
    Duplicate = 30,
    SameIdOtherContent = 31,
    ChainBreak = 32,
    ItemDigestMismatch = 33,
    OnlyWeakDigests = 34,
    ManifestIncomplete = 35,
    CertificateMissing = 36,
    CopyingRecordParticipants = 37,
    LabMayNotRelease = 38,
    SamePersonTwice = 39,
    RefusalWithoutGround = 40,
    GroundNotAlone = 41,
    ConsultationMissing = 42,
    TransitionNotAllowed = 43,
    AttachmentNotAllowed = 44,
    ClockSkew = 45,
    ConsularForeignNational = 46,
    OriginalOverdue = 47,
    RetentionPassed = 48,
    NotOnNeedToKnowList = 49,
    CallBackMissing = 50,

    // Documents (strict JSON).
    DocumentNotUtf8 = 1101,
    DocumentNotJson = 1102,
    DocumentDuplicateMember = 1103,
    DocumentMemberOrder = 1104,
    DocumentUnknownMember = 1105,
    DocumentMemberMissing = 1106,
    DocumentNumber = 1107,
    DocumentWhitespace = 1108,
    DocumentLimit = 1109,
    DocumentValue = 1110,
    DocumentType = 1111,
    DocumentVersion = 1112,

    // Marks: CMS SignedData, CAdES-B.
    MarkNotDer = 1201,
    MarkStructure = 1202,
    MarkUnsignedAttributes = 1203,
    MarkSeveralSigners = 1204,
    MarkNoSigner = 1205,
    MarkAlgorithm = 1206,
    MarkSigningCertificate = 1207,
    MarkDigest = 1208,
    MarkSignature = 1209,
    MarkSignerUnknown = 1210,
    MarkSignerNotValid = 1211,
    MarkLimit = 1212,

    // Recognition: trusted lists, agreements.
    TrustListNotReadable = 1220,
    TrustListSignature = 1221,
    TrustListSigner = 1222,
    TrustListSequence = 1223,
    AgreementNotValid = 1224,
    RevocationListNotValid = 1225,
    RevocationListOlder = 1226,
    OcspAnswerNotValid = 1227,
    MaterialNotFitting = 1228,

    // Envelopes (CMS AuthEnvelopedData) and covers.
    EnvelopeNotDer = 1301,
    EnvelopeStructure = 1302,
    EnvelopeNotForUs = 1303,
    EnvelopeSuite = 1304,
    EnvelopeUnreadable = 1305,
    EnvelopeLimit = 1306,
    CoverAddressedElsewhere = 1307,
    CoverPart = 1308,
    CoverRouting = 1309,

    // Peers and their cards.
    PeerUnknown = 1401,
    PeerBlocked = 1402,
    CardNotValid = 1403,
    CardVersion = 1404,
    CardFingerprint = 1405,
    CardExpired = 1406,
    SecondPersonNeeded = 1407,
    ConnectionNotIdentified = 1408,

    // Receipts and chains.
    ReceiptDoesNotFit = 1501,
    ReceiptFork = 1502,
    ReceiptOfOtherChain = 1503,
    ReceiptLacking = 1504,

    // The log: entries, notes, checkpoints, proofs, policies.
    LogEntryMalformed = 1510,
    NoteMalformed = 1511,
    NoteSignature = 1512,
    CheckpointMalformed = 1513,
    LogProofMalformed = 1514,
    LogProofMismatch = 1515,
    PolicyMalformed = 1516,
    QuorumMissing = 1517,
    LogProofPending = 1518,

    // The gateway's own ledger: backups, and what peers hold of it.
    LedgerBehind = 1540,
    LedgerBeingCompared = 1541,
    BackupNotValid = 1542,
    CaseForked = 1543,

    // Witnesses and time-stamps.
    LogUnwitnessed = 1545,
    TimeStampMissing = 1546,

    // Erasure.
    LegalHold = 1550,
    CaseNotClosed = 1551,

    // Paper and e-mail.
    LeavesUnencrypted = 1560,

    // Transport and capacity.
    RateLimited = 1601,
    NoSpace = 1602,
    ShuttingDown = 1603,
    MessageTooLarge = 1604,
    PeerUnreachable = 1605,
    WaitForEarlierMessage = 1606,
    StorageReadOnly = 1607,

    // Evidence transfer.
    TreeMismatch = 1701,
    ChunkMismatch = 1702,
    TransferUnknown = 1703,
    TooManyTransfers = 1704,
    ManifestMismatch = 1705,
    GrantNotValid = 1706,
    ChunkUnreadable = 1707,
    ItemIncomplete = 1708,
    SourceChanged = 1709,
    RecordedDigestDiffers = 1710,
    PartNotProved = 1711,

    // Release, storage and transport of evidence.
    LoneReleaseNotAllowed = 1740,
    EvidenceQuota = 1741,
    ItemDamaged = 1742,
    OtherDisk = 1743,

    /// <summary>Proposal and approval of a release state other conditions or terms of use.</summary>
    ReleaseTermsDiffer = 1744,

    /// <summary>Stored key grants open with no evidence key that the configuration names.</summary>
    EvidenceKeyNeeded = 1745,

    /// <summary>Who states a hand-over was never given the key of the item.</summary>
    KeyNotHandedOut = 1746,

    /// <summary>The reason in a receipt that a parcel does not come: an officer decided that it, or the item on it, is lost.</summary>
    DeclaredLost = 1747,

    /// <summary>What an item is said to be derived from is not of its case, has another root exhibit, or is derived from the item.</summary>
    ParentDoesNotFit = 1748,

    /// <summary>The item is larger than the other State takes by wire.</summary>
    ItemTooLarge = 1749,

    // Custody and records.
    CustodyOrder = 1770,
    CustodyDoesNotFit = 1771,

    /// <summary>A part of a custodian's certificate is signed by somebody else than it names.</summary>
    CertifierDiffers = 1772,

    // Operators and their requests.
    UserUnknown = 1801,
    RoleMissing = 1802,
    IdempotencyConflict = 1803,
    NotFound = 1804,
    StateConflict = 1805,
    ArgumentNotValid = 1806,
    ApprovalMissing = 1807,
    SignatureLevel = 1808,

    /// <summary>The requested State takes a request only with a time-stamp over its signature.</summary>
    RequestTimeStamp = 1809,

    // The legal clock, alarms.
    NobodyNotified = 1830,

    /// <summary>A person's act was signed too long before it is submitted.</summary>
    ActTooOld = 1831,

    // Personal data.
    AccessPurposeMissing = 1850,

    // Bundles.
    BundleStructure = 1901,
    BundleLimit = 1902,
    BundleDigest = 1903,
}
