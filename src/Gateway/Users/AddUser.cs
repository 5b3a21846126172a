using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Users;

/// <summary>An administrator adds a person or a system. The name stays taken for ever, so that records keep their meaning.</summary>
internal sealed class AddUser(Database database, UserDirectory users, KeyRing keys, TimeProvider clock)
{
    private const int MaxName = 60;

    public async Task<Outcome<UserView>> Run(AddUserRequest request, User by)
    {
        if (by.Refuse(Permission.AdministerUsers) is { } notPermitted)
            return notPermitted;
        var now = clock.GetUtcNow();
        if (!Check(request, now).TryGet(out var user, out var refusal))
            return refusal;
        var problem = await database.Write(Lane.Ordinary, s =>
        {
            if (s.Number("SELECT count(*) FROM users WHERE name = $1", user.Name) > 0)
                return new Refusal(RefusalCode.StateConflict, $"the name '{user.Name}' is taken or was, and is not given again", "name");
            if (s.Number("SELECT count(*) FROM users WHERE client_sha256 = $1", user.ClientSha256) > 0)
                return new Refusal(RefusalCode.StateConflict, "the client certificate belongs to another user, or did", "clientCertificate");
            Insert(s, user, by.Name, now);
            return null;
        });
        if (problem is not null)
            return problem;
        users.Reload();
        return UserViews.Of(user);
    }

    /// <summary>Stores a user and records it; also for the first administrators at initialisation.</summary>
    public static void Insert(Session session, User user, string by, DateTimeOffset now)
    {
        session.RunOne("INSERT INTO users (name, roles, authority, client, client_sha256, signing, system, added_by, added) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            user.Name, string.Join(' ', user.Roles), user.Authority, user.Client.Der, user.ClientSha256, user.Signing?.Der, user.SystemAccount, by, now);
        new AuditRecord("user.added", by, user.Name, Detail: $"{string.Join(' ', user.Roles)} of {user.Authority}{(user.SystemAccount ? ", system account" : "")}").Append(session, now);
    }

    private Outcome<User> Check(AddUserRequest request, DateTimeOffset now)
    {
        if (!IsName(request.Name))
            return new Refusal(RefusalCode.ArgumentNotValid, $"a name has 1 to {MaxName} of a-z, 0-9, dot and hyphen", "name");
        var unknown = request.Roles.FirstOrDefault(r => Protocol.Requests.Roles.Parse(r) is null or Role.SYSTEM);
        if (unknown is not null || request.Roles.Count == 0)
            return new Refusal(RefusalCode.ArgumentNotValid, unknown is null ? "a user has at least one role" : $"'{unknown}' is not a role of a user", "roles");
        if (!keys.Authorities.Contains(request.Authority))
            return new Refusal(RefusalCode.ArgumentNotValid, $"'{request.Authority}' is not an authority of this gateway ({string.Join(", ", keys.Authorities)})", "authority");
        var roles = Protocol.Requests.Roles.Of(request.Roles).Distinct().ToList();
        if (request.SystemAccount && roles.Contains(Role.ADMINISTRATOR))
            return new Refusal(RefusalCode.ArgumentNotValid, "a system account cannot be an administrator", "roles");
        return Read(request.Name, roles, request.Authority, request.ClientCertificate.Memory, request.SigningCertificate.Memory, request.SystemAccount, keys.UserAuthority, keys.PersonAuthorities, now);
    }

    /// <summary>Reads the certificates of a user and checks who issued them.</summary>
    public static Outcome<User> Read(
        string name, IReadOnlyList<Role> roles, string authority, ReadOnlyMemory<byte> client, ReadOnlyMemory<byte> signing, bool systemAccount,
        Certificate userAuthority, IReadOnlyList<Certificate> personAuthorities, DateTimeOffset now)
    {
        if (!Certificate.Read(client.ToArray()).TryGet(out var clientCertificate, out var refusal))
            return refusal with { Path = "clientCertificate" };
        if (!clientCertificate.IssuedBy(userAuthority))
            return new Refusal(RefusalCode.ArgumentNotValid, $"the client certificate was not issued by {userAuthority.Subject}", "clientCertificate");
        if (!clientCertificate.ValidAt(now))
            return new Refusal(RefusalCode.ArgumentNotValid, "the client certificate is not valid today", "clientCertificate");
        if (signing.IsEmpty)
            return new User(name, roles, authority, clientCertificate, null, systemAccount, null);
        if (!Certificate.Read(signing.ToArray()).TryGet(out var signingCertificate, out refusal))
            return refusal with { Path = "signingCertificate" };
        if (!personAuthorities.Any(signingCertificate.IssuedBy))
            return new Refusal(RefusalCode.ArgumentNotValid, "the signing certificate was not issued by an authority of persons that our card names", "signingCertificate");
        if (!signingCertificate.ValidAt(now) || !signingCertificate.MaySign)
            return new Refusal(RefusalCode.ArgumentNotValid, "the signing certificate is not valid today, or not for signing", "signingCertificate");
        return new User(name, roles, authority, clientCertificate, signingCertificate, systemAccount, null);
    }

    /// <summary>Names stand in records and on command lines.</summary>
    public static bool IsName(string name)
        => name.Length is > 0 and <= MaxName && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-');
}
