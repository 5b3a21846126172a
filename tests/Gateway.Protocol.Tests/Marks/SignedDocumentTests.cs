using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Xunit;
using static Gateway.Protocol.Tests.Marks.SignedDataSample;

namespace Gateway.Protocol.Tests.Marks;

/// <summary>One test per check: each object is right but for what its name says, and signed so.</summary>
public sealed class SignedDocumentTests
{
    private const string SigningTimeOid = "1.2.840.113549.1.9.5";
    private const string MessageDigestOid = "1.2.840.113549.1.9.4";
    private const string ContentTypeOid = "1.2.840.113549.1.9.3";

    private static readonly SignedDataSample Sample = new();
    private static readonly DateTimeOffset Time = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Opens_the_sample_that_the_refusals_below_are_made_from()
    {
        var opened = SignedDocument.Open(Sample.Build()).Value;

        Assert.Equal(SampleContent, opened.Content.ToArray());
        Assert.Equal(Time, opened.SigningTime);
        Assert.Equal(TestIdentity.P256.Certificate.Sha256, opened.Signer.Sha256);
    }

    [Fact]
    public void Refuses_what_follows_the_object()
        => Refused(RefusalCode.MarkNotDer, "1 bytes after the end", [.. Sample.Build(), 0]);

    [Fact]
    public void Refuses_an_empty_object() => Refused(RefusalCode.MarkNotDer, "ends inside a tag or length", []);

    [Fact]
    public void Refuses_an_object_over_the_size_limit()
        => Refused(RefusalCode.MarkLimit, $"a signed document of {SignedDocument.MaxBytes + 1} bytes; at most {SignedDocument.MaxBytes}", new byte[SignedDocument.MaxBytes + 1]);

    [Fact]
    public void Refuses_another_type_of_cms_object()
        => Refused(RefusalCode.MarkStructure, "a CMS object of type 1.2.840.113549.1.7.5, not SignedData", (Sample with { ObjectType = "1.2.840.113549.1.7.5" }).Build());

    [Fact]
    public void Refuses_content_that_is_not_id_data()
        => Refused(RefusalCode.MarkStructure, "content of type 1.2.840.113549.1.7.6, not id-data", (Sample with { ContentType = "1.2.840.113549.1.7.6" }).Build());

    [Fact]
    public void Refuses_detached_content()
        => Refused(RefusalCode.MarkStructure, "the content is detached", (Sample with { EncodedContent = _ => [] }).Build());

    [Fact]
    public void Refuses_content_in_pieces()
        => Refused(RefusalCode.MarkNotDer, "string cut in pieces", (Sample with { EncodedContent = content => Tlv.Context(0, Tlv.Of(0x24, Tlv.Octets(content))) }).Build());

    [Fact]
    public void Refuses_an_object_without_signer()
        => Refused(RefusalCode.MarkNoSigner, "no signer", (Sample with { Signers = _ => [] }).Build());

    [Fact]
    public void Refuses_two_signers_even_the_same_twice()
        => Refused(RefusalCode.MarkSeveralSigners, "more than one signer", (Sample with { Signers = signer => [signer, signer] }).Build());

    [Fact]
    public void Refuses_unsigned_attributes()
        => Refused(RefusalCode.MarkUnsignedAttributes, "there are unsigned attributes", (Sample with { AfterSignature = Tlv.Context(1, Attribute("1.2.3", Tlv.Null())) }).Build());

    [Fact]
    public void Refuses_anything_else_after_the_signature()
        => Refused(RefusalCode.MarkStructure, "too many", (Sample with { AfterSignature = Tlv.Null() }).Build());

    [Fact]
    public void Refuses_revocation_lists()
        => Refused(RefusalCode.MarkStructure, "revocation lists are embedded", (Sample with { AfterCertificates = Tlv.Context(1, Tlv.Sequence(Tlv.Null())) }).Build());

    [Fact]
    public void Refuses_absent_signed_attributes()
        => Refused(RefusalCode.MarkStructure, "there are no signed attributes", (Sample with { WithoutAttributes = true }).Build());

