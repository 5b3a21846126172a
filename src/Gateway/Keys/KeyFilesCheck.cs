using System.Security.Cryptography;
using Gateway.Protocol.Marks;
using Gateway.Runtime;

namespace Gateway.Keys;

/// <summary>Opens every file that section <c>Keys</c> names and says everything that is wrong with them, without stopping at the first.</summary>
internal sealed class KeyFilesCheck(DateTimeOffset now, Mistakes mistakes)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public void Check(KeysOptions options)
    {
        for (var i = 0; i < options.Tls.Count; i++)
            Pair(options.Tls[i], At("Keys:Tls", i, options.Tls.Count), KeyPurpose.Tls, keyNeeded: i == 0);
        Issuer(options.UserAuthority, "Keys:UserAuthority");
        for (var i = 0; i < options.PersonAuthorities.Count; i++)
            Issuer(options.PersonAuthorities[i], At("Keys:PersonAuthorities", i, options.PersonAuthorities.Count));
        for (var i = 0; i < options.Authorities.Count; i++)
            Authority(options.Authorities[i], $"Keys:Authorities[{i}]");
    }

    private void Authority(AuthorityOptions authority, string path)
    {
        foreach (var (pairs, purpose) in new[] { (authority.Seal, KeyPurpose.Seal), (authority.Stamp, KeyPurpose.Stamp), (authority.Encryption, KeyPurpose.Encryption), (authority.Evidence, KeyPurpose.Evidence) })
        {
            for (var i = 0; i < pairs.Count; i++)
                Pair(pairs[i], At($"{path}:{purpose}", i, pairs.Count), purpose, keyNeeded: i == 0 || purpose.AgreesKeys());
        }
    }

    private void Pair(PairOptions pair, string path, KeyPurpose purpose, bool keyNeeded)
    {
        var certificate = Certificate(pair.Certificate, $"{path}:Certificate", mustBeValid: keyNeeded && !purpose.AgreesKeys());
        if (certificate is not null && !purpose.PermittedBy(certificate))
            mistakes.Add($"{path}:Certificate", $"the key usage of {certificate.Subject} does not permit {purpose}", purpose.AgreesKeys() ? "Have a certificate issued with keyAgreement." : "Have a certificate issued with digitalSignature.");
        if (pair.Key.Length == 0)
        {
            if (keyNeeded)
                mistakes.Add($"{path}:Key", "no file is named", "Name the PEM file of the private key.");
            return;
        }
        Key(pair.Key, $"{path}:Key", certificate);
    }

    private void Key(string file, string path, Certificate? certificate)
    {
        if (Read(file, path) is not { } pem)
            return;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~OwnerOnly) != 0)
            mistakes.Add(path, $"others than the owner may use {file}", $"Run 'chmod 600 {file}'.");
        if (certificate is null)
            return;
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.SubjectPublicKeyInfo.Span))
                mistakes.Add(path, $"{file} is not the key of the certificate of {certificate.Subject}", "Name the two files that belong together.");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            mistakes.Add(path, $"{file} holds no private key that can be read", "Give a PKCS #8 key on P-256 or P-384 in PEM, without passphrase.");
        }
    }

    private void Issuer(string file, string path)
    {
        if (file.Length == 0)
            return;
        if (Certificate(file, path, mustBeValid: true) is { IsAuthority: false } certificate)
            mistakes.Add(path, $"{certificate.Subject} is not a certification authority", "Name the certificate that issues, not one that was issued.");
    }

    private Certificate? Certificate(string file, string path, bool mustBeValid)
    {
        if (file.Length == 0 || Read(file, path) is not { } pem)
            return null;
        if (!Protocol.Marks.Certificate.ReadPem(pem).TryGet(out var certificate, out var refusal))
        {
            mistakes.Add(path, $"{file}: {refusal.Detail}", "Give one certificate in PEM.");
            return null;
        }
        if (mustBeValid && now > certificate.NotAfter)
            mistakes.Add(path, $"the certificate of {certificate.Subject} expired on {certificate.NotAfter:yyyy-MM-dd}", $"Have it renewed, then run 'gateway key install'; or set the clock, which shows {now:yyyy-MM-dd}.");
        else if (mustBeValid && now < certificate.NotBefore)
            mistakes.Add(path, $"the certificate of {certificate.Subject} is not valid before {certificate.NotBefore:yyyy-MM-dd HH:mm} UTC", $"Check the clock, which shows {now:yyyy-MM-dd HH:mm} UTC, or wait.");
        return certificate;
    }

    private string? Read(string file, string path)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add(path, File.Exists(file) ? $"{file} cannot be read" : $"{file} does not exist", "Correct the path, or let the gateway's user read the file.");
            return null;
        }
    }

    private static string At(string path, int index, int count) => count == 1 ? path : $"{path}[{index}]";
}
