using System.Formats.Asn1;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Certificates;

/// <summary>Bits of the keyUsage extension (RFC 5280 §4.2.1.3), numbered from 0.</summary>
[Flags]
internal enum KeyUsages : uint
{
    DigitalSignature = 1 << 0,
    NonRepudiation = 1 << 1,
    KeyCertSign = 1 << 5,
    CrlSign = 1 << 6,
}

/// <summary>One element of certificatePolicies.</summary>
internal sealed record PolicyEntry(string Oid);

/// <summary>One element of cRLDistributionPoints.</summary>
/// <param name="FullNames">Names of the place; empty when it has none.</param>
/// <param name="RelativeName">nameRelativeToCRLIssuer, the encoded RDN; empty when absent.</param>
/// <param name="Reasons">Bits of the reasons it covers; null: all.</param>
/// <param name="Issuers">cRLIssuer; empty: the certificate's issuer.</param>
internal sealed record DistributionPoint(IReadOnlyList<GeneralName> FullNames, ReadOnlyMemory<byte> RelativeName, uint? Reasons, IReadOnlyList<GeneralName> Issuers);

/// <summary>A GeneralSubtree list pair of the nameConstraints extension.</summary>
internal sealed record NameConstraintSet(IReadOnlyList<GeneralName> Permitted, IReadOnlyList<GeneralName> Excluded);

