using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Runtime;

namespace Gateway.Keys;

/// <summary>Section <c>Keys</c>: files only, never a secret itself.</summary>
internal sealed class KeysOptions : ICheckedOptions
{
    /// <summary>What the gateway presents on both ports and to peers. The first is in use; further ones are announced in the card (next, or being retired) and need no key here.</summary>
    public IReadOnlyList<PairOptions> Tls { get; init; } = [];

    /// <summary>Certificate of the authority that issues the client certificates of users. Only certificates issued by it directly are let in.</summary>
    [FilePath]
    public string UserAuthority { get; init; } = "";

    /// <summary>Certificates of the authorities that issue the signing certificates of persons; published in the card.</summary>
    [FilePath]
    public IReadOnlyList<string> PersonAuthorities { get; init; } = [];

    /// <summary>The authorities behind this gateway.</summary>
    public IReadOnlyList<AuthorityOptions> Authorities { get; init; } = [];

    public void Check(string path, Mistakes mistakes)
    {
        if (Tls.Count == 0)
            mistakes.Add($"{path}:Tls", "there is no TLS certificate", "Name its Certificate and Key files; 'gateway key create --purpose tls' makes a key and a request.");
        if (UserAuthority.Length == 0)
            mistakes.Add($"{path}:UserAuthority", "no authority of users is named", "Name the certificate file of the CA that issues the users' client certificates.");
        if (PersonAuthorities.Count == 0)
            mistakes.Add($"{path}:PersonAuthorities", "no authority of persons is named", "Name the certificate files of the CAs that issue signing certificates.");
        if (Authorities.Count == 0)
            mistakes.Add($"{path}:Authorities", "no authority is named", "Describe at least the central authority.");
        foreach (var id in Authorities.GroupBy(a => a.Id).Where(g => g.Count() > 1).Select(g => g.Key))
            mistakes.Add($"{path}:Authorities", $"the authority '{id}' stands twice", "Give every authority an id of its own.");
        foreach (var child in Authorities.Where(a => a.Parent.Length > 0 && (a.Parent == a.Id || Authorities.All(p => p.Id != a.Parent))))
            mistakes.Add($"{path}:Authorities", $"the parent '{child.Parent}' of {child.Id} is not another authority of this gateway", "Name one of the list, or leave it out.");
    }
}

/// <summary>One authority, as the card will show it.</summary>
internal sealed class AuthorityOptions : ICheckedOptions
{
    /// <summary>The State's code, a hyphen, a short name: <c>XA-CA</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>The name for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>The name in other languages; readers of another one see Name.</summary>
    public IReadOnlyList<NameOptions> Names { get; init; } = [];

    /// <summary>Role words of docs/protocol.md.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Where peers reach it: <c>https://host:port</c>; empty when it only works behind another authority.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Its time zone, an IANA name: <c>Europe/Paris</c>. Published in the card; deadlines are shown in it.</summary>
    public string TimeZone { get; init; } = "";

    /// <summary>Where the duty officer is reached by telephone; published in the card.</summary>
    public string DutyPhone { get; init; } = "";

    /// <summary>The number that others call back before they believe an emergency; published in the card.</summary>
    public string CallBackPhone { get; init; } = "";

    /// <summary>Request kinds that it may send and receive; empty: those of its roles.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>The authority of this State for which it works: its cases are open to this one too, within the roles of each person.</summary>
    public string Parent { get; init; } = "";

    /// <summary>First day of its designation, UTC: 2026-03-01; empty: since ever.</summary>
    public string ValidFrom { get; init; } = "";

    /// <summary>Last day of its designation, UTC; empty: without end.</summary>
    public string ValidTo { get; init; } = "";

    /// <summary>Postal address.</summary>
    public string Address { get; init; } = "";

    /// <summary>What designated it: a note to the depositary, a decree, a treaty.</summary>
    public string Designation { get; init; } = "";

    /// <summary>Seals covers and receipts. The first seals; further ones are announced in the card and need no key here.</summary>
    public IReadOnlyList<PairOptions> Seal { get; init; } = [];

    /// <summary>The registry's stamp; as with the seal.</summary>
    public IReadOnlyList<PairOptions> Stamp { get; init; } = [];

    /// <summary>Messages are encrypted to the first by peers; all of them open.</summary>
    public IReadOnlyList<PairOptions> Encryption { get; init; } = [];

    /// <summary>Key grants are encrypted to the first; all of them open.</summary>
    public IReadOnlyList<PairOptions> Evidence { get; init; } = [];

