using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Users;

namespace Gateway.Hosting;

/// <summary>Where the card key is, and how long what it signs is good for.</summary>
internal sealed record CardKeyFiles(string Key, string Certificate, int ValidDays)
{
    public Signer Load() => Signer.FromPem(File.ReadAllText(Certificate), File.ReadAllText(Key));
}

/// <summary>An administrator named on the command line: <c>NAME=CLIENT.crt[,SIGNING.crt]</c>.</summary>
internal sealed record FirstAdministrator(string Name, string Client, string? Signing)
{
    public static FirstAdministrator? Parse(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var files = at > 0 ? text[(at + 1)..].Split(',') : [];
        return files.Length is 1 or 2 && files.All(f => f.Length > 0) && AddUser.IsName(text[..at])
            ? new FirstAdministrator(text[..at], files[0], files.ElementAtOrDefault(1))
            : null;
    }
}

/// <summary>
/// <c>gateway init</c>: makes the data folder, the database, the storage key, the keys of the log, our own card and the first administrators. Everything is
/// checked before anything is made. Killed half-way, it can be run again; once it has ended, it refuses.
/// </summary>
internal sealed class Initialise(Configuration configuration, TimeProvider clock)
{
    public const string By = "init";

    public async Task<Outcome<string>> Run(CardKeyFiles cardKey, IReadOnlyList<FirstAdministrator> administrators)
    {
        var now = clock.GetUtcNow();
        var folder = configuration.Gateway.DataFolder;
        using var signer = cardKey.Load();
        // Issued once without the keys that are made below: to know before anything is made that it can be.
        if (!Card(signer, null, cardKey.ValidDays, now).TryGet(out _, out var refusal))
            return refusal;
        var users = new List<User>();
        foreach (var administrator in administrators)
        {
            if (!Read(administrator, now).TryGet(out var user, out refusal))
                return refusal with { Detail = $"{administrator.Name}: {refusal.Detail}" };
            users.Add(user);
        }

        PrivateFile.CreateFolder(folder);
        if (!File.Exists(Path.Combine(folder, Database.FileName)))
            Database.Create(folder);
        if (!File.Exists(Path.Combine(folder, CaseKeys.FolderName, "case-keys.db")))
            CaseKeys.Create(folder);
        LogKeys.CreateMissing(folder, configuration.Gateway.State, now);
        using var log = LogKeys.Load(folder);
        if (!Card(signer, log.Card, cardKey.ValidDays, now).TryGet(out var card, out refusal))
            return refusal;
        await using var database = Database.Open(folder);
        if (database.Read(PeerRows.Own) is { } own)
            return new Refusal(RefusalCode.StateConflict, $"{folder} is initialised already, with card {own.Card.Version} of {own.Card.State}; nothing was changed");
        await database.Write(Lane.Ordinary, s =>
        {
            PeerRows.StoreOwn(s, card, now);
            new AuditLog.AuditRecord("card.issued", By, card.Card.State, Detail: $"card {card.Card.Version}, card key {card.CardKey}").Append(s, now);
            foreach (var user in users)
                AddUser.Insert(s, user, By, now);
        });
        return card.Fingerprint;
    }

    private Outcome<SignedCard> Card(Signer signer, CardLog? log, int validDays, DateTimeOffset now)
        => new IssueCard(configuration.Gateway.State, configuration.Keys, configuration.Profile, log).Issue(signer, null, validDays, now);

    private Outcome<User> Read(FirstAdministrator administrator, DateTimeOffset now) => AddUser.Read(
        administrator.Name,
        [Role.ADMINISTRATOR],
        configuration.Keys.Authorities[0].Id,
        KeyRing.ReadCertificate(administrator.Client).Der,
        administrator.Signing is { } signing ? KeyRing.ReadCertificate(signing).Der : default,
        systemAccount: false,
        KeyRing.ReadCertificate(configuration.Keys.UserAuthority),
        [.. configuration.Keys.PersonAuthorities.Select(KeyRing.ReadCertificate)],
        now);
}
