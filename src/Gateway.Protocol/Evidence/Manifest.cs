using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// What the lab says of an evidence item: what it is, where it comes from, how it was taken, by whom, its digests, its chunk tree and
/// the commitment to its key. Type <c>manifest</c>, version 1, signed by the technician; never holds a key. The members are in the
/// document in the order in which they stand here. One item is one file, one device or one folder; what is known of the device, the write blocker or the
/// written procedure may be absent in one that was made before; whoever makes one says it (<see cref="IntakeRules"/>). Everything else must be there.
/// </summary>
public sealed record Manifest
{
    internal const string Type = "manifest";
    internal const int MaxCustody = 200;
    internal const int MaxTools = 50;
    internal const int MaxRecorded = 100;

    /// <summary>32 hexadecimal digits, random.</summary>
    public required string ItemId { get; init; }

    /// <summary>The case that it answers.</summary>
    public required string Case { get; init; }

    /// <summary>The message id of the request that it answers.</summary>
    public required string Request { get; init; }

    /// <summary>The lab's exhibit number (CASE <c>ProvenanceRecord.exhibitNumber</c>).</summary>
    public required string ExhibitNumber { get; init; }

    /// <summary>The exhibit number of the object at the beginning of the derivation (CASE <c>rootExhibitNumber</c>).</summary>
    public required string RootExhibitNumber { get; init; }

    /// <summary>The item from which this one was derived, when that item was exchanged too; absent otherwise.</summary>
    public string? ParentItem { get; init; }

    /// <summary>How it was derived.</summary>
    public required Derivation Derivation { get; init; }

    /// <summary>What it is, what it contains, how it relates to the request.</summary>
    public required string Description { get; init; }

    /// <summary>What it was taken from.</summary>
    public required SourceType SourceType { get; init; }

    /// <summary>The physical source; absent when there is none.</summary>
    public SourceDevice? Device { get; init; }

    /// <summary>What else is known of the source: whose it was, its clock, in which state and under which seal it came, its digests; absent when nothing is.</summary>
    public SourceState? Source { get; init; }

    /// <summary>How it was taken.</summary>
    public required AcquisitionType AcquisitionType { get; init; }

    /// <summary>Beginning of the acquisition, local time with offset.</summary>
    public required DateTimeOffset AcquiredFrom { get; init; }

    /// <summary>End of the acquisition, local time with offset.</summary>
    public required DateTimeOffset AcquiredTo { get; init; }

    /// <summary>Address, room or system, and country.</summary>
    public required string AcquiredPlace { get; init; }

    /// <summary>What was done.</summary>
    public required string MethodDescription { get; init; }

    /// <summary>The written procedure followed; absent when there is none.</summary>
    public string? SopReference { get; init; }

    /// <summary>Present when a storage medium was imaged or copied.</summary>
    public WriteBlocker? WriteBlocker { get; init; }

    /// <summary>The tools used, at least one.</summary>
    public required IReadOnlyList<ForensicTool> Tools { get; init; }

    /// <summary>Who did it.</summary>
    public required Examiner Examiner { get; init; }

    /// <summary>The format of the file.</summary>
    public required ItemFormat Format { get; init; }

    /// <summary>Its media type (RFC 6838).</summary>
    public required string MediaType { get; init; }

    /// <summary>Its name, without a path (<see cref="FileNames"/>).</summary>
    public required string FileName { get; init; }

    /// <summary>Bytes of plaintext.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Digests of the plaintext, SHA-256 first.</summary>
    public required IReadOnlyList<ItemDigest> Digests { get; init; }

    /// <summary>Number of chunks (<see cref="Chunk.CountFor"/>). In the document, <c>chunkBytes</c> (always 1048576) stands before it.</summary>
    public required long Chunks { get; init; }

    /// <summary>Root of the chunk tree.</summary>
    public required Digest TreeRoot { get; init; }

