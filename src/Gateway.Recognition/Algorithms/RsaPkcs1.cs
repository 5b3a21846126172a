using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Gateway.Recognition.Algorithms;

/// <summary>RSASSA-PKCS1-v1_5 (RFC 8017 §8.2, RFC 5754, RFC 8702 for SHA-3).</summary>
internal sealed class RsaPkcs1 : SignatureScheme
{
    public const string RsaEncryption = "1.2.840.113549.1.1.1";

    private readonly RsaKey _key;
    private readonly DigestAlgorithm _digest;

    private RsaPkcs1(string oid, RsaKey key, DigestAlgorithm digest) => (Oid, _key, _digest) = (oid, key, digest);

    public override string Name => $"RSA with {_digest.Name}";

    public override string Oid { get; }

    public override string? DigestOid => _digest.Oid;

    public override int KeyBits => _key.Bits;

    public override int Cost => 1 + _key.Weight;

    public static SchemeChoice? Match(SchemeRequest request)
    {
        var (digestOid, oid) = request.Algorithm.Oid == RsaEncryption
            ? (request.DigestOid, OidOf(request.DigestOid))
            : (DigestOf(request.Algorithm.Oid), request.Algorithm.Oid);
        if (request.Algorithm.Oid != RsaEncryption && digestOid is null)
            return null;
        if (request.Key.Algorithm.Oid != RsaEncryption)
            return SchemeChoice.KeyRefused($"an RSA signature with a key of kind {request.Key.Algorithm.Oid}");
        if (!request.Algorithm.HasNoneOrNull || !request.Key.Algorithm.HasNoneOrNull)
            return SchemeChoice.KeyRefused("parameters where RSA has none");
        if (DigestAlgorithms.Find(digestOid) is not { IsSha: true } digest || oid is null)
            return SchemeChoice.NotAvailable($"RSA with digest {digestOid}");
        return RsaKey.Read(request.Key.Bits, out var problem) is { } key ? new RsaPkcs1(oid, key, digest) : SchemeChoice.KeyRefused(problem);
    }

    public override SignatureCheck Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != (_key.Bits + 7) / 8)
            return SignatureCheck.NotValid;
        if (_digest.Native is null)
            return _key.Recover(signature)?.AsSpan().SequenceEqual(Encoded(message)) == true ? SignatureCheck.Valid : SignatureCheck.NotValid;
        using var rsa = _key.Open();
        return rsa.VerifyData(message, signature, _digest.Native!.Value, RSASignaturePadding.Pkcs1) ? SignatureCheck.Valid : SignatureCheck.NotValid;
    }

    /// <summary>EMSA-PKCS1-v1_5 (RFC 8017 §9.2) for digests that the platform lacks; compared as a whole, so that nothing of the padding goes unseen.</summary>
    private byte[] Encoded(ReadOnlySpan<byte> message)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(_digest.Oid);
                writer.WriteNull();
            }

            writer.WriteOctetString(_digest.Of(message.ToArray()));
        }

        var info = writer.Encode();
        var encoded = new byte[(_key.Bits + 7) / 8];
        encoded.AsSpan().Fill(0xff);
        (encoded[0], encoded[1], encoded[^(info.Length + 1)]) = (0, 1, 0);
        info.CopyTo(encoded, encoded.Length - info.Length);
        return encoded;
    }

    private static string? DigestOf(string oid) => oid switch
    {
        "1.2.840.113549.1.1.5" or "1.3.14.3.2.29" => DigestAlgorithms.Sha1,
        "1.2.840.113549.1.1.14" => DigestAlgorithms.Sha224,
        "1.2.840.113549.1.1.11" => DigestAlgorithms.Sha256,
        "1.2.840.113549.1.1.12" => DigestAlgorithms.Sha384,
        "1.2.840.113549.1.1.13" => DigestAlgorithms.Sha512,
        "2.16.840.1.101.3.4.3.13" => DigestAlgorithms.Sha3With224,
        "2.16.840.1.101.3.4.3.14" => DigestAlgorithms.Sha3With256,
        "2.16.840.1.101.3.4.3.15" => DigestAlgorithms.Sha3With384,
        "2.16.840.1.101.3.4.3.16" => DigestAlgorithms.Sha3With512,
        _ => null,
    };

    private static string? OidOf(string? digestOid) => digestOid switch
    {
        DigestAlgorithms.Sha1 => "1.2.840.113549.1.1.5",
        DigestAlgorithms.Sha224 => "1.2.840.113549.1.1.14",
        DigestAlgorithms.Sha256 => "1.2.840.113549.1.1.11",
        DigestAlgorithms.Sha384 => "1.2.840.113549.1.1.12",
        DigestAlgorithms.Sha512 => "1.2.840.113549.1.1.13",
        DigestAlgorithms.Sha3With224 => "2.16.840.1.101.3.4.3.13",
        DigestAlgorithms.Sha3With256 => "2.16.840.1.101.3.4.3.14",
        DigestAlgorithms.Sha3With384 => "2.16.840.1.101.3.4.3.15",
        DigestAlgorithms.Sha3With512 => "2.16.840.1.101.3.4.3.16",
        _ => null,
    };
}
