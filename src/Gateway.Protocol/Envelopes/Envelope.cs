using System.Formats.Asn1;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Envelopes;

/// <summary>What came out of an envelope, which key opened it, and the suite that was really used.</summary>
public sealed record OpenedEnvelope(byte[] Content, Decryptor Key, Suite Suite);

/// <summary>
/// CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084) for ephemeral-static ECDH recipients (RFC 5753), strict DER. An envelope says nothing about who made it: that is the
/// seal's task, inside.
/// </summary>
public static class Envelope
{
    /// <summary>Longest envelope read, in bytes: a signed document of greatest size and what encrypting it adds.</summary>
    public const int MaxBytes = SignedDocument.MaxBytes + 64 * 1024;

    /// <summary>Most recipients of one envelope.</summary>
    public const int MaxRecipients = 32;

    /// <summary>
    /// Encrypts to every recipient. Throws <see cref="ArgumentException"/> when there is none, more than <see cref="MaxRecipients"/>, one whose certificate cannot receive envelopes
    /// (<see cref="Suites.For(Certificate)"/> is null), or when the content is longer than <see cref="SignedDocument.MaxBytes"/>.
    /// </summary>
    public static byte[] Encrypt(ReadOnlySpan<byte> content, params ReadOnlySpan<Certificate> recipients)
    {
        if (recipients.IsEmpty || recipients.Length > MaxRecipients)
            throw new ArgumentException($"{recipients.Length} recipients; there must be 1 to {MaxRecipients}", nameof(recipients));
        if (content.Length > SignedDocument.MaxBytes)
            throw new ArgumentException($"{content.Length} bytes are too many for an envelope", nameof(content));
        return EnvelopeWriter.Write(content, recipients);
    }

    /// <summary>
    /// Opens with the first key that fits. Refuses with T301–T306 and never throws on the bytes of a stranger. Once a recipient entry is ours, every failure is the same
    /// <see cref="RefusalCode.EnvelopeUnreadable"/>, so that the answers teach a forger nothing.
    /// </summary>
    public static Outcome<byte[]> Open(ReadOnlyMemory<byte> der, params ReadOnlySpan<Decryptor> keys)
        => OpenNamed(der, keys).TryGet(out var opened, out var refusal) ? opened.Content : refusal;

    /// <summary>Whether it names one of these certificates as a recipient, whoever has the key; what is no envelope names nobody.</summary>
    /// <param name="der">From a stranger.</param>
    /// <param name="certificates">Of recipients.</param>
    public static bool IsFor(ReadOnlyMemory<byte> der, IReadOnlyCollection<Certificate> certificates)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        try
        {
            return der.Length <= MaxBytes && DerScan.Check(der.Span) is null && EnvelopeReader.IsFor(der.Span, certificates);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>As <see cref="Open"/>, and says which key and which suite it was (for <see cref="Suites.Check"/>).</summary>
    public static Outcome<OpenedEnvelope> OpenNamed(ReadOnlyMemory<byte> der, params ReadOnlySpan<Decryptor> keys)
    {
        if (der.Length > MaxBytes)
            return new Refusal(RefusalCode.EnvelopeLimit, $"an envelope of {der.Length} bytes; at most {MaxBytes}");
        if (DerScan.Check(der.Span) is { } fault)
            return new Refusal(fault.Limit ? RefusalCode.EnvelopeLimit : RefusalCode.EnvelopeNotDer, fault.Detail);
        try
        {
            return EnvelopeReader.Read(der.Span, keys);
        }
        catch (AsnContentException e)
        {
            return new Refusal(RefusalCode.EnvelopeStructure, e.Message);
        }
    }
}