    /// <summary><see cref="ItemKey.Commitment"/>. In the document, <c>suite</c> (<see cref="Chunk.Suite"/>) stands after it.</summary>
    public required Digest KeyCommitment { get; init; }

    /// <summary>What could not be read and is zero in the item; none for most.</summary>
    public IReadOnlyList<UnreadRange> Unread { get; init; } = [];

    /// <summary>The file tree of an item that was made of a folder; absent for one file or device.</summary>
    public FileTree? Files { get; init; }

    /// <summary>Digests that an imaging tool or a list had recorded before; none differs from what was computed.</summary>
    public IReadOnlyList<RecordedDigest> Recorded { get; init; } = [];

    /// <summary>The custodian's certificate; either this or <see cref="CertificateExemption"/>.</summary>
    public CustodianCertificate? Certificate { get; init; }

    /// <summary>Why there is no certificate.</summary>
    public CertificateExemption? CertificateExemption { get; init; }

    /// <summary>What restricts preview and access, at least one word.</summary>
    public required IReadOnlyList<Sensitivity> Sensitivity { get; init; }

    /// <summary>Under what law it was taken.</summary>
    public required LawfulBasis LawfulBasis { get; init; }

    /// <summary>Conditions and retention of the personal data in it; absent when there are none, or only those of the request.</summary>
    public ItemHandling? Handling { get; init; }

    /// <summary>What happened to it until it was attached, in order of time; the last is ATTACHED with the item's SHA-256.</summary>
    public required IReadOnlyList<CustodyEntry> Custody { get; init; }

    /// <summary>When the manifest was made, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The item's SHA-256.</summary>
    public Digest Sha256 => Digest.TryParse(Digests.FirstOrDefault(d => d.Algorithm == DigestSet.Sha256)?.Value, out var digest)
        ? digest
        : throw new InvalidOperationException("a manifest without SHA-256 was not read or composed");

