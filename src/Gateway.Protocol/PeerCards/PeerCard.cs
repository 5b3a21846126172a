using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.PeerCards;

/// <summary>
/// A State's card: its authorities with their certificates and endpoints, the certificate authorities of its persons, and its
/// profile. Signed under an offline card key, whose fingerprint people compare by voice at the first import.
/// </summary>
/// <param name="State">ISO 3166-1 alpha-2.</param>
/// <param name="Version">Rises with each issue; an older one is never taken back.</param>
/// <param name="Issued">UTC.</param>
/// <param name="Expires">UTC; after that the card vouches for nothing new.</param>
/// <param name="PersonAuthorities">Certificates of the authorities that issue the persons' signing certificates.</param>
/// <param name="Authorities">At least one.</param>
/// <param name="Suites">Envelope suites that it opens, the preferred first.</param>
/// <param name="DocumentVersion">Highest version of documents that it reads; the one before is read as well.</param>
/// <param name="Profile">What the State expects of those who write to it.</param>
/// <param name="Log">Keys of its log and witness; null for a State that has no log.</param>
public sealed record PeerCard(
    string State,
    long Version,
    DateTimeOffset Issued,
    DateTimeOffset Expires,
    IReadOnlyList<Certificate> PersonAuthorities,
    IReadOnlyList<CardAuthority> Authorities,
    IReadOnlyList<string> Suites,
    int DocumentVersion,
    StateProfile Profile,
    CardLog? Log = null)
{
    /// <summary>The document type.</summary>
    public const string Type = "peerCard";

    private static readonly JsonLimits Limits = new(MaxBytes: 1024 * 1024, MaxDepth: 6, MaxMembers: 10_000);

    /// <summary>Reads the document inside a card.</summary>
    public static Outcome<PeerCard> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var (state, version, issued, expires) = (r.Id("state", Ids.IsState), r.Integer("version", 1, long.MaxValue >> 11), r.Time("issued"), r.Time("expires"));
        var personAuthorities = Certificates(r, "personAuthorities");
        var authorities = r.Objects("authorities", 100, CardAuthority.Read);
        var log = r.OptionalObject("log", CardLog.Read);
        var card = new PeerCard(state, version, issued, expires, personAuthorities, authorities,
            r.Texts("suites", 20, 60),
            (int)r.Integer("documentVersion", 1, 1000),
            r.Object("profile", CardProfile.Read)!,
            log);
        if (!r.Failed && card.Authorities.Count == 0)
            r.Refuse(RefusalCode.CardNotValid, "the card names no authority", "authorities");
        if (!r.Failed && card.Authorities.Any(a => Ids.StateOf(a.Id) != card.State))
            r.Refuse(RefusalCode.CardNotValid, "an authority belongs to another State", "authorities");
        if (!r.Failed && card.Authorities.Select(a => a.Id).Distinct().Count() != card.Authorities.Count)
            r.Refuse(RefusalCode.CardNotValid, "an authority stands twice", "authorities");
        if (!r.Failed && !card.Authorities.All(a => card.EndsWithin(a)))
            r.Refuse(RefusalCode.CardNotValid, "the parent of an authority is not in the card, or is its own parent in the end", "authorities");
        if (!r.Failed && card.Log?.Renewal is { } renewal && renewal.Begun.State != card.State)
            r.Refuse(RefusalCode.CardNotValid, "a log of another State", "log");
        if (!r.Failed && card.Expires <= card.Issued)
            r.Refuse(RefusalCode.CardNotValid, "the card expires before it was issued", "expires");
        return card;
    }, Limits);

    /// <summary>The bytes to sign with the card key.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w =>
    {
        w.Text("state", State).Integer("version", Version).Time("issued", Issued).Time("expires", Expires);
        w.Texts("personAuthorities", PersonAuthorities.Select(Base64));
        w.Objects("authorities", Authorities, (a, authority) => authority.Write(a));
        if (Log is { } log)
            w.Object("log", log.Write);
        w.Texts("suites", Suites).Integer("documentVersion", DocumentVersion);
        w.Object("profile", p => CardProfile.Write(p, Profile));
    });

    /// <summary>The authority of this id, or null.</summary>
    public CardAuthority? Find(string authority) => Authorities.FirstOrDefault(a => a.Id == authority);

    /// <summary>The time zone of an authority: its own, else the first that the card names; UTC where none is known here. An unknown zone stops no clock.</summary>
    public TimeZoneInfo ZoneOf(string authority)
        => Authorities.Select(a => a.TimeZone).Prepend(Find(authority)?.TimeZone).FirstOrDefault(name => name is not null) is { } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var known) ? known : TimeZoneInfo.Utc;

    /// <summary>The authority and those above it, the nearest first; empty when it is not in the card.</summary>
    public IReadOnlyList<string> WithParents(string authority)
    {
        var line = new List<string>();
        for (var one = Find(authority); one is not null && !line.Contains(one.Id); one = one.Parent is null ? null : Find(one.Parent))
            line.Add(one.Id);
        return line;
    }

    /// <summary>The central authority that gets copies of what its contact point sends and receives: its own parent, or the first one. Null: there is none.</summary>
    public string? CentralAuthorityOf(string authority)
    {
        static bool IsCentral(CardAuthority one) => one.Roles.Contains(nameof(Requests.Role.CENTRAL_AUTHORITY_MLA));
        return WithParents(authority).Select(Find).OfType<CardAuthority>().Concat(Authorities).FirstOrDefault(IsCentral)?.Id;
    }

    private bool EndsWithin(CardAuthority authority)
    {
        var seen = new HashSet<string>();
        for (var one = authority; seen.Add(one.Id);)
        {
            if (one.Parent is null)
                return true;
            if (Find(one.Parent) is not { } next)
                return false;
            one = next;
        }
        return false;
    }

    internal static IReadOnlyList<Certificate> Certificates(DocumentReader r, string name)
    {
        var list = new List<Certificate>();
        foreach (var text in r.Texts(name, 20, 12_000))
        {
            var bytes = new byte[text.Length];
            if (!Convert.TryFromBase64String(text, bytes, out var length))
                r.Refuse(RefusalCode.DocumentValue, "expected base64 certificates", name);
            else if (Certificate.Read(bytes.AsMemory(0, length)).TryGet(out var certificate, out var refusal))
                list.Add(certificate);
            else
                r.Refuse(refusal.Code, refusal.Detail, name);
        }
        return list;
    }

    internal static string Base64(Certificate certificate) => Convert.ToBase64String(certificate.Der.Span);
}
