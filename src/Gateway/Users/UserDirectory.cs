using System.Collections.Frozen;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Users;

/// <summary>All users, as an immutable snapshot that is replaced on every change. Looked up on every call.</summary>
internal sealed class UserDirectory
{
    private readonly Database _database;
    private readonly Lock _loading = new();
    private Snapshot _snapshot;

    public UserDirectory(Database database)
    {
        _database = database;
        _snapshot = Load();
    }

    /// <summary>Raised after a change is committed and visible here.</summary>
    public event Action? Changed;

    public IReadOnlyList<User> All => _snapshot.All;

    /// <summary>Also gives revoked users back: the caller says why it refuses.</summary>
    public User? ByClient(Digest clientSha256) => _snapshot.ByClient.GetValueOrDefault(clientSha256);

    public User? ByName(string name) => _snapshot.ByName.GetValueOrDefault(name);

    /// <summary>
    /// The person who answers for a call: the user, or the person whom a system account names. A person cannot act for another;
    /// a system can do nothing by itself.
    /// </summary>
    public Outcome<User> PersonOf(User account, string actingFor)
    {
        if (!account.SystemAccount)
            return actingFor.Length == 0 || actingFor == account.Name ? account : new Refusal(RefusalCode.RoleMissing, "only a system account acts for another", "actingFor");
        if (actingFor.Length == 0)
            return new Refusal(RefusalCode.ArgumentNotValid, "a system account names the person it acts for", "actingFor");
        if (ByName(actingFor) is not { SystemAccount: false, Revoked: null } person)
            return new Refusal(RefusalCode.UserUnknown, $"there is no person '{actingFor}', or the person was revoked", "actingFor");
        if (person.Authority != account.Authority)
            return new Refusal(RefusalCode.RoleMissing, $"the system account of {account.Authority} does not act for persons of {person.Authority}", "actingFor");
        return person;
    }

    /// <summary>Takes the committed state over.</summary>
    public void Reload()
    {
        lock (_loading)
            _snapshot = Load();
        Changed?.Invoke();
    }

    private Snapshot Load()
    {
        var users = _database.Read(s => s.Query("SELECT name, roles, authority, client, signing, system, revoked FROM users ORDER BY name", row => new User(
            row.GetString(0),
            Protocol.Requests.Roles.Of(row.GetString(1).Split(' ', StringSplitOptions.RemoveEmptyEntries)),
            row.GetString(2),
            Stored(row.Bytes(3)),
            row.BytesOrNull(4) is { } signing ? Stored(signing) : null,
            row.GetInt64(5) != 0,
            row.IsDBNull(6) ? null : row.Time(6))));
        return new Snapshot(users, users.ToFrozenDictionary(u => u.ClientSha256), users.ToFrozenDictionary(u => u.Name, StringComparer.Ordinal));
    }

    private static Certificate Stored(byte[] der)
        => Certificate.Read(der).TryGet(out var certificate, out var refusal) ? certificate : throw new LedgerBrokenException($"a stored certificate of a user cannot be read: {refusal.Detail}");

    private sealed record Snapshot(IReadOnlyList<User> All, FrozenDictionary<Digest, User> ByClient, FrozenDictionary<string, User> ByName);
}
