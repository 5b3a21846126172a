using System.Security.Cryptography;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Paths;

public class AnchorTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void Does_not_believe_an_anchor_after_its_sunset_unless_the_signature_is_older()
    {
        _bench.Anchors[0] = _bench.Root.Anchor with { TrustedUntil = Bench.At.AddDays(-10), Purposes = TrustPurposes.Signatures };
        _bench.Anchors.Add(_bench.Root.Anchor with { Purposes = TrustPurposes.TimeStamps });
        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND_NO_POE", _bench.Text());

        Assert.Equal("TOTAL_PASSED", _bench.Text(_bench.Signed(_bench.Stamped(Bench.At.AddDays(-20)))));
        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND_NO_POE", _bench.Text(_bench.Signed(_bench.Stamped(Bench.At.AddDays(-5)))));
    }

    [Fact]
    public void Does_not_believe_an_anchor_for_what_is_older_than_the_trust()
    {
        _bench.Anchors[0] = _bench.Root.Anchor with { TrustedFrom = Bench.At.AddDays(1) };

        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", _bench.Text());
    }

    [Fact]
    public void Takes_the_entry_of_a_list_s_history_that_fits()
    {
        _bench.Anchors[0] = _bench.Root.Anchor with { TrustedUntil = Bench.At.AddDays(-10) };
        _bench.Anchors.Add(_bench.Root.Anchor with { TrustedFrom = Bench.At.AddDays(-5) });

        Assert.Equal("TOTAL_PASSED", _bench.Text());
    }

    [Fact]
    public void Takes_a_name_and_a_key_for_an_anchor()
    {
        _bench.Anchors[0] = new TrustAnchor
        {
            Name = _bench.Root.Self.Certificate.SubjectName.RawData,
            PublicKey = _bench.Root.Self.Certificate.PublicKey.ExportSubjectPublicKeyInfo(),
        };
        Assert.Equal("TOTAL_PASSED", _bench.Text());

        _bench.Anchors[0] = _bench.Anchors[0] with { PublicKey = TestAuthority.Root().Self.Certificate.PublicKey.ExportSubjectPublicKeyInfo() };
        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", _bench.Text());
    }

    [Fact]
    public void Takes_a_signer_that_a_list_names_itself_only_where_the_list_says_so()
    {
        _bench.Anchors[0] = new TrustAnchor { Certificate = _bench.Signer.Der, MaySign = true };
        Assert.Equal("TOTAL_PASSED", _bench.Text());

        _bench.Anchors[0] = _bench.Anchors[0] with { MaySign = false };
        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", _bench.Text());
    }

    [Fact]
    public void Minds_the_validity_of_an_anchor_s_certificate_unless_told_not_to()
    {
        var old = TestAuthority.Root("CN=Old Root");
        var at = TestAuthority.At.AddYears(11);
        var signer = old.Signer(until: at.AddYears(1));
        var policy = ValidationPolicy.Default with { RequireRevocation = false };

        Assert.Equal(Indication.Indeterminate, PathBench.Judge(signer.Der, [old.Anchor], [], [], policy, at).Indication);
        Assert.Equal(Indication.Passed, PathBench.Judge(signer.Der, [old.Anchor with { CertificateValidityBinds = false }], [], [], policy, at).Indication);
    }

    [Fact]
    public void Passes_an_old_signature_on_the_strength_of_a_receipt()
    {
        _bench.Signer = _bench.Issuer.Signer(until: Bench.At.AddDays(-30));
        _bench.Lists.Add(_bench.Issuer.List(Bench.At.AddDays(-40), Bench.At.AddDays(-33)));
        var document = _bench.Signed();
        Assert.Equal("INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED", _bench.Text(document));

        _bench.Proofs.Add(new(SHA256.HashData(document), Bench.At.AddDays(-50), "receipt RelayAcceptance 4"));
        var signature = Assert.Single(_bench.Judge(document).Signatures);
        Assert.Equal(Indication.Passed, signature.Indication);
        Assert.Equal("receipt RelayAcceptance 4", signature.BestSignatureTimeSource);
    }

    [Fact]
    public void Takes_no_proof_about_another_document()
    {
        _bench.Signer = _bench.Issuer.Signer(until: Bench.At.AddDays(-30));
        _bench.Lists.Add(_bench.Issuer.List(Bench.At.AddDays(-40), Bench.At.AddDays(-33)));
        _bench.Proofs.Add(new(SHA256.HashData("another"u8), Bench.At.AddDays(-50), "receipt"));

        Assert.Equal("INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED", _bench.Text());
    }
}
