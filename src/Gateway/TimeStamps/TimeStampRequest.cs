using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;

namespace Gateway.TimeStamps;

/// <summary>
/// What is asked of a time-stamp authority (RFC 3161 §2.4.1, TimeStampReq): SHA-256 of the checkpoint or of a signed request, a fresh nonce, the
/// authority's certificate in the token. Names no case, no State.
/// </summary>
/// <param name="Imprint">Digest of the bytes to be stamped.</param>
/// <param name="Nonce">Eight random bytes, so that an old token cannot be given for a new request.</param>
/// <param name="Policy">Object identifier, or null when any policy will do.</param>
internal sealed record TimeStampRequest(Digest Imprint, ReadOnlyMemory<byte> Nonce, string? Policy)
{
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const int NonceBytes = 8;

    public static TimeStampRequest New(ReadOnlySpan<byte> content, string? policy)
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        // A positive number whose first byte is not zero has one way to be written: what comes back is compared byte by byte.
        nonce[0] = (byte)((nonce[0] & 0x3F) | 0x40);
        return new TimeStampRequest(Digest.Of(content), nonce, policy);
    }

    /// <summary>The DER to send.</summary>
    public byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(Sha256);
                    writer.WriteNull();
                }
                writer.WriteOctetString(Imprint.ToArray());
            }
            if (Policy is not null)
                writer.WriteObjectIdentifier(Policy);
            writer.WriteInteger(Nonce.Span);
            writer.WriteBoolean(true);
        }
        return writer.Encode();
    }
}
