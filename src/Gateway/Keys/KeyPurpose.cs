using Gateway.Protocol.Marks;

namespace Gateway.Keys;

/// <summary>A key does one thing.</summary>
internal enum KeyPurpose
{
    Card,
    Tls,
    Seal,
    Stamp,
    Encryption,
    Evidence,
    Storage,

    /// <summary>Ed25519: signs the checkpoints of our log.</summary>
    Log,

    /// <summary>Ed25519: cosigns the checkpoints of other States.</summary>
    Cosigner,

    /// <summary>P-256: the second signature of our checkpoints, for those who have openssl only.</summary>
    LogCertificate,
}

/// <summary>What follows from a purpose.</summary>
internal static class KeyPurposes
{
    /// <summary>Whether the gateway keeps the keys itself, in its data folder, under numbers.</summary>
    public static bool IsKeptHere(this KeyPurpose purpose) => purpose is KeyPurpose.Storage or KeyPurpose.Log or KeyPurpose.Cosigner or KeyPurpose.LogCertificate;

    public static bool AgreesKeys(this KeyPurpose purpose) => purpose is KeyPurpose.Encryption or KeyPurpose.Evidence;

    /// <summary>Whether the certificate's key usage permits the purpose.</summary>
    public static bool PermittedBy(this KeyPurpose purpose, Certificate certificate)
        => purpose.AgreesKeys() ? certificate.MayAgreeKeys : certificate.MaySign;
}
