using Gateway.Recognition.Containers;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Containers;

/// <summary>
/// Containers and PDFs of other projects. Nobody's root is trusted here, so no verdict is better than INDETERMINATE; what is judged is whether the file is what was signed:
/// <c>intact</c> (nothing broken), <c>hash</c>, <c>missing</c>, <c>refused</c> (form), <c>crypto</c>, <c>unsupported</c> (named so), <c>none</c> (no signature).
/// </summary>
public class ContainerMaterialTests
{
    public static TheoryData<string, string> Files => new()
    {
        { "asic-cades/onefile-ok.asice", "intact" },
        { "asic-cades/onefile-ok.asics", "intact" },
        { "asic-cades/multifiles-ok.asice", "intact" },
        { "asic-cades/multifiles-ok.asics", "intact" },
        { "asic-cades/brokenReference.asice", "hash" },
        { "asic-cades/removed-doc.asice", "missing" },
        { "asic-cades/removedReference.asice", "missing" },
        { "asic-cades/malformed-container.asics", "refused" },
        { "asic-cades/no-signature.asics", "none" },
        { "asic-cades/dss1421.asice", "intact" },
        { "asic-cades/containerWithCounterSig.asics", "hash" }, // its file is not the one that was signed: openssl says so too
        { "asic-cades/tstNoMimeType.asice", "intact" },
        { "asic-cades/asice-cades-new-line-mimetype", "intact" },
        { "asic-cades/ASiC-E-CAdES-BpLTA.sce", "intact" },
        { "asic-cades/dss1984.asice", "intact" },
        { "asic-xades/onefile-ok.asice", "unsupported" },
        { "asic-xades/onefile-ok.asics", "unsupported" },
        { "asic-xades/multifiles-ok.asice", "unsupported" },
        { "asic-xades/onefile-wrong-file.asice", "unsupported" },
        { "asic-xades/onefile-too-much-files.asice", "unsupported" },
        { "asic-xades/removed-doc.asice", "unsupported" },
        { "asic-xades/no-signature.asics", "none" },
        { "asic-xades/container-with-counter-signature.asice", "unsupported" },
        { "asic-xades/malformed-container.asice", "refused" },
        { "asic-xades/xades_no-signedpropref.asice_.zip", "unsupported" },
        { "asic-structure/libdigidocpp__asice-path.asice", "none" },
        { "asic-structure/libdigidocpp__xml-bomb-attr.xml", "refused" },
        { "asic-structure/digidoc4j__TS_broken_TS.asice", "unsupported" },
        { "asic-structure/digidoc4j__datafile-name-in-signature-contains-path-separator.asice", "unsupported" },
        { "asic-structure/digidoc4j__signing_certificate_not_valid_during_timestamping.asice", "unsupported" },
        { "asic-structure/digidoc4j__valid-asice-lta.asice", "unsupported" },
        { "asic-structure/libdigidocpp__dot.asice", "refused" },
        { "asic-structure/libdigidocpp__forged_lt.asice", "unsupported" },
        { "asic-structure/libdigidocpp__test-tera.asics", "intact" },
        { "asic-structure/digidoc4j__zip-bomb.asice", "unsupported" },
        { "asic-structure/digidoc4j__2-mimetypes.asice", "refused" },
        { "asic-structure/digidoc4j__KS-18_lisatudfail.4.asice", "unsupported" },
        { "asic-structure/digidoc4j__KS-10_manifest_topelt_bdoc21_TM.bdoc", "refused" },
        { "asic-structure/digidoc4j__signature_does_not_cover_datafile.asice", "unsupported" },
        { "asic-structure/digidoc4j__1xTST-text-data-file.asics", "intact" },
        { "asic-structure/digidoc4j__2xTST-text-data-file.asics", "intact" },
        { "asic-structure/digidoc4j__CAdES-baseline-lt.asics", "intact" },
        { "asic-tst/siva__1xTST-valid-bdoc-data-file-invalid-signature-in-tst.asics", "broken" },
        { "asic-tst/siva__1xTST-valid-bdoc-data-file.asics", "intact" },
        { "asic-tst/siva__2xTST-text-data-file-1st-tst-invalid-2nd-tst-no-coverage.asics", "broken" },
        { "asic-tst/siva__2xTST-text-data-file-expired-tst-and-valid-tst.asics", "intact" },
        { "asic-tst/siva__2xTST-valid-bdoc-data-file.asics", "intact" },
        { "asic-tst/siva__testtimestamp.asics", "intact" },
        { "asic-tst/siva__timestamptoken-ddoc.asics", "intact" },
        { "asic-tst/siva__timestamptoken-invalid.asics", "broken" },
        { "asic-xroad/invalid-digest.asice", "unsupported" },
        { "asic-xroad/valid-signed-message.asice", "unsupported" },
        { "asic-xroad/wrong-message.asice", "unsupported" },
        { "pades/pades-bes.pdf", "intact" },
        { "pades/pades-bes-no-certificates.pdf", "intact" },
        { "pades/pades-epes.pdf", "intact" },
        { "pades/pdf-signed-original.pdf", "intact" },
        { "pades/pdf-signed-corrupted.pdf", "refused" },
        { "pades/pdf-signed-out-of-byteRange.pdf", "refused" },
        { "pades/pdf-byterange-overlap.pdf", "refused" },
        { "pades/pades-spoofing-replaced-reason.pdf", "refused" },
        { "pades/pdf-double-signer-info.pdf", "refused" },
        { "pades/pkcs7.pdf", "intact" },
        { "pades/hello_signed_INCSAVE_signed.pdf", "intact" },
        { "pades/hello_signed_INCSAVE_signed_EDITED.pdf", "refused" },
        { "pades/doc-firmado-LT.pdf", "intact" },
        { "pades/dss-1420__PAdES-BpB-att-SHA256-SHA3_256withRSA.pdf", "crypto" },
        { "pades/pades_infinite_loop.pdf", "refused" },
        { "pades/dss-2236__hide.pdf", "refused" },
        { "pades/pdf-with-empty-sig.pdf", "refused" },
        { "pades/siwa.pdf", "refused" },
        { "pades/pyhanko__coverage-anomalies__base.pdf", "refused" }, // the range is right; the value is zeros, and no signature
        { "pades/pyhanko__coverage-anomalies__one-byterange.pdf", "refused" },
        { "pades/pyhanko__coverage-anomalies__tail-uncovered.pdf", "refused" },
        { "pades/pyhanko__sig-no-signed-attrs.pdf", "intact" },
        { "pades/pyhanko__sig-with-ski-sid.pdf", "intact" },
        { "pades/pyhanko__minimal-two-fields-signed-twice.pdf", "intact" },
    };

