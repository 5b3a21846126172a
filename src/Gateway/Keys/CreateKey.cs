using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Keys;

/// <summary>
/// <c>gateway key create</c>: a new P-256 key (PKCS #8, 0600) and what its certification authority needs, a request with the key
/// usage of the purpose. Card and log keys get a self-signed certificate: nobody stands above the first, and the card vouches for the
/// second. Nothing is ever overwritten.
/// </summary>
internal sealed record CreateKey(KeyPurpose Purpose, string Subject, string Out, IReadOnlyList<string> Hosts)
{
    private const int SelfSignedYears = 10;

    /// <summary>Writes the files and returns their names.</summary>
    public IReadOnlyList<string> Run(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var keyFile = $"{Out}.key";
        var certificateFile = IsSelfSigned ? $"{Out}.crt" : $"{Out}.csr";
        if (File.Exists(certificateFile))
            throw new IOException($"{certificateFile} exists; it is not overwritten");
        PrivateFile.Create(keyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(certificateFile, Certify(Request(key), now));
        return [keyFile, certificateFile];
    }

    private CertificateRequest Request(ECDsa key)
    {
        var request = new CertificateRequest(Subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(Usage, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (Purpose == KeyPurpose.Tls)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
            if (Hosts.Count > 0)
                request.CertificateExtensions.Add(Names());
        }
        return request;
    }

    private string Certify(CertificateRequest request, DateTimeOffset now)
    {
        if (!IsSelfSigned)
            return request.CreateSigningRequestPem() + "\n";
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddYears(SelfSignedYears));
        return certificate.ExportCertificatePem() + "\n";
    }

    private X509Extension Names()
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in Hosts)
        {
            if (System.Net.IPAddress.TryParse(host, out var address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }
        return names.Build();
    }

    private bool IsSelfSigned => Purpose is KeyPurpose.Card or KeyPurpose.LogCertificate;

    private X509KeyUsageFlags Usage => Purpose switch
    {
        KeyPurpose.Card or KeyPurpose.Seal or KeyPurpose.Stamp => X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation,
        KeyPurpose.Tls or KeyPurpose.LogCertificate => X509KeyUsageFlags.DigitalSignature,
        KeyPurpose.Encryption or KeyPurpose.Evidence => X509KeyUsageFlags.KeyAgreement,
        KeyPurpose.Storage or KeyPurpose.Log or KeyPurpose.Cosigner => throw new InvalidOperationException($"a {Purpose} key has no certificate"),
    };
}
