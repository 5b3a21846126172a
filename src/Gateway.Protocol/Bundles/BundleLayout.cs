using System.Buffers;
using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;

namespace Gateway.Protocol.Bundles;

/// <summary>What a file of the bundle is, by its place.</summary>
public enum BundlePlace
{
    /// <summary><c>MANIFEST.sha256</c></summary>
    Manifest,

    /// <summary><c>MANIFEST.cms</c></summary>
    ManifestSeal,

    /// <summary><c>README.txt</c></summary>
    Readme,

    /// <summary><c>case.json</c></summary>
    CaseFile,

    /// <summary><c>receipts/CASE/STATE/NNNNNNNN.cms</c></summary>
    Receipt,

    /// <summary><c>documents/SHA256.cms</c></summary>
    Document,

    /// <summary><c>evidence/ITEM/manifest.cms</c></summary>
    EvidenceManifest,

    /// <summary><c>evidence/ITEM/content</c>, the decrypted file where it is disclosed.</summary>
    EvidenceContent,

    /// <summary><c>trust/STATE/card-NNNNNNNN.cms</c></summary>
    PeerCard,

    /// <summary><c>trust/STATE/*.pem</c>, drawn from the cards for openssl.</summary>
    TrustPem,

    /// <summary><c>log/STATE/checkpoint</c></summary>
    Checkpoint,

    /// <summary><c>log/STATE/proofs/SHA256.tlog-proof</c>, named after the digest in its leaf.</summary>
    LogProof,

    /// <summary><c>log/STATE/policy.txt</c></summary>
    LogPolicy,

    /// <summary><c>log/STATE/tsa/EPOCH.SIZE.AUTHORITY.tsr</c>, the reply of a time-stamp authority over the checkpoint of that size.</summary>
    TimeStamp,

    /// <summary><c>log/STATE/tsa/EPOCH.SIZE.checkpoint</c>, the bytes that were stamped.</summary>
    StampedCheckpoint,

    /// <summary><c>log/STATE/tsa/EPOCH.SIZE.growth</c>, the proof that the log only grew from there to a checkpoint that its proofs name.</summary>
    StampGrowth,

    /// <summary><c>log/STATE/tsa/EPOCH.SIZE.SHA256.tlog-proof</c>, where a leaf stands under the checkpoint to which that growth leads, when its other proof is under another.</summary>
    StampedLeaf,

    /// <summary><c>log/STATE/growth/EPOCH.SIZE.growth</c>, the proof that the log only grew from the checkpoint of that size, under which proofs lie, to a larger one.</summary>
    LogGrowth,

    /// <summary><c>log/STATE/conflicts/EPOCH.SIZE.first</c> and <c>.second</c>: two checkpoints of one size with different roots, both signed by the log.</summary>
    LogConflict,

    /// <summary><c>recognition/SHA256.json</c>, the exporter's report on a signed document; the name is the digest of the report itself.</summary>
    Recognition,

    /// <summary><c>recognition/SHA256.record.json</c>, the record of the log that a report with that digest was made.</summary>
    RecognitionRecord,

    /// <summary><c>trust/material/SHA256.EXT</c>: a trusted list, agreement, revocation list, OCSP answer or certificate that a report rests on.</summary>
    TrustMaterial,

    /// <summary><c>erasures/SHA256.cms</c></summary>
    Erasure,

    /// <summary>No place that this version knows.</summary>
    Unknown,
}

/// <summary>Bounds on a bundle, checked before anything is read from a file in it.</summary>
/// <param name="MaxEntries">Files.</param>
/// <param name="MaxRatio">Inflated bytes per compressed byte, beyond the first megabyte.</param>
/// <param name="MaxTotalBytes">All files but disclosed evidence together.</param>
/// <param name="MaxActSteps">Acts looked at again while acts that crossed with others are judged, in all cases together.</param>
/// <param name="MaxHeldBytes">All cards together, all different checkpoints below proofs together, and all files of time-stamps together: they are held in memory while the bundle is judged.</param>
public sealed record BundleLimits(int MaxEntries = 2_000_000, int MaxRatio = 100, long MaxTotalBytes = 16L << 30, long MaxActSteps = 20_000_000, long MaxHeldBytes = 64L << 20)
{
    /// <summary>The limits of docs/protocol.md.</summary>
    public static BundleLimits Default { get; } = new();