    [SignatureMaterialTheory]
    [MemberData(nameof(Files))]
    public void Is_judged_as_expected(string file, string expected)
    {
        var verdict = RecogniseFile.Of(Signing.Input(SharedMaterial.Read(file)));
        Assert.NotEqual(Indication.Passed, verdict.Indication);
        Assert.DoesNotContain(verdict.Findings.Concat(verdict.Signatures.SelectMany(s => s.Findings)), f => f.Key == FindingKey.EngineFault);
        var found = Kind(verdict);
        Assert.True(found == expected || (expected == "broken" && found is "hash" or "crypto" or "refused" or "missing"), $"{file}: expected {expected}, found {found}: {Signing.Told(verdict)}");
    }

    [SignatureMaterialFact]
    public void No_file_of_these_folders_is_left_out()
    {
        var known = Files.Select(row => (string)row[0]).ToHashSet();
        foreach (var folder in (string[])["asic-cades", "asic-structure", "asic-tst", "asic-xades", "asic-xroad", "pades"])
            Assert.Empty(Directory.EnumerateFiles(SharedMaterial.At(folder)).Select(f => $"{folder}/{Path.GetFileName(f)}").Except(known));
    }

    private static string Kind(Verdict verdict)
    {
        if (verdict.Indication == Indication.NoSignatureFound)
            return "none";
        var subs = verdict.Findings.Concat(verdict.Signatures.SelectMany(s => s.Findings)).Concat(verdict.TimeStamps.SelectMany(t => t.Findings))
            .Where(f => f.Severity == Severity.Error).ToList();
        bool Has(SubIndication sub) => subs.Any(f => f.SubIndication == sub) || verdict.Signatures.Any(s => s.SubIndications.Contains(sub)) || verdict.TimeStamps.Any(t => t.SubIndications.Contains(sub));
        if (Has(SubIndication.FormatFailure))
            return "refused";
        if (Has(SubIndication.HashFailure))
            return "hash";
        if (Has(SubIndication.SignedDataNotFound))
            return "missing";
        if (Has(SubIndication.SigCryptoFailure))
            return "crypto";
        return subs.Any(f => f.Key == FindingKey.FormatNotSupported) ? "unsupported" : "intact";
    }
}
