using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

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
    private const int MaxText = 500;
    private const int MaxNames = 50;

    /// <summary>Its time zone, an IANA name (<c>Europe/Paris</c>); null when the State does not say.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Where its duty officer is reached by telephone; null when the State does not say.</summary>
    public string? DutyPhone { get; init; }

    /// <summary>The number that is called back to check that a message is genuine; never one that stands in the message. Null when the State does not say.</summary>
    public string? CallBackPhone { get; init; }

    /// <summary>Request kinds that it may send and receive; empty: those of its roles.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>The authority of the same State for which it works: what that one may see, it may work on within its own roles. Null: none.</summary>
    public string? Parent { get; init; }

    /// <summary>The first day of its designation, in UTC; null: since ever.</summary>
    public DateOnly? ValidFrom { get; init; }

    /// <summary>The last day of its designation, in UTC; null: without end.</summary>
    public DateOnly? ValidTo { get; init; }

    /// <summary>Postal address; null: not said.</summary>
    public string? Address { get; init; }

    /// <summary>What designated it: a note to the depositary, a decree, a treaty; null: not said.</summary>
    public string? Designation { get; init; }

    /// <summary>Its name in other languages.</summary>
    public IReadOnlyList<Term> Names { get; init; } = [];

    /// <summary>The name in a language; <see cref="Name"/> where the State gives none in it.</summary>
    /// <param name="language">BCP 47; <c>fr-CH</c> is served by <c>fr</c>.</param>
    public string NameIn(string? language) => Term.In(Names, language)?.Text ?? Name;

    /// <summary>Whether the time lies within its designation.</summary>
    public bool DesignatedAt(DateTimeOffset time)
    {
        var day = DateOnly.FromDateTime(time.UtcDateTime);
        return !(day < ValidFrom || day > ValidTo);
    }

    internal static CardAuthority Read(DocumentReader r)
    {
        var (id, name, roles, endpoint) = (r.Id("id", Ids.IsAuthority), r.Text("name", 200), r.Texts("roles", 10, 60), r.Text("endpoint", 200, 0));
        var (zone, duty, callBack) = (r.OptionalText("timeZone", 60), r.OptionalText("dutyPhone", 60), r.OptionalText("callBackPhone", 60));
        var authority = new CardAuthority(
            id,
            name,
            roles,
            endpoint,
            PeerCard.Certificates(r, "tls"),
            PeerCard.Certificates(r, "seal"),
            PeerCard.Certificates(r, "encryption"),
            PeerCard.Certificates(r, "evidence"),
            PeerCard.Certificates(r, "stamp"))
        {
            TimeZone = zone,
            DutyPhone = duty,
            CallBackPhone = callBack,
            Functions = r.Next("functions") ? r.Texts("functions", 100, 60) : [],
            Parent = r.Next("parent") ? r.Id("parent", Ids.IsAuthority) : null,
            ValidFrom = Day(r, "validFrom"),
            ValidTo = Day(r, "validTo"),
            Address = r.OptionalText("address", MaxText),
            Designation = r.OptionalText("designation", MaxText),
            Names = r.Next("names") ? r.Objects("names", MaxNames, o => new Term(o.Text("language", 35), o.Text("text", 200))) : [],
        };
        if (!r.Failed && authority.Endpoint.Length > 0
            && !(Uri.TryCreate(authority.Endpoint, UriKind.Absolute, out var uri) && uri.Scheme == "https" && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0))
            r.Refuse(RefusalCode.DocumentValue, "expected https://host:port", "endpoint");
        if (!r.Failed && !new[] { duty, callBack }.All(p => p is null || IsPhone(p)))
            r.Refuse(RefusalCode.DocumentValue, "expected + and digits", duty is null || IsPhone(duty) ? "callBackPhone" : "dutyPhone");
        if (!r.Failed && authority.Names.Select(one => one.Language).Distinct().Count() != authority.Names.Count)
            r.Refuse(RefusalCode.DocumentValue, "two names in one language", "names");
        if (!r.Failed && zone is not null && !zone.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+'))
            r.Refuse(RefusalCode.DocumentValue, "expected an IANA time zone", "timeZone");
        return authority;
    }

    /// <summary>Whether a text is a number that can be dialled from anywhere: + and 5 to 20 digits, with spaces or hyphens between.</summary>
    public static bool IsPhone(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text is ['+', .. var rest] && rest.All(c => char.IsAsciiDigit(c) || c is ' ' or '-') && rest.Count(char.IsAsciiDigit) is >= 5 and <= 20;
    }

    private static DateOnly? Day(DocumentReader r, string name)
    {
        if (r.OptionalText(name, 10) is not { } text)
            return null;
        if (FieldCheck.TryDay(text, out var day))
            return day;
        r.Refuse(RefusalCode.DocumentValue, "expected a day such as 2026-03-01", name);
        return null;
    }

    internal void Write(DocumentWriter w)
    {
        w.Text("id", Id)
            .Text("name", Name)
            .Texts("roles", Roles)
            .Text("endpoint", Endpoint)
            .OptionalText("timeZone", TimeZone)
            .OptionalText("dutyPhone", DutyPhone)
            .OptionalText("callBackPhone", CallBackPhone)
            .Texts("tls", Tls.Select(PeerCard.Base64))
            .Texts("seal", Seal.Select(PeerCard.Base64))
            .Texts("encryption", Encryption.Select(PeerCard.Base64))
            .Texts("evidence", Evidence.Select(PeerCard.Base64))
            .Texts("stamp", Stamp.Select(PeerCard.Base64));
        if (Functions.Count > 0)
            w.Texts("functions", Functions);
        w.OptionalText("parent", Parent)
            .OptionalText("validFrom", ValidFrom?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
            .OptionalText("validTo", ValidTo?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
            .OptionalText("address", Address)
            .OptionalText("designation", Designation);
        if (Names.Count > 0)
            w.Objects("names", Names, (o, name) => o.Text("language", name.Language).Text("text", name.Text));
    }
}
