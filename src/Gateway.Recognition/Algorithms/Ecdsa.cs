using System.Numerics;
using System.Security.Cryptography;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Algorithms;

/// <summary>ECDSA (FIPS 186-5 §6, RFC 5753, RFC 5480) on the NIST and brainpool curves; also the BSI "plain" form (TR-03111 §5.2.1).</summary>
internal sealed class Ecdsa : SignatureScheme
{
    public const string EcPublicKey = "1.2.840.10045.2.1";
    private const string PlainArc = "0.4.0.127.0.7.1.1.4.1.";

    private readonly PrimeCurve _curve;
    private readonly byte[] _point;
    private readonly DigestAlgorithm _digest;
    private readonly bool _plain;

    private Ecdsa(string oid, PrimeCurve curve, byte[] point, DigestAlgorithm digest, bool plain) =>
        (Oid, _curve, _point, _digest, _plain) = (oid, curve, point, digest, plain);

    public override string Name => $"ECDSA {_curve.Name} with {_digest.Name}";

    public override string Oid { get; }

    public override string? DigestOid => _digest.Oid;

    public override string? CurveOid => _curve.Oid;

    public override int KeyBits => _curve.Bits;

    public override int Cost => _curve.Bits > 256 ? 20 : 8;

    public static SchemeChoice? Match(SchemeRequest request)
    {
        var plain = request.Algorithm.Oid.StartsWith(PlainArc, StringComparison.Ordinal);
        var digestOid = plain ? PlainDigest(request.Algorithm.Oid) : request.Algorithm.Oid == EcPublicKey ? request.DigestOid : DigestOf(request.Algorithm.Oid);
        if (request.Algorithm.Oid != EcPublicKey && digestOid is null || request.Algorithm.Oid == EcPublicKey && !IsShaFamily(digestOid))
            return null;
        if (request.Key.Algorithm.Oid != EcPublicKey)
            return SchemeChoice.KeyRefused($"an ECDSA signature with a key of kind {request.Key.Algorithm.Oid}");
        // Some writers put the key's curve there (id-ecPublicKey as signature algorithm); RFC 5758 §3.2 wants nothing.
        if (!request.Algorithm.HasNoneOrNull && request.Algorithm.Oid != EcPublicKey)
            return SchemeChoice.KeyRefused("parameters where ECDSA has none");
        if (DigestAlgorithms.Find(digestOid) is not { IsSha: true } digest)
            return SchemeChoice.NotAvailable($"ECDSA with digest {digestOid}");
        if (request.Key.Algorithm.HasNoParameters || request.Key.Algorithm.Parameters.Span[0] != 6)
            return SchemeChoice.KeyRefused("an elliptic curve that is not given by its name");
        var curveOid = new Asn1Reader(request.Key.Algorithm.Parameters).Oid();
        if (PrimeCurve.Find(curveOid) is not { } curve)
            return SchemeChoice.NotAvailable($"elliptic curve {curveOid}");
        if (curve.Decode(request.Key.Bits.Span) is not { } point)
            return SchemeChoice.KeyRefused($"the public key is no point of {curve.Name}");
        return new Ecdsa(OidOf(digest.Oid), curve, point, digest, plain);
    }

    public override SignatureCheck Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var fixedLength = new byte[2 * _curve.OrderBytes];
        if (_plain)
        {
            if (signature.Length != fixedLength.Length)
                return SignatureCheck.NotValid;
            signature.CopyTo(fixedLength);
        }
        else if (!Unwrap(signature, fixedLength, _curve.OrderBytes))
        {
            return SignatureCheck.NotValid;
        }

