using Gateway.Recognition.Certificates;
using Gateway.Recognition.Containers;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Containers;

/// <summary>Forms that are usual in one State and nowhere else: taken where the policy says so.</summary>
public class NationalFormsTests
{
    [SignatureMaterialTheory]
    [InlineData("gost-tc26-cms-256.p7m", "gost-x509-0.crt")]
    [InlineData("gost-tc26-cms-512.p7m", "gost-x509-1.crt")]
    public void Messages_of_TC26_without_attributes_pass_where_the_policy_takes_the_form(string message, string certificate)
    {
        var signer = SharedMaterial.Read("national-independent/" + certificate);
        var policy = ValidationPolicy.Default with { RequireRevocation = false, RequireSignerKeyUsage = false, Algorithms = AlgorithmCatalogue.Default.With(NationalSupplement.Gost) };
        RecognitionInput By(ValidationPolicy rules) => new()
        {
            Document = SharedMaterial.Read("national-independent/" + message),
            At = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Trust = new TrustAnchors([new TrustAnchor { Certificate = signer, MaySign = true }]),
            Material = new Material([signer], [], []),
            Policy = rules,
        };
        var verdict = RecogniseFile.Of(By(policy with { AllowNoSignedAttributes = true }));
        Assert.True(verdict.Indication == Indication.Passed, Signing.Told(verdict));
        Assert.Equal(Indication.Indeterminate, RecogniseFile.Of(By(policy)).Indication);
        Assert.Equal(Indication.Indeterminate, RecogniseFile.Of(By(policy with { AllowNoSignedAttributes = true, Algorithms = AlgorithmCatalogue.Default })).Indication);
    }
}
