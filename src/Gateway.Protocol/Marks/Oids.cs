namespace Gateway.Protocol.Marks;

/// <summary>The object identifiers that the readers and writers of marks and envelopes name.</summary>
internal static class Oids
{
    // RFC 5652 §4, §5.1, §11
    public const string Data = "1.2.840.113549.1.7.1";
    public const string SignedData = "1.2.840.113549.1.7.2";
    public const string EnvelopedData = "1.2.840.113549.1.7.3";
    public const string ContentType = "1.2.840.113549.1.9.3";
    public const string MessageDigest = "1.2.840.113549.1.9.4";
    public const string SigningTime = "1.2.840.113549.1.9.5";

    public const string AlgorithmProtection = "1.2.840.113549.1.9.52"; // RFC 6211 §2
    public const string SigningCertificateV2 = "1.2.840.113549.1.9.16.2.47"; // RFC 5035 §3
    public const string AuthEnvelopedData = "1.2.840.113549.1.9.16.1.23"; // RFC 5083 §2.1

    // RFC 5754 §2, RFC 5758 §3.2
    public const string Sha256 = "2.16.840.1.101.3.4.2.1";
    public const string Sha384 = "2.16.840.1.101.3.4.2.2";
    public const string EcdsaSha256 = "1.2.840.10045.4.3.2";
    public const string EcdsaSha384 = "1.2.840.10045.4.3.3";
    public const string EcdsaSha512 = "1.2.840.10045.4.3.4";
    public const string RsaSha256 = "1.2.840.113549.1.1.11";
    public const string RsaSha384 = "1.2.840.113549.1.1.12";
    public const string RsaSha512 = "1.2.840.113549.1.1.13";

    // RFC 5480 §2.1.1
    public const string EcPublicKey = "1.2.840.10045.2.1";
    public const string RsaEncryption = "1.2.840.113549.1.1.1";
    public const string P256 = "1.2.840.10045.3.1.7";
    public const string P384 = "1.3.132.0.34";
    public const string P521 = "1.3.132.0.35";

    // RFC 5280 §4.2.1
    public const string SubjectKeyIdentifier = "2.5.29.14";
    public const string KeyUsage = "2.5.29.15";
    public const string SubjectAltName = "2.5.29.17";
    public const string BasicConstraints = "2.5.29.19";
    public const string ExtendedKeyUsage = "2.5.29.37";

    // RFC 3739 §3.2.6; ETSI EN 319 412-5 §4.2.1
    public const string QcStatements = "1.3.6.1.5.5.7.1.3";
    public const string QcCompliance = "0.4.0.1862.1.1";

    // RFC 5753 §7.1.4, RFC 3565 §2.3.2, RFC 5084 §3.2
    public const string EcdhSha1Kdf = "1.3.133.16.840.63.0.2";
    public const string EcdhSha256Kdf = "1.3.132.1.11.1";
    public const string Aes256Wrap = "2.16.840.1.101.3.4.1.45";
    public const string Aes256Gcm = "2.16.840.1.101.3.4.1.46";
}
