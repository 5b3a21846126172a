using System.Formats.Asn1;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Paths;

/// <summary>A trust anchor whose name and key were read.</summary>
internal sealed record ResolvedAnchor(TrustAnchor Entry, Name Subject, PublicKey Key, ForeignCertificate? Certificate)
{
    public string Label => Entry.Label.Length > 0 ? Entry.Label : Subject.Text;

    /// <summary>Null when the entry cannot be read: it is then nobody's anchor.</summary>
    public static ResolvedAnchor? Read(TrustAnchor entry, ValidationLimits limits)
    {
        if (!entry.Certificate.IsEmpty)
            return ForeignCertificate.Read(Pem.Decode(entry.Certificate), limits, out _) is { } certificate ? new(entry, certificate.Subject, certificate.Key, certificate) : null;
        if (Asn1Guard.Exactly(entry.Name.Span, limits.MaxDepth, 1000) is not null || Asn1Guard.Exactly(entry.PublicKey.Span, limits.MaxDepth, 1000) is not null)
            return null;
        try
        {
            var key = new Asn1Reader(entry.PublicKey);
            return new(entry, Name.Read(entry.Name), PublicKey.Read(ref key), null);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    public bool Is(ResolvedAnchor other) => Subject.Equals(other.Subject) && Key.Encoded.Span.SequenceEqual(other.Key.Encoded.Span);

    public bool Is(ForeignCertificate certificate) => Subject.Equals(certificate.Subject) && Key.Encoded.Span.SequenceEqual(certificate.Key.Encoded.Span);
}
