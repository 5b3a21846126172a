using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

/// <summary>A fresh key with a certificate, made by the framework rather than by the code under test.</summary>
internal sealed class TestIdentity
{
    public static readonly DateTimeOffset NotBefore = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset NotAfter = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly TestIdentity P256 = new("p256", ECCurve.NamedCurves.nistP256);
    public static readonly TestIdentity P384 = new("p384", ECCurve.NamedCurves.nistP384);
    public static readonly TestIdentity Other = new("other", ECCurve.NamedCurves.nistP256);

    public TestIdentity(string name, ECCurve curve, X509KeyUsageFlags? usage = null, bool keyIdentifier = true, ECDsa? key = null)
    {
        Key = key ?? ECDsa.Create(curve);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCountryOrRegion("XA");
        subject.AddOrganizationName("Test authority");
        subject.AddCommonName(name);
        var request = new CertificateRequest(subject.Build(), Key, HashAlgorithmName.SHA256);
        if (usage is { } flags)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(flags, critical: true));
        if (keyIdentifier)
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        X509 = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(Key), NotBefore, NotAfter, RandomNumberGenerator.GetBytes(16));
        Certificate = Certificate.Read(X509.RawData).Value;
    }

    public ECDsa Key { get; }

    public X509Certificate2 X509 { get; }

    public Certificate Certificate { get; }

    public string CertificatePem => X509.ExportCertificatePem();

    public string KeyPem => Key.ExportPkcs8PrivateKeyPem();

    public Signer Signer() => Gateway.Protocol.Marks.Signer.FromPem(CertificatePem, KeyPem);

    public Decryptor Decryptor() => Gateway.Protocol.Envelopes.Decryptor.FromPem(CertificatePem, KeyPem);
}
