using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

public sealed class CertificateTests
{
    private const string EcdsaSha256 = SignedDataSample.EcdsaSha256Oid;

    private static readonly byte[] Spki = TestIdentity.P256.Certificate.SubjectPublicKeyInfo.ToArray();

    [Fact]
    public void Reads_the_same_as_the_framework_does()
    {
        var identity = new TestIdentity("name, with \"signs\"", ECCurve.NamedCurves.nistP384, X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.DecipherOnly);
        AssertSame(identity.X509, identity.Certificate);
        Assert.Equal(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.DecipherOnly, identity.Certificate.KeyUsage);
        Assert.Equal("P-384", identity.Certificate.KeyKind);
    }

    [Fact]
    public void Validity_includes_both_ends()
    {
        var certificate = TestIdentity.P256.Certificate;

        Assert.True(certificate.ValidAt(TestIdentity.NotBefore) && certificate.ValidAt(TestIdentity.NotAfter));
        Assert.False(certificate.ValidAt(TestIdentity.NotBefore.AddSeconds(-1)));
        Assert.False(certificate.ValidAt(TestIdentity.NotAfter.AddSeconds(1)));
    }

    [Fact]
    public void Reads_one_certificate_from_pem_and_refuses_none_or_two()
    {
        var (ours, other) = (TestIdentity.P256, TestIdentity.Other);

        Assert.Equal(ours.Certificate.Sha256, Certificate.ReadPem(ours.KeyPem + "\n" + ours.CertificatePem).Value.Sha256);
        Assert.Equal(RefusalCode.MarkStructure, Certificate.ReadPem(ours.CertificatePem + "\n" + other.CertificatePem).Refusal?.Code);
        Assert.Equal(RefusalCode.MarkStructure, Certificate.ReadPem(ours.KeyPem).Refusal?.Code);
        Assert.Equal(RefusalCode.MarkStructure, Certificate.ReadPem("").Refusal?.Code);
    }

    [Fact]
    public void Writes_names_as_rfc_4514_does()
    {
        byte[] Name(params byte[][] relativeNames) => Tlv.Sequence(relativeNames);
        byte[] Pair(string oid, byte[] value) => Tlv.Sequence(Tlv.Oid(oid), value);
        byte[] Utf8(string text) => Tlv.Of(12, System.Text.Encoding.UTF8.GetBytes(text));

        Assert.Equal("", DistinguishedName.Read(Name()).Text);
        Assert.Equal("CN=Jo\\, \\\"x\\\"\\+\\;\\<\\>\\\\,C=XA", DistinguishedName.Read(Name(Tlv.Set(Pair("2.5.4.6", Utf8("XA"))), Tlv.Set(Pair("2.5.4.3", Utf8("Jo, \"x\"+;<>\\"))))).Text);
        Assert.Equal("O=\\ a\\ +OU=\\#b", DistinguishedName.Read(Name(Tlv.Set(Pair("2.5.4.10", Utf8(" a ")), Pair("2.5.4.11", Utf8("#b"))))).Text);
        Assert.Equal("1.2.3=#0c0161", DistinguishedName.Read(Name(Tlv.Set(Pair("1.2.3", Utf8("a"))))).Text);
        Assert.Equal("CN=#020105", DistinguishedName.Read(Name(Tlv.Set(Pair("2.5.4.3", Tlv.Integer(5))))).Text);
        Assert.Equal("CN=a\\0ab\\e2\\80\\aec", DistinguishedName.Read(Name(Tlv.Set(Pair("2.5.4.3", Utf8("a\nb\u202ec"))))).Text);
        Assert.Equal("last", DistinguishedName.Read(Name(Tlv.Set(Pair("2.5.4.3", Utf8("first"))), Tlv.Set(Pair("2.5.4.3", Utf8("last"))))).CommonName);
        Assert.Null(DistinguishedName.Read(Name(Tlv.Set(Pair("2.5.4.10", Utf8("only"))))).CommonName);
    }

    [Fact]
    public void The_sample_that_the_refusals_below_are_made_from_is_read()
    {
        var certificate = Certificate.Read(Build()).Value;
        Assert.Equal("CN=sample", certificate.Subject);
        Assert.Null(certificate.KeyUsage);
        Assert.Null(certificate.SubjectKeyIdentifier);
        Assert.False(certificate.IsAuthority);
    }

