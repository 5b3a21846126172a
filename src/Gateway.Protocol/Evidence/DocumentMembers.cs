using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>Members that several evidence documents have.</summary>
internal static class DocumentMembers
{
    private const int MaxDigests = 20;

    /// <summary>A list of words of one closed list, none twice.</summary>
    public static IReadOnlyList<TEnum> Words<TEnum>(this DocumentReader r, string name) where TEnum : struct, Enum
    {
        var words = new List<TEnum>();
        foreach (var text in r.Texts(name, Enum.GetValues<TEnum>().Length, 60))
        {
            if (!Enum.TryParse<TEnum>(text, ignoreCase: false, out var word) || Enum.GetName(word) != text)
                r.Refuse(RefusalCode.DocumentValue, $"'{text}' is not one of {string.Join(", ", Enum.GetNames<TEnum>())}", name);
            else if (words.Contains(word))
                r.Refuse(RefusalCode.DocumentValue, $"'{text}' stands twice", name);
            else
                words.Add(word);
        }
        return words;
    }

    /// <summary>A list of digests: known names, each once, values of the right length.</summary>
    public static IReadOnlyList<ItemDigest> Digests(this DocumentReader r, string name) => r.Objects(name, MaxDigests, item =>
    {
        var digest = new ItemDigest(item.Text("algorithm", 20), item.Text("value", 128));
        if (item.Failed)
            return digest;
        if (DigestAlgorithm.Find(digest.Algorithm) is not { } algorithm)
            item.Refuse(RefusalCode.DocumentValue, $"'{digest.Algorithm}' is not one of {string.Join(", ", DigestAlgorithm.All.Select(a => a.Name))}", "algorithm");
        else if (digest.Value.Length != 2 * algorithm.Bytes || !Ids.IsHex(digest.Value))
            item.Refuse(RefusalCode.DocumentValue, $"expected {2 * algorithm.Bytes} lower-case hexadecimal digits", "value");
        return digest;
    });

    public static DocumentWriter Digests(this DocumentWriter w, string name, IEnumerable<ItemDigest> digests)
        => w.Objects(name, digests, (item, digest) => item.Text("algorithm", digest.Algorithm).Text("value", digest.Value));

    /// <summary>What makes a list of digests acceptable (V034); null when it is.</summary>
    public static Refusal? CheckDigests(IReadOnlyList<ItemDigest> digests, string path)
    {
        if (digests.Select(d => d.Algorithm).Distinct().Count() != digests.Count)
            return new(RefusalCode.DocumentValue, "an algorithm stands twice", path);
        if (digests.Count > 0 && digests.All(d => DigestAlgorithm.Find(d.Algorithm)?.Weak == true))
            return new(RefusalCode.OnlyWeakDigests, "MD5 and SHA-1 may accompany but not replace SHA-256", path);
        return digests.Count > 0 && digests[0].Algorithm == DigestSet.Sha256 ? null : new(RefusalCode.DocumentValue, "the first digest is not SHA256", path);
    }
}
