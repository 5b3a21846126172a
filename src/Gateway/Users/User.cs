using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Users;

/// <summary>A person or a ministry's own system that may call the operator port.</summary>
/// <param name="Authority">The authority for which the user works.</param>
/// <param name="Client">The TLS client certificate; it identifies the user, exactly.</param>
/// <param name="Signing">What the person signs documents with; null for roles that sign nothing.</param>
/// <param name="SystemAccount">True for a system: it must name the person it acts for.</param>
internal sealed record User(
    string Name,
    IReadOnlyList<Role> Roles,
    string Authority,
    Certificate Client,
    Certificate? Signing,
    bool SystemAccount,
    DateTimeOffset? Revoked)
{
    public Digest ClientSha256 => Client.Sha256;

    /// <summary>The person's name as the certificates say it; need-to-know lists name persons so.</summary>
    public string PersonName => (Signing ?? Client).CommonName ?? Name;

    /// <summary>Whether both accounts are one person's: the same name in a certificate, or the same key.</summary>
    public bool IsSamePersonAs(User other)
    {
        Certificate?[] others = [other.Client, other.Signing];
        return new[] { Client, Signing }.OfType<Certificate>().Any(mine => others.OfType<Certificate>().Any(its => mine.Subject == its.Subject || mine.SpkiSha256 == its.SpkiSha256));
    }

    /// <summary>Null when the user may do it, else T802. A lawyer's request or a lab's item needs more than this: the kind decides.</summary>
    public Refusal? Refuse(Permission permission) => Permissions.Permit(permission, Roles);

    /// <summary>T802 for whom no role makes it open under any condition; asked before anything is looked for, so that such a user learns nothing of what is there.</summary>
    public Refusal? RefuseAlways(Permission permission) => Permissions.Of(permission).Any(grant => Roles.Contains(grant.Role)) ? null : Refuse(permission);
}