    [Fact]
    public void Refuses_two_signature_algorithms() => Refused("names two signature algorithms", Build(outerAlgorithm: "1.2.840.10045.4.3.3"));

    [Fact]
    public void Refuses_an_extension_that_stands_twice()
        => Refused("extension 2.5.29.15 stands twice", Build(extensions: [Extension("2.5.29.15", Tlv.Of(3, [7, 0x80])), Extension("2.5.29.15", Tlv.Of(3, [7, 0x80]))]));

    [Fact]
    public void Refuses_extensions_in_an_old_version()
    {
        Refused("certificate of version 1 with extensions", Build(version: [], extensions: [Extension("1.2.3", Tlv.Null())]));
        Refused("certificate version 1", Build(version: Tlv.Context(0, Tlv.Integer(0))));
        Refused("certificate version 4", Build(version: Tlv.Context(0, Tlv.Integer(3))));
        Refused("an empty list of extensions", Build(extensions: []));
    }

    [Fact]
    public void Bounds_size_and_extensions()
    {
        Assert.Equal(RefusalCode.MarkLimit, Certificate.Read(new byte[Certificate.MaxBytes + 1]).Refusal?.Code);
        Assert.Equal(RefusalCode.MarkLimit, Certificate.Read(Build(extensions: [.. Enumerable.Range(1, 65).Select(i => Extension($"1.2.3.{i}", Tlv.Null()))])).Refusal?.Code);
    }

    [Fact]
    public void Refuses_a_key_off_its_curve_and_reads_explicit_parameters_only_as_unknown()
    {
        byte[] moved = [.. Spki[..^1], (byte)(Spki[^1] ^ 1)];
        Refused("not an uncompressed point on its curve", Build(publicKey: moved));

        var explicitParameters = Tlv.Sequence(Tlv.Algorithm("1.2.840.10045.2.1", Tlv.Sequence(Tlv.Integer(1))), Tlv.Of(3, [0, 4, .. new byte[64]]));
        var certificate = Certificate.Read(Build(publicKey: explicitParameters)).Value;
        Assert.Equal("EC with explicit parameters", certificate.KeyKind);
        Assert.Null(certificate.ECDsaKey());
        Assert.Null(certificate.ECDiffieHellmanKey());
    }

