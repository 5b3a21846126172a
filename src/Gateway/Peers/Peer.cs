using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;

namespace Gateway.Peers;

/// <summary>How far two persons have come with a State.</summary>
internal enum PeerStatus
{
    /// <summary>One person has imported the card.</summary>
    PROPOSED,

    /// <summary>A second person has approved it: messages flow.</summary>
    APPROVED,

    /// <summary>Shut out by an administrator.</summary>
    BLOCKED,
}

/// <summary>Another State, with the newest card that we took from it.</summary>
/// <param name="Reason">Why it is blocked.</param>
internal sealed record Peer(string State, PeerStatus Status, SignedCard Card, string ProposedBy, string? ApprovedBy, string? Reason)
{
    /// <summary>Null when messages may flow, else why not.</summary>
    public Refusal? RefuseAt(DateTimeOffset now) => Status switch
    {
        PeerStatus.PROPOSED => new Refusal(RefusalCode.PeerUnknown, $"the card of {State} waits for a second person"),
        PeerStatus.BLOCKED => new Refusal(RefusalCode.PeerBlocked, $"{State} is blocked"),
        PeerStatus.APPROVED when now >= Card.Card.Expires => new Refusal(RefusalCode.CardExpired, $"the card of {State} expired on {DocumentWriter.FormatTime(Card.Card.Expires)}"),
        PeerStatus.APPROVED => null,
    };

    /// <summary>What its earlier cards named; known of the peers of the directory.</summary>
    public RetiredMarks Retired { get; init; } = RetiredMarks.None;

    /// <summary>
    /// Whether this is a seal of the authority: one that the card in force names, or one that was retired after the document was dated
    /// (<paramref name="dated"/>: the time that the document itself states). The certificate was valid when it signed, and at that time.
    /// </summary>
    public bool IsSeal(string authority, SignedDocument signed, DateTimeOffset dated)
        => NamesSeal(authority, signed, dated) && signed.Signer.ValidAt(signed.SigningTime) && signed.Signer.ValidAt(dated);

    /// <summary>The same, whether or not the certificate was valid.</summary>
    public bool NamesSeal(string authority, SignedDocument signed, DateTimeOffset dated)
        => Card.Card.Find(authority)?.Seal.Any(c => c.Sha256 == signed.Signer.Sha256) == true
            || (Retired.Covers(authority, signed.Signer.Sha256, stamp: false, signed.SigningTime) && Retired.Covers(authority, signed.Signer.Sha256, stamp: false, dated));

    /// <summary>The TLS certificates of all its authorities.</summary>
    public IEnumerable<Digest> TlsCertificates => Card.Card.Authorities.SelectMany(a => a.Tls).Select(c => c.Sha256).Distinct();
}
