using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Marks;

namespace Gateway.Tests.Infrastructure;

/// <summary>A key with its certificate, made by the framework.</summary>
internal sealed class TestIdentity(X509Certificate2 x509, ECDsa key)
{
    public X509Certificate2 X509 { get; } = x509;

    public Certificate Certificate { get; } = Certificate.Read(x509.RawData).Value;

    public string CertificatePem => X509.ExportCertificatePem() + "\n";

    public string KeyPem { get; } = key.ExportPkcs8PrivateKeyPem() + "\n";

    public ECDsa Key { get; } = key;

    public Signer Signer() => Gateway.Protocol.Marks.Signer.FromPem(CertificatePem, KeyPem);
}

/// <summary>A certification authority of a fictional State, and what it issues.</summary>
internal sealed class TestPki
{
    public const X509KeyUsageFlags Sign = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation;
    public const X509KeyUsageFlags Agree = X509KeyUsageFlags.KeyAgreement;

    private readonly string _state;

    public TestPki(string state)
    {
        _state = state;
        Root = SelfSigned($"Root of {state}", X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, isAuthority: true);
        Card = SelfSigned($"Card of {state}", Sign, isAuthority: false);
    }

    public TestIdentity Root { get; }

    public TestIdentity Card { get; }

    /// <summary>A certificate issued by the root, valid from yesterday for two years unless told otherwise.</summary>
    public TestIdentity Issue(string name, X509KeyUsageFlags usage, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Request(name, key, usage, isAuthority: false)
            .Create(Root.X509.SubjectName, X509SignatureGenerator.CreateForECDsa(Root.Key), notBefore ?? now.AddDays(-1), notAfter ?? now.AddYears(2), RandomNumberGenerator.GetBytes(16));
        // The framework does not attach an ECDSA key to a certificate for key agreement; those are only ever read from files.
        return new TestIdentity(usage == Agree ? X509CertificateLoader.LoadCertificate(certificate.RawData) : certificate.CopyWithPrivateKey(key), key);
    }

    public TestIdentity SelfSigned(string name, X509KeyUsageFlags usage, bool isAuthority)
    {
        var now = TimeProvider.System.GetUtcNow();
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new TestIdentity(Request(name, key, usage, isAuthority).CreateSelfSigned(now.AddDays(-2), now.AddYears(5)), key);
    }

    private CertificateRequest Request(string name, ECDsa key, X509KeyUsageFlags usage, bool isAuthority)
    {
        var request = new CertificateRequest($"CN={name}, O=Test, C={_state}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }
}
