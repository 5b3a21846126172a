using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Envelopes;

/// <summary>
/// Reads and decrypts AuthEnvelopedData (RFC 5083 §2.1). The caller has bounded size and nesting and turns <see cref="AsnContentException"/> into a refusal.
/// </summary>
internal static class EnvelopeReader
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int MaxUkmBytes = 1024;

    /// <summary>The one answer once a recipient entry is ours.</summary>
    private static readonly Refusal s_unreadable = new(RefusalCode.EnvelopeUnreadable, "the envelope does not open with our key");

    public static Outcome<OpenedEnvelope> Read(ReadOnlySpan<byte> der, ReadOnlySpan<Decryptor> keys)
    {
        var outer = new DerReader(der);
        var contentInfo = outer.Sequence();
        switch (contentInfo.Oid())
        {
            case Oids.AuthEnvelopedData:
                break;
            case Oids.EnvelopedData:
                return Suite("EnvelopedData does not protect its content against change; AuthEnvelopedData is needed");
            case var other:
                return Structure($"a CMS object of type {other}, not AuthEnvelopedData");
        }

        var explicitContent = contentInfo.Sequence(DerReader.Context(0));
        contentInfo.End();
        var envelope = explicitContent.Sequence();
        explicitContent.End();
        if (envelope.SmallInteger() != 0)
            return Structure("not version 0 of AuthEnvelopedData");
        if (envelope.At(DerReader.Context(0)))
            return Structure("certificates of the originator, which nothing protects");
        var recipients = envelope.SetOf(out var sorted);
        if (!sorted)
            return new Refusal(RefusalCode.EnvelopeNotDer, "the recipients are not in the order of DER");

        var encryptedContent = envelope.Sequence();
        if (encryptedContent.Oid() is not Oids.Data and var type)
            return Structure($"content of type {type}, not id-data");
        if (!ReadAlgorithm(encryptedContent.Sequence(), out var nonce).TryGet(out _, out var refusal))
            return refusal;
        if (encryptedContent.IsEmpty)
            return Structure("the encrypted content is detached");
        var encrypted = encryptedContent.OctetString(DerReader.Context(0, constructed: false));
        encryptedContent.End();

        ReadOnlySpan<byte> associated = default;
        if (envelope.At(DerReader.Context(1)))
        {
            // RFC 5083 §2.2: authenticated as a SET OF, whatever tag they are sent with
            var attributes = envelope.Element().ToArray();
            attributes[0] = 0x31;
            var set = new DerReader(attributes).SetOf(out sorted);
            if (!sorted || set.IsEmpty)
                return new Refusal(RefusalCode.EnvelopeNotDer, "the authenticated attributes are empty or not in the order of DER");
            associated = attributes;
        }

        var tag = envelope.OctetString();
        if (envelope.At(DerReader.Context(2)))
            return Structure("unauthenticated attributes");
        envelope.End();
        if (tag.Length != TagBytes)
            return Suite($"an authentication tag of {tag.Length} bytes; {TagBytes} are needed");
        return Open(recipients, keys, nonce, encrypted, associated, tag);
    }

    /// <summary>Whether one of its recipients is one of these certificates; whether it opens is another question.</summary>
    public static bool IsFor(ReadOnlySpan<byte> der, IReadOnlyCollection<Certificate> certificates)
    {
        var outer = new DerReader(der);
        var contentInfo = outer.Sequence();
        if (contentInfo.Oid() != Oids.AuthEnvelopedData)
            return false;
        var envelope = contentInfo.Sequence(DerReader.Context(0)).Sequence();
        envelope.SmallInteger();
        var recipients = envelope.SetOf(out _);
        for (var count = 1; !recipients.IsEmpty && count <= Envelope.MaxRecipients; count++)
        {
            if (!recipients.At(DerReader.Context(1)))
            {
                recipients.Element();
                continue;
            }
            var entry = RecipientEntry.Read(recipients.Sequence(DerReader.Context(1)));
            if (certificates.Any(certificate => entry.KeyFor(certificate) is not null))
                return true;
        }
        return false;
    }

    private static Outcome<bool> ReadAlgorithm(DerReader algorithm, out ReadOnlySpan<byte> nonce)
    {
        nonce = default;
        if (algorithm.Oid() is not Oids.Aes256Gcm and var oid)
            return Suite($"content encryption {oid}; AES-256-GCM is needed");
        var parameters = algorithm.Sequence();
        algorithm.End();
        nonce = parameters.OctetString();
        // RFC 5084 §3.2: ICVlen DEFAULT 12
        var tagBytes = parameters.IsEmpty ? 12 : parameters.SmallInteger();
        parameters.End();
        if (nonce.Length != NonceBytes)
            return Suite($"a nonce of {nonce.Length} bytes; {NonceBytes} are needed");
        return tagBytes == TagBytes ? true : Suite($"an authentication tag of {tagBytes} bytes is announced; {TagBytes} are needed");
    }

    private static Outcome<OpenedEnvelope> Open(
        DerReader recipients, ReadOnlySpan<Decryptor> keys, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> tag)
    {
        Refusal? refusal = null;
        for (var count = 1; !recipients.IsEmpty; count++)
        {
            if (count > Envelope.MaxRecipients)
                return new Refusal(RefusalCode.EnvelopeLimit, $"more than {Envelope.MaxRecipients} recipients");
            if (!recipients.At(DerReader.Context(1)))
            {
                recipients.Element(); // another kind of recipient, for somebody else or for a newer version
                continue;
            }

            var entry = RecipientEntry.Read(recipients.Sequence(DerReader.Context(1)));
            foreach (var key in keys)
            {
                if (entry.KeyFor(key.Certificate) is not { } wrapped)
                    continue;
                if (CheckScheme(entry) is { } wrongScheme)
                {
                    refusal ??= wrongScheme;
                    continue;
                }

                if (Decrypt(entry, key, wrapped, nonce, encrypted, associated, tag) is { } content)
                    return new OpenedEnvelope(content, key, Suites.For(key.Curve));
                refusal = s_unreadable;
            }
        }

        return refusal ?? new Refusal(RefusalCode.EnvelopeNotForUs, "none of the recipients is one of our keys");
    }

    /// <summary>The scheme stands in the clear and is judged before any key is used.</summary>
    private static Refusal? CheckScheme(RecipientEntry entry)
    {
        if (entry.Scheme == Oids.EcdhSha1Kdf)
            return Suite("the key is derived with SHA-1 (dhSinglePass-stdDH-sha1kdf-scheme); sha256kdf is needed");
        if (entry.Scheme != Oids.EcdhSha256Kdf)
            return Suite($"key agreement {entry.Scheme}; dhSinglePass-stdDH-sha256kdf-scheme is needed");
        if (entry.Wrap != Oids.Aes256Wrap)
            return Suite($"key wrap {entry.Wrap ?? "with parameters"}; AES-256 key wrap is needed");
        return entry.Ukm is { Length: > MaxUkmBytes } ? new Refusal(RefusalCode.EnvelopeLimit, $"user keying material of more than {MaxUkmBytes} bytes") : null;
    }

    private static byte[]? Decrypt(
        RecipientEntry entry, Decryptor key, byte[] wrapped, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> tag)
    {
        // A point off the curve, or on another one, would let a forger learn our key piece by piece.
        if (entry.EphemeralPoint is null || entry.EphemeralCurve is { } named && named != key.Curve.Oid || key.Curve.Point(entry.EphemeralPoint) is not { } point)
            return null;
        Span<byte> keyEncryptionKey = stackalloc byte[KeyAgreement.KeyBytes];
        Span<byte> contentKey = stackalloc byte[KeyAgreement.KeyBytes];
        try
        {
            using var ephemeral = ECDiffieHellman.Create(point);
            using var publicKey = ephemeral.PublicKey;
            key.DeriveKey(publicKey, entry.Ukm, entry.Ukm is not null, keyEncryptionKey);
            if (!KeyWrap.TryUnwrap(keyEncryptionKey, wrapped, contentKey))
                return null;
            var content = new byte[encrypted.Length];
            using var cipher = new AesGcm(contentKey, TagBytes);
            cipher.Decrypt(nonce, encrypted, tag, content, associated);
            return content;
        }
        catch (CryptographicException)
        {
            return null; // wrong tag (AuthenticationTagMismatchException), or an agreement that the library refuses
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keyEncryptionKey);
            CryptographicOperations.ZeroMemory(contentKey);
        }
    }

    private static Refusal Structure(string detail) => new(RefusalCode.EnvelopeStructure, detail);

    private static Refusal Suite(string detail) => new(RefusalCode.EnvelopeSuite, detail);
}