    public void Check(string path, Mistakes mistakes)
    {
        if (!Ids.IsAuthority(Id))
            mistakes.Add($"{path}:Id", $"'{Id}' is not an authority id", "Write the State's code, a hyphen and A-Z, 0-9: XA-CA.");
        if (Name.Length is 0 or > 200)
            mistakes.Add($"{path}:Name", "the name is empty or longer than 200 characters", "Write the name for people.");
        foreach (var twice in Names.GroupBy(n => n.Language).Where(g => g.Count() > 1))
            mistakes.Add($"{path}:Names", $"there are two names in '{twice.Key}'", "Give one name for each language.");
        if (Roles.Count == 0)
            mistakes.Add($"{path}:Roles", "the authority has no role", $"Choose from {string.Join(", ", Enum.GetNames<Role>())}.");
        foreach (var role in Roles.Where(r => Protocol.Requests.Roles.Parse(r) is null))
            mistakes.Add($"{path}:Roles", $"'{role}' is not a role", $"Choose from {string.Join(", ", Enum.GetNames<Role>())}.");
        if (Endpoint.Length > 0 && !IsEndpoint(Endpoint))
            mistakes.Add($"{path}:Endpoint", $"'{Endpoint}' is not https://host:port", "Write the address that peers can reach, without a path.");
        if (TimeZone.Length > 0 && !TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            mistakes.Add($"{path}:TimeZone", $"'{TimeZone}' is not a time zone", "Write an IANA name: Europe/Paris.");
        foreach (var (name, phone) in new[] { (nameof(DutyPhone), DutyPhone), (nameof(CallBackPhone), CallBackPhone) })
        {
            if (phone.Length > 0 && (phone.Length > 60 || !Protocol.PeerCards.CardAuthority.IsPhone(phone)))
                mistakes.Add($"{path}:{name}", $"'{phone}' is not a telephone number", "Write it as dialled from abroad: +999 1 555 0101.");
        }
        foreach (var kind in Functions.Where(k => !Enum.GetNames<RequestKind>().Contains(k)))
            mistakes.Add($"{path}:Functions", $"'{kind}' is not a request kind", $"Choose from {string.Join(", ", Enum.GetNames<RequestKind>())}.");
        foreach (var (name, day) in new[] { (nameof(ValidFrom), ValidFrom), (nameof(ValidTo), ValidTo) })
        {
            if (day.Length > 0 && !DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                mistakes.Add($"{path}:{name}", $"'{day}' is not a day", "Write it as 2026-03-01.");
        }
        foreach (var (name, text) in new[] { (nameof(Address), Address), (nameof(Designation), Designation) })
        {
            if (text.Length > 500)
                mistakes.Add($"{path}:{name}", "the text is longer than 500 characters", "Shorten it.");
        }
        if (Seal.Count == 0)
            mistakes.Add($"{path}:Seal", "the authority has no seal", "Name the Certificate and Key files of its seal.");
        if (Encryption.Count == 0)
            mistakes.Add($"{path}:Encryption", "the authority has no encryption key", "Name the Certificate and Key files.");
    }

    private static bool IsEndpoint(string text)
        => text.Length <= 200 && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "https", PathAndQuery: "/", UserInfo.Length: 0, Fragment.Length: 0 };
}

/// <summary>The name of an authority in one language.</summary>
internal sealed class NameOptions : ICheckedOptions
{
    /// <summary>A language tag.</summary>
    public string Language { get; init; } = "";

    /// <summary>The name.</summary>
    public string Text { get; init; } = "";

    public void Check(string path, Mistakes mistakes)
    {
        if (Language.Length is < 2 or > 35 || Language.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
            mistakes.Add($"{path}:Language", $"'{Language}' is not a language tag", "Write a BCP 47 tag: en, fr, zh-Hans.");
        if (Text.Length is 0 or > 200)
            mistakes.Add($"{path}:Text", "the name is empty or longer than 200 characters", "Write the name for people.");
    }
}

/// <summary>A certificate and its private key, two PEM files.</summary>
internal sealed class PairOptions : ICheckedOptions
{
    /// <summary>One certificate, PEM.</summary>
    [FilePath]
    public string Certificate { get; init; } = "";

    /// <summary>PKCS #8, PEM, without passphrase, mode 0600.</summary>
    [FilePath]
    public string Key { get; init; } = "";

    public void Check(string path, Mistakes mistakes)
    {
        if (Certificate.Length == 0)
            mistakes.Add($"{path}:Certificate", "no file is named", "Name the PEM file of the certificate.");
    }
}
