namespace Gateway.Recognition.Validation;

/// <summary>Status indication of ETSI EN 319 102-1 §5.1.3. A signature is written with the prefix TOTAL_, a time-stamp without.</summary>
public enum Indication
{
    /// <summary>Every check that the policy asks for was made and succeeded.</summary>
    Passed,

    /// <summary>A check failed in a way that no further material can mend.</summary>
    Failed,

    /// <summary>What is at hand does not suffice to say either.</summary>
    Indeterminate,

    /// <summary>A document (never a signature) in which there is no signature at all.</summary>
    NoSignatureFound,
}

/// <summary>Sub-indication of EN 319 102-1 §5.1.3 (table 3); <see cref="Wording.Text(SubIndication)"/> gives the name used in reports.</summary>
public enum SubIndication
{
    /// <summary>The structure is broken or forbidden.</summary>
    FormatFailure,

    /// <summary>The signed content is not what was signed.</summary>
    HashFailure,

    /// <summary>The signature value does not fit the signer's key.</summary>
    SigCryptoFailure,

    /// <summary>It is proved that the signature was made after the revocation.</summary>
    Revoked,

    /// <summary>It is proved that the signature was made after the certificate's end.</summary>
    Expired,

    /// <summary>It is proved that the signature existed before the certificate was issued.</summary>
    NotYetValid,

    /// <summary>An attribute that the policy asks for is absent or unfit.</summary>
    SigConstraintsFailure,

    /// <summary>The signer's certificate is not meant for this use.</summary>
    ChainConstraintsFailure,

    /// <summary>A certificate of the path breaks a rule of RFC 5280, or its revocation status cannot be had.</summary>
    CertificateChainGeneralFailure,

    /// <summary>An algorithm or key is below what the policy asks for, or cannot be computed here.</summary>
    CryptoConstraintsFailure,

    /// <summary>The signature names a policy that cannot be processed.</summary>
    PolicyProcessingError,

    /// <summary>The signature names a policy that is not at hand.</summary>
    SignaturePolicyNotAvailable,

    /// <summary>Time-stamps contradict each other.</summary>
    TimestampOrderFailure,

    /// <summary>The signer's certificate is not at hand, or is not the one that the signature names.</summary>
    NoSigningCertificateFound,

    /// <summary>No path leads to a trust anchor.</summary>
    NoCertificateChainFound,

    /// <summary>A path leads to an anchor that was trusted once; there is no proof that the signature is that old.</summary>
    NoCertificateChainFoundNoPoe,

    /// <summary>Revoked; there is no proof that the signature is older.</summary>
    RevokedNoPoe,

    /// <summary>An issuer is revoked; there is no proof that the signature is older.</summary>
    RevokedCaNoPoe,

    /// <summary>Outside its validity, known not to be revoked; there is no proof that the signature is older.</summary>
    OutOfBoundsNotRevoked,

    /// <summary>Outside its validity; there is no proof that the signature was made inside it.</summary>
    OutOfBoundsNoPoe,

    /// <summary>The certificate of who signed the revocation status is outside its validity.</summary>
    RevocationOutOfBoundsNoPoe,

    /// <summary>An algorithm was good once; there is no proof that the signature is that old.</summary>
    CryptoConstraintsFailureNoPoe,

    /// <summary>A proof of existence is missing.</summary>
    NoPoe,

    /// <summary>Newer revocation status may settle it.</summary>
    TryLater,

    /// <summary>The signed content is not at hand.</summary>
    SignedDataNotFound,
}
