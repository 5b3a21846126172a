using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Tests.Making;
using Xunit;

namespace Gateway.Recognition.Tests.Validation;

/// <summary>As <see cref="RemovedCheckTests"/>, for revocation status and anchors: each breaks one rule, and would pass without its check.</summary>
public class RemovedStatusTests
{
    private const string NoStatus = "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE";

    private readonly Bench _bench = new();

    [Fact]
    public void A_list_by_another_key_of_the_issuer_counts_when_all_is_well()
    {
        var twin = Twin(_bench.Root);
        Assert.Equal("TOTAL_PASSED", With(twin));
    }

    [Fact]
    public void A_list_by_another_key_of_that_name_under_another_anchor_says_nothing()
    {
        var other = TestAuthority.Root("CN=Other Root");
        _bench.Anchors.Add(other.Anchor);
        _bench.Lists.Add(other.List());
        Assert.Equal(NoStatus, With(Twin(other)));
    }

    [Fact]
    public void A_list_by_another_key_whose_certificate_breaks_a_rule_says_nothing()
        => Assert.Equal(NoStatus, With(Twin(_bench.Root, r => r.CertificateExtensions.Add(new X509Extension("1.2.3.4.5", [5, 0], true)))));

    [Fact]
    public void A_list_by_another_key_that_is_revoked_says_nothing()
    {
        var twin = Twin(_bench.Root);
        _bench.Lists[0] = _bench.Root.List(null, null, (twin.Self, Bench.At.AddDays(-2), X509RevocationReason.KeyCompromise));
        Assert.Equal(NoStatus, With(twin));
    }

    [Fact]
    public void An_answer_about_the_same_number_of_another_issuer_says_nothing()
    {
        _bench.Lists.RemoveAt(1);
        _bench.Answers.Add(default);
        // The same key under another name, and the same name with another key.
        var renamed = _bench.Root.Holding(new TestKey(_bench.Issuer.Self.Key, SelfSigned("CN=Renamed", _bench.Issuer.Self.Key)));
        foreach (var issuer in (TestAuthority[])[renamed, TestAuthority.Root().Below()])
        {
            _bench.Answers[0] = _bench.Issuer.Answer(_bench.Signer, issuer: issuer);
            Assert.Equal(NoStatus, _bench.Text());
        }
    }

