using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Marks;

namespace Gateway.Protocol.Envelopes;

/// <summary>Writes AuthEnvelopedData, RFC 5083 §2.1, with one KeyAgreeRecipientInfo per recipient, RFC 5753 §3.1.</summary>
internal static class EnvelopeWriter
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int OverheadPerRecipient = 1024;

    public static byte[] Write(ReadOnlySpan<byte> content, ReadOnlySpan<Certificate> recipients)
    {
        // The key is used once, so a random nonce cannot repeat under it.
        Span<byte> key = stackalloc byte[KeyAgreement.KeyBytes];
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Span<byte> tag = stackalloc byte[TagBytes];
        RandomNumberGenerator.Fill(key);
        RandomNumberGenerator.Fill(nonce);
        try
        {
            var encrypted = new byte[content.Length];
            using (var cipher = new AesGcm(key, TagBytes))
                cipher.Encrypt(nonce, content, encrypted, tag);
            var writer = new AsnWriter(AsnEncodingRules.DER, content.Length + 256 + OverheadPerRecipient * recipients.Length);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.AuthEnvelopedData);
                using (writer.PushSequence(DerReader.Context(0)))
                using (writer.PushSequence())
                {
                    writer.WriteInteger(0);
                    using (writer.PushSetOf())
                        foreach (var recipient in recipients)
                            Recipient(writer, recipient, key);
                    EncryptedContent(writer, encrypted, nonce);
                    writer.WriteOctetString(tag);
                }
            }

            return writer.Encode();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static void Recipient(AsnWriter writer, Certificate recipient, ReadOnlySpan<byte> key)
    {
        if (recipient.Curve is not { } curve || recipient.Agreement is not { } agreement)
            throw new ArgumentException($"nothing can be encrypted to {recipient.Subject}: its key is {recipient.KeyKind}");
        if (!recipient.MayAgreeKeys)
            throw new ArgumentException($"nothing can be encrypted to {recipient.Subject}: its key usage is {recipient.KeyUsage}");
        using var ephemeral = ECDiffieHellman.Create(curve.Curve);
        Span<byte> keyEncryptionKey = stackalloc byte[KeyAgreement.KeyBytes];
        KeyAgreement.DeriveKey(ephemeral, agreement.PublicKey, [], hasUkm: false, keyEncryptionKey);
        var wrapped = KeyWrap.Wrap(keyEncryptionKey, key);
        CryptographicOperations.ZeroMemory(keyEncryptionKey);

        var point = ephemeral.ExportParameters(includePrivateParameters: false).Q;
        byte[] encodedPoint = [4, .. point.X!, .. point.Y!];
        using (writer.PushSequence(DerReader.Context(1)))
        {
            writer.WriteInteger(3);
            using (writer.PushSequence(DerReader.Context(0)))
            using (writer.PushSequence(DerReader.Context(1)))
            {
                // RFC 5753 §3.1.1: the parameters are absent, the curve is the recipient's
                using (writer.PushSequence())
                    writer.WriteObjectIdentifier(Oids.EcPublicKey);
                writer.WriteBitString(encodedPoint);
            }

            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.EcdhSha256Kdf);
                using (writer.PushSequence())
                    writer.WriteObjectIdentifier(Oids.Aes256Wrap);
            }

            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteEncodedValue(recipient.IssuerDer.Span);
                    writer.WriteInteger(recipient.Serial.Span);
                }

                writer.WriteOctetString(wrapped);
            }
        }
    }

    private static void EncryptedContent(AsnWriter writer, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> nonce)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.Data);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.Aes256Gcm);
                using (writer.PushSequence()) // GCMParameters, RFC 5084 §3.2; 12 would be the default tag length
                {
                    writer.WriteOctetString(nonce);
                    writer.WriteInteger(TagBytes);
                }
            }

            writer.WriteOctetString(encrypted, DerReader.Context(0, constructed: false));
        }
    }
}