        if (!InRange(fixedLength.AsSpan(0, _curve.OrderBytes)) || !InRange(fixedLength.AsSpan(_curve.OrderBytes)))
            return SignatureCheck.NotValid;
        var hash = _digest.Of(message.ToArray());
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.CreateFromValue(_curve.Oid),
            Q = new ECPoint { X = _point[.._curve.FieldBytes], Y = _point[_curve.FieldBytes..] },
        });
        return key.VerifyHash(hash, fixedLength, DSASignatureFormat.IeeeP1363FixedFieldConcatenation) ? SignatureCheck.Valid : SignatureCheck.NotValid;
    }

    /// <summary>Ecdsa-Sig-Value as strict DER: the platform's own reader takes numbers without their leading zero (Wycheproof).</summary>
    private static bool Unwrap(ReadOnlySpan<byte> der, Span<byte> destination, int width)
    {
        if (der.Length < 8 || der[0] != 0x30)
            return false;
        var header = der[1] switch { < 0x80 => 2, 0x81 when der[2] >= 0x80 => 3, _ => 0 };
        if (header == 0 || der.Length - header != der[header - 1])
            return false;
        var rest = der[header..];
        for (var i = 0; i < 2; i++)
        {
            if (rest.Length < 3 || rest[0] != 2 || rest[1] is 0 or >= 0x80 || rest[1] > rest.Length - 2)
                return false;
            var number = rest.Slice(2, rest[1]);
            rest = rest[(2 + number.Length)..];
            if (number[0] >= 0x80 || number.Length > 1 && number[0] == 0 && number[1] < 0x80)
                return false;
            if (number[0] == 0)
                number = number[1..];
            if (number.Length > width)
                return false;
            number.CopyTo(destination[(i * width + width - number.Length)..]);
        }

        return rest.IsEmpty;
    }

    private bool InRange(ReadOnlySpan<byte> number)
    {
        var value = new BigInteger(number, isUnsigned: true, isBigEndian: true);
        return !value.IsZero && value < _curve.N;
    }

    private static bool IsShaFamily(string? oid) => DigestAlgorithms.Find(oid) is { IsSha: true };

    private static string? DigestOf(string oid) => oid switch
    {
        "1.2.840.10045.4.1" => DigestAlgorithms.Sha1,
        "1.2.840.10045.4.3.1" => DigestAlgorithms.Sha224,
        "1.2.840.10045.4.3.2" => DigestAlgorithms.Sha256,
        "1.2.840.10045.4.3.3" => DigestAlgorithms.Sha384,
        "1.2.840.10045.4.3.4" => DigestAlgorithms.Sha512,
        "2.16.840.1.101.3.4.3.9" => DigestAlgorithms.Sha3With224,
        "2.16.840.1.101.3.4.3.10" => DigestAlgorithms.Sha3With256,
        "2.16.840.1.101.3.4.3.11" => DigestAlgorithms.Sha3With384,
        "2.16.840.1.101.3.4.3.12" => DigestAlgorithms.Sha3With512,
        _ => null,
    };

    private static string? PlainDigest(string oid) => oid[PlainArc.Length..] switch
    {
        "1" => DigestAlgorithms.Sha1,
        "2" => DigestAlgorithms.Sha224,
        "3" => DigestAlgorithms.Sha256,
        "4" => DigestAlgorithms.Sha384,
        "5" => DigestAlgorithms.Sha512,
        _ => null,
    };

    private static string OidOf(string digestOid) => digestOid switch
    {
        DigestAlgorithms.Sha1 => "1.2.840.10045.4.1",
        DigestAlgorithms.Sha224 => "1.2.840.10045.4.3.1",
        DigestAlgorithms.Sha384 => "1.2.840.10045.4.3.3",
        DigestAlgorithms.Sha512 => "1.2.840.10045.4.3.4",
        DigestAlgorithms.Sha3With224 => "2.16.840.1.101.3.4.3.9",
        DigestAlgorithms.Sha3With256 => "2.16.840.1.101.3.4.3.10",
        DigestAlgorithms.Sha3With384 => "2.16.840.1.101.3.4.3.11",
        DigestAlgorithms.Sha3With512 => "2.16.840.1.101.3.4.3.12",
        _ => "1.2.840.10045.4.3.2",
    };
}