    [Fact]
    public void Refuses_signed_attributes_presented_as_content()
    {
        // The signature is genuine: it was made over these attributes. Only who presents them as the document lies.
        var attributes = Tlv.Set(Tlv.Sorted([Attribute(ContentTypeOid, Tlv.Oid(DataOid)), Attribute(MessageDigestOid, Tlv.Octets(new byte[32]))]));

        Refused(RefusalCode.MarkStructure, "set of signed attributes", (Sample with { Content = attributes, WithoutAttributes = true }).Build());
        Refused(RefusalCode.MarkStructure, "the content is a set of signed attributes", (Sample with { Content = attributes }).Build());
        using var signer = TestIdentity.P256.Signer();
        Assert.Throws<ArgumentException>(() => SignedDocument.Sign(attributes, signer, Time));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("11 and more that is no set")]
    public void Content_that_merely_begins_like_a_set_is_signed_and_opened(string text)
    {
        using var signer = TestIdentity.P256.Signer();
        var content = System.Text.Encoding.UTF8.GetBytes(text);

        Assert.Equal(content, SignedDocument.Open(SignedDocument.Sign(content, signer, Time)).Value.Content.ToArray());
    }

    [Theory]
    [InlineData(ContentTypeOid, RefusalCode.MarkStructure, "the content-type attribute is missing")]
    [InlineData(MessageDigestOid, RefusalCode.MarkStructure, "the message-digest attribute is missing")]
    [InlineData(SigningTimeOid, RefusalCode.MarkStructure, "the signing-time attribute is missing")]
    [InlineData(SigningCertificateOid, RefusalCode.MarkSigningCertificate, "the signing-certificate-v2 attribute is missing")]
    public void Refuses_a_missing_attribute(string oid, RefusalCode code, string detail)
        => Refused(code, detail, (Sample with { Attributes = all => Tlv.Sorted(all.Where(one => !IsOf(one, oid))) }).Build());

    [Theory]
    [InlineData(ContentTypeOid)]
    [InlineData(MessageDigestOid)]
    [InlineData(SigningTimeOid)]
    [InlineData(SigningCertificateOid)]
    public void Refuses_an_attribute_that_stands_twice(string oid)
        => Refused(RefusalCode.MarkStructure, $"signed attribute {oid} stands twice", (Sample with { Attributes = all => Tlv.Sorted([.. all, all.First(one => IsOf(one, oid))]) }).Build());

    [Theory]
    [InlineData(ContentTypeOid)]
    [InlineData(MessageDigestOid)]
    [InlineData(SigningTimeOid)]
    [InlineData(SigningCertificateOid)]
    public void Refuses_an_attribute_with_two_values(string oid)
        => Refused(RefusalCode.MarkStructure, "too many", (Sample with { Attributes = all => Tlv.Sorted(all.Select(one => IsOf(one, oid) ? TwoValues(one, oid) : one)) }).Build());

    [Fact]
    public void Refuses_a_content_type_attribute_that_differs_from_the_content()
        => Refused(RefusalCode.MarkStructure, "the content-type attribute is not id-data", (Sample with { ContentTypeAttribute = "1.2.840.113549.1.7.6" }).Build());

    [Fact]
    public void Refuses_signed_attributes_out_of_order()
        => Refused(RefusalCode.MarkNotDer, "the signed attributes are not in the order of DER", (Sample with { Attributes = all => Tlv.Sorted(all).Reverse() }).Build());

    [Fact]
    public void Accepts_other_signed_attributes()
        => Assert.True(SignedDocument.Open((Sample with { Attributes = all => Tlv.Sorted([.. all, Attribute("1.2.3.4", Tlv.Null(), Tlv.Integer(1))]) }).Build()).Succeeded);

    [Fact]
    public void Refuses_more_attributes_than_the_limit()
        => Refused(RefusalCode.MarkLimit, "more than 16 signed attributes",
            (Sample with { Attributes = all => Tlv.Sorted([.. all, .. Enumerable.Range(1, 13).Select(i => Attribute($"1.2.3.{i}", Tlv.Null()))]) }).Build());

    [Fact]
    public void Refuses_attributes_longer_than_the_limit()
        => Refused(RefusalCode.MarkLimit, "signed attributes of", (Sample with { Attributes = all => Tlv.Sorted([.. all, Attribute("1.2.3", Tlv.Octets(new byte[17000]))]) }).Build());

