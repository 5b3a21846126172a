using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Covers;

/// <summary>What a message is about. Decides which parts it carries.</summary>
public enum CoverAbout
{
    /// <summary>Opens a case: a request with its stamp and attachments.</summary>
    REQUEST,

    /// <summary>Moves a case: an act signed by a person.</summary>
    ACT,

    /// <summary>Announces an evidence item: manifest and releases. Key grant and chunks follow on a stream of their own. Or says that an announced item comes on a disk, or does not come.</summary>
    EVIDENCE,

    /// <summary>Custody events and records of items that were announced before, each signed by a person.</summary>
    CUSTODY,

    /// <summary>Says what left or came otherwise than from gateway to gateway, signed by an officer; with the files that came.</summary>
    PAPER,
}

/// <summary>What a part is.</summary>
public enum PartRole
{
    /// <summary>The request, signed by a person (CMS).</summary>
    request,

    /// <summary>An act, signed by a person (CMS).</summary>
    act,

    /// <summary>The registry's stamp over request.cms or act.cms (CMS).</summary>
    stamp,

    /// <summary>An evidence manifest, signed by the person who attached the item (CMS).</summary>
    manifest,

    /// <summary>A release approval, signed by one approver (CMS); at least two.</summary>
    release,

    /// <summary>Says that an announced item comes on a disk, signed by the person who sent it off (CMS); alone in its message.</summary>
    shipment,

    /// <summary>Says that an announced item, or the parcel with it, is lost, signed by the officer who decides so (CMS); alone in its message.</summary>
    loss,

    /// <summary>A custody event or a record of an item, signed by the person who says so (CMS).</summary>
    custody,

    /// <summary>Says by what a message left, or a reply came, beside the gateways, signed by an officer (CMS).</summary>
    paper,

    /// <summary>Any other document, as it is.</summary>
    attachment,
}

/// <summary>An authority of a State, as named in covers and receipts.</summary>
/// <param name="State">ISO 3166-1 alpha-2.</param>
/// <param name="Authority">The id in the State's peer card, <c>XA-CA</c>.</param>
public sealed record Party(string State, string Authority)
{
    /// <summary>The party of an authority id.</summary>
    public static Party Of(string authority) => new(Ids.StateOf(authority), authority);

    internal static Party Read(DocumentReader r)
    {
        var party = new Party(r.Id("state", Ids.IsState), r.Id("authority", Ids.IsAuthority));
        if (!r.Failed && Ids.StateOf(party.Authority) != party.State)
            r.Refuse(RefusalCode.DocumentValue, "the authority belongs to another State", "authority");
        return party;
    }

    internal void Write(DocumentWriter w) => w.Text("state", State).Text("authority", Authority);
}

/// <summary>One part of a message with its bytes.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Name">A file name for people; never used as a path.</param>
/// <param name="MediaType">RFC 6838.</param>
/// <param name="Sha256">Digest of <paramref name="Content"/>.</param>
/// <param name="Content">The exact bytes.</param>
public sealed record Part(PartRole Role, string Name, string MediaType, Digest Sha256, byte[] Content)
{
    /// <summary>A part over these bytes.</summary>
    public static Part Of(PartRole role, string name, string mediaType, byte[] content)
        => new(role, name, mediaType, Digest.Of(content), content);
}

/// <summary>
/// The cover of a message: who sends what to whom in which case, with the parts inside. The authority's seal is over these
/// bytes; the SHA-256 of the sealed cover (DER) identifies the content of the message.
/// </summary>
public sealed record Cover(
    string Message,
    string Case,
    string Suite,
    DateTimeOffset Created,
    Party Sender,
    Party Recipient,
    CoverAbout About,
    string? InReplyTo,
    IReadOnlyList<Part> Parts)
{
    /// <summary>The document type.</summary>
    public const string Type = "cover";

    /// <summary>All parts of a message together, in bytes.</summary>
    public const int MaxPartBytes = 8 * 1024 * 1024;

    private const int MaxParts = 64;

    /// <summary>Reads a cover and checks every part's size and digest (<see cref="RefusalCode.CoverPart"/>).</summary>
    public static Outcome<Cover> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var cover = new Cover(
            r.Id("message", Ids.IsId),
            r.Id("case", Ids.IsCase),
            r.Text("suite", 60),
            r.Time("created"),
            r.Object("sender", Party.Read)!,
            r.Object("recipient", Party.Read)!,
            r.Word<CoverAbout>("about"),
            r.TextOrNull("inReplyTo", 32),
            r.Objects("parts", MaxParts, ReadPart));
        if (!r.Failed && cover.InReplyTo is { } reply && !Ids.IsId(reply))
            r.Refuse(RefusalCode.DocumentValue, "expected a message id", "inReplyTo");
        if (!r.Failed && cover.Parts.Sum(p => (long)p.Content.Length) > MaxPartBytes)
            r.Refuse(RefusalCode.MessageTooLarge, $"the parts have more than {MaxPartBytes} bytes together", "parts");
        return cover;
    });

    /// <summary>The bytes to seal.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w =>
    {
        w.Text("message", Message).Text("case", Case).Text("suite", Suite).Time("created", Created);
        w.Object("sender", Sender.Write).Object("recipient", Recipient.Write);
        w.Word("about", About).TextOrNull("inReplyTo", InReplyTo);
        w.Objects("parts", Parts, (part, p) => part
            .Word("role", p.Role)
            .Text("name", p.Name)
            .Text("mediaType", p.MediaType)
            .Integer("size", p.Content.Length)
            .Digest("sha256", p.Sha256)
            .Base64("content", p.Content));
    });

    /// <summary>The parts in one role, in order.</summary>
    public IEnumerable<Part> In(PartRole role) => Parts.Where(p => p.Role == role);

    private static Part ReadPart(DocumentReader r)
    {
        var role = r.Word<PartRole>("role");
        var name = r.Text("name", 255);
        var mediaType = r.Text("mediaType", 100);
        var size = r.Integer("size", 0, MaxPartBytes);
        var sha256 = r.Digest("sha256");
        var content = r.Base64("content", MaxPartBytes);
        if (!r.Failed && (content.Length != size || Digest.Of(content) != sha256))
            r.Refuse(RefusalCode.CoverPart, $"size or digest of the part '{name}' differs from its content", "content");
        return new Part(role, name, mediaType, sha256, content);
    }
}
