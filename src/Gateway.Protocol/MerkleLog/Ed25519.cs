using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Gateway.Protocol.MerkleLog;

/// <summary>
/// Verifies Ed25519 signatures (RFC 8032 §5.1.7) in managed code, so that a log can be checked where no native library has the
/// algorithm. Stricter than the RFC asks: a key or an R with a second spelling is refused, so is S ≥ L, and so is a key of small order
/// (one signature would verify under it for every message). The equation is the one without cofactor, [S]B = R + [k]A, as OpenSSL
/// and Go compute it: all three agree on every signature that an honest signer can make.
/// </summary>
public static class Ed25519
{
    /// <summary>Bytes of a public key.</summary>
    public const int KeyLength = EdwardsPoint.Length;

    /// <summary>Bytes of a signature: R and S.</summary>
    public const int SignatureLength = 64;

    /// <summary>The order L of the generator.</summary>
    internal static readonly BigInteger Order = BigInteger.Parse("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Whether these bytes are a public key under which a signature means something: a canonical point, not of small order.</summary>
    public static bool IsKey(ReadOnlySpan<byte> publicKey) => EdwardsPoint.TryRead(publicKey, out var a) && !a.HasSmallOrder;

    /// <summary>True only when <paramref name="signature"/> is the holder's over exactly this message.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength || !EdwardsPoint.TryRead(publicKey, out var a) || a.HasSmallOrder)
            return false;
        var r = signature[..KeyLength];
        var s = signature[KeyLength..];
        if (Number(s) >= Order)
            return false;
        Span<byte> k = stackalloc byte[KeyLength];
        Reduce(Hash(r, publicKey, message), k);
        Span<byte> expected = stackalloc byte[KeyLength];
        EdwardsPoint.Combine(s, EdwardsPoint.Generator, k, -a).Write(expected);
        // Compared as bytes: an R that is not canonical never equals what is computed.
        return expected.SequenceEqual(r);
    }

    /// <summary>SHA-512 over the parts.</summary>
    internal static byte[] Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> message)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        sha.AppendData(first);
        sha.AppendData(second);
        sha.AppendData(message);
        return sha.GetHashAndReset();
    }

    /// <summary>The number modulo L, 32 little-endian bytes.</summary>
    internal static void Reduce(ReadOnlySpan<byte> number, Span<byte> scalar)
    {
        scalar.Clear();
        (Number(number) % Order).TryWriteBytes(scalar, out _, isUnsigned: true);
    }

    internal static BigInteger Number(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);
}
