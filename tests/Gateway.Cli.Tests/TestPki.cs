using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Tests;

/// <summary>Certificates of a fictional State in a folder of the test's own.</summary>
internal sealed class TestPki
{
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;
    private readonly string _folder;

    public TestPki(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        var request = new CertificateRequest("CN=Root of XB,C=XB", _rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        _root = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
        File.WriteAllText(Root, _root.ExportCertificatePem());
    }

    public string Root => Path.Combine(_folder, "root.crt");

    public string Certificate(string name) => Path.Combine(_folder, name + ".crt");

    public string Key(string name) => Path.Combine(_folder, name + ".key");

    public TestPki Server(string name, string host = "localhost") => Issue(name, X509KeyUsageFlags.DigitalSignature, "1.3.6.1.5.5.7.3.1", host);

    public TestPki Client(string name, string? host = null) => Issue(name, X509KeyUsageFlags.DigitalSignature, "1.3.6.1.5.5.7.3.2", host);

    public TestPki Marks(string name) => Issue(name, X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation);

    public TestPki Agreement(string name) => Issue(name, X509KeyUsageFlags.KeyAgreement);

    public Signer Signer(string name) => Gateway.Protocol.Marks.Signer.FromPem(File.ReadAllText(Certificate(name)), File.ReadAllText(Key(name)));

    public Decryptor Decryptor(string name) => Gateway.Protocol.Envelopes.Decryptor.FromPem(File.ReadAllText(Certificate(name)), File.ReadAllText(Key(name)));

    /// <summary>The card of XB, whose central authority has this evidence certificate.</summary>
    public byte[] Card(string evidence, string state = "XB", string laboratory = "FORENSIC_LAB")
    {
        if (!File.Exists(Key("card")))
            Marks("card");
        var now = TimeProvider.System.GetUtcNow();
        var certificate = Gateway.Protocol.Marks.Certificate.ReadPem(File.ReadAllText(Certificate(evidence))).Value;
        var root = Gateway.Protocol.Marks.Certificate.ReadPem(File.ReadAllText(Root)).Value;
        using var signer = Signer("card");
        var card = new PeerCard(state, 1, now, now.AddDays(1), [root],
            [
                new CardAuthority($"{state}-CA", "Central Authority", ["CENTRAL_AUTHORITY_MLA"], "", [], [], [], [certificate], []),
                new CardAuthority($"{state}-LAB", "Laboratory", [laboratory], "", [], [], [], [], []),
            ],
            ["P256-A256GCM-SHA256"], 1, new StateProfile { Languages = ["en"] });
        return SignedDocument.Sign(card.Write(), signer, now);
    }

    public X509Certificate2 ForTls(string name)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(Certificate(name), Key(name));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private TestPki Issue(string name, X509KeyUsageFlags usage, string? purpose = null, string? host = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name},C=XB", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (purpose is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        if (host is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(host);
            request.CertificateExtensions.Add(names.Build());
        }
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(_root, now.AddHours(-1), now.AddDays(30), RandomNumberGenerator.GetBytes(12));
        File.WriteAllText(Certificate(name), certificate.ExportCertificatePem());
        File.WriteAllText(Key(name), key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Key(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return this;
    }
}
