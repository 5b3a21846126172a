using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Agreements;

/// <summary>What an agreement with a State adds to the rules for everybody: national algorithms, and signatures without attributes.</summary>
public class AgreementPolicyTests
{
    private static readonly Agreement s_plain = DecideTests.Of(DecideTests.Rule);
    private static readonly Agreement s_gost = s_plain with { Algorithms = ["GOST"], WithoutAttributes = true };

    [Fact]
    public void Without_an_agreement_the_rules_are_those_for_everybody()
    {
        foreach (var agreements in (Agreement[][])[[], [s_plain], [s_gost with { Peer = "XC" }], [s_gost with { Direction = Direction.THEIRS }], [s_gost, s_plain with { Version = 2 }]])
        {
            var policy = AgreementPolicy.Of(Signed(agreements), "XB");
            Assert.Equal(ValidationPolicy.Default.Id, policy.Id);
            Assert.False(policy.AllowNoSignedAttributes);
            Assert.Null(policy.Algorithms.Find("1.2.643.7.1.1.3.2", 256));
        }
    }

    [Fact]
    public void What_agreements_with_the_State_add_is_in_the_rules_and_in_their_name()
    {
        var policy = AgreementPolicy.Of(Signed(s_gost, s_plain with { Id = new string('b', 32), Algorithms = ["EDDSA", "GOST"] }), "XB");
        Assert.Equal("gateway-default-1+GOST+EDDSA+WITHOUT_ATTRIBUTES", policy.Id);
        Assert.True(policy.AllowNoSignedAttributes);
        Assert.NotNull(policy.Algorithms.Find("1.2.643.7.1.1.3.2", 256));
        Assert.NotNull(policy.Algorithms.Find("1.3.101.112", 256));
        Assert.Null(policy.Algorithms.Find("1.2.156.10197.1.501", 256));
    }

    [Fact]
    public void An_algorithm_that_is_none_of_the_supplements_is_refused()
    {
        Assert.Equal(RefusalCode.DocumentValue, Agreement.Read((s_plain with { Algorithms = ["ROT13"] }).Write()).Refusal?.Code);
        Assert.Equal(s_gost.Write(), Agreement.Read(s_gost.Write()).Value.Write());
    }

    [SignatureMaterialFact]
    public void A_national_signature_passes_only_under_the_agreement_that_takes_it()
    {
        var trust = new TrustFiles();
        Assert.Null(trust.AddTrust(SharedMaterial.Read("scenarios/national/gost256a-ca.crt"), "ca", Gateway.Recognition.Certificates.TrustPurposes.Signatures));
        string Judge(params Agreement[] agreements) => JudgeDocument.Of(new JudgementInput
        {
            Document = SharedMaterial.Read("scenarios/national/gost256a-attached.p7m"),
            At = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero),
            Anchors = trust.Anchors,
            Policy = AgreementPolicy.Of(Signed(agreements), "XB") with { RequireRevocation = false },
        }).Report.Document.Indication;
        Assert.Equal("INDETERMINATE", Judge(s_plain));
        Assert.Equal("TOTAL_PASSED", Judge(s_gost));
    }

    private static IEnumerable<SignedAgreement> Signed(params Agreement[] agreements) => agreements.Select(a => new SignedAgreement(Digest.Of(a.Write()), a));
}
