using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Recognition.TrustLists;

/// <summary>
/// A State's own list of its trust services: a document like every other one, signed under an offline list key. For States without a list of ETSI TS 119 612;
/// <c>gatewayctl trust make</c> writes one from a short file.
/// </summary>
/// <param name="State">Whose list.</param>
/// <param name="Sequence">Rises with each issue; an older one is never taken back.</param>
/// <param name="Issued">UTC.</param>
/// <param name="NextUpdate">UTC; after it the list counts as expired.</param>
/// <param name="Services">At least one.</param>
public sealed record StateList(string State, long Sequence, DateTimeOffset Issued, DateTimeOffset NextUpdate, IReadOnlyList<TrustedService> Services)
{
    /// <summary>The document type.</summary>
    public const string Type = "trustList";

    private const int MaxServices = 2000;

    private static readonly JsonLimits Limits = new(MaxBytes: 8 * 1024 * 1024, MaxDepth: 8, MaxMembers: 100_000);

    /// <summary>Reads the document inside a list.</summary>
    public static Outcome<StateList> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var state = r.Id("state", Ids.IsState);
        var list = new StateList(state, r.Integer("sequence", 1, long.MaxValue >> 11), r.Time("issued"), r.Time("nextUpdate"), r.Objects("services", MaxServices, s => Service(s, state)));
        if (!r.Failed && list.Services.Count == 0)
            r.Refuse(RefusalCode.DocumentValue, "the list names no service", "services");
        if (!r.Failed && list.NextUpdate <= list.Issued)
            r.Refuse(RefusalCode.DocumentValue, "the list is to be replaced before it was issued", "nextUpdate");
        return list;
    }, Limits);

    /// <summary>The bytes to sign with the list key.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("state", State)
        .Integer("sequence", Sequence)
        .Time("issued", Issued)
        .Time("nextUpdate", NextUpdate)
        .Objects("services", Services, WriteService));

    /// <summary>
    /// Opens a signed list. Refuses what is no such document, and with <see cref="RefusalCode.TrustListSigner"/> when <paramref name="signers"/> are given and none of them signed it.
    /// </summary>
    /// <param name="der">The signed list.</param>
    /// <param name="signers">SHA-256 of the certificates that may sign it; null when the caller vouches for the file itself.</param>
    public static Outcome<TrustList> Open(ReadOnlyMemory<byte> der, IReadOnlyCollection<Digest>? signers)
    {
        if (!SignedDocument.Open(der).TryGet(out var signed, out var refusal))
            return refusal;
        if (signers is not null && !signers.Contains(signed.Signer.Sha256))
            return new Refusal(RefusalCode.TrustListSigner, $"the list is signed by a certificate that is not expected ({signed.Signer.Sha256})");
        if (!signed.Signer.ValidAt(signed.SigningTime))
            return new Refusal(RefusalCode.TrustListSignature, "the list certificate was not valid when the list was signed");
        if (!Read(signed.Content).TryGet(out var list, out refusal))
            return refusal;
        return new TrustList(TrustListKind.STATE, list.State, list.Sequence, list.Issued, list.NextUpdate, signed.Sha256, signed.Signer.Sha256, signed.Signer.Subject, list.Services, [], []);
    }

    private static TrustedService Service(DocumentReader r, string state)
    {
        var provider = r.Text("provider", 300);
        var name = r.Text("name", 300);
        var type = r.Text("serviceType", 500);
        var uses = r.Texts("uses", 4, 20).Select(text => Enum.TryParse<MarkUse>(text, out var use) && Enum.GetName(use) == text ? use : Unknown(r)).Distinct().ToList();
        var authority = r.Next("authority") ? r.Id("authority", Ids.IsAuthority) : null;
        if (!r.Failed && authority is not null && Ids.StateOf(authority) != state)
            r.Refuse(RefusalCode.DocumentValue, "the authority belongs to another State", "authority");
        var certificates = Certificates(r);
        var policies = r.Texts("policies", 50, 100);
        var periods = r.Objects("periods", 200, p => new ServicePeriod(p.Time("from"), type, p.Word<ServiceState>("status").ToString(), uses, p.Texts("qualifiers", 50, 500)));
        if (!r.Failed && (certificates.Count == 0 || uses.Count == 0 || periods.Count == 0))
            r.Refuse(RefusalCode.DocumentValue, "a service has at least one certificate, one use and one period");
        if (!r.Failed && periods.Zip(periods.Skip(1)).Any(p => p.First.From <= p.Second.From))
            r.Refuse(RefusalCode.DocumentValue, "the periods stand from the newest to the oldest", "periods");
        return new TrustedService(state, provider, name, certificates, periods, authority, policies);
    }

    private static MarkUse Unknown(DocumentReader r)
    {
        r.Refuse(RefusalCode.DocumentValue, $"expected some of {string.Join(", ", Enum.GetNames<MarkUse>())}", "uses");
        return default;
    }

    // Foreign certificates, national algorithms among them: that they can be judged is not asked of a list.
    private static List<ReadOnlyMemory<byte>> Certificates(DocumentReader r)
    {
        var list = new List<ReadOnlyMemory<byte>>();
        foreach (var text in r.Texts("certificates", 20, 90_000))
        {
            var bytes = new byte[text.Length];
            if (Convert.TryFromBase64String(text, bytes, out var length) && length is > 0 and <= Certificate.MaxBytes)
                list.Add(bytes.AsMemory(0, length));
            else
                r.Refuse(RefusalCode.DocumentValue, "expected base64 certificates", "certificates");
        }
        return list;
    }

    private static void WriteService(DocumentWriter w, TrustedService service) => w
        .Text("provider", service.Provider)
        .Text("name", service.Name)
        .Text("serviceType", service.Periods[0].Type)
        .Texts("uses", service.Periods[0].Uses.Select(u => u.ToString()))
        .OptionalText("authority", service.Authority)
        .Texts("certificates", service.Certificates.Select(c => Convert.ToBase64String(c.Span)))
        .Texts("policies", service.Policies ?? [])
        .Objects("periods", service.Periods, (p, period) => p.Time("from", period.From).Text("status", period.Status).Texts("qualifiers", period.Qualifiers));

    private enum ServiceState
    {
        GRANTED,
        WITHDRAWN,
    }
}
