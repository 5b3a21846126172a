using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// One event in the chain of custody of an item. Type <c>custodyEvent</c>, version 1. Its SHA-256 is a leaf of the log; the random salt
/// keeps anybody from guessing the event from that leaf, and <see cref="Previous"/> chains the events of one item. Nothing is ever
/// corrected in place: a CORRECTION names the event that it corrects.
/// </summary>
public sealed record CustodyEvent
{
    /// <summary>Bytes of salt.</summary>
    public const int SaltBytes = 32;

    private const string Type = "custodyEvent";

    /// <summary>32 hexadecimal digits, random.</summary>
    public required string Id { get; init; }

    /// <summary>The item.</summary>
    public required string Item { get; init; }

    /// <summary>The case.</summary>
    public required string Case { get; init; }

    /// <summary>What happened.</summary>
    public required CustodyKind Event { get; init; }

    /// <summary>Local time, to the second, with offset.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Where.</summary>
    public required string Place { get; init; }

    /// <summary>Who did it, for which authority.</summary>
    public required Actor Actor { get; init; }

    /// <summary>Why: the purpose, or the provision or order under which it was done.</summary>
    public required string Reason { get; init; }

    /// <summary>SHA-256 of the signed manifest; null before there is one.</summary>
    public Digest? ManifestSha256 { get; init; }

    /// <summary>The authority that had the item, when it changes hands.</summary>
    public string? From { get; init; }

    /// <summary>The authority that has it after, or for which it was encrypted.</summary>
    public string? To { get; init; }

    /// <summary>SHA-256 of the content before, null where it was not computed.</summary>
    public Digest? HashBefore { get; init; }

    /// <summary>SHA-256 of the content after, null where it was not computed.</summary>
    public Digest? HashAfter { get; init; }

    /// <summary>What else identifies the act: the release, the receipt, the court's decision, the event corrected.</summary>
    public string? Reference { get; init; }

    /// <summary>What part was accessed or disclosed, or what was changed and why; null when all or nothing.</summary>
    public string? Detail { get; init; }

    /// <summary>SHA-256 of the item's previous event as it is kept; null for the first.</summary>
    public Digest? Previous { get; init; }

    /// <summary>32 random bytes.</summary>
    public required byte[] Salt { get; init; }

    /// <summary>A fresh salt.</summary>
    public static byte[] NewSalt() => RandomNumberGenerator.GetBytes(SaltBytes);

    /// <summary>Reads an event.</summary>
    public static Outcome<CustodyEvent> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, Read);

    /// <summary>The bytes to keep and to hash.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("id", Id).Text("item", Item).Text("case", Case).Word("event", Event).LocalTime("time", Time).Text("place", Place)
        .Object("actor", Actor.Write).Text("reason", Reason).DigestOrNull("manifestSha256", ManifestSha256)
        .TextOrNull("from", From).TextOrNull("to", To).DigestOrNull("hashBefore", HashBefore).DigestOrNull("hashAfter", HashAfter)
        .TextOrNull("reference", Reference).TextOrNull("detail", Detail).DigestOrNull("previous", Previous).Base64("salt", Salt));

    private static CustodyEvent Read(DocumentReader r)
    {
        var custody = new CustodyEvent
        {
            Id = r.Id("id", Ids.IsId),
            Item = r.Id("item", Ids.IsId),
            Case = r.Id("case", Ids.IsCase),
            Event = r.Word<CustodyKind>("event"),
            Time = r.LocalTime("time"),
            Place = r.Text("place", 300),
            Actor = r.Object("actor", Actor.Read)!,
            Reason = r.Text("reason", 2000),
            ManifestSha256 = r.DigestOrNull("manifestSha256"),
            From = Authority(r, "from"),
            To = Authority(r, "to"),
            HashBefore = r.DigestOrNull("hashBefore"),
            HashAfter = r.DigestOrNull("hashAfter"),
            Reference = r.TextOrNull("reference", 200),
            Detail = r.TextOrNull("detail", 4000),
            Previous = r.DigestOrNull("previous"),
            Salt = r.Base64("salt", SaltBytes),
        };
        if (r.Failed)
            return custody;
        if (custody.Salt.Length != SaltBytes)
            r.Refuse(RefusalCode.DocumentValue, $"expected {SaltBytes} bytes", "salt");
        if (custody.Event > CustodyKind.ATTACHED && custody.ManifestSha256 is null)
            r.Refuse(RefusalCode.DocumentValue, $"{custody.Event} names the manifest", "manifestSha256");
        if (custody.Event is CustodyKind.ENCRYPTED_FOR or CustodyKind.SENT && custody.To is null)
            r.Refuse(RefusalCode.DocumentValue, $"{custody.Event} names the authority that receives", "to");
        if (custody.Event is CustodyKind.CORRECTION or CustodyKind.DISCLOSED && custody.Reference is null)
            r.Refuse(RefusalCode.DocumentValue, $"{custody.Event} names the event or decision", "reference");
        return custody;
    }

    private static string? Authority(DocumentReader r, string name)
    {
        var text = r.TextOrNull(name, 43);
        if (!r.Failed && text is not null && !Ids.IsAuthority(text))
            r.Refuse(RefusalCode.DocumentValue, "expected an authority's id", name);
        return text;
    }
}
