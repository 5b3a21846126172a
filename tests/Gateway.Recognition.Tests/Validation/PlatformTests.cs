using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Gateway.Recognition.Validation;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.Recognition.Tests.Validation;

/// <summary>The measurements behind the decision that the platform's classes do not judge; they are repeated, so that the decision can be taken back when they change.</summary>
public class PlatformTests(ITestOutputHelper output)
{
    [SignatureMaterialFact]
    public void SignedCms_verifies_what_must_be_refused()
    {
        var accepted = new List<string>();
        foreach (var scenario in SharedMaterial.Json("scenarios/scenarios.json").EnumerateArray())
        {
            var file = scenario.GetProperty("file").GetString()!;
            if (!file.StartsWith("cms/f", StringComparison.Ordinal) || scenario.TryGetProperty("detached_content", out _))
                continue;
            if (Verifies(SharedMaterial.Read("scenarios/" + file)) && Recogniser.Recognise(Scenario.Input(scenario)).Indication == Indication.Failed)
                accepted.Add(scenario.GetProperty("id").GetString()!);
        }

        output.WriteLine(string.Join('\n', accepted));
        Assert.Contains("f06-dup-message-digest-same", accepted);
        Assert.Contains("f08-no-content-type", accepted);
        Assert.Contains("f09-content-type-mismatch", accepted);
        Assert.Contains("f10-noattrs-nondata", accepted);
        Assert.Contains("f12-attrs-not-der", accepted);
        Assert.Contains("f14-trailing-bytes", accepted);
    }

    [SignatureMaterialFact]
    public void SignedCms_refuses_a_salt_that_the_standard_allows() =>
        Assert.False(Verifies(SharedMaterial.Read("scenarios/cms/v06-rsa-pss-salt20.p7m")));

    [SignatureMaterialFact]
    public void X509Chain_knows_no_certificate_policies()
    {
        var (total, wrong) = (0, new List<string>());
        foreach (var test in SharedMaterial.Json("pkits/pkits.json").EnumerateArray())
        {
            // Sections 4.8 to 4.12: policies, with nothing revoked.
            var id = test.GetProperty("id").GetString()!;
            if (id[..3] is not ("408" or "409" or "410" or "411" or "412"))
                continue;
            total++;
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.VerificationTime = new(2026, 6, 1);
            chain.ChainPolicy.CustomTrustStore.Add(Load("TrustAnchorRootCertificate.crt"));
            foreach (var other in test.GetProperty("other_certs").EnumerateArray())
                chain.ChainPolicy.ExtraStore.Add(Load(other.GetString()!));
            if (chain.Build(Load(test.GetProperty("cert").GetString()!)) == test.TryGetProperty("error", out _))
                wrong.Add(test.GetProperty("name").GetString()!);
        }

        output.WriteLine($"{wrong.Count} of {total}: {string.Join(' ', wrong)}");
        Assert.NotEmpty(wrong);
    }

    private static bool Verifies(byte[] file)
    {
        try
        {
            var cms = new SignedCms();
            cms.Decode(file);
            cms.CheckSignature(verifySignatureOnly: true);
            return cms.SignerInfos.Count > 0;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            return false;
        }
    }

    private static X509Certificate2 Load(string name) => X509CertificateLoader.LoadCertificate(SharedMaterial.Read("pkits/certs/" + name));
}
