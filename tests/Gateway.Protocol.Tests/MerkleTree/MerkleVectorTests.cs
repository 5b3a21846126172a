using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleTree;

public sealed class MerkleVectorTests
{
    [MerkleVectors]
    public void Every_inclusion_vector_gives_the_result_expected() => Run("inclusion", vector =>
        Digest(vector, "leafHash") is { } leaf && Digest(vector, "root") is { } root && Proof(vector) is { } proof
            && InclusionProof.Verify(leaf, vector.GetProperty("leafIdx").GetUInt64(), vector.GetProperty("treeSize").GetUInt64(), proof, root));

    [MerkleVectors]
    public void Every_consistency_vector_gives_the_result_expected() => Run("consistency", vector =>
        Digest(vector, "root1") is { } root1 && Digest(vector, "root2") is { } root2 && Proof(vector) is { } proof
            && ConsistencyProof.Verify(vector.GetProperty("size1").GetUInt64(), vector.GetProperty("size2").GetUInt64(), root1, root2, proof));

    private static void Run(string kind, Func<JsonElement, bool> verify)
    {
        var files = Directory.GetFiles(Path.Combine(MerkleVectorsAttribute.Folder, kind), "*.json", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        var wrong = new List<string>();
        foreach (var file in files)
        {
            using var vector = JsonDocument.Parse(File.ReadAllBytes(file));
            if (verify(vector.RootElement) == vector.RootElement.GetProperty("wantErr").GetBoolean())
                wrong.Add(file);
        }
        Assert.Empty(wrong);
    }

    // A hash that has not 32 bytes cannot become a digest at all: that is how it is refused.
    private static Digest? Digest(JsonElement vector, string name) => AsDigest(vector.GetProperty(name));

    private static Digest? AsDigest(JsonElement value)
        => value.ValueKind == JsonValueKind.String && value.GetBytesFromBase64() is { Length: Gateway.Protocol.Documents.Digest.Length } bytes ? new Digest(bytes) : null;

    private static List<Digest>? Proof(JsonElement vector)
    {
        var proof = vector.GetProperty("proof");
        if (proof.ValueKind == JsonValueKind.Null)
            return [];
        var hashes = proof.EnumerateArray().Select(AsDigest).ToList();
        return hashes.Contains(null) ? null : [.. hashes.Select(hash => hash!.Value)];
    }
}

/// <summary>Runs where the independent vectors lie beside the repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MerkleVectorsAttribute : FactAttribute
{
    public MerkleVectorsAttribute()
    {
        if (!Directory.Exists(Folder))
            Skip = "the vectors of ../shared/testdata/merkle are not here";
    }

    internal static string Folder { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? AppContext.BaseDirectory, "..", "shared", "testdata", "merkle");
    }
}
