using System.Formats.Asn1;
using System.Numerics;
using Gateway.Protocol.Digests;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Algorithms;

/// <summary>
/// GOST R 34.10-2012 (RFC 7091) with Streebog. Keys as in RFC 9215 §4 (X and Y, least significant octet first, in an OCTET STRING), signatures as in
/// RFC 9215 §2 (s, then r, most significant octet first).
/// </summary>
internal sealed class Gost : NationalScheme
{
    public const string Key256 = "1.2.643.7.1.1.1.1";
    public const string Key512 = "1.2.643.7.1.1.1.2";
    public const string With256 = "1.2.643.7.1.1.3.2";
    public const string With512 = "1.2.643.7.1.1.3.3";

    private readonly JacobianCurve _curve;
    private readonly BigInteger _x;
    private readonly BigInteger _y;

    private Gost(PublicKey key, int bits, JacobianCurve curve, BigInteger x, BigInteger y)
        : base(key) => (KeyBits, _curve, _x, _y) = (bits, curve, x, y);

    public override string Name => $"GOST R 34.10-2012 {_curve.Name} with {DigestAlgorithms.NameOf(DigestOid)}";

    public override string Oid => KeyBits == 256 ? With256 : With512;

    public override string DigestOid => KeyBits == 256 ? DigestAlgorithms.Streebog256 : DigestAlgorithms.Streebog512;

    public override int KeyBits { get; }

    public static SchemeChoice? Match(SchemeRequest request)
    {
        // gost-engine and Rutoken write the key's OID where RFC 9215 wants the algorithm's.
        int? bits = request.Algorithm.Oid switch
        {
            With256 or Key256 => 256,
            With512 or Key512 => 512,
            _ => null,
        };
        if (bits is not { } size)
            return null;
        if (request.Key.Algorithm.Oid != (size == 256 ? Key256 : Key512))
            return SchemeChoice.KeyRefused($"a GOST signature of {size} bits with a key of kind {request.Key.Algorithm.Oid}");
        return ReadKey(request.Key, size);
    }

    private static SchemeChoice ReadKey(PublicKey key, int bits)
    {
        var parameters = new Asn1Reader(key.Algorithm.Parameters).Sequence();
        var set = parameters.Oid();
        var digest = parameters.IsEmpty ? null : parameters.Oid();
        if (!parameters.IsEmpty)
            parameters.Oid(); // the cipher of RFC 4491 §2.3.2; it says nothing about signatures
        parameters.End();
        if (digest is not null && digest != (bits == 256 ? DigestAlgorithms.Streebog256 : DigestAlgorithms.Streebog512))
            return SchemeChoice.KeyRefused($"a GOST key of {bits} bits that names digest {digest}");
        if (GostCurves.Find(bits, set) is not { } curve)
            return SchemeChoice.NotAvailable($"parameter set {set} for a GOST key of {bits} bits");
        var octets = new Asn1Reader(key.Bits);
        var point = octets.OctetString().Span;
        octets.End();
        if (point.Length != 2 * bits / 8)
            return SchemeChoice.KeyRefused($"a GOST key of {point.Length} octets; {2 * bits / 8} are due");
        var x = new BigInteger(point[..(bits / 8)], isUnsigned: true);
        var y = new BigInteger(point[(bits / 8)..], isUnsigned: true);
        return curve.Contains(x, y) ? new Gost(key, bits, curve, x, y) : SchemeChoice.KeyRefused($"the public key is no point of {curve.Name}");
    }

    public override bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        => VerifiesDigest(_curve, KeyBits, _x, _y, Streebog.Hash(KeyBits, message), signature);

    public override bool? VerifiesNatively(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        => Libcrypto.VerifyGost(Key, KeyBits, message, signature);

    /// <summary>RFC 7091 §6.2. The digest is a number written from its least significant octet.</summary>
    public static bool VerifiesDigest(JacobianCurve curve, int bits, BigInteger x, BigInteger y, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 2 * bits / 8)
            return false;
        var order = curve.OrderField;
        var s = new BigInteger(signature[..(bits / 8)], isUnsigned: true, isBigEndian: true);
        var r = new BigInteger(signature[(bits / 8)..], isUnsigned: true, isBigEndian: true);
        if (r.IsZero || s.IsZero || r >= curve.Order || s >= curve.Order)
            return false;
        var e = order.Reduce(new BigInteger(digest, isUnsigned: true));
        if (e.IsZero)
            e = BigInteger.One;
        var inverse = order.Invert(order.Of(e));
        var u = order.Number(order.Multiply(order.Of(s), inverse));
        var v = order.Number(order.Multiply(order.Of(curve.Order - r), inverse));
        return curve.SumX(u, v, x, y) is { } sum && order.Reduce(sum) == r;
    }
}