/// <summary>
/// The extensions of a certificate that RFC 5280 §6 and a verdict look at. One that cannot be read is named in <see cref="Faults"/>: the certificate is then shown, but no path goes through it.
/// </summary>
internal sealed class CertificateExtensions
{
    public const string AnyPolicy = "2.5.29.32.0";
    public const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    public const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    public const string AnyExtendedKeyUsage = "2.5.29.37.0";

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> _critical = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];
    private readonly List<string> _unknownCritical = [];

    /// <summary>Null: the extension is absent.</summary>
    public bool? IsAuthority { get; private set; }

    public int? MaxPathLength { get; private set; }

    public KeyUsages? KeyUsage { get; private set; }

    public IReadOnlyList<string>? ExtendedKeyUsages { get; private set; }

    public ReadOnlyMemory<byte> SubjectKeyId { get; private set; }

    public ReadOnlyMemory<byte> AuthorityKeyId { get; private set; }

    public bool HasAuthorityKey { get; private set; }

    public IReadOnlyList<GeneralName> SubjectAlternativeNames { get; private set; } = [];

    public NameConstraintSet? NameConstraints { get; private set; }

    public IReadOnlyList<PolicyEntry>? Policies { get; private set; }

    public IReadOnlyList<(string Issuer, string Subject)> PolicyMappings { get; private set; } = [];

    public int? RequireExplicitPolicy { get; private set; }

    public int? InhibitPolicyMapping { get; private set; }

    public int? InhibitAnyPolicy { get; private set; }

    public IReadOnlyList<DistributionPoint> DistributionPoints { get; private set; } = [];

    /// <summary>id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1).</summary>
    public bool OcspNoCheck { get; private set; }

    public IReadOnlyList<string> Faults => _faults;

    public IReadOnlyList<string> UnknownCritical => _unknownCritical;

    public bool Has(string oid) => _seen.Contains(oid);

    public bool IsCritical(string oid) => _critical.Contains(oid);

    public static CertificateExtensions Read(Asn1Reader list)
    {
        var extensions = new CertificateExtensions();
        while (!list.IsEmpty)
            extensions.Add(Extension.Read(ref list));
        return extensions;
    }

    private void Add(Extension extension)
    {
        if (!_seen.Add(extension.Oid))
            _faults.Add($"extension {extension.Oid} twice");
        if (extension.Critical)
            _critical.Add(extension.Oid);
        try
        {
            var reader = new Asn1Reader(extension.Value);
            var known = Take(extension.Oid, ref reader);
            if (known)
                reader.End();
            else if (extension.Critical)
                _unknownCritical.Add(extension.Oid);
        }
        catch (AsnContentException e)
        {
            _faults.Add($"extension {extension.Oid}: {e.Message}");
        }
    }

    private bool Take(string oid, ref Asn1Reader reader)
    {
        switch (oid)
        {
            case ExtensionOids.BasicConstraints:
                var basic = reader.Sequence();
                IsAuthority = basic.At(UniversalTagNumber.Boolean) && basic.Boolean();
                if (!basic.IsEmpty)
                    MaxPathLength = NotNegative(basic.SmallInteger());
                basic.End();
                return true;
            case ExtensionOids.KeyUsage:
                KeyUsage = (KeyUsages)reader.NamedBits();
                return true;
            case ExtensionOids.ExtendedKeyUsage:
                ExtendedKeyUsages = Oids(reader.Sequence());
                return true;
            case ExtensionOids.SubjectKeyIdentifier:
                SubjectKeyId = reader.OctetString();
                return true;
            case ExtensionOids.AuthorityKeyIdentifier:
                var authority = reader.Sequence();
                HasAuthorityKey = true;
                if (authority.AtContext(0))
                    AuthorityKeyId = authority.OctetString(Asn1Reader.Context(0, constructed: false));
                return true;
            case ExtensionOids.SubjectAlternativeName:
                SubjectAlternativeNames = GeneralName.ReadAll(reader.Sequence());
                if (SubjectAlternativeNames.Count == 0)
                    throw new AsnContentException("no alternative name at all");
                return true;
            case ExtensionOids.NameConstraints:
                NameConstraints = ReadConstraints(reader.Sequence());
                return true;
            case ExtensionOids.CertificatePolicies:
                Policies = ReadPolicies(reader.Sequence());
                return true;
            case ExtensionOids.PolicyMappings:
                PolicyMappings = ReadMappings(reader.Sequence());
                return true;
            case ExtensionOids.PolicyConstraints:
                var constraints = reader.Sequence();
                if (constraints.AtContext(0))
                    RequireExplicitPolicy = NotNegative(constraints.SmallInteger(Asn1Reader.Context(0, constructed: false)));
                if (constraints.AtContext(1))
                    InhibitPolicyMapping = NotNegative(constraints.SmallInteger(Asn1Reader.Context(1, constructed: false)));
                constraints.End();
                return true;
            case ExtensionOids.InhibitAnyPolicy:
                InhibitAnyPolicy = NotNegative(reader.SmallInteger());
                return true;
            case ExtensionOids.CrlDistributionPoints:
                DistributionPoints = Extension.ReadPoints(reader.Sequence());
                return true;
            case ExtensionOids.OcspNoCheck:
                reader.Element();
                OcspNoCheck = true;
                return true;
            default:
                return false;
        }
    }

    private static NameConstraintSet ReadConstraints(Asn1Reader reader)
    {
        var permitted = reader.AtContext(0) ? Subtrees(reader.Sequence(Asn1Reader.Context(0))) : [];
        var excluded = reader.AtContext(1) ? Subtrees(reader.Sequence(Asn1Reader.Context(1))) : [];
        reader.End();
        return new(permitted, excluded);
    }

    private static List<GeneralName> Subtrees(Asn1Reader reader)
    {
        var names = new List<GeneralName>();
        while (!reader.IsEmpty)
        {
            var subtree = reader.Sequence();
            names.Add(GeneralName.Read(ref subtree));
            // RFC 5280 §4.2.1.10: minimum is 0 (and so left out), maximum absent.
            if (!subtree.IsEmpty)
                throw new AsnContentException("a subtree with minimum or maximum");
        }

        return names;
    }

    private static List<PolicyEntry> ReadPolicies(Asn1Reader reader)
    {
        var policies = new List<PolicyEntry>();
        while (!reader.IsEmpty)
            policies.Add(new(reader.Sequence().Oid()));
        if (policies.Count == 0 || policies.DistinctBy(p => p.Oid).Count() != policies.Count)
            throw new AsnContentException("certificate policies that are none or repeat");
        return policies;
    }

    private static List<(string, string)> ReadMappings(Asn1Reader reader)
    {
        var mappings = new List<(string, string)>();
        while (!reader.IsEmpty)
        {
            var pair = reader.Sequence();
            mappings.Add((pair.Oid(), pair.Oid()));
            pair.End();
        }

        return mappings;
    }

    private static List<string> Oids(Asn1Reader reader)
    {
        var oids = new List<string>();
        while (!reader.IsEmpty)
            oids.Add(reader.Oid());
        return oids;
    }

    private static int NotNegative(int value) => value >= 0 ? value : throw new AsnContentException("a negative number");
}