    [Theory]
    [InlineData("2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2", null)]
    [InlineData("2.16.840.1.101.3.4.2.2", "1.2.840.10045.4.3.2", RefusalCode.MarkAlgorithm)]
    [InlineData("2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.3", RefusalCode.MarkAlgorithm)]
    public void Algorithm_protection_must_name_the_algorithms_used(string digest, string signature, RefusalCode? code)
    {
        var protection = Attribute("1.2.840.113549.1.9.52", Tlv.Sequence(Tlv.Algorithm(digest), Tlv.Context(1, Tlv.Oid(signature))));

        Assert.Equal(code, SignedDocument.Open((Sample with { Attributes = all => Tlv.Sorted([.. all, protection]) }).Build()).Refusal?.Code);
    }

    [Fact]
    public void Refuses_a_changed_content()
        => Refused(RefusalCode.MarkDigest, "the content does not have the digest that was signed", (Sample with { EncodedContent = _ => Tlv.Context(0, Tlv.Octets(1, 2, 3)) }).Build());

    [Fact]
    public void Refuses_a_signature_of_other_attributes()
        => Refused(RefusalCode.MarkSignature, "does not verify", (Sample with { Signature = _ => TestIdentity.P256.Key.SignData([1], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) }).Build());

    [Fact]
    public void Refuses_a_signature_by_another_key()
        => Refused(RefusalCode.MarkSignature, "does not verify", (Sample with
        {
            Identity = TestIdentity.Other,
            Certificates = [TestIdentity.P256.Certificate.Der.ToArray()],
            SignerIdentifier = IssuerAndSerial(TestIdentity.P256.Certificate),
            SigningCertificate = SigningCertificateOf(Reference(TestIdentity.P256.Certificate)),
        }).Build());

    [Fact]
    public void Refuses_a_digest_algorithm_other_than_the_signatures_hash()
        => Refused(RefusalCode.MarkAlgorithm, "the digest algorithm is not the one of the signature algorithm",
            (Sample with { DigestAlgorithm = Tlv.Algorithm(Sha384Oid), DigestAlgorithms = [Tlv.Algorithm(Sha384Oid)] }).Build());

    [Theory]
    [InlineData("1.3.14.3.2.26", "1.2.840.10045.4.1")]
    [InlineData("2.16.840.1.101.3.4.2.3", "1.2.840.10045.4.3.4")]
    [InlineData(Sha256Oid, "1.2.840.10045.2.1")]
    [InlineData(Sha256Oid, "1.2.840.113549.1.1.11")]
    [InlineData("2.16.840.1.101.3.4.2.3", "1.3.101.112")]
    public void Refuses_other_algorithms(string digest, string signature)
        => Refused(RefusalCode.MarkAlgorithm, "algorithm", (Sample with { DigestAlgorithm = Tlv.Algorithm(digest), DigestAlgorithms = [Tlv.Algorithm(digest)], SignatureAlgorithm = Tlv.Algorithm(signature) }).Build());

    [Fact]
    public void Takes_absent_and_null_parameters_of_the_digest_but_no_others()
    {
        var withNull = Tlv.Algorithm(Sha256Oid, Tlv.Null());
        Assert.True(SignedDocument.Open((Sample with { DigestAlgorithm = withNull, DigestAlgorithms = [withNull] }).Build()).Succeeded);
        Refused(RefusalCode.MarkAlgorithm, "with parameters", (Sample with { DigestAlgorithm = Tlv.Algorithm(Sha256Oid, Tlv.Integer(1)) }).Build());
        Refused(RefusalCode.MarkAlgorithm, "with parameters", (Sample with { SignatureAlgorithm = Tlv.Algorithm(EcdsaSha256Oid, Tlv.Null()) }).Build());
    }

