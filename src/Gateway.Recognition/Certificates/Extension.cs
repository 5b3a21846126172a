using System.Formats.Asn1;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Certificates;

/// <summary>OIDs of the extensions of certificates and lists.</summary>
internal static class ExtensionOids
{
    public const string SubjectKeyIdentifier = "2.5.29.14";
    public const string KeyUsage = "2.5.29.15";
    public const string SubjectAlternativeName = "2.5.29.17";
    public const string BasicConstraints = "2.5.29.19";
    public const string CrlNumber = "2.5.29.20";
    public const string ReasonCode = "2.5.29.21";
    public const string InvalidityDate = "2.5.29.24";
    public const string DeltaCrlIndicator = "2.5.29.27";
    public const string IssuingDistributionPoint = "2.5.29.28";
    public const string CertificateIssuer = "2.5.29.29";
    public const string NameConstraints = "2.5.29.30";
    public const string CrlDistributionPoints = "2.5.29.31";
    public const string CertificatePolicies = "2.5.29.32";
    public const string PolicyMappings = "2.5.29.33";
    public const string AuthorityKeyIdentifier = "2.5.29.35";
    public const string PolicyConstraints = "2.5.29.36";
    public const string ExtendedKeyUsage = "2.5.29.37";
    public const string InhibitAnyPolicy = "2.5.29.54";
    public const string ExpiredCertsOnCrl = "2.5.29.60";
    public const string OcspNoCheck = "1.3.6.1.5.5.7.48.1.5";
    public const string OcspArchiveCutoff = "1.3.6.1.5.5.7.48.1.6";
}

/// <summary>An Extension (RFC 5280 §4.1).</summary>
/// <param name="Value">Content of the OCTET STRING.</param>
internal readonly record struct Extension(string Oid, bool Critical, ReadOnlyMemory<byte> Value)
{
    public static Extension Read(ref Asn1Reader reader)
    {
        var sequence = reader.Sequence();
        var oid = sequence.Oid();
        var critical = sequence.At(UniversalTagNumber.Boolean) && sequence.Boolean();
        var value = sequence.OctetString();
        sequence.End();
        return new(oid, critical, value);
    }

    public static List<DistributionPoint> ReadPoints(Asn1Reader reader)
    {
        var points = new List<DistributionPoint>();
        while (!reader.IsEmpty)
        {
            var point = reader.Sequence();
            var (names, relative) = point.AtContext(0) ? ReadPointName(point.Explicit(0)) : ([], default);
            uint? reasons = point.AtContext(1) ? point.NamedBits(Asn1Reader.Context(1, constructed: false)) : null;
            var issuers = point.AtContext(2) ? GeneralName.ReadAll(point.Sequence(Asn1Reader.Context(2))) : [];
            point.End();
            points.Add(new(names, relative, reasons, issuers));
        }

        return points;
    }

    /// <summary>DistributionPointName: full names, or one relative to the issuer (the content of the SET).</summary>
    public static (List<GeneralName> Names, ReadOnlyMemory<byte> Relative) ReadPointName(Asn1Reader choice)
    {
        var result = choice.AtContext(0) ? (GeneralName.ReadAll(choice.Sequence(Asn1Reader.Context(0))), default) : (new List<GeneralName>(), choice.Value());
        choice.End();
        return result;
    }
}
