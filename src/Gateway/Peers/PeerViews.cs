using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Peers;

/// <summary>What the operator API shows of peers. Every user may see it: who is there, and by which fingerprint, is no secret.</summary>
internal sealed class PeerViews(PeerDirectory peers, PeerContacts contacts)
{
    public Outcome<ListPeersReply> List() => new ListPeersReply { Peers = { All } };

    public IEnumerable<PeerView> All => peers.All.Select(Of);

    public Outcome<OwnCardReply> OwnCard() => new OwnCardReply
    {
        Card = ByteString.CopyFrom(peers.OwnCard.Der.Span),
        Fingerprint = peers.OwnCard.Fingerprint,
    };

    public PeerView Of(Peer peer)
    {
        var contact = contacts.Of(peer.State);
        return new PeerView
        {
            State = peer.State,
            Status = peer.Status.ToString(),
            CardVersion = (ulong)peer.Card.Card.Version,
            CardExpires = DocumentWriter.FormatTime(peer.Card.Card.Expires),
            Fingerprint = peer.Card.Fingerprint,
            Authorities = { peer.Card.Card.Authorities.Select(Of) },
            LastContact = contact?.Last is { } time ? DocumentWriter.FormatTime(time) : "",
            Reachable = contact is { Reachable: true },
        };
    }

    public static AuthorityView Of(CardAuthority authority) => new()
    {
        Authority = authority.Id,
        Name = authority.Name,
        Roles = { authority.Roles },
        Endpoint = authority.Endpoint,
        TimeZone = authority.TimeZone ?? "",
        DutyPhone = authority.DutyPhone ?? "",
        CallBackPhone = authority.CallBackPhone ?? "",
        Functions = { authority.Functions },
        Parent = authority.Parent ?? "",
        ValidFrom = authority.ValidFrom?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
        ValidTo = authority.ValidTo?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
        Address = authority.Address ?? "",
        Designation = authority.Designation ?? "",
        Names = { Names(authority) },
    };

    /// <summary>The name in other languages, by tag; a card names each once.</summary>
    public static Dictionary<string, string> Names(CardAuthority? authority) => authority?.Names.ToDictionary(name => name.Language, name => name.Text) ?? [];
}
