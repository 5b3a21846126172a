using System.Text;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

/// <summary>Both ways against the openssl command line.</summary>
public sealed class SignedDocumentOpenSslTests : IClassFixture<OpenSsl>
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("{\"v\":1,\"type\":\"test\"}\n");
    private static readonly DateTimeOffset Time = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly OpenSsl _openSsl;

    public SignedDocumentOpenSslTests(OpenSsl openSsl)
    {
        _openSsl = openSsl;
        if (File.Exists(openSsl.Path("p256.crt")))
            return;
        openSsl.EcIdentity("p256", "digitalSignature");
        openSsl.EcIdentity("p384", "nonRepudiation", "P-384");
        openSsl.EcIdentity("other", "digitalSignature");
        openSsl.EcIdentity("p521", "digitalSignature", "P-521");
        openSsl.EcIdentity("brainpool", "digitalSignature", "brainpoolP256r1");
        openSsl.EcIdentity("agree", "keyAgreement");
        openSsl.Identity("explicit", "digitalSignature", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit");
        openSsl.Identity("rsa", "digitalSignature", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048");
        openSsl.Write("content", Content);
    }

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    public void OpenSsl_verifies_what_we_sign_and_prints_the_document(string name)
    {
        using var signer = Signer.FromPem(_openSsl.Text(name + ".crt"), _openSsl.Text(name + ".key"));
        _openSsl.Write("ours.cms", SignedDocument.Sign(Content, signer, Time));

        _openSsl.Run("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "ours.cms", "-CAfile", name + ".crt", "-purpose", "any", "-out", "ours.out");

        Assert.Equal(Content, _openSsl.Read("ours.out"));
        Assert.Contains("Jun  1 12:00:00 2026 GMT", _openSsl.Run("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", "ours.cms"), StringComparison.Ordinal);
    }

    [Fact]
    public void OpenSsl_refuses_what_we_sign_when_another_certificate_is_trusted()
    {
        using var signer = Signer.FromPem(_openSsl.Text("p256.crt"), _openSsl.Text("p256.key"));
        _openSsl.Write("other.cms", SignedDocument.Sign(Content, signer, Time));

        Assert.NotEqual(0, _openSsl.Try("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "other.cms", "-CAfile", "other.crt", "-out", "x").ExitCode);
    }

    [Theory]
    [InlineData("p256", "sha256")]
    [InlineData("p256", "sha384")]
    [InlineData("p384", "sha256")]
    [InlineData("p384", "sha384")]
    [InlineData("p256", "sha256", "-keyid")]
    [InlineData("p256", "sha256", "-nosmimecap")]
    public void We_open_what_openssl_signs(string name, string hash, params string[] more)
    {
        var opened = SignedDocument.Open(Sign(name, hash, more)).Value;

        Assert.Equal(Content, opened.Content.ToArray());
        Assert.Equal(name, opened.Signer.CommonName);
        Assert.Equal(Certificate.ReadPem(_openSsl.Text(name + ".crt")).Value.Sha256, opened.Signer.Sha256);
    }

    [Theory]
    [InlineData("rsa", "sha256", RefusalCode.MarkAlgorithm)]
    [InlineData("rsa", "sha512", RefusalCode.MarkAlgorithm)]
    [InlineData("p256", "sha512", RefusalCode.MarkAlgorithm)]
    [InlineData("p256", "sha224", RefusalCode.MarkAlgorithm)]
    [InlineData("p521", "sha256", RefusalCode.MarkAlgorithm)]
    [InlineData("brainpool", "sha256", RefusalCode.MarkAlgorithm)]
    [InlineData("explicit", "sha256", RefusalCode.MarkAlgorithm)]
    [InlineData("agree", "sha256", RefusalCode.MarkSignerNotValid)]
    public void Refuses_keys_and_hashes_that_are_not_for_our_marks(string name, string hash, RefusalCode code)
        => Assert.Equal(code, SignedDocument.Open(Sign(name, hash)).Refusal?.Code);

    [Fact]
    public void Refuses_rsa_with_pss_parameters()
        => Assert.Equal(RefusalCode.MarkAlgorithm, SignedDocument.Open(Sign("rsa", "sha256", "-keyopt", "rsa_padding_mode:pss")).Refusal?.Code);

    [Fact]
    public void Refuses_an_object_without_signing_certificate_attribute()
        => Assert.Equal(RefusalCode.MarkSigningCertificate, SignedDocument.Open(Run("p256", "-nodetach", "-binary", "-md", "sha256")).Refusal?.Code);

    [Fact]
    public void Refuses_an_object_without_the_certificate()
        => Assert.Equal(RefusalCode.MarkSigningCertificate, SignedDocument.Open(Sign("p256", "sha256", "-nocerts")).Refusal?.Code);

    [Fact]
    public void Refuses_a_certificate_beside_the_signers_that_the_signature_does_not_name()
        => Assert.Equal(RefusalCode.MarkSigningCertificate, SignedDocument.Open(Sign("p256", "sha256", "-certfile", _openSsl.Path("other.crt"))).Refusal?.Code);

    [Fact]
    public void Refuses_an_object_without_signed_attributes()
        => Assert.Equal(RefusalCode.MarkStructure, SignedDocument.Open(Run("p256", "-nodetach", "-binary", "-md", "sha256", "-noattr")).Refusal?.Code);

    [Fact]
    public void Refuses_detached_content()
        => Assert.Equal((RefusalCode.MarkStructure, "the content is detached"), Named(Run("p256", "-binary", "-cades", "-md", "sha256")));

    [Fact]
    public void Refuses_two_signers()
        => Assert.Equal(RefusalCode.MarkSeveralSigners, SignedDocument.Open(Sign("p256", "sha256", "-signer", _openSsl.Path("other.crt"), "-inkey", _openSsl.Path("other.key"))).Refusal?.Code);

    [Fact]
    public void Refuses_streamed_ber()
        => Assert.Equal(RefusalCode.MarkNotDer, SignedDocument.Open(Sign("p256", "sha256", "-stream")).Refusal?.Code);

    [Fact]
    public void Refuses_content_of_another_type()
        => Assert.Equal(RefusalCode.MarkStructure, SignedDocument.Open(Sign("p256", "sha256", "-econtent_type", "1.2.840.113549.1.9.16.1.4")).Refusal?.Code);

    private static (RefusalCode?, string?) Named(byte[] der) => SignedDocument.Open(der).Refusal is { } refusal ? (refusal.Code, refusal.Detail) : default;

    private byte[] Sign(string name, string hash, params string[] more) => Run(name, ["-nodetach", "-binary", "-cades", "-md", hash, .. more]);

    private byte[] Run(string name, params string[] more)
    {
        _openSsl.Run(["cms", "-sign", "-in", "content", "-outform", "DER", "-out", "theirs.cms", "-signer", name + ".crt", "-inkey", name + ".key", .. more]);
        return _openSsl.Read("theirs.cms");
    }
}
