namespace Gateway.Recognition.Validation;

/// <summary>
/// What can be found. The name in capitals (<see cref="Wording.Text(FindingKey)"/>) is stable: reports, texts and people's notes hang on it, so a member is never renamed.
/// </summary>
public enum FindingKey
{
    // structure
    StructureMalformed, StructureTooLarge, TrailingBytes, NotSignedData, NoSigner, TooManyElements,
    SignedAttributesNotDer, SignedAttributeDuplicate, MessageDigestMissing, ContentTypeMissing, ContentTypeDiffers,
    SignedAttributesMissing, ContentIsAttributes, DigestAlgorithmsDiffer, ContentMissing, ContentDoubled, CertificateUnreadable,
    EngineFault, WorkLimitReached,

    // who signed
    SigningCertificateNotFound, SigningCertificateReferenceMissing, SigningCertificateReferenceDiffers, SigningCertificateReferenceOld,

    // cryptography
    ContentChanged, SignatureValueWrong, AlgorithmNotAvailable, KeyRefused, AlgorithmEnded, AlgorithmNotAccepted, AlgorithmEndsSoon,

    // path
    NoPathToAnchor, AnchorOutsideItsTime, CertificateExpired, CertificateNotYetValid, NotAnAuthority, PathTooLong, CertSignMissing,
    NameConstraintViolated, PolicyNotAcceptable, CriticalExtensionUnknown, ExtensionMalformed, CertificateRuleBroken,
    KeyUsageUnfit, ExtendedKeyUsageUnfit, SearchBounded,

    // revocation
    RevocationStatusMissing, RevocationStatusStale, RevocationStatusUnusable, RevocationStatusUnknown, CertificateRevoked, IssuerRevoked,
    CertificateOnHold, IndirectListRefused, DeltaListRefused, ResponderNotAuthorised, ResponderExpired, RevocationNotChecked,

    // time-stamps and proofs of existence
    TimeStampMalformed, TimeStampImprintDiffers, TimeStampNotTrusted, TimeStampPurposeMissing, TimeStampUsed, TimeStampBeforeIssuance,
    ContentTimeStampAfterRevocation, ContentTimeStampAfterExpiry, TimeStampsOutOfOrder, ArchiveTimeStampNotEvaluated, SigningTimeClaimedOnly,
    ProofOfExistenceUsed,

    // several signatures
    CounterSignatureFound, CounterSignatureWrong, OneOfSeveralNotPassed,

    // containers
    ContainerMalformed, ContainerLimit, ContainerNameRefused, ContainerEntryDoubled, ContainerTypeMissing, ContainerTypeDiffers, DataObjectMissing,
    DataObjectChanged, DataObjectNotCovered, ManifestMalformed, ManifestChanged, PdfMalformed, PdfRangeWrong, PdfChangedLater, PdfNotCovered,
    FormatNotSupported,

    // trust
    TrustListUnavailable, TrustListExpired, NotListed, ServiceNotGranted,
}
