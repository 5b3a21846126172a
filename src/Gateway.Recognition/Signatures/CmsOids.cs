namespace Gateway.Recognition.Signatures;

/// <summary>OIDs of CMS (RFC 5652), ESS (RFC 5035), CAdES (EN 319 122-1) and GM/T 0010.</summary>
internal static class CmsOids
{
    public const string Data = "1.2.840.113549.1.7.1";
    public const string SignedData = "1.2.840.113549.1.7.2";
    public const string GmtData = "1.2.156.10197.6.1.4.2.1";
    public const string GmtSignedData = "1.2.156.10197.6.1.4.2.2";
    public const string TimeStampInfo = "1.2.840.113549.1.9.16.1.4";

    public const string ContentType = "1.2.840.113549.1.9.3";
    public const string MessageDigest = "1.2.840.113549.1.9.4";
    public const string SigningTime = "1.2.840.113549.1.9.5";
    public const string CounterSignature = "1.2.840.113549.1.9.6";
    public const string AlgorithmProtection = "1.2.840.113549.1.9.52";
    public const string SigningCertificate = "1.2.840.113549.1.9.16.2.12";
    public const string SigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";
    public const string SignatureTimeStamp = "1.2.840.113549.1.9.16.2.14";
    public const string ContentTimeStamp = "1.2.840.113549.1.9.16.2.20";
    public const string CertificateValues = "1.2.840.113549.1.9.16.2.23";
    public const string RevocationValues = "1.2.840.113549.1.9.16.2.24";
    public const string ArchiveTimeStampV2 = "1.2.840.113549.1.9.16.2.48";
    public const string ArchiveTimeStampV3 = "0.4.0.1733.2.4";

    public const string OcspResponse = "1.3.6.1.5.5.7.16.2";
    public const string OcspBasic = "1.3.6.1.5.5.7.48.1.1";

    public static bool IsSignedData(string oid) => oid is SignedData or GmtSignedData;

    public static bool IsData(string oid) => oid is Data or GmtData;
}