    /// <summary>The largest file at a place.</summary>
    public static long MaxBytes(BundlePlace place) => place switch
    {
        BundlePlace.Manifest => 400L << 20,
        BundlePlace.ManifestSeal => 401L << 20,
        BundlePlace.Readme => 64 << 10,
        BundlePlace.CaseFile => 64L << 20,
        BundlePlace.Receipt or BundlePlace.LogPolicy or BundlePlace.TimeStamp or BundlePlace.StampGrowth or BundlePlace.LogGrowth => 64 << 10,
        BundlePlace.Checkpoint or BundlePlace.LogConflict or BundlePlace.LogProof or BundlePlace.StampedCheckpoint or BundlePlace.StampedLeaf => 128 << 10,
        BundlePlace.PeerCard or BundlePlace.TrustPem => 4 << 20,
        BundlePlace.EvidenceContent => 1L << 44,
        BundlePlace.TrustMaterial => 32 << 20,
        BundlePlace.Document or BundlePlace.EvidenceManifest or BundlePlace.Recognition or BundlePlace.RecognitionRecord or BundlePlace.Erasure or BundlePlace.Unknown => 16 << 20,
        _ => throw new ArgumentOutOfRangeException(nameof(place)),
    };
}

/// <summary>The names inside a bundle.</summary>
internal static class BundleLayout
{
    public const string Manifest = "MANIFEST.sha256";
    public const string ManifestSeal = "MANIFEST.cms";
    public const string Readme = "README.txt";
    public const string CaseFile = "case.json";
    public const string CardCertificates = "cards.pem";
    public const string SealCertificates = "seals.pem";
    public const string StampCertificates = "stamps.pem";
    public const string PersonCertificates = "persons.pem";

    public const string ReportExtension = ".json";
    public const string RecordExtension = ".record.json";

    public const int MaxNameLength = 200;

    // receipts/XA-0123456789abcdef0123456789abcdef/XA/00000001.cms
    private const string Receipts = "receipts/";
    private const int ReceiptLength = 60;
    private static readonly Range CaseInReceipt = 9..44;
    private static readonly Range StateInReceipt = 45..47;

    // ASCII only: no normalisation, no right-to-left marks, no control characters, and no drive, stream or backslash of Windows.
    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    public static string Receipt(string caseId, string state, long seq) => $"receipts/{caseId}/{state}/{seq.ToString("00000000", CultureInfo.InvariantCulture)}.cms";

    public static string Document(Digest sha256) => $"documents/{sha256}.cms";

    public static string EvidenceManifest(string item) => $"evidence/{item}/manifest.cms";

    public static string EvidenceContent(string item) => $"evidence/{item}/content";

    public static string Checkpoint(string state) => $"log/{state}/checkpoint";

    public static string LogProof(string state, Digest leaf) => $"log/{state}/proofs/{leaf}{TlogProof.FileExtension}";

    public static string LogPolicy(string state) => $"log/{state}/policy.txt";

    public static string LogConflict(LogName log, long size, bool second) => $"log/{log.State}/conflicts/{log.Epoch}.{size.ToString(CultureInfo.InvariantCulture)}.{(second ? "second" : "first")}";

    public static string LogGrowth(LogName log, long size) => $"log/{log.State}/growth/{log.Epoch}.{size.ToString(CultureInfo.InvariantCulture)}.growth";

    /// <summary>The names of what belongs to one stamped checkpoint, but for their ends.</summary>
    public static string Stamped(LogName log, long size) => $"log/{log.State}/tsa/{log.Epoch}.{size.ToString(CultureInfo.InvariantCulture)}";

    public static string StampedCheckpoint(LogName log, long size) => $"{Stamped(log, size)}.checkpoint";

    public static string StampGrowth(LogName log, long size) => $"{Stamped(log, size)}.growth";

    public static string TimeStamp(LogName log, long size, string authority) => $"{Stamped(log, size)}.{authority}.tsr";

    public static string StampedLeaf(LogName log, long size, Digest leaf) => $"{Stamped(log, size)}.{leaf}{TlogProof.FileExtension}";

