using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Users;

/// <summary>An administrator shuts a user out: at once, on open connections too, and for good.</summary>
internal sealed class RevokeUser(Database database, UserDirectory users, TimeProvider clock)
{
    public async Task<Outcome<UserView>> Run(RevokeUserRequest request, User by)
    {
        if (by.Refuse(Permission.AdministerUsers) is { } notPermitted)
            return notPermitted;
        if (users.ByName(request.Name) is not { } user)
            return new Refusal(RefusalCode.NotFound, $"there is no user '{request.Name}'", "name");
        var now = clock.GetUtcNow();
        var problem = await database.Write(Lane.Ordinary, s =>
        {
            // Asked inside the transaction: two administrators who revoke each other at once must not both succeed.
            if (user.Roles.Contains(Role.ADMINISTRATOR) && s.Number("SELECT count(*) FROM users WHERE revoked IS NULL AND name <> $1 AND ' ' || roles || ' ' LIKE '% ADMINISTRATOR %'", user.Name) == 0)
                return new Refusal(RefusalCode.StateConflict, "nobody could administer the gateway afterwards; add another administrator first", "name");
            if (s.Run("UPDATE users SET revoked = $2 WHERE name = $1 AND revoked IS NULL", user.Name, now) == 0)
                return new Refusal(RefusalCode.StateConflict, $"'{user.Name}' is revoked already", "name");
            new AuditRecord("user.revoked", by.Name, user.Name).Append(s, now);
            return null;
        });
        if (problem is not null)
            return problem;
        users.Reload();
        return UserViews.Of(user with { Revoked = now });
    }
}
