using System.Security.Cryptography.X509Certificates;

namespace Gateway.Keys;

/// <summary>
/// TLS of ours trusts no roots and no names: exact certificates, looked up in cards and in the list of users. The framework builds a
/// chain before it asks us; this policy keeps it from the network and from the machine's store meanwhile.
/// </summary>
internal static class OwnTrust
{
    public static X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    public static bool ValidAt(X509Certificate2 certificate, DateTimeOffset now)
        => now >= new DateTimeOffset(certificate.NotBefore.ToUniversalTime()) && now <= new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
}
