using System.Security.Cryptography;
using Gateway.Protocol.Marks;

namespace Gateway.Recognition.TrustLists;

/// <summary>The signature algorithms of trusted lists (ETSI TS 119 612 B.1, TS 119 312): RSA PKCS #1, RSA-PSS and ECDSA, all with SHA-2.</summary>
internal sealed record XmlSignatureMethod(HashAlgorithmName Hash, bool Ecdsa, RSASignaturePadding? Padding)
{
    private const string More = "http://www.w3.org/2001/04/xmldsig-more#";
    private const string More2007 = "http://www.w3.org/2007/05/xmldsig-more#";
    private const int MinRsaBits = 1900;
    private const int MaxRsaBits = 16_384;

    private static readonly Dictionary<string, XmlSignatureMethod> Known = new(StringComparer.Ordinal)
    {
        [More + "rsa-sha256"] = new(HashAlgorithmName.SHA256, false, RSASignaturePadding.Pkcs1),
        [More + "rsa-sha384"] = new(HashAlgorithmName.SHA384, false, RSASignaturePadding.Pkcs1),
        [More + "rsa-sha512"] = new(HashAlgorithmName.SHA512, false, RSASignaturePadding.Pkcs1),
        [More2007 + "sha256-rsa-MGF1"] = new(HashAlgorithmName.SHA256, false, RSASignaturePadding.Pss),
        [More2007 + "sha384-rsa-MGF1"] = new(HashAlgorithmName.SHA384, false, RSASignaturePadding.Pss),
        [More2007 + "sha512-rsa-MGF1"] = new(HashAlgorithmName.SHA512, false, RSASignaturePadding.Pss),
        [More + "ecdsa-sha256"] = new(HashAlgorithmName.SHA256, true, null),
        [More + "ecdsa-sha384"] = new(HashAlgorithmName.SHA384, true, null),
        [More + "ecdsa-sha512"] = new(HashAlgorithmName.SHA512, true, null),
    };

    private static readonly string[] Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35", "1.3.36.3.3.2.8.1.1.7", "1.3.36.3.3.2.8.1.1.11", "1.3.36.3.3.2.8.1.1.13"];

    public static XmlSignatureMethod? Find(string? uri) => uri is not null && Known.TryGetValue(uri, out var method) ? method : null;

    public static HashAlgorithmName? Hashes(string? uri) => uri switch
    {
        "http://www.w3.org/2001/04/xmlenc#sha256" => HashAlgorithmName.SHA256,
        More + "sha384" => HashAlgorithmName.SHA384,
        "http://www.w3.org/2001/04/xmlenc#sha512" => HashAlgorithmName.SHA512,
        _ => null,
    };

    public bool Verifies(ReadOnlyMemory<byte> certificate, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        // The strict reader first: no library sees a key that it did not accept.
        if (!Certificate.Read(certificate).TryGet(out var read, out _) || !(Ecdsa ? IsOnNamedCurve(read) : read.KeyKind == "RSA"))
            return false;
        try
        {
            if (Ecdsa)
            {
                using var ecdsa = ECDsa.Create();
                ecdsa.ImportSubjectPublicKeyInfo(read.SubjectPublicKeyInfo.Span, out _);
                // XML Signature 1.1 §6.4.3: r and s, each as long as the field, one after the other.
                return ecdsa.VerifyHash(hash, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(read.SubjectPublicKeyInfo.Span, out _);
            return rsa.KeySize is >= MinRsaBits and <= MaxRsaBits && rsa.VerifyHash(hash, signature, Hash, Padding!);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return false; // a key that is none: not on its curve, an even modulus
        }
    }

    private static bool IsOnNamedCurve(Certificate certificate) => certificate.KeyKind is "P-256" or "P-384" or "P-521" || Curves.Contains(certificate.KeyKind);
}
