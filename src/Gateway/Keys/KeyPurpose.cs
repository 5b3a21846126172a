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
}

/// <summary>What follows from a purpose.</summary>
internal static class KeyPurposes
{
    public static bool AgreesKeys(this KeyPurpose purpose) => purpose is KeyPurpose.Encryption or KeyPurpose.Evidence;

    /// <summary>Whether the certificate's key usage permits the purpose.</summary>
    public static bool PermittedBy(this KeyPurpose purpose, Certificate certificate)
        => purpose.AgreesKeys() ? certificate.MayAgreeKeys : certificate.MaySign;
}
