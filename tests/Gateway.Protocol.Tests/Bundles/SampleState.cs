using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.MerkleLog;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>An invented State with real keys: card, authority for persons, seals, stamp, persons.</summary>
internal sealed class SampleState
{
    public static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static int s_serial;

    private readonly ECDsa _personKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _personAuthority;
    private readonly byte[] _logSeed = RandomNumberGenerator.GetBytes(32);

    public SampleState(string code, DateTimeOffset? sealsUntil = null, params IReadOnlyList<DeadlineTerm> deadlines)
    {
        Code = code;
        Deadlines = deadlines;
        var request = new CertificateRequest($"CN=Persons of {code}", _personKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _personAuthority = request.CreateSelfSigned(From, From.AddYears(2));
        CardKey = SelfSigned($"CN=Card of {code}", From.AddYears(2));
        Seal = SelfSigned($"CN=Seal of {code}-CA", sealsUntil ?? From.AddYears(1));
        ContactSeal = SelfSigned($"CN=Seal of {code}-CP", sealsUntil ?? From.AddYears(1));
        Stamp = SelfSigned($"CN=Registry of {code}-CA", From.AddYears(1));
        Log = LogOf(new LogName(code, 2026));
        Cosigner = new NoteSigner(LogName.Witness(code), NoteAlgorithm.Cosignature, RandomNumberGenerator.GetBytes(32));
        LogCertificate = SelfSigned($"CN=Log of {code}", From.AddYears(2));
        Lawyer = Person("A. Lawyer");
        Technician = Person("B. Technician");
        FirstOfficer = Person("C. Officer");
        SecondOfficer = Person("D. Officer");
        Card = CardOf(1, this);
    }

    public string Code { get; }
    public IReadOnlyList<DeadlineTerm> Deadlines { get; }
    public Signer CardKey { get; }
    public Signer Seal { get; }
    public Signer ContactSeal { get; }
    public Signer Stamp { get; }
    public NoteSigner Log { get; }
    public NoteSigner Cosigner { get; }
    public Signer LogCertificate { get; }
    public Signer Lawyer { get; }
    public Signer Technician { get; }
    public Signer FirstOfficer { get; }
    public Signer SecondOfficer { get; }
    public SignedCard Card { get; }

    public Signer SealOf(string authority) => authority.EndsWith("-CP", StringComparison.Ordinal) ? ContactSeal : Seal;

    /// <summary>The key of the log under the name of another one.</summary>
    public NoteSigner LogOf(LogName name) => new(name.Origin, NoteAlgorithm.Ed25519, _logSeed);

    /// <summary>Another version of the card, which says the same.</summary>
    public SignedCard Version(long version) => CardOf(version, this);

    /// <summary>The next card, issued at that time, without the keys of log and witness of the first.</summary>
    public SignedCard WithoutLogKeys(DateTimeOffset issued)
        => CardOf(2, this, issued, new CardLog([new NoteSigner(Log.Key.Name, NoteAlgorithm.Ed25519).PublicKey], [new NoteSigner(Cosigner.Key.Name, NoteAlgorithm.Cosignature).PublicKey], [LogCertificate.Certificate]));

    /// <summary>A version of the card issued at that time, with the keys of log and witness or with others.</summary>
    public SignedCard At(long version, DateTimeOffset issued, bool named) => named
        ? CardOf(version, this, issued, new CardLog([Log.PublicKey], [Cosigner.PublicKey], [LogCertificate.Certificate]))
        : CardOf(version, this, issued, new CardLog([new NoteSigner(Log.Key.Name, NoteAlgorithm.Ed25519).PublicKey], [new NoteSigner(Cosigner.Key.Name, NoteAlgorithm.Cosignature).PublicKey], [LogCertificate.Certificate]));

    /// <summary>A card of a State that has no log.</summary>
    public SignedCard WithoutLog() => CardOf(1, this, From, null);

    /// <summary>The next card, issued at that time, which names these; what is null is that of the first card.</summary>
    /// <param name="issued">When it was issued.</param>
    /// <param name="seal">The seal of the central authority.</param>
    /// <param name="contactSeal">The seal of the contact point.</param>
    /// <param name="stamp">The stamp of the central authority.</param>
    /// <param name="version">The number of the card.</param>
    /// <param name="expires">Until when it is in force.</param>
    /// <param name="cardKey">Who signs it.</param>
    /// <param name="persons">Who issues the certificates of persons.</param>
    public SignedCard Marked(
        DateTimeOffset issued, Signer? seal = null, Signer? contactSeal = null, Signer? stamp = null, long version = 2, DateTimeOffset? expires = null, Signer? cardKey = null, Certificate? persons = null)
        => CardOf(version, this, issued, new CardLog([Log.PublicKey], [Cosigner.PublicKey], [LogCertificate.Certificate]), seal, contactSeal, stamp, expires, cardKey, persons);

    /// <summary>The card as of that day, which says that a log was begun on purpose, unless that is null.</summary>
    public SignedCard Renewed(LogRenewal? renewal, long version = 2, Signer? cardKey = null)
        => CardOf(version, this, From.AddDays(version), new CardLog([Log.PublicKey], [Cosigner.PublicKey], [LogCertificate.Certificate]) { Renewal = renewal }, cardKey: cardKey);

    /// <summary>A certificate of this State's own that no card names yet.</summary>
    public Signer Another(string name) => SelfSigned($"CN={name} of {Code}", From.AddYears(2));

    private static SignedCard CardOf(long version, SampleState state)
        => CardOf(version, state, From, new CardLog([state.Log.PublicKey], [state.Cosigner.PublicKey], [state.LogCertificate.Certificate]));

    private static SignedCard CardOf(long version, SampleState state, DateTimeOffset issued, CardLog? log, Signer? seal = null, Signer? contactSeal = null, Signer? stamp = null, DateTimeOffset? expires = null, Signer? cardKey = null, Certificate? persons = null)
    {
        var authority = persons ?? Certificate.Read(state._personAuthority.RawData).Value;
        CardAuthority Authority(string id, string role, Signer? seal, Signer? stamp) => new($"{state.Code}-{id}", $"{id} of {state.Code}", [role], "", [],
            seal is null ? [] : [seal.Certificate], [], [], stamp is null ? [] : [stamp.Certificate]);
        var card = new PeerCard(state.Code, version, issued, expires ?? From.AddYears(2), [authority],
            [Authority("CA", "CENTRAL_AUTHORITY_MLA", seal ?? state.Seal, stamp ?? state.Stamp), Authority("CP", "CONTACT_POINT_24_7", contactSeal ?? state.ContactSeal, null), Authority("PO", "COMPETENT_AUTHORITY", null, null)],
            ["P256-A256GCM-SHA256"], 1, Profile() with { Deadlines = state.Deadlines }, log);
        return SignedCard.Open(SignedDocument.Sign(card.Write(), cardKey ?? state.CardKey, From.AddDays(1))).Value;
    }

    private static StateProfile Profile() => new() { Languages = ["en", "fr"], LoneReleaseReviewHours = 24 };

    private static Signer SelfSigned(string name, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Request(name, key).CreateSelfSigned(From, until);
        return Signer.FromPem(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private Signer Person(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serial = BitConverter.GetBytes(Interlocked.Increment(ref s_serial) | 0x40000000);
        Array.Reverse(serial);
        using var certificate = Request($"CN={name}, O={Code}", key).Create(_personAuthority, From, From.AddYears(1), serial);
        return Signer.FromPem(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation, true));
        return request;
    }
}
