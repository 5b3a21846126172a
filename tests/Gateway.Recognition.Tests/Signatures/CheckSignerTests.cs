using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Signatures;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Signatures;

public class CheckSignerTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void Passes_what_is_in_order()
    {
        var verdict = _bench.Judge();

        Assert.Equal("TOTAL_PASSED", Validation.Scenario.Text(verdict));
        var signature = Assert.Single(verdict.Signatures);
        Assert.Equal("CADES_B", signature.Level);
        Assert.Equal(3, signature.Chain.Count);
        Assert.Equal("test root", signature.Anchor);
        Assert.Equal("XA", signature.Signer!.Country);
        Assert.Equal(2, signature.Revocation.Count);
    }

    [Fact]
    public void Passes_detached_content_in_a_stream()
    {
        var maker = _bench.Maker();
        maker.Detached = true;

        Assert.Equal("TOTAL_PASSED", _bench.Text(_bench.Signed(maker), new SignedContent(() => new MemoryStream(Bench.Content), "letter.pdf")));
    }

    [Fact]
    public void Says_that_detached_content_is_missing()
    {
        var maker = _bench.Maker();
        maker.Detached = true;

        Assert.Equal("INDETERMINATE/SIGNED_DATA_NOT_FOUND", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Judges_the_content_inside_and_says_that_other_content_was_not_looked_at()
    {
        var verdict = _bench.Judge(content: new SignedContent("another letter"u8.ToArray()));

        Assert.Equal(Indication.Passed, verdict.Indication);
        Assert.Contains(verdict.Findings, f => f is { Key: FindingKey.ContentDoubled, Severity: Severity.Warning });
    }

    [Theory]
    [InlineData(CmsOids.MessageDigest, "TOTAL_FAILED/FORMAT_FAILURE")]
    [InlineData(CmsOids.ContentType, "TOTAL_FAILED/FORMAT_FAILURE")]
    [InlineData(CmsOids.SigningCertificateV2, "INDETERMINATE/SIG_CONSTRAINTS_FAILURE")]
    public void Misses_an_attribute(string oid, string expected)
    {
        var maker = _bench.Maker();
        maker.EditAttributes = a => a.RemoveAll(x => x.Oid == oid);

        Assert.Equal(expected, _bench.Text(_bench.Signed(maker)));
    }

    [Theory]
    [InlineData(CmsOids.MessageDigest)]
    [InlineData(CmsOids.ContentType)]
    [InlineData(CmsOids.SigningCertificateV2)]
    public void Refuses_an_attribute_that_comes_twice(string oid)
    {
        var maker = _bench.Maker();
        maker.EditAttributes = a => a.Add(a.Single(x => x.Oid == oid));

        Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Does_not_take_another_certificate_with_the_same_issuer_and_number()
    {
        var maker = _bench.Maker();
        var other = _bench.Issuer.Signer();
        maker.EditAttributes = a => a[a.FindIndex(x => x.Oid == CmsOids.SigningCertificateV2)] = (CmsOids.SigningCertificateV2, CmsMaker.Reference(other));

        Assert.Equal("INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Refuses_algorithms_other_than_those_that_the_attributes_name()
    {
        var maker = _bench.Maker();
        maker.EditAttributes = a => a.Add((CmsOids.AlgorithmProtection, CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            {
                using (w.PushSequence())
                    w.WriteObjectIdentifier(CmsMaker.Sha256Oid);
                using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                    w.WriteObjectIdentifier("1.2.840.10045.4.3.4");
            }
        })));

        Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Does_not_take_a_content_digest_other_than_that_of_the_signature()
    {
        var maker = _bench.Maker();
        maker.DigestOid = "2.16.840.1.101.3.4.2.3";
        maker.EditAttributes = a => a[0] = (CmsOids.MessageDigest, CmsMaker.Encode(w => w.WriteOctetString(SHA512.HashData(Bench.Content))));

        Assert.Equal("TOTAL_FAILED/SIG_CRYPTO_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Takes_a_signature_without_attributes_only_where_the_policy_says_so()
    {
        var maker = _bench.Maker();
        maker.WithoutAttributes = true;
        var signed = _bench.Signed(maker);

        Assert.Equal("INDETERMINATE/SIG_CONSTRAINTS_FAILURE", _bench.Text(signed));
        _bench.Policy = ValidationPolicy.Default with { AllowNoSignedAttributes = true };
        Assert.Equal("TOTAL_PASSED", _bench.Text(signed));
    }

    [Fact]
    public void Never_takes_content_that_could_be_the_attributes_of_another_signature()
    {
        _bench.Policy = ValidationPolicy.Default with { AllowNoSignedAttributes = true };
        var attributes = CmsMaker.Encode(w =>
        {
            using (w.PushSetOf())
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(CmsOids.MessageDigest);
                using (w.PushSetOf())
                    w.WriteOctetString(new byte[32]);
            }
        });
        var maker = _bench.Maker();
        maker.WithoutAttributes = true;

        Assert.Equal("INDETERMINATE/SIG_CONSTRAINTS_FAILURE", _bench.Text(maker.Sign(attributes, _bench.Signer)));
        maker.Detached = true;
        Assert.Equal("INDETERMINATE/SIG_CONSTRAINTS_FAILURE", _bench.Text(maker.Sign(attributes, _bench.Signer), new SignedContent(() => new MemoryStream(attributes), "letter")));
        maker.ContentType = CmsOids.TimeStampInfo;
        Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Reports_counter_signatures_without_letting_them_decide()
    {
        var maker = _bench.Maker();
        var other = _bench.Issuer.Signer(name: "CN=Countersigner");
        maker.Certificates.Add(other.Der);
        maker.Unsigned = signature =>
        [
            (CmsOids.CounterSignature, new CmsMaker().SignerInfo(signature, other, isCounter: true)),
            (CmsOids.CounterSignature, new CmsMaker().SignerInfo("something else"u8.ToArray(), other, isCounter: true)),
        ];

        var signature = Assert.Single(_bench.Judge(_bench.Signed(maker)).Signatures);

        Assert.Equal([Indication.Passed, Indication.Failed], signature.CounterSignatures.Select(c => c.Indication).Order());
        Assert.Equal(Indication.Passed, signature.Indication);
        Assert.Contains(signature.Findings, f => f.Key == FindingKey.CounterSignatureWrong);
    }

    [Fact]
    public void Refuses_a_key_for_other_purposes()
    {
        _bench.Policy = ValidationPolicy.Default with { SignerExtendedKeyUsages = ["1.3.6.1.5.5.7.3.36"] };
        Assert.Equal("TOTAL_PASSED", _bench.Text());
        var mail = new System.Security.Cryptography.OidCollection { new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.4") };
        var signer = _bench.Signer;
        _bench.Signer = _bench.Issuer.Issue("CN=Mail", r => r.CertificateExtensions.Add(new System.Security.Cryptography.X509Certificates.X509EnhancedKeyUsageExtension(mail, false)));
        Assert.Equal("INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE", _bench.Text());
        _bench.Policy = ValidationPolicy.Default;
        Assert.Equal("TOTAL_PASSED", _bench.Text());
        _bench.Signer = signer;
    }

    [Fact]
    public void Refuses_a_key_for_time_stamps_as_a_signer_s()
    {
        _bench.Signer = _bench.Stamper;

        Assert.Equal("INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE", _bench.Text());
    }

    [Fact]
    public void Bounds_signers_certificates_and_size()
    {
        var infos = Enumerable.Range(0, 65).Select(_ => _bench.Maker().SignerInfo(Bench.Content, _bench.Signer, isCounter: false)).ToList();
        Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", _bench.Text(_bench.Maker().Wrap(Bench.Content, infos, [_bench.Signer])));
        Assert.Equal("TOTAL_PASSED", _bench.Text(_bench.Maker().Wrap(Bench.Content, infos.Take(2).ToList(), [_bench.Signer])));

        var many = _bench.Maker();
        many.Certificates.AddRange(Enumerable.Range(0, 128).Select(_ => _bench.Issuer.Self.Der));
        Assert.Equal(FindingKey.StructureTooLarge, Assert.Single(_bench.Judge(_bench.Signed(many)).Findings).Key);

        _bench.Policy = ValidationPolicy.Default with { Limits = new() { MaxDocumentBytes = 1000 } };
        Assert.Equal(FindingKey.StructureTooLarge, Assert.Single(_bench.Judge().Findings).Key);
    }

    [Fact]
    public void Stops_when_the_budget_of_signature_checks_is_spent()
    {
        _bench.Policy = ValidationPolicy.Default with { Limits = new() { MaxWork = 5 } };

        var signature = Assert.Single(_bench.Judge().Signatures);
        Assert.Equal(Indication.Indeterminate, signature.Indication);
        Assert.Contains(signature.Findings, f => f.Key == FindingKey.AlgorithmNotAvailable);
    }

    [Fact]
    public void Takes_zeros_after_the_end_for_padding_and_nothing_else()
    {
        Assert.Equal("TOTAL_PASSED", _bench.Text([.. _bench.Signed(), 0, 0, 0]));
        Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", _bench.Text([.. _bench.Signed(), 0, 0, 1]));
    }
}
