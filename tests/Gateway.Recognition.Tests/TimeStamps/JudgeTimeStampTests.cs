using System.Security.Cryptography;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Signatures;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.TimeStamps;

public class JudgeTimeStampTests
{
    private static readonly DateTimeOffset Then = Bench.At.AddDays(-60);
    private readonly Bench _bench = new();

    [Fact]
    public void Proves_with_a_good_stamp_that_a_signature_is_old()
    {
        var signature = Assert.Single(_bench.Judge(_bench.Signed(_bench.Stamped(Then))).Signatures);

        Assert.Equal(Indication.Passed, signature.Indication);
        Assert.Equal(Then, signature.BestSignatureTime);
        Assert.Equal("CADES_T", signature.Level);
        var stamp = Assert.Single(signature.TimeStamps);
        Assert.Equal((Indication.Passed, "7"), (stamp.Indication, stamp.Serial));
    }

    [Fact]
    public void Passes_an_expired_certificate_when_stamp_and_status_are_from_its_life()
    {
        _bench.Signer = _bench.Issuer.Signer(until: Bench.At.AddDays(-30));
        _bench.Lists.Add(_bench.Issuer.List(Then.AddDays(1), Then.AddDays(8)));
        var stamped = _bench.Signed(_bench.Stamped(Then));

        Assert.Equal("TOTAL_PASSED", _bench.Text(stamped));
        Assert.Equal("INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED", _bench.Text(_bench.Signed()));
        // Status from before the stamp does not tell what happened until then.
        _bench.Lists[^1] = _bench.Issuer.List(Then.AddDays(-9), Then.AddDays(-2));
        Assert.Equal("INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED", _bench.Text(stamped));
        // Status from after the certificate's end says nothing of it.
        _bench.Lists.RemoveAt(_bench.Lists.Count - 1);
        Assert.Equal("INDETERMINATE/OUT_OF_BOUNDS_NO_POE", _bench.Text(stamped));
    }

    [Theory]
    [InlineData(-10, "TOTAL_PASSED")]
    [InlineData(10, "INDETERMINATE/REVOKED_NO_POE")]
    [InlineData(0, "INDETERMINATE/REVOKED_NO_POE")]
    public void Counts_a_stamp_only_from_before_the_revocation(int days, string expected)
    {
        _bench.Lists[1] = _bench.Issuer.List(null, null, (_bench.Signer, Then, System.Security.Cryptography.X509Certificates.X509RevocationReason.KeyCompromise));

        Assert.Equal(expected, _bench.Text(_bench.Signed(_bench.Stamped(Then.AddDays(days)))));
    }

    [Fact]
    public void Fails_a_signature_that_is_older_than_its_certificate()
    {
        _bench.Signer = _bench.Issuer.Signer(from: Then.AddDays(1));

        Assert.Equal("TOTAL_FAILED/NOT_YET_VALID", _bench.Text(_bench.Signed(_bench.Stamped(Then))));
    }

    [Fact]
    public void Does_not_use_a_stamp_over_something_else() =>
        Unused(_bench.Stamped(Then, over: "another signature"u8.ToArray()), SubIndication.HashFailure, FindingKey.TimeStampImprintDiffers);

    [Fact]
    public void Does_not_use_a_stamp_of_an_authority_that_is_believed_for_signatures_only()
    {
        _bench.Anchors[0] = _bench.Root.Anchor with { Purposes = TrustPurposes.Signatures };

        Unused(_bench.Stamped(Then), SubIndication.NoCertificateChainFound, FindingKey.NoPathToAnchor);
    }

    [Fact]
    public void Does_not_take_a_signer_below_an_anchor_for_time_stamps_only()
    {
        _bench.Anchors[0] = _bench.Root.Anchor with { Purposes = TrustPurposes.TimeStamps };

        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", _bench.Text());
    }

    [Fact]
    public void Does_not_use_a_stamp_whose_purpose_is_not_critical()
    {
        _bench.Stamper = _bench.Issuer.TimeStamper(critical: false);

        Unused(_bench.Stamped(Then), SubIndication.ChainConstraintsFailure, FindingKey.TimeStampPurposeMissing);
    }

    [Fact]
    public void Does_not_use_a_stamp_of_a_key_that_does_other_things_too()
    {
        _bench.Stamper = _bench.Issuer.TimeStamper(true, null, null, "1.3.6.1.5.5.7.3.2");

        Unused(_bench.Stamped(Then), SubIndication.ChainConstraintsFailure, FindingKey.TimeStampPurposeMissing);
    }

    [Fact]
    public void Does_not_use_a_stamp_that_nothing_binds_to_its_certificate() =>
        Unused(_bench.Stamped(Then, m => m.EditAttributes = a => a.RemoveAll(x => x.Oid == CmsOids.SigningCertificateV2)), SubIndication.SigConstraintsFailure, FindingKey.SigningCertificateReferenceMissing);

