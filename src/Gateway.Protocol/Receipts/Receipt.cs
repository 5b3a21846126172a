using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Receipts;

/// <summary>Which chain a receipt belongs to.</summary>
public enum ReceiptChannel
{
    /// <summary>The case named: one chain per case and issuing State.</summary>
    @case,

    /// <summary>Between two States, for what belongs to no case: one chain per peer and issuing State.</summary>
    peer,
}

/// <summary>What the receipt is about: ids and digests only, never names.</summary>
/// <param name="Message">Message id.</param>
/// <param name="CoverSha256">SHA-256 of the sealed cover (DER); null when it could not be opened.</param>
/// <param name="EnvelopeSha256">SHA-256 of the envelope, only for a rejection of what could not be opened.</param>
/// <param name="Item">Evidence item id, when the receipt is about an item.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest (DER), with <paramref name="Item"/>.</param>
public sealed record ReceiptSubject(string Message, Digest? CoverSha256, Digest? EnvelopeSha256 = null, string? Item = null, Digest? ManifestSha256 = null);

/// <summary>
/// One ERDS event, signed by the issuing authority's seal (CMS SignedData, CAdES-B). Its identity is the SHA-256 of its DER as
/// issued; <see cref="Previous"/> and <see cref="PeerHead"/> are such values.
/// </summary>
/// <param name="Event">What it certifies.</param>
/// <param name="Issuer">The issuing authority.</param>
/// <param name="Peer">The authority on the other side.</param>
/// <param name="Channel">Case chain or channel chain.</param>
/// <param name="Case">The case; null on the channel chain.</param>
/// <param name="Seq">1 for the first receipt of this issuer in this chain, then without gap.</param>
/// <param name="Previous">The issuer's receipt <c>Seq − 1</c>; null exactly when <paramref name="Seq"/> is 1.</param>
/// <param name="PeerSeq">How many receipts of the other side the issuer held.</param>
/// <param name="PeerHead">The last of them; null exactly when <paramref name="PeerSeq"/> is 0.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Reasons">Refusal codes (<c>V029</c>); required on every negative event, empty otherwise.</param>
/// <param name="Time">max(now, time of the previous receipt), UTC.</param>
/// <param name="ClockHeld">True when the clock stood behind the previous receipt, so that <paramref name="Time"/> repeats it.</param>
/// <param name="Nonce">16 random bytes in hex, so that a digest of a receipt cannot be guessed.</param>
public sealed record Receipt(
    ReceiptEvent Event,
    Party Issuer,
    Party Peer,
    ReceiptChannel Channel,
    string? Case,
    long Seq,
    Digest? Previous,
    long PeerSeq,
    Digest? PeerHead,
    ReceiptSubject Subject,
    IReadOnlyList<string> Reasons,
    DateTimeOffset Time,
    bool ClockHeld,
    string Nonce)
{
    /// <summary>The document type.</summary>
    public const string Type = "receipt";

    /// <summary>Receipts per chain.</summary>
    public const long MaxSeq = 100_000;

    private static readonly JsonLimits Limits = new(MaxBytes: 8 * 1024, MaxDepth: 4, MaxMembers: 100);

    /// <summary>Whether the event says that something did not happen.</summary>
    public bool IsNegative => Event is ReceiptEvent.RelayRejection or ReceiptEvent.RelayFailure or ReceiptEvent.RelayToNonERDSFailure
        or ReceiptEvent.ContentConsignmentFailure or ReceiptEvent.ConsignmentNotificationFailure or ReceiptEvent.ContentHandoverFailure;

    /// <summary>Reads a receipt; members that contradict each other are refused.</summary>
    public static Outcome<Receipt> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var receipt = new Receipt(
            r.Word<ReceiptEvent>("event"),
            r.Object("issuer", Party.Read)!,
            r.Object("peer", Party.Read)!,
            r.Word<ReceiptChannel>("channel"),
            r.TextOrNull("case", 35),
            r.Integer("seq", 1, MaxSeq),
            r.DigestOrNull("previous"),
            r.Integer("peerSeq", 0, MaxSeq),
            r.DigestOrNull("peerHead"),
            r.Object("subject", ReadSubject)!,
            r.Texts("reasons", 20, 4),
            r.Time("time"),
            r.Flag("clockHeld"),
            r.Id("nonce", Ids.IsId));
        if (!r.Failed)
            receipt.CheckAgreement(r);
        return receipt;
    }, Limits);

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Word("event", Event)
        .Object("issuer", Issuer.Write)
        .Object("peer", Peer.Write)
        .Word("channel", Channel)
        .TextOrNull("case", Case)
        .Integer("seq", Seq)
        .DigestOrNull("previous", Previous)
        .Integer("peerSeq", PeerSeq)
        .DigestOrNull("peerHead", PeerHead)
        .Object("subject", s => s
            .Text("message", Subject.Message)
            .DigestOrNull("coverSha256", Subject.CoverSha256)
            .DigestOrNull("envelopeSha256", Subject.EnvelopeSha256)
            .TextOrNull("item", Subject.Item)
            .DigestOrNull("manifestSha256", Subject.ManifestSha256))
        .Texts("reasons", Reasons)
        .Time("time", Time)
        .Flag("clockHeld", ClockHeld)
        .Text("nonce", Nonce));

    private static ReceiptSubject ReadSubject(DocumentReader r)
    {
        var subject = new ReceiptSubject(
            r.Id("message", Ids.IsId),
            r.DigestOrNull("coverSha256"),
            r.DigestOrNull("envelopeSha256"),
            r.TextOrNull("item", 32),
            r.DigestOrNull("manifestSha256"));
        if (!r.Failed && subject.Item is null != subject.ManifestSha256 is null)
            r.Refuse(RefusalCode.DocumentValue, "item and manifestSha256 stand together", "item");
        if (!r.Failed && subject.Item is { } item && !Ids.IsId(item))
            r.Refuse(RefusalCode.DocumentValue, "expected an item id", "item");
        if (!r.Failed && subject.CoverSha256 is null && subject.EnvelopeSha256 is null)
            r.Refuse(RefusalCode.DocumentValue, "a receipt names a cover or an envelope", "coverSha256");
        return subject;
    }

    private void CheckAgreement(DocumentReader r)
    {
        if (Channel == ReceiptChannel.@case != Case is not null || (Case is { } id && !Ids.IsCase(id)))
            r.Refuse(RefusalCode.DocumentValue, "a case id stands exactly in case chains", "case");
        if (Seq == 1 != Previous is null)
            r.Refuse(RefusalCode.DocumentValue, "'previous' is null exactly in the first receipt", "previous");
        if (PeerSeq == 0 != PeerHead is null)
            r.Refuse(RefusalCode.DocumentValue, "'peerHead' is null exactly when 'peerSeq' is 0", "peerHead");
        if (Issuer.State == Peer.State)
            r.Refuse(RefusalCode.DocumentValue, "issuer and peer are of one State", "peer");
        if (IsNegative != Reasons.Count > 0)
            r.Refuse(RefusalCode.DocumentValue, "reasons stand exactly on negative events", "reasons");
    }
}