    [Fact]
    public void Refuses_digest_algorithms_that_are_not_exactly_the_signers()
    {
        var (sha256, sha384) = (Tlv.Algorithm(Sha256Oid), Tlv.Algorithm(Sha384Oid));
        foreach (var algorithms in (byte[][][])[[], [sha384], [sha256, sha384], [sha256, sha256]])
            Refused(RefusalCode.MarkStructure, "the digest algorithms of the object", (Sample with { DigestAlgorithms = algorithms }).Build());
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(0, 1)]
    public void Refuses_versions_that_do_not_fit(int version, int signerVersion)
        => Refused(RefusalCode.MarkStructure, "version", (Sample with { Version = version, SignerVersion = signerVersion }).Build());

    [Fact]
    public void Takes_a_signer_named_by_key_identifier()
    {
        var identifier = Tlv.Of(0x80, TestIdentity.P256.Certificate.SubjectKeyIdentifier!.Value.ToArray());

        Assert.True(SignedDocument.Open((Sample with { Version = 3, SignerVersion = 3, SignerIdentifier = identifier }).Build()).Succeeded);
        Refused(RefusalCode.MarkStructure, "version", (Sample with { SignerIdentifier = identifier }).Build());
        Refused(RefusalCode.MarkSigningCertificate, "named as another", (Sample with { Version = 3, SignerVersion = 3, SignerIdentifier = Tlv.Of(0x80, new byte[20]) }).Build());
    }

    [Fact]
    public void Refuses_a_signer_named_as_another()
    {
        var certificate = TestIdentity.P256.Certificate;
        Refused(RefusalCode.MarkSigningCertificate, "named as another", (Sample with { SignerIdentifier = IssuerAndSerial(TestIdentity.Other.Certificate) }).Build());
        Refused(RefusalCode.MarkSigningCertificate, "named as another", (Sample with { SignerIdentifier = Tlv.Sequence(certificate.IssuerDer.ToArray(), Tlv.Integer(1)) }).Build());
        Refused(RefusalCode.MarkSigningCertificate, "named as another",
            (Sample with { SignerIdentifier = Tlv.Sequence(TestIdentity.Other.Certificate.IssuerDer.ToArray(), Tlv.Of(2, certificate.Serial.ToArray())) }).Build());
    }

    [Fact]
    public void Refuses_a_signing_certificate_reference_that_does_not_match()
    {
        var (ours, other) = (TestIdentity.P256.Certificate, TestIdentity.Other.Certificate);
        foreach (var reference in (byte[][])
        [
            Reference(ours, digest: new byte[32]),
            Reference(ours, digest: ours.Sha256.ToArray()[..31]),
            Reference(ours, issuer: other.IssuerDer.ToArray()),
            Reference(ours, serial: other.Serial.ToArray()),
            Reference(ours, algorithm: Tlv.Algorithm(Sha384Oid)),
        ])
            Refused(RefusalCode.MarkSigningCertificate, "does not name", (Sample with { SigningCertificate = SigningCertificateOf(reference) }).Build());
    }

    [Fact]
    public void Takes_references_without_issuer_and_with_sha384()
    {
        var certificate = TestIdentity.P256.Certificate;
        var bare = Tlv.Sequence(Tlv.Octets(certificate.Sha256.ToArray()));
        var sha384 = Reference(certificate, Tlv.Algorithm(Sha384Oid), SHA384.HashData(certificate.Der.Span));

        Assert.True(SignedDocument.Open((Sample with { SigningCertificate = SigningCertificateOf(bare) }).Build()).Succeeded);
        Assert.True(SignedDocument.Open((Sample with { SigningCertificate = SigningCertificateOf(sha384) }).Build()).Succeeded);
    }

    [Theory]
    [InlineData("1.3.14.3.2.26")]
    [InlineData(Sha256Oid)] // the default is not written in DER
    public void Refuses_references_with_sha1_or_a_written_default(string hash)
        => Refused(RefusalCode.MarkStructure, "signing-certificate-v2 uses a hash other than", (Sample with { SigningCertificate = SigningCertificateOf(Reference(TestIdentity.P256.Certificate, Tlv.Algorithm(hash))) }).Build());

    [Fact]
    public void Refuses_a_certificate_of_the_same_key_in_place_of_the_signers()
    {
        var twin = new TestIdentity("twin", ECCurve.NamedCurves.nistP256, key: TestIdentity.P256.Key);

        Refused(RefusalCode.MarkSigningCertificate, "does not name", (Sample with { Certificates = [twin.Certificate.Der.ToArray()], SignerIdentifier = IssuerAndSerial(twin.Certificate) }).Build());
    }

