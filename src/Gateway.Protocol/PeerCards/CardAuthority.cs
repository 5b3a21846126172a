using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.PeerCards;

/// <summary>
/// One authority of a State. Every list of certificates holds the current one first, then the next or the one being retired,
/// so that keys rotate with an overlap.
/// </summary>
/// <param name="Id"><c>XA-CA</c>.</param>
/// <param name="Name">The name for people.</param>
/// <param name="Roles">Role names of docs/protocol.md.</param>
/// <param name="Endpoint"><c>https://host:port</c> of the gateway that serves it; empty for an authority that only works behind others.</param>
/// <param name="Tls">What its gateway presents on mutual TLS.</param>
/// <param name="Seal">Seals covers and receipts.</param>
/// <param name="Encryption">Envelopes are encrypted to the first.</param>
/// <param name="Evidence">Key grants are encrypted to the first.</param>
/// <param name="Stamp">The registry's stamp.</param>
public sealed record CardAuthority(
    string Id,
    string Name,
    IReadOnlyList<string> Roles,
    string Endpoint,
    IReadOnlyList<Certificate> Tls,
    IReadOnlyList<Certificate> Seal,
    IReadOnlyList<Certificate> Encryption,
    IReadOnlyList<Certificate> Evidence,
    IReadOnlyList<Certificate> Stamp)
{
    internal static CardAuthority Read(DocumentReader r)
    {
        var authority = new CardAuthority(
            r.Id("id", Ids.IsAuthority),
            r.Text("name", 200),
            r.Texts("roles", 10, 60),
            r.Text("endpoint", 200, 0),
            PeerCard.Certificates(r, "tls"),
            PeerCard.Certificates(r, "seal"),
            PeerCard.Certificates(r, "encryption"),
            PeerCard.Certificates(r, "evidence"),
            PeerCard.Certificates(r, "stamp"));
        if (!r.Failed && authority.Endpoint.Length > 0
            && !(Uri.TryCreate(authority.Endpoint, UriKind.Absolute, out var uri) && uri.Scheme == "https" && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0))
            r.Refuse(RefusalCode.DocumentValue, "expected https://host:port", "endpoint");
        return authority;
    }

    internal void Write(DocumentWriter w) => w
        .Text("id", Id)
        .Text("name", Name)
        .Texts("roles", Roles)
        .Text("endpoint", Endpoint)
        .Texts("tls", Tls.Select(PeerCard.Base64))
        .Texts("seal", Seal.Select(PeerCard.Base64))
        .Texts("encryption", Encryption.Select(PeerCard.Base64))
        .Texts("evidence", Evidence.Select(PeerCard.Base64))
        .Texts("stamp", Stamp.Select(PeerCard.Base64));
}