    [Fact]
    public void An_answer_with_a_critical_condition_that_nobody_knows_says_nothing()
    {
        _bench.Lists.RemoveAt(1);
        _bench.Answers.Add(_bench.Issuer.Answer(_bench.Signer, extensions: w =>
        {
            using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
            using (w.PushSequence())
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier("1.2.3.4.5");
                w.WriteBoolean(true);
                w.WriteOctetString([5, 0]);
            }
        }));
        Assert.Equal(NoStatus, _bench.Text());
    }

    [Fact]
    public void An_answer_by_a_responder_whose_certificate_had_not_begun_says_nothing()
    {
        _bench.Lists.RemoveAt(1);
        _bench.Answers.Add(_bench.Issuer.Answer(_bench.Signer, _bench.Issuer.Responder(from: Bench.At.AddMinutes(-10))));
        Assert.StartsWith("INDETERMINATE", _bench.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no authority")]
    [InlineData("no keyCertSign")]
    [InlineData("unknown critical extension")]
    public void An_anchor_that_says_of_itself_that_it_may_not_vouch_does_not(string what)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Humble Root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(what != "no authority", false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension((what == "no keyCertSign" ? X509KeyUsageFlags.None : X509KeyUsageFlags.KeyCertSign) | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (what == "unknown critical extension")
            request.CertificateExtensions.Add(new X509Extension("1.2.3.4.5", [5, 0], true));
        var humble = _bench.Root.Holding(new TestKey(key, request.CreateSelfSigned(Bench.At.AddYears(-5), Bench.At.AddYears(5))));
        _bench.Anchors[0] = new TrustAnchor { Certificate = humble.Self.Der, Label = "humble" };
        _bench.Signer = humble.Signer();
        _bench.Lists.Add(humble.List());
        Assert.Equal(NoStatus, _bench.Text(_bench.Signed(new CmsMaker())));
    }

    [Fact]
    public void A_key_off_its_curve_is_not_used_though_somebody_certified_it()
    {
        var point = _bench.Signer.Certificate.PublicKey.EncodedKeyValue.RawData;
        point[^1] ^= 1;
        var wrong = new PublicKey(_bench.Signer.Certificate.PublicKey.Oid, _bench.Signer.Certificate.PublicKey.EncodedParameters, new AsnEncodedData(point));
        var request = new CertificateRequest(new X500DistinguishedName("CN=Off the curve,C=XA"), wrong, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_bench.Issuer.Self.Certificate, true, false));
        using var made = request.Create(_bench.Issuer.Self.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_bench.Issuer.Self.Key), Bench.At.AddYears(-1), Bench.At.AddYears(1), [9, 8]);
        _bench.Signer = _bench.Signer with { Certificate = X509CertificateLoader.LoadCertificate(made.RawData) };
        Assert.Equal("INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE", _bench.Text());
    }

    [Fact]
    public void A_revocation_that_became_known_after_the_end_of_the_issuer_counts_all_the_same()
    {
        // All in order but the issuer's certificate, which ended ten days ago; the signature is proved to be older.
        var issuer = _bench.Root.Holding(_bench.Root.Issue("CN=Ended CA", r =>
        {
            r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            r.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        }, Bench.At.AddYears(-9), Bench.At.AddDays(-10)));
        _bench.Signer = issuer.Signer();
        var maker = new CmsMaker();
        maker.Certificates.Add(issuer.Self.Der);
        var signed = _bench.Signed(maker);
        var old = issuer.List(Bench.At.AddDays(-40), Bench.At.AddDays(5));
        (_bench.Lists[0], _bench.Lists[1]) = (_bench.Root.List(Bench.At.AddDays(-12), Bench.At.AddDays(5)), old);
        _bench.Proofs.Add(new(SHA256.HashData(signed), Bench.At.AddDays(-20), "receipt"));
        _bench.Proofs.Add(new(SHA256.HashData(old), Bench.At.AddDays(-15), "log"));
        Assert.Equal("TOTAL_PASSED", _bench.Text(signed));
        _bench.Lists.Add(issuer.List(Bench.At.AddDays(-1), Bench.At.AddDays(5), (_bench.Signer, Bench.At.AddDays(-30), X509RevocationReason.KeyCompromise)));
        Assert.StartsWith("INDETERMINATE/REVOKED_NO_POE", _bench.Text(signed), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_revocations_the_earlier_counts_whichever_was_told_first()
    {
        var signed = _bench.Signed();
        _bench.Proofs.Add(new(SHA256.HashData(signed), Bench.At.AddDays(-20), "receipt"));
        _bench.Lists[1] = _bench.Issuer.List(Bench.At.AddDays(-5), Bench.At.AddDays(5), (_bench.Signer, Bench.At.AddDays(-10), X509RevocationReason.KeyCompromise));
        Assert.Equal("TOTAL_PASSED", _bench.Text(signed));
        _bench.Lists.Add(_bench.Issuer.List(Bench.At.AddDays(-1), Bench.At.AddDays(5), (_bench.Signer, Bench.At.AddDays(-30), X509RevocationReason.KeyCompromise)));
        Assert.Equal("INDETERMINATE/REVOKED_NO_POE", _bench.Text(signed));
    }

    [Fact]
    public void A_stale_list_counts_only_when_it_is_younger_than_the_signature()
    {
        var signed = _bench.Signed();
        _bench.Proofs.Add(new(SHA256.HashData(signed), Bench.At.AddDays(-20), "receipt"));
        _bench.Lists[1] = _bench.Issuer.List(Bench.At.AddDays(-15), Bench.At.AddDays(-12));
        Assert.Equal("TOTAL_PASSED", _bench.Text(signed));
        _bench.Lists[1] = _bench.Issuer.List(Bench.At.AddDays(-40), Bench.At.AddDays(-30));
        Assert.Equal("INDETERMINATE/TRY_LATER", _bench.Text(signed));
    }

    [Theory]
    [InlineData(0, NoStatus)]
    [InlineData(1, "TOTAL_PASSED")]
    public void The_length_that_an_anchor_allows_counts(int length, string expected)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Short Root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, length, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var root = _bench.Root.Holding(new TestKey(key, request.CreateSelfSigned(Bench.At.AddYears(-5), Bench.At.AddYears(5))));
        _bench.Anchors[0] = new TrustAnchor { Certificate = root.Self.Der, Label = "short" };
        var issuer = root.Below("CN=Issuer below a short root");
        _bench.Signer = issuer.Signer();
        _bench.Lists.AddRange([root.List(), issuer.List()]);
        var maker = new CmsMaker();
        maker.Certificates.Add(issuer.Self.Der);
        Assert.Equal(expected, _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Who_does_not_say_that_it_is_an_authority_is_none()
    {
        // Neither basic constraints nor key usage: nothing forbids it, and nothing allows it.
        var plain = _bench.Root.Holding(_bench.Root.Issue("CN=Plain"));
        _bench.Signer = plain.Signer();
        _bench.Lists.Add(plain.List());
        var maker = new CmsMaker();
        maker.Certificates.Add(plain.Self.Der);
        Assert.Equal(NoStatus, _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void A_revocation_told_by_a_responder_that_has_ended_counts_all_the_same()
    {
        var responder = _bench.Issuer.Responder(until: Bench.At.AddDays(-3));
        _bench.Answers.Add(_bench.Issuer.Answer(_bench.Signer, responder, status: 1, revokedAt: Bench.At.AddDays(-30), thisUpdate: Bench.At.AddDays(-4), nextUpdate: Bench.At.AddDays(-3)));
        Assert.Equal("INDETERMINATE/REVOKED_NO_POE", _bench.Text());
    }

    private static TestAuthority Twin(TestAuthority above, Action<CertificateRequest>? edit = null) => above.Holding(above.Issue("CN=Test Issuing CA", r =>
    {
        r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        r.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        edit?.Invoke(r);
    }, Bench.At.AddYears(-9), Bench.At.AddYears(9)));

    private string With(TestAuthority twin)
    {
        _bench.Lists[1] = twin.List();
        var maker = _bench.Maker();
        maker.Certificates.Add(twin.Self.Der);
        return _bench.Text(_bench.Signed(maker));
    }

    private static X509Certificate2 SelfSigned(string name, ECDsa key) => new CertificateRequest(name, key, HashAlgorithmName.SHA256).CreateSelfSigned(Bench.At.AddYears(-1), Bench.At.AddYears(1));
}
