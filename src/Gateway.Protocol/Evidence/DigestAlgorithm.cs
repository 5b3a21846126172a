using System.Security.Cryptography;

namespace Gateway.Protocol.Evidence;

/// <summary>One row per digest that a manifest may name.</summary>
/// <param name="Name">As in UCO <c>HashNameVocab</c>.</param>
/// <param name="Framework">The name that .NET knows.</param>
/// <param name="Bytes">Length of the value.</param>
/// <param name="Weak">May accompany, but not replace, a stronger one (V034).</param>
/// <param name="Supported">Whether this machine computes it.</param>
internal sealed record DigestAlgorithm(string Name, HashAlgorithmName Framework, int Bytes, bool Weak, bool Supported)
{
    public static IReadOnlyList<DigestAlgorithm> All { get; } =
    [
        new(DigestSet.Sha256, HashAlgorithmName.SHA256, 32, Weak: false, Supported: true),
        new("SHA384", HashAlgorithmName.SHA384, 48, Weak: false, Supported: true),
        new("SHA512", HashAlgorithmName.SHA512, 64, Weak: false, Supported: true),
        new("SHA3-256", HashAlgorithmName.SHA3_256, 32, Weak: false, SHA3_256.IsSupported),
        new("SHA3-384", HashAlgorithmName.SHA3_384, 48, Weak: false, SHA3_384.IsSupported),
        new("SHA3-512", HashAlgorithmName.SHA3_512, 64, Weak: false, SHA3_512.IsSupported),
        new("MD5", HashAlgorithmName.MD5, 16, Weak: true, Supported: true),
        new("SHA1", HashAlgorithmName.SHA1, 20, Weak: true, Supported: true),
    ];

    public static DigestAlgorithm? Find(string name) => All.FirstOrDefault(a => a.Name == name);
}
