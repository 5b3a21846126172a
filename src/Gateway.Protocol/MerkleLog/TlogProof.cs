using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>
/// A file that proves offline that a leaf stands in a log (C2SP tlog-proof, <c>.tlog-proof</c>): its index, the hashes up to the root,
/// and the checkpoint. The leaf itself is not in it: whoever verifies makes it from the bytes at hand.
/// </summary>
/// <param name="Index">Of the leaf, from 0.</param>
/// <param name="Path">The leaf's sibling first.</param>
/// <param name="Checkpoint">The checkpoint as issued, with all its signatures.</param>
/// <param name="Extra">Bytes that nothing protects; never relied on.</param>
public sealed record TlogProof(long Index, IReadOnlyList<Digest> Path, SignedNote Checkpoint, ReadOnlyMemory<byte>? Extra = null)
{
    /// <summary>The extension of such files.</summary>
    public const string FileExtension = ".tlog-proof";

    private const string FirstLine = "c2sp.org/tlog-proof@v1";
    private const int MaxExtraBytes = 16 * 1024;
    private const int MaxBytes = SignedNote.MaxBytes + (2 * MaxExtraBytes) + 4096;

    /// <summary>Reads the file.</summary>
    public static Outcome<TlogProof> Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxBytes || !SignedNote.TryDecode(bytes.Span, out var text))
            return Bad($"a proof is at most {MaxBytes} bytes of text");
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = end < 0 ? [] : text[..end].Split('\n', InclusionProof.MaxHashes + 4);
        if (lines.Length < 2 || lines[0] != FirstLine)
            return Bad($"the first line is not {FirstLine}, or the rest is missing");
        var next = 1;
        byte[]? extra = null;
        if (lines[1].StartsWith("extra ", StringComparison.Ordinal))
        {
            next = 2;
            if (!NoteText.TryBase64(lines[1]["extra ".Length..], out extra) || extra.Length > MaxExtraBytes)
                return Bad("the extra data is not base64");
        }
        if (next == lines.Length || !lines[next].StartsWith("index ", StringComparison.Ordinal) || !NoteText.TryNumber(lines[next]["index ".Length..], out var index))
            return Bad("the index is missing or not a decimal number");
        var path = new List<Digest>();
        foreach (var line in lines[(next + 1)..])
        {
            if (path.Count == InclusionProof.MaxHashes || !NoteText.TryBase64(line, out var hash) || hash.Length != Digest.Length)
                return Bad($"expected at most {InclusionProof.MaxHashes} hashes of {Digest.Length} bytes");
            path.Add(new Digest(hash));
        }
        return SignedNote.Read(Encoding.UTF8.GetBytes(text[(end + 2)..])).TryGet(out var note, out var refusal)
            ? new TlogProof(index, path, note, extra is null ? default(ReadOnlyMemory<byte>?) : extra)
            : refusal;
    }

    /// <summary>The file.</summary>
    public byte[] Write()
    {
        var text = new StringBuilder(FirstLine).Append('\n');
        if (Extra is { } extra)
            text.Append("extra ").Append(Convert.ToBase64String(extra.Span)).Append('\n');
        text.Append("index ").Append(NoteText.Number(Index)).Append('\n');
        foreach (var hash in Path)
            text.Append(Convert.ToBase64String(hash.ToArray())).Append('\n');
        return [.. Encoding.UTF8.GetBytes(text.Append('\n').ToString()), .. Checkpoint.Bytes.Span];
    }

    /// <summary>Checks log signature, cosignatures and inclusion of this leaf.</summary>
    /// <param name="leaf">Made by the caller from the bytes at hand, never from the proof.</param>
    /// <param name="policy">Which log and which witnesses count.</param>
    /// <param name="latest">No cosignature may be later than this.</param>
    public Outcome<WitnessedCheckpoint> Verify(LogLeaf leaf, TlogPolicy policy, DateTimeOffset latest)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return policy.Verify(Checkpoint, latest).Then<WitnessedCheckpoint>(witnessed => RefuseInclusion(leaf, witnessed.Checkpoint) is { } refusal ? refusal : witnessed);
    }

    /// <summary>Checks log signature and inclusion only: says nothing about what others were shown.</summary>
    public Outcome<VerifiedCheckpoint> VerifyUnwitnessed(LogLeaf leaf, IReadOnlyList<NoteKey> logKeys)
        => VerifiedCheckpoint.Open(Checkpoint, logKeys).Then<VerifiedCheckpoint>(verified => RefuseInclusion(leaf, verified.Checkpoint) is { } refusal ? refusal : verified);

    private Refusal? RefuseInclusion(LogLeaf leaf, Checkpoint checkpoint)
        => InclusionProof.Verify(leaf.Hash, (ulong)Index, (ulong)checkpoint.Size, Path, checkpoint.Root)
            ? null
            : new Refusal(RefusalCode.LogProofMismatch, $"the leaf does not stand at index {NoteText.Number(Index)} of {checkpoint.Origin}");

    private static Refusal Bad(string detail) => new(RefusalCode.LogProofMalformed, detail);
}