    /// <summary>Reads a manifest; the refusal names the first member that is not as it must be.</summary>
    public static Outcome<Manifest> Read(ReadOnlyMemory<byte> bytes) => ReadShape(bytes).Then(Checked);

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, Write);

    /// <summary>Reads without the rules, so that a composer can name everything that they find.</summary>
    internal static Outcome<Manifest> ReadShape(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, Read);

    private static Outcome<Manifest> Checked(Manifest manifest) => ManifestRules.Check(manifest) is [var first, ..] ? first : manifest;

    private static Manifest Read(DocumentReader r)
    {
        var manifest = new Manifest
        {
            ItemId = r.Id("itemId", Ids.IsId),
            Case = r.Id("case", Ids.IsCase),
            Request = r.Id("request", Ids.IsId),
            ExhibitNumber = r.Text("exhibitNumber", 100),
            RootExhibitNumber = r.Text("rootExhibitNumber", 100),
            ParentItem = r.Next("parentItem") ? r.Id("parentItem", Ids.IsId) : null,
            Derivation = r.Word<Derivation>("derivation"),
            Description = r.Text("description", 4000),
            SourceType = r.Word<SourceType>("sourceType"),
            Device = r.OptionalObject("device", SourceDevice.Read),
            Source = r.OptionalObject("source", SourceState.Read),
            AcquisitionType = r.Word<AcquisitionType>("acquisitionType"),
            AcquiredFrom = r.LocalTime("acquiredFrom"),
            AcquiredTo = r.LocalTime("acquiredTo"),
            AcquiredPlace = r.Text("acquiredPlace", 500),
            MethodDescription = r.Text("methodDescription", 4000),
            SopReference = r.OptionalText("sopReference", 300),
            WriteBlocker = r.OptionalObject("writeBlocker", WriteBlocker.Read),
            Tools = r.Objects("tools", MaxTools, ForensicTool.Read),
            Examiner = r.Object("examiner", Examiner.Read)!,
            Format = r.Word<ItemFormat>("format"),
            MediaType = r.Text("mediaType", 100),
            FileName = r.Text("fileName", FileNames.MaxBytes),
            SizeBytes = r.Integer("sizeBytes", 0, Chunk.MaxCount * Chunk.PlainBytes),
            Digests = r.Digests("digests"),
            Chunks = ReadChunks(r),
            TreeRoot = r.Digest("treeRoot"),
            KeyCommitment = r.Digest("keyCommitment"),
            Unread = ReadSuite(r) && r.Next("unread") ? r.Objects("unread", UnreadRange.MaxCount, UnreadRange.Read) : [],
            Files = r.OptionalObject("files", FileTree.Read),
            Recorded = r.Next("recorded") ? r.Objects("recorded", MaxRecorded, RecordedDigest.Read) : [],
            Certificate = r.OptionalObject("certificate", CustodianCertificate.Read),
            CertificateExemption = r.OptionalObject("certificateExemption", CertificateExemption.Read),
            Sensitivity = r.Words<Sensitivity>("sensitivity"),
            LawfulBasis = r.Object("lawfulBasis", LawfulBasis.Read)!,
            Handling = r.OptionalObject("handling", ItemHandling.Read),
            Custody = r.Objects("custody", MaxCustody, CustodyEntry.Read),
            Time = r.Time("time"),
        };
        return manifest;
    }

    private static long ReadChunks(DocumentReader r)
    {
        r.Integer("chunkBytes", Chunk.PlainBytes, Chunk.PlainBytes);
        return r.Integer("chunks", 1, Chunk.MaxCount);
    }

    private static bool ReadSuite(DocumentReader r)
    {
        if (r.Text("suite", 60) != Chunk.Suite)
            r.Refuse(RefusalCode.DocumentValue, $"the suite is not {Chunk.Suite}", "suite");
        return !r.Failed;
    }

    private void Write(DocumentWriter w)
    {
        w.Text("itemId", ItemId).Text("case", Case).Text("request", Request)
            .Text("exhibitNumber", ExhibitNumber).Text("rootExhibitNumber", RootExhibitNumber).OptionalText("parentItem", ParentItem)
            .Word("derivation", Derivation).Text("description", Description).Word("sourceType", SourceType);
        if (Device is not null)
            w.Object("device", Device.Write);
        if (Source is not null)
            w.Object("source", Source.Write);
        w.Word("acquisitionType", AcquisitionType).LocalTime("acquiredFrom", AcquiredFrom).LocalTime("acquiredTo", AcquiredTo)
            .Text("acquiredPlace", AcquiredPlace).Text("methodDescription", MethodDescription).OptionalText("sopReference", SopReference);
        if (WriteBlocker is not null)
            w.Object("writeBlocker", WriteBlocker.Write);
        w.Objects("tools", Tools, (item, tool) => tool.Write(item)).Object("examiner", Examiner.Write)
            .Word("format", Format).Text("mediaType", MediaType).Text("fileName", FileName).Integer("sizeBytes", SizeBytes)
            .Digests("digests", Digests).Integer("chunkBytes", Chunk.PlainBytes).Integer("chunks", Chunks)
            .Digest("treeRoot", TreeRoot).Digest("keyCommitment", KeyCommitment).Text("suite", Chunk.Suite);
        if (Unread.Count > 0)
            w.Objects("unread", Unread, (item, range) => range.Write(item));
        if (Files is not null)
            w.Object("files", Files.Write);
        if (Recorded.Count > 0)
            w.Objects("recorded", Recorded, (item, recorded) => recorded.Write(item));
        if (Certificate is not null)
            w.Object("certificate", Certificate.Write);
        if (CertificateExemption is not null)
            w.Object("certificateExemption", CertificateExemption.Write);
        w.Texts("sensitivity", Sensitivity.Select(s => s.ToString())).Object("lawfulBasis", LawfulBasis.Write);
        if (Handling is not null)
            w.Object("handling", Handling.Write);
        w.Objects("custody", Custody, (item, entry) => entry.Write(item)).Time("time", Time);
    }
}
