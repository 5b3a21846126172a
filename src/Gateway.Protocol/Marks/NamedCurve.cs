using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Gateway.Protocol.Marks;

/// <summary>
/// The two curves of our own marks and envelopes (FIPS 186-4 D.1.2.3, D.1.2.4), with the numbers needed to refuse a point off the curve and a signature out of range
/// before a key or a signature reaches the cryptographic library.
/// </summary>
internal sealed class NamedCurve
{
    public static readonly NamedCurve P256 = new(
        "P-256", Oids.P256, ECCurve.NamedCurves.nistP256, 32, HashAlgorithmName.SHA256, Oids.Sha256, Oids.EcdsaSha256,
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

    public static readonly NamedCurve P384 = new(
        "P-384", Oids.P384, ECCurve.NamedCurves.nistP384, 48, HashAlgorithmName.SHA384, Oids.Sha384, Oids.EcdsaSha384,
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973");

    private readonly BigInteger _p;
    private readonly BigInteger _b;
    private readonly byte[] _order;

    private NamedCurve(
        string name, string oid, ECCurve curve, int fieldBytes, HashAlgorithmName hash, string hashOid, string signatureOid, string p, string b, string n)
    {
        (Name, Oid, Curve, FieldBytes) = (name, oid, curve, fieldBytes);
        (Hash, HashOid, SignatureOid) = (hash, hashOid, signatureOid);
        (_p, _b) = (Number(p), Number(b));
        _order = Convert.FromHexString(n);
    }

    public string Name { get; }

    public string Oid { get; }

    public ECCurve Curve { get; }

    /// <summary>Octets of a coordinate, and of r and s.</summary>
    public int FieldBytes { get; }

    /// <summary>The hash that our own signatures with this curve use.</summary>
    public HashAlgorithmName Hash { get; }

    public string HashOid { get; }

    public string SignatureOid { get; }

    /// <summary>n, big-endian.</summary>
    public ReadOnlySpan<byte> Order => _order;

    public static NamedCurve? Find(string? oid) => oid switch
    {
        Oids.P256 => P256,
        Oids.P384 => P384,
        _ => null,
    };

    /// <summary>Reads an uncompressed point (SEC 1 §2.3.4); null when it is anything else or not on the curve. The cofactor is 1: on the curve is in the group.</summary>
    public ECParameters? Point(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length != 1 + 2 * FieldBytes || encoded[0] != 4)
            return null;
        var x = encoded.Slice(1, FieldBytes);
        var y = encoded[(1 + FieldBytes)..];
        return IsOnCurve(x, y) ? new ECParameters { Curve = Curve, Q = new ECPoint { X = x.ToArray(), Y = y.ToArray() } } : null;
    }

    private bool IsOnCurve(ReadOnlySpan<byte> xBytes, ReadOnlySpan<byte> yBytes)
    {
        var x = new BigInteger(xBytes, isUnsigned: true, isBigEndian: true);
        var y = new BigInteger(yBytes, isUnsigned: true, isBigEndian: true);
        if (x >= _p || y >= _p)
            return false;
        // y² = x³ − 3x + b (mod p)
        return (y * y - (x * x - 3) * x - _b) % _p == BigInteger.Zero;
    }

    private static BigInteger Number(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
