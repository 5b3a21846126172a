using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Marks;

/// <summary>
/// A document with one mark: CMS SignedData (RFC 5652 §5), CAdES-B (ETSI EN 319 122-1), strict DER, exactly one signer, content inside. That an instance exists means that
/// the structure is right and the signature verifies with the embedded certificate; whether that certificate is trusted is for others to say.
/// </summary>
public sealed class SignedDocument
{
    /// <summary>Longest object read or written, in bytes.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    internal SignedDocument(ReadOnlyMemory<byte> der, Digest sha256, ReadOnlyMemory<byte> content, Certificate signer, DateTimeOffset signingTime)
        => (Der, Sha256, Content, Signer, SigningTime) = (der, sha256, content, signer, signingTime);

    /// <summary>The whole object, exactly as received.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>The document that was signed; a part of <see cref="Der"/>.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>The embedded certificate whose key made the signature.</summary>
    public Certificate Signer { get; }

    /// <summary>The time the signer claims, to the second.</summary>
    public DateTimeOffset SigningTime { get; }

    /// <summary>SHA-256 of <see cref="Der"/>.</summary>
    public Digest Sha256 { get; }

    /// <summary>
    /// Signs <paramref name="content"/>: SHA-256 with P-256, SHA-384 with P-384. Throws <see cref="ArgumentException"/> when the content is too long, or could be taken for
    /// signed attributes (see <see cref="Open"/>).
    /// </summary>
    public static byte[] Sign(ReadOnlySpan<byte> content, Signer signer, DateTimeOffset signingTime)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return SignedDocumentWriter.Write(content, signer, signingTime);
    }

    /// <summary>
    /// Reads and verifies. Refuses by name what is not exactly such an object (T201–T209, T211, T212); never throws on the bytes of a stranger. Nothing unsigned can be
    /// added to an accepted object or taken from it. What stays free is inherent: an ECDSA signature (r, s) has a twin (r, n − s), a signer may be named by serial number or key
    /// identifier, and SHA-2 may have NULL parameters; so one signature may have several encodings, while its content, signer and time cannot change.
    /// </summary>
    public static Outcome<SignedDocument> Open(ReadOnlyMemory<byte> der) => Open(der, null);

    /// <summary>As <see cref="Open(ReadOnlyMemory{byte})"/>, for whoever has computed the SHA-256 of <paramref name="der"/> already.</summary>
    internal static Outcome<SignedDocument> Open(ReadOnlyMemory<byte> der, Digest? sha256)
    {
        if (der.Length > MaxBytes)
            return new Refusal(RefusalCode.MarkLimit, $"a signed document of {der.Length} bytes; at most {MaxBytes}");
        if (DerScan.Check(der.Span) is { } fault)
            return new Refusal(fault.Limit ? RefusalCode.MarkLimit : RefusalCode.MarkNotDer, fault.Detail);
        try
        {
            return SignedDocumentReader.Read(der, sha256);
        }
        catch (AsnContentException e)
        {
            return new Refusal(RefusalCode.MarkStructure, e.Message);
        }
    }
}
