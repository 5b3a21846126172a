using Gateway.Protocol.Digests;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>A digest of an item's plaintext: the name as in the vocabulary UCO <c>HashNameVocab</c>, the value in lower-case hexadecimal.</summary>
public sealed record ItemDigest(string Algorithm, string Value);

/// <summary>
/// Computes several digests of one stream in one pass. SHA-256 is always the first. MD5 and SHA-1 are there because older tools
/// and reports name them; they never stand alone. Not safe for concurrent use.
/// </summary>
public sealed class DigestSet : IDisposable
{
    /// <summary>The digest that every item has.</summary>
    public const string Sha256 = "SHA256";

    private readonly (string Name, RunningDigest Hash)[] _hashes;

    private DigestSet((string Name, RunningDigest Hash)[] hashes) => _hashes = hashes;

    /// <summary>SHA-256 and the additional algorithms named, in upper or lower case, in their order; a name that stands twice counts once.</summary>
    /// <returns>The set, or <see cref="RefusalCode.ArgumentNotValid"/> for a name that is unknown.</returns>
    public static Outcome<DigestSet> Create(params IEnumerable<string> additional)
    {
        ArgumentNullException.ThrowIfNull(additional);
        string[] names = [Sha256, .. additional.Select(name => DigestAlgorithm.FindTyped(name)?.Name ?? name).Distinct().Where(name => name != Sha256)];
        if (names.FirstOrDefault(name => !CanCompute(name)) is { } unknown)
            return new Refusal(RefusalCode.ArgumentNotValid, $"the digest '{unknown}' is not known; known are {string.Join(", ", DigestAlgorithm.All.Select(a => a.Name))}");
        return new DigestSet([.. names.Select(name => (name, DigestAlgorithm.Find(name)!.Start()))]);
    }

    /// <summary>The digests of a list that are known here, SHA-256 among them: to compare an item with its manifest.</summary>
    public static DigestSet For(IEnumerable<ItemDigest> digests) => Create(digests.Select(d => d.Algorithm).Where(CanCompute)).Value;

    /// <summary>Whether the name is known, and so can be computed.</summary>
    public static bool CanCompute(string name) => DigestAlgorithm.Find(name) is not null;

    /// <summary>Takes the next bytes of the stream.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        foreach (var (_, hash) in _hashes)
            hash.Append(bytes);
    }

    /// <summary>The digests, SHA-256 first, and a fresh start.</summary>
    public IReadOnlyList<ItemDigest> Finish()
        => [.. _hashes.Select(h => new ItemDigest(h.Name, Convert.ToHexStringLower(h.Hash.Finish())))];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, hash) in _hashes)
            hash.Dispose();
    }
}
