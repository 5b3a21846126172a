using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;
using Spectre.Console;

namespace Gateway.Cli.Connection;

/// <summary>Reads the person's certificates and keys from files. They are never printed and never leave this process.</summary>
internal static class PersonKeys
{
    public static readonly Option<string?> Certificate = new("--sign-cert") { Description = "Own signing certificate: PEM, or PKCS #12 (.p12, .pfx) with its key inside; left out: the context's", HelpName = "FILE" };
    public static readonly Option<string?> Key = new("--sign-key") { Description = "Its key (PEM, mode 0600)", HelpName = "FILE" };
    public static readonly Option<string?> Password = new("--password-file") { Description = "First line: the password of the PKCS #12 file; left out: asked for", HelpName = "FILE" };

    /// <summary>The signing key that the options name, else that of the context.</summary>
    public static Signer Chosen(Invocation run) => run.Value(Certificate) switch
    {
        null => Signing(run.Context),
        { } file when IsPkcs12(file) => FromPkcs12(file, Passphrase(run, file)),
        { } file => Signing(new Context("", "", "", "", file, run.Value(Key) ?? file)),
    };

    /// <summary>Reads certificate and key from a PKCS #12 file (RFC 7292); the key stays in this process.</summary>
    public static Signer FromPkcs12(string path, string? password) => WithPkcs12(path, password, Signer.FromPem);

    private static T WithPkcs12<T>(string path, string? password, Func<string, string, T> use)
    {
        OwnerOnly.RequirePrivate(Existing(path, "signing key"));
        try
        {
            using var bag = X509CertificateLoader.LoadPkcs12(File.ReadAllBytes(path), password, X509KeyStorageFlags.Exportable | X509KeyStorageFlags.EphemeralKeySet);
            using var key = bag.GetECDsaPrivateKey() ?? throw StopException.Incomplete($"{path} holds no key on P-256 or P-384");
            return use(bag.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        }
        catch (CryptographicException e)
        {
            throw StopException.Incomplete($"{path} cannot be opened: the password is wrong, or it is no PKCS #12 file with a signing key ({e.Message})", e);
        }
    }

    private static bool IsPkcs12(string path) => path.EndsWith(".p12", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase);

    private static string? Passphrase(Invocation run, string path)
    {
        if (run.Value(Password) is { } file)
        {
            OwnerOnly.RequirePrivate(Existing(file, "password file"));
            return File.ReadLines(file).FirstOrDefault() ?? "";
        }
        return run.Terminal.Interactive ? run.Terminal.People.Prompt(new TextPrompt<string>($"password of {SafeText.Line(path)}:").Secret().AllowEmpty()) : null;
    }

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
        if (context.SigningCertificate is { } both && IsPkcs12(both))
            return FromPkcs12(both, null);
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

    /// <summary>The private key (PEM) with which <see cref="Signing"/> signs; it was found good there.</summary>
    public static string SigningKey(Context context)
        => context.SigningCertificate is { } both && IsPkcs12(both) ? WithPkcs12(both, null, (_, key) => key) : File.ReadAllText(context.SigningKey!);

    private static string Existing(string path, string what)
        => File.Exists(path) ? path : throw StopException.Incomplete($"the {what} {path} does not exist");
}
