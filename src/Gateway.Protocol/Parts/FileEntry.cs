using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Parts;

/// <summary>What stands at a path of a folder.</summary>
public enum FileKind { FILE, FOLDER, LINK, SPECIAL }

/// <summary>Why something of a folder is listed but not contained.</summary>
public enum FileProblem { NOT_PERMITTED, NAME_NOT_UTF8, PATH_TOO_LONG, NOT_A_FILE, UNREADABLE }

/// <summary>
/// One line of the list of a folder item, and one leaf of its file tree. Type <c>fileEntry</c>, version 1. The random-looking salt keeps
/// anybody from guessing the entry from its leaf, so that one file can be proved and nothing is learnt of the others but how many
/// there are and where in the item this one lies.
/// </summary>
/// <remarks>
/// <para>An item made of a folder is a tar archive (POSIX.1-2001 pax) of everything below it, in depth-first order, the names of one
/// folder in the order of their UTF-16 code units, each under <c>content/</c>; its last member is <c>files.jsonl</c>, the list: the entries
/// in order, each a document. Leaf = SHA-256(0x00 ‖ entry with its line feed); the tree is that of RFC 6962 §2.1.</para>
/// <para>Salt = HKDF-SHA256(item key, no salt, info = ASCII <c>gateway/file-salt/v1</c> ‖ item id (16 bytes) ‖ index (64 bits, big-endian)), 32 bytes.</para>
/// </remarks>
/// <param name="Item">The item.</param>
/// <param name="Index">Place in the list, from 0.</param>
/// <param name="Path">Below the folder, as <see cref="FilePaths"/> spells it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes of content; 0 for what is not a file.</param>
/// <param name="Modified">When it was last changed, as the file system says; UTC.</param>
/// <param name="Sha256">Of the content; null for what has none.</param>
/// <param name="Offset">Where the content begins in the item; null for what has none.</param>
/// <param name="Target">Where a link leads, spelt like a name; absent otherwise.</param>
/// <param name="Unread">What could not be read and is zero in the content.</param>
/// <param name="Problem">Why it is not contained; absent when it is.</param>
/// <param name="Salt">32 bytes.</param>
public sealed record FileEntry(
    string Item, long Index, string Path, FileKind Kind, long Size, DateTimeOffset Modified, Digest? Sha256, long? Offset, string? Target,
    IReadOnlyList<UnreadRange> Unread, FileProblem? Problem, byte[] Salt)
{
    /// <summary>Bytes of salt.</summary>
    public const int SaltBytes = 32;

    /// <summary>Most entries of a folder.</summary>
    public const long MaxCount = 1 << 24;

    /// <summary>Bytes of the longest entry.</summary>
    public const int MaxBytes = 512 * 1024;

    private const string Type = "fileEntry";

    /// <summary>Reads an entry, its line feed included.</summary>
    public static Outcome<FileEntry> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, Read, new JsonLimits(MaxBytes));

    /// <summary>The bytes of the line, its line feed included.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, Write);

    /// <summary>The leaf of an entry's bytes.</summary>
    public static Digest Leaf(ReadOnlySpan<byte> entry) => TreeHash.Leaf(entry);

    private static FileEntry Read(DocumentReader r)
    {
        var entry = new FileEntry(
            r.Id("item", Ids.IsId), r.Integer("index", 0, MaxCount - 1), r.Text("path", FilePaths.MaxLength), r.Word<FileKind>("kind"),
            r.Integer("size", 0, Chunk.MaxCount * Chunk.PlainBytes), r.Time("modified"), r.DigestOrNull("sha256"),
            r.Next("offset") ? r.Integer("offset", 0, Chunk.MaxCount * Chunk.PlainBytes) : null, r.OptionalText("target", FilePaths.MaxLength),
            r.Next("unread") ? r.Objects("unread", UnreadRange.MaxCount, UnreadRange.Read) : [],
            r.Next("problem") ? r.Word<FileProblem>("problem") : null, r.Base64("salt", SaltBytes));
        if (r.Failed)
            return entry;
        var contained = entry is { Kind: FileKind.FILE, Problem: null };
        if (FilePaths.Problem(entry.Path) is { } problem)
            r.Refuse(RefusalCode.DocumentValue, problem, "path");
        else if (contained != entry.Sha256.HasValue || contained != entry.Offset.HasValue || (!contained && (entry.Size != 0 || entry.Unread.Count > 0)))
            r.Refuse(RefusalCode.DocumentValue, "a file that is contained has a digest and an offset, and nothing else has", "sha256");
        else if (entry.Kind != FileKind.LINK && entry.Target is not null)
            r.Refuse(RefusalCode.DocumentValue, "only a link leads somewhere", "target");
        else if (UnreadRange.Check(entry.Unread, entry.Size, "unread") is { } refusal)
            r.Refuse(refusal.Code, refusal.Detail, "unread");
        else if (entry.Salt.Length != SaltBytes)
            r.Refuse(RefusalCode.DocumentValue, $"expected {SaltBytes} bytes", "salt");
        return entry;
    }

    private void Write(DocumentWriter w)
    {
        w.Text("item", Item).Integer("index", Index).Text("path", Path).Word("kind", Kind).Integer("size", Size).Time("modified", Modified).DigestOrNull("sha256", Sha256);
        if (Offset is { } offset)
            w.Integer("offset", offset);
        w.OptionalText("target", Target);
        if (Unread.Count > 0)
            w.Objects("unread", Unread, (item, range) => range.Write(item));
        if (Problem is { } problem)
            w.Word("problem", problem);
        w.Base64("salt", Salt);
    }
}
