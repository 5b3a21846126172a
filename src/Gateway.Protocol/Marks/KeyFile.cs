using System.Security.Cryptography;

namespace Gateway.Protocol.Marks;

/// <summary>What signing and decryption keys have in common when they come from files: a certificate that can be read, a curve of ours, and that the two belong together.</summary>
internal static class KeyFile
{
    public static Certificate ReadCertificate(string pem)
        => Certificate.ReadPem(pem).TryGet(out var certificate, out var refusal)
            ? certificate
            : throw new CryptographicException($"the certificate cannot be read: {refusal.Detail}");

    public static NamedCurve Match(Certificate certificate, ECParameters key)
    {
        if (certificate.Curve is not { } curve)
            throw new CryptographicException($"the key of {certificate.Subject} is {certificate.KeyKind}; P-256 or P-384 is needed");
        var point = certificate.Fields.Point!.Value.Q;
        if (!key.Curve.IsNamed || !point.X.AsSpan().SequenceEqual(key.Q.X) || !point.Y.AsSpan().SequenceEqual(key.Q.Y))
            throw new CryptographicException($"the private key does not belong to the certificate of {certificate.Subject}");
        return curve;
    }
}