    [Fact]
    public void Takes_a_coordinate_only_in_its_least_form()
    {
        // x and x + p are the same number mod p: a second encoding of one key.
        var p = BigInteger.Parse("0ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var b = BigInteger.Parse("05ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var (x, y) = Enumerable.Range(1, 100).Select(i => (X: new BigInteger(i), Square: (BigInteger.Pow(i, 3) - 3 * i + b) % p))
            .Select(point => (point.X, Y: BigInteger.ModPow(point.Square, (p + 1) / 4, p), point.Square))
            .Where(point => point.Y * point.Y % p == point.Square).Select(point => (point.X, point.Y)).First();
        byte[] Encode(BigInteger first) => [4, .. Fixed(first), .. Fixed(y)];
        byte[] Fixed(BigInteger number) => [.. new byte[32 - number.GetByteCount(isUnsigned: true)], .. number.ToByteArray(isUnsigned: true, isBigEndian: true)];

        Assert.NotNull(NamedCurve.P256.Point(Encode(x)));
        Assert.Null(NamedCurve.P256.Point(Encode(x + p)));
    }

    [Fact]
    public void Names_critical_extensions_that_it_does_not_understand()
    {
        var certificate = Certificate.Read(Build(extensions:
        [
            Extension("2.5.29.15", Tlv.Of(3, [7, 0x80]), critical: true),
            Extension("2.5.29.19", Tlv.Sequence([1, 1, 0xff]), critical: true),
            Extension("1.2.3", Tlv.Null()),
            Extension("1.2.4", Tlv.Null(), critical: true),
        ])).Value;

        Assert.Equal(["1.2.4"], certificate.UnknownCriticalExtensions);
        Assert.True(certificate.IsAuthority);
        Assert.True(certificate.MaySign);
        Assert.False(certificate.MayAgreeKeys);
    }

    [Fact]
    public void Refuses_anything_after_the_certificate_or_its_parts()
    {
        Assert.Equal(RefusalCode.MarkNotDer, Certificate.Read((byte[])[.. Build(), 0]).Refusal?.Code);
        Refused("too many", Tlv.Sequence(Tlv.Sequence(), Tlv.Algorithm(EcdsaSha256), Tlv.Of(3, [0, 1]), Tlv.Null()));
    }

    [Fact]
    public void Is_issued_by_the_key_that_signed_it_and_by_no_other()
    {
        var authority = new TestIdentity("authority", ECCurve.NamedCurves.nistP384);
        var namesake = new TestIdentity("authority", ECCurve.NamedCurves.nistP384);
        var person = Issue(authority, "person", HashAlgorithmName.SHA384);

        Assert.True(person.IssuedBy(authority.Certificate));
        Assert.False(person.IssuedBy(namesake.Certificate));
        Assert.False(person.IssuedBy(TestIdentity.P256.Certificate));
        Assert.False(person.IssuedBy(person));
        Assert.False(person.IssuedBy(new TestIdentity("authority under another name", ECCurve.NamedCurves.nistP384, key: authority.Key).Certificate));
        Assert.True(authority.Certificate.IssuedBy(authority.Certificate));
    }

    [Fact]
    public void A_changed_certificate_is_not_issued_any_more()
    {
        var authority = new TestIdentity("authority", ECCurve.NamedCurves.nistP256);
        var der = Issue(authority, "person", HashAlgorithmName.SHA256).Der.ToArray();
        der[der.AsSpan().IndexOf("person"u8)] = (byte)'q';

        Assert.False(Certificate.Read(der).Value.IssuedBy(authority.Certificate));
    }

    [Theory]
    [InlineData("sha1", false)]
    [InlineData("sha256", true)]
    [InlineData("sha512", true)]
    public void Takes_rsa_issuers_with_sha2_only(string hash, bool issued)
    {
        using var openSsl = new OpenSsl();
        openSsl.Run("req", "-new", "-x509", "-newkey", "rsa:2048", "-noenc", "-" + hash, "-keyout", "k", "-out", "c", "-subj", "/CN=rsa", "-days", "1");
        var certificate = Certificate.ReadPem(openSsl.Text("c")).Value;

        Assert.Equal("RSA", certificate.KeyKind);
        Assert.Equal(issued, certificate.IssuedBy(certificate));
    }

    [Fact]
    public void Takes_issuers_on_p521_but_no_short_rsa_keys()
    {
        using var openSsl = new OpenSsl();
        openSsl.EcIdentity("p521", "digitalSignature", "P-521");
        openSsl.Run("req", "-new", "-x509", "-newkey", "rsa:1024", "-noenc", "-sha256", "-keyout", "k", "-out", "short.crt", "-subj", "/CN=rsa", "-days", "1");
        var p521 = Certificate.ReadPem(openSsl.Text("p521.crt")).Value;
        var shortKey = Certificate.ReadPem(openSsl.Text("short.crt")).Value;

        Assert.True(p521.IssuedBy(p521));
        Assert.False(shortKey.IssuedBy(shortKey));
    }

    [Fact]
    public void A_signer_needs_its_own_key_and_a_certificate_that_allows_signing()
    {
        Assert.Throws<CryptographicException>(() => Signer.FromPem(TestIdentity.P256.CertificatePem, TestIdentity.Other.KeyPem));
        Assert.Throws<CryptographicException>(() => Signer.FromPem(TestIdentity.P256.CertificatePem, TestIdentity.P384.KeyPem));
        Assert.Throws<CryptographicException>(() => Signer.FromPem("nothing", TestIdentity.P256.KeyPem));
        Assert.Throws<CryptographicException>(() => new TestIdentity("agree", ECCurve.NamedCurves.nistP256, X509KeyUsageFlags.KeyAgreement).Signer());
        Assert.Throws<CryptographicException>(() => new TestIdentity("p521", ECCurve.NamedCurves.nistP521).Signer());
    }

    [SignatureMaterialFact]
    public void Reads_the_certificates_of_the_nist_suite_as_the_framework_does()
    {
        var read = 0;
        foreach (var file in Directory.EnumerateFiles(SharedMaterial.Path("pkits/certs")))
        {
            var der = File.ReadAllBytes(file);
            if (!Certificate.Read(der).TryGet(out var certificate, out var refusal))
            {
                // Times before 1950 or GeneralizedTime where UTCTime is due, and a few keys and names that the suite breaks on purpose.
                Assert.True(refusal.Code is RefusalCode.MarkStructure or RefusalCode.MarkNotDer, $"{file}: {refusal}");
                continue;
            }

            using var expected = X509CertificateLoader.LoadCertificate(der);
            AssertSame(expected, certificate);
            read++;
        }

        Assert.True(read > 230, $"only {read} were read");
    }

    private static void AssertSame(X509Certificate2 expected, Certificate actual)
    {
        Assert.Equal(expected.RawData, actual.Der.ToArray());
        Assert.Equal(Digest.Of(expected.RawData), actual.Sha256);
        Assert.Equal(expected.SerialNumber, Convert.ToHexString(actual.Serial.Span));
        Assert.Equal(expected.IssuerName.RawData, actual.IssuerDer.ToArray());
        Assert.Equal(expected.SubjectName.RawData, actual.SubjectDer.ToArray());
        Assert.Equal(expected.NotBefore.ToUniversalTime(), actual.NotBefore.UtcDateTime);
        Assert.Equal(expected.NotAfter.ToUniversalTime(), actual.NotAfter.UtcDateTime);
        Assert.Equal(expected.PublicKey.ExportSubjectPublicKeyInfo(), actual.SubjectPublicKeyInfo.ToArray());
        Assert.Equal(expected.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault()?.KeyUsages, actual.KeyUsage);
        Assert.Equal(
            expected.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifier,
            actual.SubjectKeyIdentifier is { } identifier ? Convert.ToHexString(identifier.Span) : null);
        Assert.Equal(expected.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault()?.CertificateAuthority ?? false, actual.IsAuthority);
    }

    private static Certificate Issue(TestIdentity authority, string name, HashAlgorithmName hash)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, hash);
        using var issued = request.Create(authority.X509.SubjectName, X509SignatureGenerator.CreateForECDsa(authority.Key), TestIdentity.NotBefore, TestIdentity.NotAfter, [1, 2, 3]);
        return Certificate.Read(issued.RawData).Value;
    }

    private static byte[] Extension(string oid, byte[] value, bool critical = false)
        => Tlv.Sequence(Tlv.Oid(oid), critical ? [1, 1, 0xff] : [], Tlv.Octets(value));

    private static byte[] Build(byte[]? version = null, string outerAlgorithm = EcdsaSha256, byte[]? publicKey = null, byte[][]? extensions = null)
    {
        var name = Tlv.Sequence(Tlv.Set(Tlv.Sequence(Tlv.Oid("2.5.4.3"), Tlv.Of(12, "sample"u8.ToArray()))));
        return Tlv.Sequence(
            Tlv.Sequence(
                version ?? Tlv.Context(0, Tlv.Integer(2)),
                Tlv.Integer(1),
                Tlv.Algorithm(EcdsaSha256),
                name,
                Tlv.Sequence(Tlv.UtcTime("260101000000Z"), Tlv.UtcTime("270101000000Z")),
                name,
                publicKey ?? Spki,
                extensions is null ? [] : Tlv.Context(3, Tlv.Sequence(extensions))),
            Tlv.Algorithm(outerAlgorithm),
            Tlv.Of(3, [0, 1]));
    }

    private static void Refused(string detail, byte[] der)
    {
        var refusal = Certificate.Read(der).Refusal;
        Assert.NotNull(refusal);
        Assert.Equal(RefusalCode.MarkStructure, refusal.Code);
        Assert.Contains(detail, refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_issuer_whose_key_is_off_its_curve_has_issued_nothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        var request = new CertificateRequest("CN=Root", key, HashAlgorithmName.SHA512);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var root = Certificate.Read(made.RawData).Value;
        Assert.True(root.IssuedBy(root));
        var changed = made.RawData.ToArray();
        var point = key.ExportSubjectPublicKeyInfo()[^130..];
        changed[changed.AsSpan().IndexOf(point) + 129] ^= 1;
        Assert.False(root.IssuedBy(Certificate.Read(changed).Value));
    }
}