    [Fact]
    public void Takes_further_certificates_only_when_the_signature_names_them_all_and_each_once()
    {
        var (ours, other) = (TestIdentity.P256.Certificate, TestIdentity.Other.Certificate);
        var both = Tlv.Sorted([ours.Der.ToArray(), other.Der.ToArray()]);
        var named = Sample with { SigningCertificate = SigningCertificateOf(Reference(ours), Reference(other)) };

        Assert.Equal(ours.Sha256, SignedDocument.Open((named with { Certificates = both }).Build()).Value.Signer.Sha256);
        // The other way round too, so that the signer is not merely the first or the last in DER order.
        var reversed = Sample with { Identity = TestIdentity.Other, SigningCertificate = SigningCertificateOf(Reference(other), Reference(ours)), Certificates = both };
        Assert.Equal(other.Sha256, SignedDocument.Open(reversed.Build()).Value.Signer.Sha256);
        Refused(RefusalCode.MarkSigningCertificate, "is not embedded", named.Build());
        Refused(RefusalCode.MarkSigningCertificate, "is not embedded", (named with { Certificates = [other.Der.ToArray()] }).Build());
        Refused(RefusalCode.MarkSigningCertificate, "does not name", (Sample with { Certificates = both }).Build());
        Refused(RefusalCode.MarkSigningCertificate, "does not name", (Sample with { Certificates = [ours.Der.ToArray(), ours.Der.ToArray()] }).Build());
        Refused(RefusalCode.MarkNotDer, "the certificates are not in the order of DER", (named with { Certificates = [.. both.Reverse()] }).Build());
    }

    [Fact]
    public void Refuses_more_certificates_than_the_limit()
    {
        var all = Enumerable.Range(0, 5).Select(i => new TestIdentity($"extra {i}", ECCurve.NamedCurves.nistP256).Certificate).Prepend(TestIdentity.P256.Certificate).ToList();
        var six = Sample with
        {
            SigningCertificate = SigningCertificateOf([.. all.Select(one => Reference(one))]),
            Certificates = Tlv.Sorted(all.Select(one => one.Der.ToArray())),
        };
        var five = Sample with
        {
            SigningCertificate = SigningCertificateOf([.. all.Take(5).Select(one => Reference(one))]),
            Certificates = Tlv.Sorted(all.Take(5).Select(one => one.Der.ToArray())),
        };

        Refused(RefusalCode.MarkLimit, "more than 5 certificates", six.Build());
        Assert.True(SignedDocument.Open(five.Build()).Succeeded);
    }

    [Fact]
    public void Refuses_an_object_without_certificates()
    {
        Refused(RefusalCode.MarkSigningCertificate, "not embedded", (Sample with { Certificates = [] }).Build());
        Refused(RefusalCode.MarkSigningCertificate, "is not embedded", (Sample with { Certificates = [[]] }).Build());
    }