    public static string Recognition(Digest report) => $"recognition/{report}{ReportExtension}";

    public static string RecognitionRecord(Digest report) => $"recognition/{report}{RecordExtension}";

    public static string Material(Digest sha256, string extension) => $"trust/material/{sha256}{extension}";

    public static string Erasure(Digest sha256) => $"erasures/{sha256}.cms";

    public static string Card(string state, long version) => $"trust/{state}/card-{version.ToString("00000000", CultureInfo.InvariantCulture)}.cms";

    public static string Pem(string state, string file) => $"trust/{state}/{file}";

    /// <summary>Why a name is refused, or null. Names are never used as paths here, but people unpack bundles.</summary>
    public static string? Problem(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaxNameLength)
            return $"the name has {name.Length} characters; 1 to {MaxNameLength} are allowed";
        if (name.ContainsAnyExcept(Letters))
            return "the name has characters other than letters, digits, '.', '_', '-' and '/'";
        foreach (var range in name.Split('/'))
        {
            if (name[range] is "" or "." or "..")
                return "the name is absolute or leaves the folder";
        }
        return null;
    }

    public static BundlePlace PlaceOf(string name)
    {
        switch (name)
        {
            case Manifest: return BundlePlace.Manifest;
            case ManifestSeal: return BundlePlace.ManifestSeal;
            case Readme: return BundlePlace.Readme;
            case CaseFile: return BundlePlace.CaseFile;
        }
        // Nearly all of them, and without the pieces of a name that is split.
        if (name.StartsWith(Receipts, StringComparison.Ordinal))
            return IsReceipt(name) ? BundlePlace.Receipt : BundlePlace.Unknown;
        var parts = name.Split('/');
        return parts switch
        {
            ["documents", var file] when DigestOf(file) is not null => BundlePlace.Document,
            ["evidence", var item, "manifest.cms"] when Ids.IsId(item) => BundlePlace.EvidenceManifest,
            ["evidence", var item, "content"] when Ids.IsId(item) => BundlePlace.EvidenceContent,
            ["log", var s, "checkpoint"] when Ids.IsState(s) => BundlePlace.Checkpoint,
            ["log", var s, "proofs", var file] when Ids.IsState(s) && DigestOf(file, TlogProof.FileExtension) is not null => BundlePlace.LogProof,
            ["log", var s, "policy.txt"] when Ids.IsState(s) => BundlePlace.LogPolicy,
            ["log", var s, "conflicts", _] when Ids.IsState(s) && ConflictOf(name) is { } conflict && name == LogConflict(conflict.Log, conflict.Size, conflict.Second) => BundlePlace.LogConflict,
            ["log", var s, "growth", _] when Ids.IsState(s) && GrowthOf(name) is { } growth && name == LogGrowth(growth.Log, growth.Size) => BundlePlace.LogGrowth,
            ["log", var s, "tsa", _] when Ids.IsState(s) => PlaceOfStamp(name),
            ["recognition", var file] when DigestOf(file, ReportExtension) is not null => BundlePlace.Recognition,
            ["recognition", var file] when DigestOf(file, RecordExtension) is not null => BundlePlace.RecognitionRecord,
            ["trust", "material", var file] when MaterialOf(file) is not null => BundlePlace.TrustMaterial,
            ["erasures", var file] when DigestOf(file) is not null => BundlePlace.Erasure,
            ["trust", var s, CardCertificates or SealCertificates or StampCertificates or PersonCertificates] when Ids.IsState(s) => BundlePlace.TrustPem,
            ["trust", var s, var file] when Ids.IsState(s) && file.Length == 17 && file.StartsWith("card-", StringComparison.Ordinal) && Number(file.AsSpan(5, 8)) is not null
                && file.EndsWith(".cms", StringComparison.Ordinal) => BundlePlace.PeerCard,
            _ => BundlePlace.Unknown,
        };
    }

    /// <summary>Case, State and number of a receipt's name (<see cref="BundlePlace.Receipt"/>).</summary>
    public static (string Case, string State, long Seq) ReceiptOf(string name) => (name[CaseInReceipt], name[StateInReceipt], SeqOf(name)!.Value);

    /// <summary>The digest that a document's name states, or null.</summary>
    public static Digest? DigestOf(string name, string extension = ".cms")
    {
        var file = name[(name.LastIndexOf('/') + 1)..];
        return file.Length == (2 * Digest.Length) + extension.Length && file.EndsWith(extension, StringComparison.Ordinal) && Digest.TryParse(file[..(2 * Digest.Length)], out var digest) ? digest : null;
    }

    /// <summary>The digest that the name of a file of material states, or null. The extension is for people and openssl only.</summary>
    public static Digest? MaterialOf(string name) => BundleMaterial.Extensions.Select(e => DigestOf(name, e)).FirstOrDefault(d => d is not null);

    /// <summary>The second segment: the item of an evidence file, the State of a trust file.</summary>
    public static string Owner(string name) => name.Split('/')[1];

    /// <summary>Log, size and authority in the name of what belongs to a stamped checkpoint; for the proof of a leaf its digest stands there, and nothing for the checkpoint and the growth. Null when it is no such name.</summary>
    public static (LogName Log, long Size, string Authority)? StampOf(string name)
    {
        var parts = name[(name.LastIndexOf('/') + 1)..].Split('.');
        return parts.Length is 3 or 4 && LogName.TryParse(Owner(name), parts[0], out var log) && NoteText.TryNumber(parts[1], out var size)
            ? (log, size, parts.Length == 4 ? parts[2] : "") : null;
    }

    /// <summary>Log and size in the name of one half of a contradiction, and which half; null when it is no such name.</summary>
    public static (LogName Log, long Size, bool Second)? ConflictOf(string name)
        => name[(name.LastIndexOf('/') + 1)..].Split('.') is [var epoch, var digits, "first" or "second"] && LogName.TryParse(Owner(name), epoch, out var log) && NoteText.TryNumber(digits, out var size)
            ? (log, size, name.EndsWith("second", StringComparison.Ordinal)) : null;

    /// <summary>Log and size in the name of the way that a log grew; null when it is no such name.</summary>
    public static (LogName Log, long Size)? GrowthOf(string name)
        => name[(name.LastIndexOf('/') + 1)..].Split('.') is [var epoch, var digits, "growth"] && LogName.TryParse(Owner(name), epoch, out var log) && NoteText.TryNumber(digits, out var size)
            ? (log, size) : null;

    /// <summary>The digest that the name of a proof states, or null.</summary>
    public static Digest? LeafOf(string name)
    {
        var file = name[(name.LastIndexOf('/') + 1)..];
        var start = file.Length - TlogProof.FileExtension.Length - (2 * Digest.Length);
        return start == 0 || (start > 0 && file[start - 1] == '.') ? DigestOf(file[start..], TlogProof.FileExtension) : null;
    }

    private static BundlePlace PlaceOfStamp(string name) => StampOf(name) is not { } stamp ? BundlePlace.Unknown
        : name == StampedCheckpoint(stamp.Log, stamp.Size) ? BundlePlace.StampedCheckpoint
        : name == StampGrowth(stamp.Log, stamp.Size) ? BundlePlace.StampGrowth
        : LeafOf(name) is { } leaf && name == StampedLeaf(stamp.Log, stamp.Size, leaf) ? BundlePlace.StampedLeaf
        : name == TimeStamp(stamp.Log, stamp.Size, stamp.Authority) && stamp.Authority.Length > 0 ? BundlePlace.TimeStamp
        : BundlePlace.Unknown;

    private static bool IsReceipt(ReadOnlySpan<char> name) => name.Length == ReceiptLength && name[CaseInReceipt.End] == '/' && name[StateInReceipt.End] == '/'
        && Ids.IsCase(name[CaseInReceipt]) && Ids.IsState(name[StateInReceipt]) && SeqOf(name) is not null;

    private static long? SeqOf(ReadOnlySpan<char> name)
    {
        var file = name[(name.LastIndexOf('/') + 1)..];
        return file.Length == 12 && file.EndsWith(".cms", StringComparison.Ordinal) ? Number(file[..8]) : null;
    }

    private static long? Number(ReadOnlySpan<char> digits)
        => !digits.ContainsAnyExceptInRange('0', '9') && long.Parse(digits, CultureInfo.InvariantCulture) is > 0 and var value ? value : null;
}
