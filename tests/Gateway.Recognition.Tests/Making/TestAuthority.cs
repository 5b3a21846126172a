using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Recognition.Certificates;

namespace Gateway.Recognition.Tests.Making;

/// <summary>A key with its certificate.</summary>
internal sealed record TestKey(ECDsa Key, X509Certificate2 Certificate)
{
    public byte[] Der => Certificate.RawData;
}

/// <summary>A throw-away certification authority: what no public material has is made here.</summary>
internal sealed class TestAuthority
{
    public static readonly DateTimeOffset At = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private int _serial = 100;

    private TestAuthority(TestKey self, TestAuthority? above) => (Self, Above) = (self, above);

    public TestKey Self { get; }

    public TestAuthority? Above { get; }

    public TrustAnchor Anchor => new() { Certificate = Self.Der, Label = "test root" };

    public static TestAuthority Root(string name = "CN=Test Root")
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return new(new(key, request.CreateSelfSigned(At.AddYears(-10), At.AddYears(10))), null);
    }

    public TestAuthority Below(string name = "CN=Test Issuing CA") => new(
        Issue(name, r =>
        {
            r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            r.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        }, At.AddYears(-9), At.AddYears(9)), this);

    /// <summary>An authority with a certificate that was made with <see cref="Issue"/>.</summary>
    public TestAuthority Holding(TestKey key) => new(key, this);

    public TestKey Signer(DateTimeOffset? from = null, DateTimeOffset? until = null, string name = "CN=Anna Prosecutor,C=XA") => Issue(
        name, r => r.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation, true)), from, until);

    public TestKey TimeStamper(bool critical = true, DateTimeOffset? from = null, DateTimeOffset? until = null, params string[] otherPurposes) => Issue(
        "CN=Test Time-Stamps", r => r.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Purposes([CertificateExtensions.TimeStamping, .. otherPurposes]), critical)), from, until);

    public TestKey Responder(bool noCheck = true, string purpose = CertificateExtensions.OcspSigning, DateTimeOffset? from = null, DateTimeOffset? until = null) => Issue(
        "CN=Test Responder", r =>
        {
            r.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Purposes([purpose]), false));
            if (noCheck)
                r.CertificateExtensions.Add(new X509Extension(ExtensionOids.OcspNoCheck, [5, 0], false));
        }, from, until);

    public TestKey Issue(string name, Action<CertificateRequest>? edit = null, DateTimeOffset? from = null, DateTimeOffset? until = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        edit?.Invoke(request);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Self.Certificate, true, false));
        var serial = new byte[] { (byte)(++_serial >> 8 | 0x10), (byte)_serial };
        using var made = request.Create(
            Self.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(Self.Key), from ?? At.AddYears(-2), until ?? At.AddYears(2), serial);
        return new(key, X509CertificateLoader.LoadCertificate(made.RawData));
    }

    public byte[] List(DateTimeOffset? thisUpdate = null, DateTimeOffset? nextUpdate = null, params (TestKey Key, DateTimeOffset Since, X509RevocationReason Reason)[] revoked)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var (key, since, reason) in revoked)
            builder.AddEntry(key.Certificate, since, reason);
        var aki = X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Self.Certificate, true, false);
        return builder.Build(Self.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(Self.Key), 1, nextUpdate ?? At.AddDays(5), HashAlgorithmName.SHA256, aki, thisUpdate ?? At.AddDays(-1));
    }

    /// <summary>An OCSP answer about one certificate of this authority (RFC 6960), signed by <paramref name="responder"/> or by the authority itself.</summary>
    public byte[] Answer(
        TestKey about, TestKey? responder = null, int status = 0, DateTimeOffset? revokedAt = null, DateTimeOffset? thisUpdate = null, DateTimeOffset? nextUpdate = null,
        byte[]? serial = null, TestAuthority? issuer = null, Action<AsnWriter>? extensions = null, bool sha1 = false)
    {
        var signer = responder ?? Self;
        var data = new AsnWriter(AsnEncodingRules.DER);
        using (data.PushSequence())
        {
            using (data.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                data.WriteEncodedValue(signer.Certificate.SubjectName.RawData);
            data.WriteGeneralizedTime(thisUpdate ?? At.AddHours(-1), omitFractionalSeconds: true);
            using (data.PushSequence())
            using (data.PushSequence())
            {
                using (data.PushSequence())
                {
                    using (data.PushSequence())
                        data.WriteObjectIdentifier("1.3.14.3.2.26");
                    var named = (issuer ?? this).Self.Certificate;
                    data.WriteOctetString(CryptographicOperations.HashData(HashAlgorithmName.SHA1, named.SubjectName.RawData));
                    data.WriteOctetString(CryptographicOperations.HashData(HashAlgorithmName.SHA1, named.PublicKey.EncodedKeyValue.RawData));
                    data.WriteInteger(serial ?? about.Certificate.SerialNumberBytes.Span);
                }

                if (status == 1)
                {
                    using (data.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                        data.WriteGeneralizedTime(revokedAt ?? At.AddDays(-30), omitFractionalSeconds: true);
                }
                else
                {
                    data.WriteNull(new Asn1Tag(TagClass.ContextSpecific, status));
                }

                data.WriteGeneralizedTime(thisUpdate ?? At.AddHours(-1), omitFractionalSeconds: true);
                using (data.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                    data.WriteGeneralizedTime(nextUpdate ?? At.AddDays(1), omitFractionalSeconds: true);
            }

            extensions?.Invoke(data);
        }

        var toBeSigned = data.Encode();
        var basic = new AsnWriter(AsnEncodingRules.DER);
        using (basic.PushSequence())
        {
            basic.WriteEncodedValue(toBeSigned);
            if (sha1)
            {
                Resigned.Algorithm(basic, signer.Key);
            }
            else
            {
                using (basic.PushSequence())
                    basic.WriteObjectIdentifier("1.2.840.10045.4.3.2");
            }

            basic.WriteBitString(sha1 ? Resigned.Sign(toBeSigned, signer.Key) : signer.Key.SignData(toBeSigned, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            if (responder is not null)
            {
                using (basic.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                using (basic.PushSequence())
                    basic.WriteEncodedValue(responder.Der);
            }
        }

        var whole = new AsnWriter(AsnEncodingRules.DER);
        using (whole.PushSequence())
        {
            whole.WriteEncodedValue([0x0a, 1, 0]);
            using (whole.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (whole.PushSequence())
            {
                whole.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1.1");
                whole.WriteOctetString(basic.Encode());
            }
        }

        return whole.Encode();
    }

    private static OidCollection Purposes(IEnumerable<string> oids)
    {
        var collection = new OidCollection();
        foreach (var oid in oids)
            collection.Add(new(oid));
        return collection;
    }
}
