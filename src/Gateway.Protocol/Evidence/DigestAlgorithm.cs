using System.Security.Cryptography;
using Gateway.Protocol.Digests;

namespace Gateway.Protocol.Evidence;

/// <summary>One row per digest that a manifest may name.</summary>
/// <param name="Name">As in UCO <c>HashNameVocab</c>; the national ones, which it lacks, in the same manner.</param>
/// <param name="Bytes">Length of the value.</param>
/// <param name="Weak">May accompany, but not replace, a stronger one (V034).</param>
/// <param name="Start">Begins one.</param>
internal sealed record DigestAlgorithm(string Name, int Bytes, bool Weak, Func<RunningDigest> Start)
{
    public static IReadOnlyList<DigestAlgorithm> All { get; } =
    [
        Framework(DigestSet.Sha256, HashAlgorithmName.SHA256, 32),
        Framework("SHA384", HashAlgorithmName.SHA384, 48),
        Framework("SHA512", HashAlgorithmName.SHA512, 64),
        Sha3(256, HashAlgorithmName.SHA3_256, SHA3_256.IsSupported),
        Sha3(384, HashAlgorithmName.SHA3_384, SHA3_384.IsSupported),
        Sha3(512, HashAlgorithmName.SHA3_512, SHA3_512.IsSupported),
        new("STREEBOG-256", 32, false, () => new Streebog(256)),
        new("STREEBOG-512", 64, false, () => new Streebog(512)),
        new("SM3", 32, false, () => new Sm3()),
        Framework("MD5", HashAlgorithmName.MD5, 16, weak: true),
        Framework("SHA1", HashAlgorithmName.SHA1, 20, weak: true),
    ];

    /// <summary>By the exact name, as documents write it.</summary>
    public static DigestAlgorithm? Find(string name) => All.FirstOrDefault(a => a.Name == name);

    /// <summary>By the name as people type it, in upper or lower case.</summary>
    public static DigestAlgorithm? FindTyped(string name) => All.FirstOrDefault(a => a.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static DigestAlgorithm Framework(string name, HashAlgorithmName framework, int bytes, bool weak = false) => new(name, bytes, weak, () => new FrameworkDigest(framework));

    // The framework takes it from the system, which is faster; an imaging machine with an older Windows has none.
    private static DigestAlgorithm Sha3(int bits, HashAlgorithmName framework, bool ofSystem)
        => new($"SHA3-{bits}", bits / 8, false, () => ofSystem ? new FrameworkDigest(framework) : new Sha3(bits));
}
