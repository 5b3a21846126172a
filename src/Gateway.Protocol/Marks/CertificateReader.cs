using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Marks;

/// <summary>Reads one X.509 certificate, RFC 5280 §4.1, strict DER.</summary>
internal static class CertificateReader
{
    private const int MaxExtensions = 64;

    public static Outcome<Certificate> Read(ReadOnlyMemory<byte> der)
    {
        if (der.Length > Certificate.MaxBytes)
            return new Refusal(RefusalCode.MarkLimit, $"a certificate of {der.Length} bytes; at most {Certificate.MaxBytes}");
        if (DerScan.Check(der.Span) is { } fault)
            return new Refusal(fault.Limit ? RefusalCode.MarkLimit : RefusalCode.MarkNotDer, $"certificate: {fault.Detail}");
        try
        {
            return ReadFields(der);
        }
        catch (AsnContentException e)
        {
            return new Refusal(RefusalCode.MarkStructure, $"certificate: {e.Message}");
        }
    }

    private static Outcome<Certificate> ReadFields(ReadOnlyMemory<byte> der)
    {
        ReadOnlyMemory<byte> At(ReadOnlySpan<byte> part) => der.Span.Overlaps(part, out var offset) ? der.Slice(offset, part.Length) : default;

        var outer = new DerReader(der.Span);
        var certificate = outer.Sequence();
        var signed = certificate.Element();
        var outerAlgorithm = certificate.Element();
        var signature = certificate.WholeOctets();
        certificate.End();

        var tbsElement = new DerReader(signed);
        var tbs = tbsElement.Sequence();
        var version = 1;
        if (tbs.At(DerReader.Context(0)))
        {
            var explicitVersion = tbs.Sequence(DerReader.Context(0));
            version = explicitVersion.SmallInteger() + 1;
            explicitVersion.End();
            if (version is not (2 or 3))
                return Structure($"certificate version {version}");
        }

        var serial = tbs.Integer();
        var innerAlgorithm = tbs.Element();
        if (!innerAlgorithm.SequenceEqual(outerAlgorithm))
            return Structure("the certificate names two signature algorithms"); // RFC 5280 §4.1.1.2
        var issuer = tbs.Element();
        var validity = tbs.Sequence();
        var (notBefore, notAfter) = (validity.Time(), validity.Time());
        validity.End();
        var subject = tbs.Element();
        var publicKey = tbs.Element();
        foreach (var unique in (ReadOnlySpan<int>)[1, 2])
            if (tbs.At(DerReader.Context(unique, constructed: false)))
                tbs.WholeOctets(DerReader.Context(unique, constructed: false));

        var algorithm = new DerReader(outerAlgorithm).Sequence().Oid();
        var (kind, curve, point) = ReadKey(publicKey);
        if (curve is not null && point is null)
            return Structure("the certificate's public key is not an uncompressed point on its curve");
        var (subjectText, commonName) = DistinguishedName.Read(subject);
        var fields = new CertificateFields
        {
            Der = der,
            Sha256 = Digest.Of(der.Span),
            Signed = At(signed),
            SignatureAlgorithm = algorithm,
            Signature = At(signature),
            Serial = At(serial),
            IssuerDer = At(issuer),
            Issuer = DistinguishedName.Read(issuer).Text,
            NotBefore = notBefore,
            NotAfter = notAfter,
            SubjectDer = At(subject),
            Subject = subjectText,
            CommonName = commonName,
            PublicKey = At(publicKey),
            SpkiSha256 = Digest.Of(publicKey),
            KeyKind = kind,
            Curve = curve,
            Point = point,
        };

        if (!tbs.At(DerReader.Context(3)))
        {
            tbs.End();
            return new Certificate(fields);
        }

        var explicitExtensions = tbs.Sequence(DerReader.Context(3));
        tbs.End();
        var extensions = explicitExtensions.Sequence();
        explicitExtensions.End();
        if (version != 3)
            return Structure($"a certificate of version {version} with extensions");
        return ReadExtensions(extensions, fields, At);
    }

    private static Outcome<Certificate> ReadExtensions(DerReader extensions, CertificateFields fields, SpanToMemory at)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var unknown = new List<string>();
        while (!extensions.IsEmpty)
        {
            var extension = extensions.Sequence();
            var oid = extension.Oid();
            var critical = extension.At(UniversalTagNumber.Boolean) && extension.Boolean();
            var value = new DerReader(extension.OctetString());
            extension.End();
            if (!seen.Add(oid))
                return Structure($"extension {oid} stands twice"); // RFC 5280 §4.2
            if (seen.Count > MaxExtensions)
                return new Refusal(RefusalCode.MarkLimit, $"a certificate with more than {MaxExtensions} extensions");
            switch (oid)
            {
                case Oids.KeyUsage:
                    fields = fields with { KeyUsage = ReadKeyUsage(ref value) };
                    break;
                case Oids.SubjectKeyIdentifier:
                    fields = fields with { SubjectKeyIdentifier = at(value.OctetString()) };
                    value.End();
                    break;
                case Oids.BasicConstraints:
                    var constraints = value.Sequence();
                    value.End();
                    fields = fields with { IsAuthority = constraints.At(UniversalTagNumber.Boolean) && constraints.Boolean() };
                    break;
                case Oids.QcStatements:
                    fields = fields with { IsQualified = ReadQualified(ref value) };
                    break;
                case Oids.SubjectAltName or Oids.ExtendedKeyUsage:
                    break; // understood by those who use the certificate for TLS
                default:
                    if (critical)
                        unknown.Add(oid);
                    break;
            }
        }

        return seen.Count == 0
            ? Structure("an empty list of extensions")
            : new Certificate(fields with { UnknownCriticalExtensions = unknown });
    }

    private static bool ReadQualified(ref DerReader value)
    {
        var statements = value.Sequence();
        value.End();
        var qualified = false;
        while (!statements.IsEmpty)
        {
            var statement = statements.Sequence();
            qualified |= statement.Oid() == Oids.QcCompliance;
        }
        return qualified;
    }

    private delegate ReadOnlyMemory<byte> SpanToMemory(ReadOnlySpan<byte> part);

    private static X509KeyUsageFlags ReadKeyUsage(ref DerReader value)
    {
        var bits = value.BitString(out _);
        value.End();
        var flags = 0;
        for (var i = 0; i < Math.Min(bits.Length, 2); i++)
            flags |= bits[i] << (8 * i);
        return (X509KeyUsageFlags)flags;
    }

    /// <summary>Kind for people, and curve and point when the key is one of ours: named curve only, so explicit parameters never reach a library (RFC 5480 §2.1.1).</summary>
    private static (string Kind, NamedCurve? Curve, ECParameters? Point) ReadKey(ReadOnlySpan<byte> publicKey)
    {
        var outer = new DerReader(publicKey);
        var info = outer.Sequence();
        outer.End();
        var algorithm = info.Sequence();
        var oid = algorithm.Oid();
        var key = info.WholeOctets();
        info.End();
        if (oid == Oids.RsaEncryption)
            return ("RSA", null, null);
        if (oid != Oids.EcPublicKey)
            return (oid, null, null);
        if (!algorithm.At(UniversalTagNumber.ObjectIdentifier))
            return ("EC with explicit parameters", null, null);
        var curveOid = algorithm.Oid();
        algorithm.End();
        return NamedCurve.Find(curveOid) is { } curve
            ? (curve.Name, curve, curve.Point(key))
            : (curveOid == Oids.P521 ? "P-521" : curveOid, null, null);
    }

    private static Refusal Structure(string detail) => new(RefusalCode.MarkStructure, detail);
}
