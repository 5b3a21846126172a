using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Revocation;
using Gateway.Recognition.TimeStamps;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Signatures;

/// <summary>
/// Files of other projects without anchors: what is asserted is whether form and cryptography hold. "No path" is then the best verdict there can be.
/// </summary>
public class ForeignFilesTests
{
    private static readonly DateTimeOffset At = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [SignatureMaterialTheory]
    [InlineData("cades/cades-t-copied-sigtst.p7m", 1)]
    [InlineData("cades/counterSig.p7m", 1)]
    [InlineData("cades/CAdESDoubleLTA.p7m", 1)]
    [InlineData("cades/dss-1419__CAdES-BpB-att-SHA3_256-SHA3_256withRSA.p7m", 1)]
    [InlineData("cades/dss-1419__CAdES-BpB-att-SHA3_224-SHA3_224withRSA.p7m", 1)]
    [InlineData("cades/Signature-C-B-B-8.p7m", 1)]
    [InlineData("cades/Signature-CBp-LT-2.p7m", 1)]
    [InlineData("cades/cades-extended-bes.pkcs7", 1)]
    [InlineData("cades/cades-two-sig-copied-tst.p7m", 2)]
    [InlineData("cades/cades-bes-signeddata-enveloping.p7m", 1)]
    [InlineData("cades/Signature-C-A-XL-1.p7m", 1)]
    public void Finds_an_intact_signature_whose_issuer_is_unknown(string file, int signatures)
    {
        var verdict = Judge(file);

        Assert.Equal(signatures, verdict.Signatures.Count);
        Assert.All(verdict.Signatures, s => Assert.True(IsIntact(s), string.Join('\n', s.Findings)));
        Assert.All(verdict.Signatures, s => Assert.Contains(SubIndication.NoCertificateChainFound, s.SubIndications));
        Assert.NotEqual(Indication.Passed, verdict.Indication);
    }

    [SignatureMaterialTheory]
    [InlineData("cades/cades-duplicated-signed-attrs.p7m", "TOTAL_FAILED/FORMAT_FAILURE")]
    [InlineData("cades/cades-double-signing-certificate.p7m", "TOTAL_FAILED/FORMAT_FAILURE")]
    [InlineData("cades/cades-broken-sig-tst.p7m", "TOTAL_FAILED/SIG_CRYPTO_FAILURE")]
    [InlineData("cades/cms-no-sign-cert.p7m", "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND")]
    [InlineData("cades/dss-1419__CAdES-BpB-att-SHA256-SHA3_256withRSA.p7m", "TOTAL_FAILED/SIG_CRYPTO_FAILURE")]
    [InlineData("cades/dss-1419__CAdES-BpB-att-SHA256-SHA512withRSA.p7m", "TOTAL_FAILED/SIG_CRYPTO_FAILURE")]
    [InlineData("cades/dss-1419__CAdES-BpB-att-SHA3_384-SHA256withRSA.p7m", "TOTAL_FAILED/SIG_CRYPTO_FAILURE")]
    [InlineData("cades/malformed-cades.p7m", "TOTAL_FAILED/FORMAT_FAILURE")]
    [InlineData("cades/dss-1188__Test.bin", "TOTAL_FAILED/FORMAT_FAILURE")]
    [InlineData("cades/dss-1188__Test.bin.sig", "INDETERMINATE/SIGNED_DATA_NOT_FOUND")]
    [InlineData("bc-test-data/asn1__nested_seq.der", "TOTAL_FAILED/FORMAT_FAILURE")]
    [InlineData("bc-test-data/pkix__cms__mldsa__SignedData_ML-DSA-44.pem", "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND")]
    public void Says_what_is_wrong(string file, string expected) => Assert.Equal(expected, Validation.Scenario.Text(Judge(file)));

    [SignatureMaterialFact]
    public void Finds_a_detached_signature_intact_when_its_content_is_given()
    {
        var verdict = Judge("cades/dss-1188__Test.bin.sig", new SignedContent(SharedMaterial.Read("cades/dss-1188__Test.bin")));

        Assert.True(IsIntact(Assert.Single(verdict.Signatures)), string.Join('\n', verdict.Signatures[0].Findings));
    }

    [SignatureMaterialFact]
    public void Reports_counter_signatures()
    {
        var signature = Assert.Single(Judge("cades/counterSig.p7m").Signatures);

        Assert.True(IsIntact(Assert.Single(signature.CounterSignatures)), string.Join('\n', signature.CounterSignatures[0].Findings));
    }

    [SignatureMaterialTheory]
    [InlineData("tst/d-trust.tsr")]
    [InlineData("tst/disig.tst")]
    [InlineData("cades/d-trust.tsr")]
    public void Verifies_time_stamp_tokens_of_others(string file)
    {
        var token = TimeStampToken.Read(SharedMaterial.Read(file), ValidationLimits.Default, out var fault);
        Assert.True(token is not null, fault);

        var verdict = Recogniser.RecogniseTimeStamp(Input(SharedMaterial.Read(file), null));

        Assert.Equal(token.Time, verdict.Time);
        Assert.DoesNotContain(verdict.Findings, f => f.SubIndication is SubIndication.FormatFailure or SubIndication.SigCryptoFailure or SubIndication.HashFailure or SubIndication.SigConstraintsFailure);
        Assert.Contains(SubIndication.SignedDataNotFound, verdict.SubIndications);
        Assert.NotEqual(Indication.Passed, verdict.Indication);
    }

    [SignatureMaterialTheory]
    [InlineData("crl/belgium2.crl")]
    [InlineData("crl/LTGRCA.crl")]
    public void Reads_revocation_lists_of_others(string file) =>
        Assert.True(CertificateList.Read(SharedMaterial.Read(file), ValidationLimits.Default, out var fault) is not null, fault);

    private static bool IsIntact(SignatureVerdict signature) =>
        !signature.SubIndications.Any(s => s is SubIndication.FormatFailure or SubIndication.HashFailure or SubIndication.SigCryptoFailure or SubIndication.SignedDataNotFound)
        && !signature.Findings.Any(f => f is { Key: FindingKey.AlgorithmNotAvailable or FindingKey.KeyRefused, Severity: Severity.Error });

    private static Verdict Judge(string file, SignedContent? content = null) => Recogniser.Recognise(Input(SharedMaterial.Read(file), content));

    private static RecognitionInput Input(byte[] document, SignedContent? content) =>
        new() { Document = document, Content = content, At = At, Trust = TrustAnchors.None, Policy = ValidationPolicy.Default };
}
