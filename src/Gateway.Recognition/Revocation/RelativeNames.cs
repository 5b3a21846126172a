using System.Formats.Asn1;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;

namespace Gateway.Recognition.Revocation;

/// <summary>nameRelativeToCRLIssuer (RFC 5280 §4.2.1.13): one more relative name under the issuer's.</summary>
internal static class RelativeNames
{
    /// <param name="relative">Content of the SET.</param>
    public static byte[] Append(Name issuer, ReadOnlyMemory<byte> relative)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            for (var parts = new Asn1Reader(issuer.Encoded).Sequence(); !parts.IsEmpty;)
                writer.WriteEncodedValue(parts.Element().Span);
            using (writer.PushSetOf())
            {
                for (var pairs = new Asn1Reader(relative); !pairs.IsEmpty;)
                    writer.WriteEncodedValue(pairs.Element().Span);
            }
        }

        return writer.Encode();
    }
}
