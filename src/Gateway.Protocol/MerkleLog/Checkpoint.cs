using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>The text of a checkpoint (C2SP tlog-checkpoint): which log, how many leaves, the root over them.</summary>
/// <param name="Origin">Names the log; never used for another one.</param>
/// <param name="Size">Leaves.</param>
/// <param name="Root">Over the first <paramref name="Size"/> leaves.</param>
/// <param name="Extensions">Further lines, without their line feeds. We write none and pass over those of others.</param>
public sealed record Checkpoint(string Origin, long Size, Digest Root, IReadOnlyList<string> Extensions)
{
    private const int MaxExtensions = 100;

    /// <summary>A checkpoint without extension lines.</summary>
    public Checkpoint(string origin, long size, Digest root)
        : this(origin, size, root, [])
    {
    }

    /// <summary>Reads the text of a note.</summary>
    public static Outcome<Checkpoint> Read(ReadOnlyMemory<byte> text)
    {
        if (text.Length > SignedNote.MaxBytes || !SignedNote.TryDecode(text.Span, out var decoded) || !decoded.EndsWith('\n'))
            return Bad("a checkpoint is lines of text");
        var lines = decoded[..^1].Split('\n', MaxExtensions + 4);
        if (lines.Length is < 3 or > MaxExtensions + 3 || Array.Exists(lines, l => l.Length == 0))
            return Bad("a checkpoint has an origin, a size, a root, and no empty line");
        if (!NoteText.TryNumber(lines[1], out var size))
            return Bad("the size is not a decimal number");
        if (!NoteText.TryBase64(lines[2], out var root) || root.Length != Digest.Length)
            return Bad($"the root is not {Digest.Length} bytes in base64");
        if (size == 0 && new Digest(root) != TreeHash.Empty)
            return Bad("the root of size 0 is not that of the empty tree");
        return new Checkpoint(lines[0], size, new Digest(root), lines[3..]);
    }

    /// <summary>The text to sign.</summary>
    public byte[] Write()
        => Encoding.UTF8.GetBytes($"{Origin}\n{NoteText.Number(Size)}\n{Convert.ToBase64String(Root.ToArray())}\n{string.Concat(Extensions.Select(e => e + "\n"))}");

    private static Refusal Bad(string detail) => new(RefusalCode.CheckpointMalformed, detail);
}

/// <summary>
/// A checkpoint that its log signed, under keys that the caller took from a place it trusts. Only this type's size and root may be
/// relied on. That nobody else was shown another one is not said here: see <see cref="WitnessedCheckpoint"/>.
/// </summary>
public sealed class VerifiedCheckpoint
{
    private VerifiedCheckpoint(SignedNote note, Checkpoint checkpoint, IReadOnlyList<VerifiedSignature> signatures) => (Note, Checkpoint, Signatures) = (note, checkpoint, signatures);

    /// <summary>The note as it came.</summary>
    public SignedNote Note { get; }

    /// <summary>Its text, read.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>The lines of the log's own keys.</summary>
    public IReadOnlyList<VerifiedSignature> Signatures { get; }

    /// <summary>Reads and verifies. One of the keys must bear the origin's name, be no witness's, and have signed.</summary>
    public static Outcome<VerifiedCheckpoint> Open(ReadOnlyMemory<byte> note, IReadOnlyList<NoteKey> logKeys)
        => SignedNote.Read(note).Then(read => Open(read, logKeys));

    /// <inheritdoc cref="Open(ReadOnlyMemory{byte}, IReadOnlyList{NoteKey})"/>
    public static Outcome<VerifiedCheckpoint> Open(SignedNote note, IReadOnlyList<NoteKey> logKeys)
    {
        ArgumentNullException.ThrowIfNull(note);
        if (!Checkpoint.Read(note.Text).TryGet(out var checkpoint, out var refusal))
            return refusal;
        var keys = logKeys.Where(k => k.Name == checkpoint.Origin && k.Algorithm != NoteAlgorithm.Cosignature).ToList();
        if (keys.Count == 0)
            return new Refusal(RefusalCode.NoteSignature, "no key of the checkpoint's log is known");
        return note.Verify(keys).TryGet(out var signatures, out refusal) ? new VerifiedCheckpoint(note, checkpoint, signatures) : refusal;
    }
}
