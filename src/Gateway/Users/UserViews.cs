using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.V1;

namespace Gateway.Users;

/// <summary>What the operator API shows of users.</summary>
internal sealed class UserViews(UserDirectory users)
{
    public Outcome<ListUsersReply> List(User by)
    {
        if (by.Refuse(Permission.AdministerUsers) is { } notPermitted)
            return notPermitted;
        return new ListUsersReply { Users = { users.All.Select(Of) } };
    }

    public static UserView Of(User user) => new()
    {
        Name = user.Name,
        Roles = { user.Roles.Select(r => r.ToString()) },
        Authority = user.Authority,
        ClientSha256 = user.ClientSha256.ToString(),
        SigningSubject = user.Signing?.Subject ?? "",
        SystemAccount = user.SystemAccount,
        Revoked = user.Revoked is { } time ? DocumentWriter.FormatTime(time) : "",
    };
}
