using System.Security.Cryptography;
using Gateway.Protocol.Digests;

namespace Gateway.Recognition.Algorithms;

/// <summary>A digest algorithm that can be computed here.</summary>
/// <param name="Oid">Dotted.</param>
/// <param name="Name">For people and reports.</param>
/// <param name="Length">Octets.</param>
/// <param name="Of">Over bytes.</param>
/// <param name="OfStream">Over a stream, in constant memory.</param>
internal sealed record DigestAlgorithm(string Oid, string Name, int Length, Func<ReadOnlyMemory<byte>, byte[]> Of, Func<Stream, byte[]> OfStream)
{
    /// <summary>For the algorithms of the BCL.</summary>
    public HashAlgorithmName? Native { get; init; }

    /// <summary>One of the SHA families, which RSA and ECDSA are used with.</summary>
    public bool IsSha => Native is not null || Oid is DigestAlgorithms.Sha224 or DigestAlgorithms.Sha3With224;
}

/// <summary>The one place that knows which digest algorithms there are.</summary>
internal static class DigestAlgorithms
{
    public const string Sha1 = "1.3.14.3.2.26";
    public const string Sha224 = "2.16.840.1.101.3.4.2.4";
    public const string Sha256 = "2.16.840.1.101.3.4.2.1";
    public const string Sha384 = "2.16.840.1.101.3.4.2.2";
    public const string Sha512 = "2.16.840.1.101.3.4.2.3";
    public const string Sha3With224 = "2.16.840.1.101.3.4.2.7";
    public const string Sha3With256 = "2.16.840.1.101.3.4.2.8";
    public const string Sha3With384 = "2.16.840.1.101.3.4.2.9";
    public const string Sha3With512 = "2.16.840.1.101.3.4.2.10";

    public const string Streebog256 = "1.2.643.7.1.1.2.2";
    public const string Streebog512 = "1.2.643.7.1.1.2.3";
    public const string Sm3 = "1.2.156.10197.1.401";
    public const string Shake256Of512 = "2.16.840.1.101.3.4.2.18";

    private static readonly Dictionary<string, DigestAlgorithm> ByOid = new DigestAlgorithm[]
    {
        // SHA-1 is computed so that old signatures can be told from wrong ones; the policy decides what it is worth.
        Bcl(Sha1, "SHA-1", 20, HashAlgorithmName.SHA1),
        Managed(Sha224, "SHA-224", 28, () => new ShortSha2()),
        Bcl(Sha256, "SHA-256", 32, HashAlgorithmName.SHA256),
        Bcl(Sha384, "SHA-384", 48, HashAlgorithmName.SHA384),
        Bcl(Sha512, "SHA-512", 64, HashAlgorithmName.SHA512),
        Managed(Sha3With224, "SHA3-224", 28, () => new Sha3(224)),
        Bcl(Sha3With256, "SHA3-256", 32, HashAlgorithmName.SHA3_256),
        Bcl(Sha3With384, "SHA3-384", 48, HashAlgorithmName.SHA3_384),
        Bcl(Sha3With512, "SHA3-512", 64, HashAlgorithmName.SHA3_512),
        Managed(Streebog256, "Streebog-256", 32, () => new Streebog(256)),
        Managed(Streebog512, "Streebog-512", 64, () => new Streebog(512)),
        Managed(Sm3, "SM3", 32, () => new Sm3()),
        // id-shake256-len; RFC 8419 §3.1 wants 512 bits beside Ed448, another length does not fit the message digest
        new(Shake256Of512, "SHAKE256-512", 64, bytes => Shake256.HashData(bytes.Span, 64), stream => Shake256.HashData(stream, 64)),
    }.Where(d => d.Oid != Shake256Of512 || Shake256.IsSupported).ToDictionary(d => d.Oid, StringComparer.Ordinal);

    /// <summary>Null when it cannot be computed here.</summary>
    public static DigestAlgorithm? Find(string? oid) => oid is null ? null : ByOid.GetValueOrDefault(oid);

    /// <summary>The name for reports: the OID when nothing better is known.</summary>
    public static string NameOf(string oid) => ByOid.TryGetValue(oid, out var known) ? known.Name : oid;

    private static DigestAlgorithm Managed(string oid, string name, int length, Func<RunningDigest> start) => new(
        oid, name, length,
        bytes =>
        {
            using var digest = start();
            digest.Append(bytes.Span);
            return digest.Finish();
        },
        stream =>
        {
            using var digest = start();
            var buffer = new byte[1 << 16];
            for (int read; (read = stream.Read(buffer)) > 0;)
                digest.Append(buffer.AsSpan(0, read));
            return digest.Finish();
        });

    private static DigestAlgorithm Bcl(string oid, string name, int length, HashAlgorithmName hash) => new(
        oid, name, length,
        bytes => CryptographicOperations.HashData(hash, bytes.Span),
        stream => CryptographicOperations.HashData(hash, stream))
    {
        Native = hash,
    };
}
