using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Users;

namespace Gateway.Custody;

/// <summary>Who sees and continues the custody of an item: whoever may read receipts; a laboratory only for what it attached, or what an event gave to it.</summary>
internal static class CustodyAccess
{
    public static Refusal? Refuse(Session session, CaseKeys keys, CustodyItem item, User user)
    {
        if (user.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        return user.Roles.All(role => role == Role.FORENSIC_LAB) && item.UploaderAuthority != user.Authority
            && !CustodyRows.Of(session, keys, item.CaseId, item.Id).Exists(kept => kept.Event.Text("to") == user.Authority)
            ? new Refusal(RefusalCode.RoleMissing, "a laboratory works on what it attached, or what a custody event gave to it", "item")
            : null;
    }
}