    [Fact]
    public void Does_not_use_a_stamp_with_two_signers() => Unused(_bench.Stamped(Then, signers: 2), SubIndication.FormatFailure, FindingKey.TimeStampMalformed);

    [Fact]
    public void Does_not_use_a_stamp_from_the_future() => Unused(_bench.Stamped(Bench.At.AddHours(1)), SubIndication.SigConstraintsFailure, FindingKey.TimeStampNotTrusted);

    [Fact]
    public void Does_not_use_a_stamp_from_before_the_authority_s_certificate()
    {
        _bench.Stamper = _bench.Issuer.TimeStamper(true, Then.AddDays(1));

        Unused(_bench.Stamped(Then), SubIndication.ChainConstraintsFailure, FindingKey.TimeStampNotTrusted);
    }

    [Fact]
    public void Does_not_use_a_stamp_of_a_revoked_authority()
    {
        _bench.Lists[1] = _bench.Issuer.List(null, null, (_bench.Stamper, Bench.At.AddDays(-3), System.Security.Cryptography.X509Certificates.X509RevocationReason.KeyCompromise));

        Unused(_bench.Stamped(Then), SubIndication.RevokedNoPoe, FindingKey.CertificateRevoked);
    }

    [Fact]
    public void Uses_a_stamp_of_an_expired_authority_when_a_receipt_proves_its_age()
    {
        _bench.Stamper = _bench.Issuer.TimeStamper(until: Bench.At.AddDays(-10));
        _bench.Lists.Add(_bench.Issuer.List(Bench.At.AddDays(-20), Bench.At.AddDays(-13)));
        var maker = _bench.Stamped(Then);
        var document = _bench.Signed(maker);

        Assert.Equal(Indication.Indeterminate, _bench.Judge(document).Signatures[0].TimeStamps[0].Indication);
        _bench.Proofs.Add(new(SHA256.HashData(document), Bench.At.AddDays(-25), "receipt 1"));
        Assert.Equal(Indication.Passed, _bench.Judge(document).Signatures[0].TimeStamps[0].Indication);
    }

    [Theory]
    [InlineData(-40, "TOTAL_FAILED/REVOKED")]
    [InlineData(-80, "INDETERMINATE/REVOKED_NO_POE")]
    public void Fails_a_signature_whose_content_was_stamped_after_the_revocation(int days, string expected)
    {
        _bench.Lists[1] = _bench.Issuer.List(null, null, (_bench.Signer, Then, System.Security.Cryptography.X509Certificates.X509RevocationReason.KeyCompromise));
        var maker = _bench.Maker();
        maker.EditAttributes = a => a.Add((CmsOids.ContentTimeStamp, CmsMaker.Token(Bench.Content, Bench.At.AddDays(days), _bench.Stamper)));

        Assert.Equal(expected, _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Fails_a_signature_whose_content_was_stamped_after_the_certificate_s_end()
    {
        _bench.Signer = _bench.Issuer.Signer(until: Then);
        var maker = _bench.Maker();
        maker.EditAttributes = a => a.Add((CmsOids.ContentTimeStamp, CmsMaker.Token(Bench.Content, Then.AddDays(1), _bench.Stamper)));

        Assert.Equal("TOTAL_FAILED/EXPIRED", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Doubts_a_signature_that_is_stamped_before_its_content()
    {
        var maker = _bench.Stamped(Then);
        maker.EditAttributes = a => a.Add((CmsOids.ContentTimeStamp, CmsMaker.Token(Bench.Content, Then.AddDays(1), _bench.Stamper)));

        Assert.Equal("INDETERMINATE/TIMESTAMP_ORDER_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Judges_a_stamp_that_stands_alone()
    {
        var token = CmsMaker.Token(Bench.Content, Then, _bench.Stamper, m => m.Certificates.Add(_bench.Issuer.Self.Der));

        Assert.Equal(Indication.Passed, Recogniser.RecogniseTimeStamp(_bench.Input(token, new SignedContent(Bench.Content))).Indication);
        Assert.Equal([SubIndication.HashFailure], Recogniser.RecogniseTimeStamp(_bench.Input(token, new SignedContent("other"u8.ToArray()))).SubIndications);
        Assert.Equal(Indication.Failed, Recogniser.RecogniseTimeStamp(_bench.Input([.. token, 1], new SignedContent(Bench.Content))).Indication);
    }

    private void Unused(CmsMaker maker, SubIndication expected, FindingKey key)
    {
        var signature = Assert.Single(_bench.Judge(_bench.Signed(maker)).Signatures);

        var stamp = Assert.Single(signature.TimeStamps);
        Assert.NotEqual(Indication.Passed, stamp.Indication);
        Assert.Equal(expected, stamp.SubIndications[0]);
        Assert.Contains(stamp.Findings, f => f.Key == key && f.Severity == Severity.Error);
        Assert.Equal(Bench.At, signature.BestSignatureTime);
        Assert.Contains(signature.Findings, f => f is { Key: FindingKey.TimeStampNotTrusted, Severity: Severity.Warning });
    }
}
