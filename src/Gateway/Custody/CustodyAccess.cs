using Gateway.Access;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Users;

namespace Gateway.Custody;

/// <summary>
/// Who sees and continues the custody of an item: whoever sees its case; a laboratory only what it attached, or what an event gave to it, which it then sees although
/// the case is not its own. Of a case with a list of persons nobody else hears, whatever was given to them.
/// </summary>
internal static class CustodyAccess
{
    public static Refusal? Refuse(Session session, CaseKeys keys, NeedToKnow access, CustodyItem item, User user)
    {
        if (user.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        var sees = access.Sees(session, user, Permission.ReadReceipts, item.CaseId);
        if (!user.Roles.All(role => role == Role.FORENSIC_LAB))
            return sees ? null : NoItem;
        var listed = session.Number("SELECT count(*) FROM case_readers WHERE case_id = $1", item.CaseId) > 0;
        if (item.UploaderAuthority == user.Authority || CustodyRows.Of(session, keys, item.CaseId, item.Id).Exists(kept => kept.Event.Text("to") == user.Authority))
            return sees || !listed ? null : NoItem;
        return sees ? new Refusal(RefusalCode.RoleMissing, "a laboratory works on what it attached, or what a custody event gave to it", "item") : NoItem;
    }

    /// <summary>The roles that any card of its State that may still matter, ours or another, gives to an authority: an event may be told, or verified, when another card is in force than when it happened.</summary>
    public static IReadOnlyCollection<Role> RolesOf(PeerDirectory peers, string authority)
        => [.. peers.CardsOf(Ids.StateOf(authority)).SelectMany(card => Roles.Of(card.Find(authority)?.Roles ?? [])).Distinct()];

    /// <summary>The answer for an item that is not there and for one that is hidden.</summary>
    public static Refusal NoItem => new(RefusalCode.NotFound, "there is no such item with a manifest here, or it is not open to you", "item");
}
