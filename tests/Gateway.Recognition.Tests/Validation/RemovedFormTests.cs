using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Gateway.Recognition.Signatures;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Validation;

/// <summary>As <see cref="RemovedCheckTests"/>, for attributes that cannot be read, algorithms that nobody knows, and time-stamps.</summary>
public class RemovedFormTests
{
    private readonly Bench _bench = new();

    [Theory]
    [InlineData(CmsOids.MessageDigest)]
    [InlineData(CmsOids.SigningTime)]
    [InlineData(CmsOids.AlgorithmProtection)]
    [InlineData(CmsOids.SigningCertificateV2)]
    public void An_attribute_that_cannot_be_read_fails(string oid)
    {
        var maker = _bench.Maker();
        maker.EditAttributes = a =>
        {
            a.RemoveAll(x => x.Oid == oid);
            a.Add((oid, [0x02, 0x01, 0x01]));
        };
        Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void A_signing_certificate_attribute_that_names_none_binds_none()
    {
        var maker = _bench.Maker();
        maker.EditAttributes = a => a[a.FindIndex(x => x.Oid == CmsOids.SigningCertificateV2)] = (CmsOids.SigningCertificateV2, [0x30, 0x02, 0x30, 0x00]);
        Assert.Equal("INDETERMINATE/SIG_CONSTRAINTS_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Theory]
    [InlineData(CmsMaker.Sha256Oid, "1.2.840.10045.4.3.2", "TOTAL_PASSED")]
    [InlineData("2.16.840.1.101.3.4.2.3", "1.2.840.10045.4.3.2", "TOTAL_FAILED/FORMAT_FAILURE")]
    [InlineData(CmsMaker.Sha256Oid, "1.2.840.10045.4.3.3", "TOTAL_FAILED/FORMAT_FAILURE")]
    [InlineData(CmsMaker.Sha256Oid, null, "TOTAL_PASSED")]
    public void The_algorithms_that_the_attributes_name_are_those_of_the_signature(string digest, string? signature, string expected)
    {
        var maker = _bench.Maker();
        maker.EditAttributes = a => a.Add((CmsOids.AlgorithmProtection, CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            {
                using (w.PushSequence())
                    w.WriteObjectIdentifier(digest);
                if (signature is not null)
                {
                    using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                        w.WriteObjectIdentifier(signature);
                }
            }
        })));
        Assert.Equal(expected, _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void A_signature_that_is_copied_as_a_counter_signature_is_none()
    {
        // Without attributes nothing in it says over what it was made; it was found valid a moment ago, over the content.
        _bench.Policy = _bench.Policy with { AllowNoSignedAttributes = true };
        var maker = _bench.Maker();
        maker.WithoutAttributes = true;
        var other = _bench.Issuer.Signer();
        var first = maker.SignerInfo(Bench.Content, other, isCounter: false);
        maker.Unsigned = _ => [(CmsOids.CounterSignature, first)];
        var verdict = _bench.Judge(maker.Wrap(Bench.Content, [first, maker.SignerInfo(Bench.Content, _bench.Signer, isCounter: false)], [other, _bench.Signer]));
        var counter = Assert.Single(verdict.Signatures.SelectMany(s => s.CounterSignatures));
        Assert.Contains(SubIndication.SigCryptoFailure, counter.SubIndications);
        Assert.Equal(2, verdict.Signatures.Count(s => s.Findings.All(f => f.SubIndication != SubIndication.SigCryptoFailure)));
    }

    [Fact]
    public void An_archive_time_stamp_carries_nothing()
    {
        // As a signature time-stamp the same token would carry the signature over the end of its certificate.
        _bench.Signer = _bench.Issuer.Signer(Bench.At.AddYears(-2), Bench.At.AddDays(-10));
        _bench.Lists[1] = _bench.Issuer.List(Bench.At.AddDays(-15), Bench.At.AddDays(5));
        Assert.Equal("TOTAL_PASSED", _bench.Text(_bench.Signed(_bench.Stamped(Bench.At.AddDays(-20)))));
        foreach (var oid in (string[])[CmsOids.ArchiveTimeStampV2, CmsOids.ArchiveTimeStampV3])
        {
            var maker = _bench.Maker();
            maker.Unsigned = signature => [(oid, CmsMaker.Token(signature, Bench.At.AddDays(-20), _bench.Stamper))];
            var verdict = _bench.Judge(_bench.Signed(maker));
            Assert.Equal(Indication.Indeterminate, verdict.Indication);
            Assert.Contains(verdict.Signatures[0].Findings, f => f.Key == FindingKey.ArchiveTimeStampNotEvaluated);
            Assert.Equal("CADES_LTA", verdict.Signatures[0].Level);
        }
    }

    [Fact]
    public void A_digest_that_nobody_knows_does_not_pass()
    {
        var maker = _bench.Maker();
        maker.DigestOid = "1.2.3.4";
        var verdict = _bench.Judge(_bench.Signed(maker));
        Assert.NotEqual(Indication.Passed, verdict.Indication);
        Assert.Contains(verdict.Signatures[0].Findings, f => f.Key == FindingKey.AlgorithmNotAvailable);
    }

    [Fact]
    public void A_signature_algorithm_that_nobody_knows_is_undetermined()
    {
        var signed = _bench.Signed();
        // ecdsa-with-SHA256 in the SignerInfo, which stands last.
        signed[signed.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]) + 7] = 0x7f;
        Assert.Equal("INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE", _bench.Text(signed));
    }

    [Fact]
    public void More_time_stamps_than_are_looked_at_take_the_pass_away()
    {
        var maker = _bench.Maker();
        maker.Unsigned = signature => Enumerable.Range(1, 17).Select(i => (CmsOids.SignatureTimeStamp, CmsMaker.Token(signature, Bench.At.AddDays(-i), _bench.Stamper)));
        Assert.Equal("INDETERMINATE/SIG_CONSTRAINTS_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void A_stamp_whose_digest_nobody_knows_proves_nothing()
        => ProvesNothing(signature => CmsMaker.Token(signature, Bench.At.AddDays(-10), _bench.Stamper, imprint: "1.2.3.4"));

    [Fact]
    public void A_stamp_under_a_digest_that_had_ended_proves_nothing()
        => ProvesNothing(signature => CmsMaker.Token(signature, Bench.At.AddDays(-10), _bench.Stamper, imprint: CmsMaker.Sha1Oid));

    [Fact]
    public void A_stamp_with_a_critical_condition_that_nobody_knows_proves_nothing()
        => ProvesNothing(signature => CmsMaker.Token(signature, Bench.At.AddDays(-10), _bench.Stamper, more: w =>
        {
            using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier("1.2.3.4.5");
                w.WriteBoolean(true);
                w.WriteOctetString([5, 0]);
            }
        }));

    [Fact]
    public void A_content_stamp_that_nobody_believes_does_not_prove_that_it_was_signed_later()
    {
        _bench.Lists[1] = _bench.Issuer.List(null, null, (_bench.Signer, Bench.At.AddDays(-30), X509RevocationReason.KeyCompromise));
        string By(TestKey authority)
        {
            var maker = _bench.Maker();
            maker.EditAttributes = a => a.Add((CmsOids.ContentTimeStamp, CmsMaker.Token(Bench.Content, Bench.At.AddDays(-10), authority)));
            return _bench.Text(_bench.Signed(maker));
        }
        Assert.Equal("TOTAL_FAILED/REVOKED", By(_bench.Stamper));
        Assert.Equal("INDETERMINATE/REVOKED_NO_POE", By(TestAuthority.Root("CN=Nobody").TimeStamper()));
    }

    [Fact]
    public void A_stamp_whose_content_is_no_stamp_proves_nothing()
        => ProvesNothing(signature => CmsMaker.Token(signature, Bench.At.AddDays(-10), _bench.Stamper, maker => maker.ContentType = CmsOids.Data));

    [Fact]
    public void A_stamp_by_a_key_that_may_not_sign_proves_nothing()
    {
        var purposes = new System.Security.Cryptography.OidCollection { new(Gateway.Recognition.Certificates.CertificateExtensions.TimeStamping) };
        _bench.Stamper = _bench.Issuer.Issue("CN=Test Time-Stamps", r =>
        {
            r.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(purposes, true));
            r.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyEncipherment, true));
        });
        ProvesNothing(signature => CmsMaker.Token(signature, Bench.At.AddDays(-10), _bench.Stamper));
    }

    [Fact]
    public void A_stamp_over_something_that_is_not_at_hand_is_undetermined()
    {
        var verdict = Recogniser.RecogniseTimeStamp(_bench.Input(CmsMaker.Token(Bench.Content, Bench.At.AddDays(-10), _bench.Stamper), null));
        Assert.Equal(Indication.Indeterminate, verdict.Indication);
        Assert.Contains(SubIndication.SignedDataNotFound, verdict.SubIndications);
    }

    [Fact]
    public void A_proof_from_before_an_issuers_certificate_began_proves_no_valid_path()
    {
        var young = _bench.Root.Holding(_bench.Root.Issue("CN=Young", r =>
        {
            r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            r.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        }, Bench.At.AddDays(-10), Bench.At.AddYears(2)));
        _bench.Signer = young.Signer(Bench.At.AddYears(-3), Bench.At.AddDays(-1));
        _bench.Lists.Add(young.List(Bench.At.AddDays(-2)));
        var maker = _bench.Stamped(Bench.At.AddDays(-20));
        maker.Certificates.Add(young.Self.Der);
        Assert.StartsWith("INDETERMINATE", _bench.Text(_bench.Signed(maker)), StringComparison.Ordinal);
    }

    // The signer's certificate has ended: only a proof of age could make it pass, and the good one does.
    private void ProvesNothing(Func<byte[], byte[]> token)
    {
        _bench.Signer = _bench.Issuer.Signer(Bench.At.AddYears(-3), Bench.At.AddDays(-1));
        _bench.Lists[1] = _bench.Issuer.List(Bench.At.AddDays(-2));
        var stamper = _bench.Stamper;
        _bench.Stamper = _bench.Issuer.TimeStamper();
        Assert.Equal("TOTAL_PASSED", _bench.Text(_bench.Signed(_bench.Stamped(Bench.At.AddDays(-10)))));
        _bench.Stamper = stamper;
        var maker = _bench.Maker();
        maker.Unsigned = signature => [(CmsOids.SignatureTimeStamp, token(signature))];
        Assert.StartsWith("INDETERMINATE/OUT_OF_BOUNDS", _bench.Text(_bench.Signed(maker)), StringComparison.Ordinal);
    }
}
