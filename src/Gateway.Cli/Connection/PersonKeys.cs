using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;

namespace Gateway.Cli.Connection;

/// <summary>Reads the person's certificates and keys from files. They are never printed and never leave this process.</summary>
internal static class PersonKeys
{
    public static X509Certificate2 Client(Context context)
    {
        OwnerOnly.RequirePrivate(Existing(context.ClientKey, "client key"));
        var certificate = X509Certificate2.CreateFromPemFile(Existing(context.ClientCertificate, "client certificate"), context.ClientKey);
        if (!OperatingSystem.IsWindows())
            return certificate;
        // Schannel cannot use a key that lives in memory only.
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    public static Signer Signing(Context context)
    {
        if (context.SigningCertificate is not { } certificate || context.SigningKey is not { } key)
            throw StopException.Usage("this context has no signing certificate; add it with 'gatewayctl context add … --sign-cert FILE --sign-key FILE'");
        OwnerOnly.RequirePrivate(Existing(key, "signing key"));
        try
        {
            return Signer.FromPem(File.ReadAllText(Existing(certificate, "signing certificate")), File.ReadAllText(key));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException)
        {
            throw StopException.Incomplete($"the signing certificate and key cannot be used together: {e.Message}", e);
        }
    }

    private static string Existing(string path, string what)
        => File.Exists(path) ? path : throw StopException.Incomplete($"the {what} {path} does not exist");
}
