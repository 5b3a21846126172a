using System.Formats.Asn1;
using System.Numerics;
using System.Text;
using Gateway.Protocol.Digests;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Algorithms;

/// <summary>SM2 signatures with SM3 (GB/T 32918.2-2016, draft-shen-sm2-ecdsa) on the curve of GB/T 32918.5. The signer's distinguishing id is part of what is signed.</summary>
internal sealed class Sm2 : NationalScheme
{
    public const string Curve = "1.2.156.10197.1.301";
    public const string WithSm3 = "1.2.156.10197.1.501";

    private const int FieldBytes = 32;
    private const int MaxIdBytes = 0xffff / 8;

    private static readonly JacobianCurve s_curve = new(
        "SM2",
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF", "-3", "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93",
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123",
        "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7", "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0");

    private readonly BigInteger _x;
    private readonly BigInteger _y;
    private readonly string _id;

    private Sm2(PublicKey key, BigInteger x, BigInteger y, string id)
        : base(key) => (_x, _y, _id) = (x, y, id);

    public override string Name => "SM2 with SM3";

    public override string Oid => WithSm3;

    public override string DigestOid => DigestAlgorithms.Sm3;

    public override int KeyBits => 256;

    public static SchemeChoice? Match(SchemeRequest request)
    {
        // GM/T 0010 files name "SM2 signature" (.301.1), others the curve or only the kind of key.
        var named = request.Algorithm.Oid is WithSm3 or Curve or "1.2.156.10197.1.301.1";
        if (!named && !(request.Algorithm.Oid == Ecdsa.EcPublicKey && request.DigestOid == DigestAlgorithms.Sm3))
            return null;
        if (request.Key.Algorithm.Oid != Ecdsa.EcPublicKey || request.Key.Algorithm.Parameters.IsEmpty || request.Key.Algorithm.Parameters.Span[0] != 6)
            return SchemeChoice.KeyRefused($"an SM2 signature with a key of kind {request.Key.Algorithm.Oid}");
        if (new Asn1Reader(request.Key.Algorithm.Parameters).Oid() is var curve && curve != Curve)
            return SchemeChoice.KeyRefused($"an SM2 signature with a key on curve {curve}");
        if (Encoding.UTF8.GetByteCount(request.Sm2Identity) > MaxIdBytes)
            return SchemeChoice.NotAvailable("the distinguishing id that the policy gives to SM2 is too long");
        var point = request.Key.Bits.Span;
        if (point.Length == 1 + FieldBytes && point[0] is 2 or 3)
            return SchemeChoice.NotAvailable("a compressed SM2 key, which nobody writes");
        if (point.Length != 1 + (2 * FieldBytes) || point[0] != 4)
            return SchemeChoice.KeyRefused("the SM2 key is not an uncompressed point");
        var x = Number(point.Slice(1, FieldBytes));
        var y = Number(point[(1 + FieldBytes)..]);
        return s_curve.Contains(x, y) ? new Sm2(request.Key, x, y, request.Sm2Identity) : SchemeChoice.KeyRefused("the public key is no point of the SM2 curve");
    }

    public override bool? VerifiesNatively(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        => Libcrypto.VerifySm2(Key, _id, message, signature);

    public override bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (!TryReadSignature(signature, out var r, out var s))
            return false;
        var order = s_curve.Order;
        if (r.Sign <= 0 || s.Sign <= 0 || r >= order || s >= order)
            return false;
        var t = s_curve.OrderField.Reduce(r + s);
        if (t.IsZero)
            return false;
        using var digest = new Sm3();
        digest.Append(IdentityDigest());
        digest.Append(message);
        var e = Number(digest.Finish());
        return s_curve.SumX(s, t, _x, _y) is { } x && s_curve.OrderField.Reduce(e + x) == r;
    }

    // Z of GB/T 32918.2 §5.5: id, curve and key, so that a signature cannot be moved to another signer.
    private byte[] IdentityDigest()
    {
        var id = Encoding.UTF8.GetBytes(_id);
        using var digest = new Sm3();
        digest.Append([(byte)(id.Length * 8 >> 8), unchecked((byte)(id.Length * 8))]);
        digest.Append(id);
        Span<byte> number = stackalloc byte[FieldBytes];
        foreach (var value in (ReadOnlySpan<BigInteger>)[s_curve.A, s_curve.B, s_curve.BaseX, s_curve.BaseY, _x, _y])
        {
            number.Clear();
            value.TryWriteBytes(number[(FieldBytes - value.GetByteCount(isUnsigned: true))..], out _, isUnsigned: true, isBigEndian: true);
            digest.Append(number);
        }

        return digest.Finish();
    }

    // GM/T 0009 §7.2: SEQUENCE { r, s }; strict DER, since every other form would be a second signature of the same value.
    private static bool TryReadSignature(ReadOnlySpan<byte> signature, out BigInteger r, out BigInteger s)
    {
        (r, s) = (default, default);
        if (signature.Length > 2 * (FieldBytes + 3) + 2)
            return false;
        try
        {
            var outer = new AsnReader(signature.ToArray(), AsnEncodingRules.DER);
            var pair = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            (r, s) = (pair.ReadInteger(), pair.ReadInteger());
            return !pair.HasData;
        }
        catch (AsnContentException)
        {
            return false; // not a signature of this form
        }
    }

    private static BigInteger Number(ReadOnlySpan<byte> bigEndian) => new(bigEndian, isUnsigned: true, isBigEndian: true);
}