    [Fact]
    public void Refuses_other_kinds_of_certificates()
        => Refused(RefusalCode.MarkStructure, "certificate: ", (Sample with { Certificates = [Tlv.Context(2, Tlv.Null())] }).Build());

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature, null)]
    [InlineData(X509KeyUsageFlags.NonRepudiation, null)]
    [InlineData(X509KeyUsageFlags.KeyAgreement, RefusalCode.MarkSignerNotValid)]
    [InlineData(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, RefusalCode.MarkSignerNotValid)]
    public void The_signers_certificate_must_allow_signing(X509KeyUsageFlags usage, RefusalCode? code)
        => Assert.Equal(code, SignedDocument.Open((Sample with { Identity = new TestIdentity("usage", ECCurve.NamedCurves.nistP256, usage) }).Build()).Refusal?.Code);

    [Fact]
    public void Refuses_a_lax_ecdsa_signature()
    {
        static byte[] Padded(byte[] signature)
        {
            var r = signature.AsSpan(4, signature[3]).ToArray();
            var s = signature.AsSpan(6 + r.Length).ToArray();
            return Tlv.Sequence(Tlv.Of(2, [0, .. r]), Tlv.Of(2, s));
        }

        Refused(RefusalCode.MarkSignature, "does not verify", (Sample with { Signature = Padded }).Build());
        Refused(RefusalCode.MarkSignature, "does not verify", (Sample with { Signature = signature => [.. signature, 0] }).Build());
        Refused(RefusalCode.MarkSignature, "does not verify", (Sample with { Signature = _ => [] }).Build());
    }

    [Fact]
    public void Takes_sha384_with_p256_and_both_hashes_with_p384()
    {
        var sha384 = Sample with
        {
            Hash = HashAlgorithmName.SHA384,
            DigestAlgorithm = Tlv.Algorithm(Sha384Oid),
            DigestAlgorithms = [Tlv.Algorithm(Sha384Oid)],
            SignatureAlgorithm = Tlv.Algorithm(EcdsaSha384Oid),
        };

        Assert.True(SignedDocument.Open(sha384.Build()).Succeeded);
        Assert.True(SignedDocument.Open((sha384 with { Identity = TestIdentity.P384 }).Build()).Succeeded);
        Assert.True(SignedDocument.Open((Sample with { Identity = TestIdentity.P384 }).Build()).Succeeded);
    }

    public static TheoryData<byte[], bool> Times => new()
    {
        { Tlv.UtcTime("491231235959Z"), true },
        { Tlv.GeneralizedTime("20500101000000Z"), true },
        { Tlv.GeneralizedTime("20491231235959Z"), false },
        { Tlv.GeneralizedTime("20500101000000.5Z"), false },
        { Tlv.UtcTime("2606011200Z"), false },
        { Tlv.UtcTime("260601120000+0000"), false },
        { Tlv.UtcTime("261301120000Z"), false },
        { Tlv.Octets(1), false },
    };

    [Theory]
    [MemberData(nameof(Times))]
    public void Takes_the_signing_time_only_as_rfc_5652_writes_it(byte[] time, bool accepted)
        => Assert.Equal(accepted ? null : RefusalCode.MarkStructure, SignedDocument.Open((Sample with { SigningTime = time }).Build()).Refusal?.Code);

    [Theory]
    [InlineData("2026-06-01T12:00:00.999+02:00", "2026-06-01T10:00:00Z")]
    [InlineData("2049-12-31T23:59:59Z", "2049-12-31T23:59:59Z")]
    [InlineData("2050-01-01T00:00:00.5Z", "2050-01-01T00:00:00Z")]
    public void Writes_the_signing_time_to_the_second(string given, string read)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        using var signer = TestIdentity.P384.Signer();

        Assert.Equal(DateTimeOffset.Parse(read, culture), SignedDocument.Open(SignedDocument.Sign([], signer, DateTimeOffset.Parse(given, culture))).Value.SigningTime);
    }

    [Fact]
    public void Signs_and_opens_empty_and_large_content()
    {
        using var signer = TestIdentity.P256.Signer();
        foreach (var length in (int[])[0, 1, 127, 128, 65536, 12 * 1024 * 1024])
        {
            var content = new byte[length];
            Assert.Equal(length, SignedDocument.Open(SignedDocument.Sign(content, signer, Time)).Value.Content.Length);
        }

        Assert.Throws<ArgumentException>(() => SignedDocument.Sign(new byte[SignedDocument.MaxBytes], signer, Time));
    }

    private static void Refused(RefusalCode code, string detail, byte[] der)
    {
        var refusal = SignedDocument.Open(der).Refusal;
        Assert.NotNull(refusal);
        Assert.Equal(code, refusal.Code);
        Assert.Contains(detail, refusal.Detail, StringComparison.Ordinal);
    }

    private static bool IsOf(byte[] attribute, string oid) => attribute.AsSpan(2).StartsWith(Tlv.Oid(oid)) || attribute.AsSpan(3).StartsWith(Tlv.Oid(oid));

    private static byte[] TwoValues(byte[] attribute, string oid)
    {
        var header = Tlv.Oid(oid).Length;
        var start = attribute[1] == 0x81 ? 3 : 2;
        var set = attribute[(start + header)..];
        var value = set[(set[1] == 0x81 ? 3 : 2)..];
        return Attribute(oid, value, value);
    }
}
