using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>Bytes that could not be read from the source; they are zero in the item and declared here.</summary>
/// <param name="From">Where they begin.</param>
/// <param name="Bytes">How many they are, at least 1.</param>
public sealed record UnreadRange(long From, long Bytes)
{
    /// <summary>Most ranges of one source; a medium with more is imaged with a tool for damaged media first.</summary>
    public const int MaxCount = 1000;

    internal static UnreadRange Read(DocumentReader r) => new(r.Integer("from", 0, Chunk.MaxCount * Chunk.PlainBytes), r.Integer("bytes", 1, Chunk.MaxCount * Chunk.PlainBytes));

    internal void Write(DocumentWriter w) => w.Integer("from", From).Integer("bytes", Bytes);

    /// <summary>Ranges are in order, apart from each other and inside the source.</summary>
    internal static Refusal? Check(IReadOnlyList<UnreadRange> ranges, long size, string path)
    {
        var end = -1L;
        foreach (var range in ranges)
        {
            if (range.From <= end || range.From + range.Bytes > size)
                return new Refusal(RefusalCode.DocumentValue, "the ranges that were not read are in order, do not touch and lie inside the content", path);
            end = range.From + range.Bytes;
        }
        return null;
    }
}

/// <summary>The files of an item that was made of a folder: how many entries its list has, the root of the tree over them, and where the list lies.</summary>
/// <param name="Entries">Lines of the list: files, folders, links, and what is not contained.</param>
/// <param name="NotTaken">Entries that are listed with a problem and not contained.</param>
/// <param name="TreeRoot">Root of the salted tree over the entries.</param>
/// <param name="ListFrom">Where the list begins in the item.</param>
/// <param name="ListBytes">How long it is.</param>
public sealed record FileTree(long Entries, long NotTaken, Digest TreeRoot, long ListFrom, long ListBytes)
{
    /// <summary>The media type of a folder item.</summary>
    public const string MediaType = "application/x-tar";

    internal static FileTree Read(DocumentReader r) => new(
        r.Integer("entries", 0, Parts.FileEntry.MaxCount), r.Integer("notTaken", 0, Parts.FileEntry.MaxCount), r.Digest("treeRoot"),
        r.Integer("listFrom", 0, Chunk.MaxCount * Chunk.PlainBytes), r.Integer("listBytes", 0, Chunk.MaxCount * Chunk.PlainBytes));

    internal void Write(DocumentWriter w) => w.Integer("entries", Entries).Integer("notTaken", NotTaken).Digest("treeRoot", TreeRoot).Integer("listFrom", ListFrom).Integer("listBytes", ListBytes);
}

/// <summary>What a recorded digest is of: the file as it is, or the medium inside an image.</summary>
public enum DigestScope { FILE, MEDIUM }

/// <summary>A digest that an imaging tool or a list had recorded before.</summary>
/// <param name="By">The file that it stood in, and what kind of file that is.</param>
/// <param name="Scope">What it is of.</param>
/// <param name="Algorithm">As in <see cref="Manifest.Digests"/>.</param>
/// <param name="Value">Lower-case hexadecimal.</param>
/// <param name="Compared">True: computed anew and equal. False: it could not be computed here.</param>
public sealed record RecordedDigest(string By, DigestScope Scope, string Algorithm, string Value, bool Compared)
{
    internal static RecordedDigest Read(DocumentReader r)
    {
        var recorded = new RecordedDigest(r.Text("by", 300), r.Word<DigestScope>("scope"), r.Text("algorithm", 20), r.Text("value", 128), r.Flag("compared"));
        if (!r.Failed && (DigestAlgorithm.Find(recorded.Algorithm) is not { } algorithm || recorded.Value.Length != 2 * algorithm.Bytes || !Ids.IsHex(recorded.Value)))
            r.Refuse(RefusalCode.DocumentValue, "the digest has not a name and a length that go together", "value");
        return recorded;
    }

    internal void Write(DocumentWriter w) => w.Text("by", By).Word("scope", Scope).Text("algorithm", Algorithm).Text("value", Value).Flag("compared", Compared);
}
