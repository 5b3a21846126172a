using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>What a leaf of a log records.</summary>
public enum LeafKind
{
    /// <summary>A receipt that the State issued: the digest of its DER.</summary>
    receipt,

    /// <summary>A receipt of another State that was accepted: the digest of its DER.</summary>
    received,

    /// <summary>An internal act: the digest of its record.</summary>
    audit,

    /// <summary>The erasure of a case: the digest of its certificate.</summary>
    erasure,

    /// <summary>The first leaf of a log that follows another: the digest of the last checkpoint of the log before.</summary>
    epoch,

    /// <summary>Something from outside that bounds the time: the digest of a time-stamp token or of a checkpoint seen.</summary>
    anchor,

    /// <summary>A custody event, own or of another State: the digest of its signed form (DER).</summary>
    custody,
}

/// <summary>
/// One entry of a log, the text <c>gwlog/v1 KIND SHA256\n</c>. Digests only: an entry can be shown to anybody, and it can be made with
/// <c>printf</c> and <c>sha256sum</c>.
/// </summary>
/// <param name="Kind">What is recorded.</param>
/// <param name="Sha256">Of the recorded bytes.</param>
public readonly record struct LogLeaf(LeafKind Kind, Digest Sha256)
{
    private const string Prefix = "gwlog/v1 ";
    private const int MaxLength = 128;

    /// <summary>The entry's bytes.</summary>
    public byte[] Write() => Encoding.ASCII.GetBytes(ToString());

    /// <summary>The hash of the entry in the tree.</summary>
    public Digest Hash
    {
        get
        {
            // The text of ToString, written in place: a proof hashes hundreds of leaves.
            Span<byte> bytes = stackalloc byte[MaxLength];
            Span<byte> digest = stackalloc byte[Digest.Length];
            Sha256.CopyTo(digest);
            var length = Encoding.ASCII.GetBytes(Prefix, bytes);
            length += Encoding.ASCII.GetBytes(Kind.ToString(), bytes[length..]);
            bytes[length++] = (byte)' ';
            _ = Convert.TryToHexStringLower(digest, bytes[length..], out var written);
            length += written;
            bytes[length++] = (byte)'\n';
            return TreeHash.Leaf(bytes[..length]);
        }
    }

    /// <summary>Reads an entry; only the exact text is one.</summary>
    public static Outcome<LogLeaf> Read(ReadOnlySpan<byte> entry)
    {
        var text = entry.Length <= MaxLength ? Encoding.Latin1.GetString(entry) : "";
        var words = text.Split(' ');
        return words.Length == 3 && Enum.TryParse<LeafKind>(words[1], out var kind) && words[2].Length == 65
            && Digest.TryParse(words[2][..64], out var digest) && new LogLeaf(kind, digest) is var leaf && leaf.ToString() == text
            ? leaf
            : new Refusal(RefusalCode.LogEntryMalformed, $"expected '{Prefix}KIND SHA256' and a line feed");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Prefix}{Kind} {Sha256}\n";
}
