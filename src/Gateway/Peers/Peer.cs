using Gateway.Protocol.Documents;
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

    /// <summary>The TLS certificates of all its authorities.</summary>
    public IEnumerable<Digest> TlsCertificates => Card.Card.Authorities.SelectMany(a => a.Tls).Select(c => c.Sha256).Distinct();
}
