using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;

namespace Gateway.Protocol.Bundles;

/// <summary>What goes into a bundle. Contents are asked for one after the other while writing, each once.</summary>
public sealed record BundleSource
{
    /// <summary>The case exported; it is one of <see cref="Cases"/>.</summary>
    public required string Case { get; init; }

    /// <summary>The authority that exports; its seal is over the manifest.</summary>
    public required Party Exporter { get; init; }

    /// <summary>The case and the cases linked with it, as far as they are exported too.</summary>
    public required IReadOnlyList<BundleCase> Cases { get; init; }

    /// <summary>Every version of every State's card under which something here was sealed, the own one too, as received.</summary>
    public required IReadOnlyList<SignedCard> Cards { get; init; }

    /// <summary>Sealed covers, and signed documents that travelled in none.</summary>
    public required IReadOnlyList<BundleDocument> Documents { get; init; }

    /// <summary>Documents of which only the digest is told.</summary>
    public IReadOnlyCollection<Digest> Withheld { get; init; } = [];

    /// <summary>Under which conditions the data in it may be used, a line for each case; they go with every copy.</summary>
    public IReadOnlyList<string> Conditions { get; init; } = [];

    /// <summary>Evidence items.</summary>
    public IReadOnlyList<BundleItem> Items { get; init; } = [];

    /// <summary>Where each State's custody events of an item end, as far as the exporter holds them.</summary>
    public IReadOnlyList<CaseCustody> Custody { get; init; } = [];

    /// <summary>Logs that hold the receipts, the exporter's own first.</summary>
    public IReadOnlyList<BundleLog> Logs { get; init; } = [];

    /// <summary>Proofs that a party of the case split its log.</summary>
    public IReadOnlyList<BundleConflict> Conflicts { get; init; } = [];

    /// <summary>Verdicts on signed documents.</summary>
    public IReadOnlyList<BundleVerdict> Recognition { get; init; } = [];

    /// <summary>What those verdicts rest on.</summary>
    public IReadOnlyList<BundleMaterial> Material { get; init; } = [];

    /// <summary>Signed erasures (DER) of the cases.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Erasures { get; init; } = [];
}

/// <summary>One case of a bundle.</summary>
/// <param name="Case">Its id.</param>
/// <param name="Linked">Ids of cases linked with it, whether or not they are in the bundle.</param>
/// <param name="Requesting">The authority that asked.</param>
/// <param name="Requested">The authority that was asked.</param>
/// <param name="Chains">The chain of each State that issued a receipt.</param>
public sealed record BundleCase(string Case, IReadOnlyList<string> Linked, Party Requesting, Party Requested, IReadOnlyList<BundleChain> Chains);

/// <summary>The receipts that one State issued in a case, from the first one on, each as issued (DER).</summary>
public sealed record BundleChain(string State, IEnumerable<ReadOnlyMemory<byte>> Receipts);

/// <summary>A signed document (DER).</summary>
/// <param name="Sha256">SHA-256 of its DER, which becomes its name.</param>
/// <param name="Read">Gives the DER.</param>
public sealed record BundleDocument(Digest Sha256, Func<ReadOnlyMemory<byte>> Read);

/// <summary>An evidence item.</summary>
/// <param name="Item">Its id.</param>
/// <param name="Manifest">The signed manifest (DER).</param>
/// <param name="Content">The decrypted content, only where it is disclosed.</param>
public sealed record BundleItem(string Item, ReadOnlyMemory<byte> Manifest, BundleContent? Content = null);

/// <summary>What a State's log says of the case.</summary>
/// <param name="State">Whose log.</param>
/// <param name="Checkpoint">The newest checkpoint with its cosignatures.</param>
/// <param name="Proofs">By the digest in the leaf; asked for while writing.</param>
public sealed record BundleLog(string State, ReadOnlyMemory<byte> Checkpoint, IEnumerable<(Digest Leaf, ReadOnlyMemory<byte> Proof)> Proofs)
{
    /// <summary>Log and witnesses as a tlog-policy; null for none.</summary>
    public ReadOnlyMemory<byte>? Policy { get; init; }

    /// <summary>How the checkpoints under which the proofs lie grew into the largest of their log.</summary>
    public IReadOnlyList<BundleGrowth> Growths { get; init; } = [];

    /// <summary>Checkpoints of the State's logs that time-stamp authorities stamped.</summary>
    public IReadOnlyList<BundleStamp> TimeStamps { get; init; } = [];

    /// <summary>States whose cards say what the cosignatures under the proofs, and the policy, are worth.</summary>
    public IReadOnlyList<string> Witnesses { get; init; } = [];
}

/// <summary>That a log only grew from one checkpoint under which proofs lie to a larger one.</summary>
/// <param name="Log">The log.</param>
/// <param name="Size">Leaves of the smaller one.</param>
/// <param name="Way">Leads to the larger one, as <see cref="CheckpointSubmission"/>.</param>
public sealed record BundleGrowth(LogName Log, long Size, ReadOnlyMemory<byte> Way);

/// <summary>Two checkpoints of one size with different roots, each as the log signed it: together they prove to anybody that it was split.</summary>
/// <param name="Log">The log.</param>
/// <param name="Size">The leaves that both state.</param>
/// <param name="First">The one that was known first.</param>
/// <param name="Second">The other.</param>
public sealed record BundleConflict(LogName Log, long Size, ReadOnlyMemory<byte> First, ReadOnlyMemory<byte> Second);

/// <summary>What the exporter found about a signed document.</summary>
/// <param name="Report">The report, as kept.</param>
/// <param name="Record">The record in the exporter's log that it was made, whose digest is the leaf; null when there is none.</param>
public sealed record BundleVerdict(ReadOnlyMemory<byte> Report, ReadOnlyMemory<byte>? Record);

/// <summary>Something that a verdict rests on: never an anchor of whoever verifies.</summary>
/// <param name="Sha256">SHA-256 of the bytes, which becomes the name.</param>
/// <param name="Extension">One of <see cref="Extensions"/>.</param>
/// <param name="Read">Gives the bytes.</param>
public sealed record BundleMaterial(Digest Sha256, string Extension, Func<ReadOnlyMemory<byte>> Read)
{
    /// <summary>Of signed documents (CMS), ETSI lists, revocation lists, OCSP answers, certificates.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".cms", ".xml", ".crl", ".ocsp", ".cer"];
}

/// <summary>A checkpoint with the word of time-stamp authorities on when it existed.</summary>
/// <param name="Log">The log.</param>
/// <param name="Size">Its leaves then.</param>
/// <param name="Note">The bytes that were stamped: the checkpoint as the log signed it.</param>
/// <param name="Growth">Leads to the checkpoint under which the proofs stand, as <see cref="CheckpointSubmission"/>.</param>
/// <param name="Replies">TimeStampResp (RFC 3161) as received, each with a short name of its authority: lower-case letters, digits, hyphens.</param>
public sealed record BundleStamp(LogName Log, long Size, ReadOnlyMemory<byte> Note, ReadOnlyMemory<byte> Growth, IReadOnlyList<(string Authority, ReadOnlyMemory<byte> Reply)> Replies)
{
    /// <summary>Proofs of leaves that it covers, up to the root to which the growth leads, of those whose other proof is under another checkpoint; asked for while writing.</summary>
    public IEnumerable<(Digest Leaf, ReadOnlyMemory<byte> Proof)> Leaves { get; init; } = [];
}

/// <summary>Disclosed content: its length and a stream of it.</summary>
public sealed record BundleContent(long Length, Func<Stream> Open);
