using System.Text;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Tests.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Envelopes;

/// <summary>Both ways against the openssl command line.</summary>
public sealed class EnvelopeOpenSslTests : IClassFixture<OpenSsl>
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("{\"v\":1,\"type\":\"cover\"}\n");

    private readonly OpenSsl _openSsl;

    public EnvelopeOpenSslTests(OpenSsl openSsl)
    {
        _openSsl = openSsl;
        if (File.Exists(openSsl.Path("p256.crt")))
            return;
        openSsl.EcIdentity("p256", "keyAgreement");
        openSsl.EcIdentity("p384", "keyAgreement", "P-384");
        openSsl.EcIdentity("other", "keyAgreement");
        openSsl.Identity("rsa", "keyEncipherment", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048");
        openSsl.Write("content", Content);
    }

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    public void OpenSsl_decrypts_what_we_encrypt(string name)
    {
        _openSsl.Write("ours.cms", Envelope.Encrypt(Content, Certificate(name)));

        _openSsl.Run("cms", "-decrypt", "-binary", "-inform", "DER", "-in", "ours.cms", "-recip", name + ".crt", "-inkey", name + ".key", "-out", "ours.out");

        Assert.Equal(Content, _openSsl.Read("ours.out"));
    }

    [Fact]
    public void OpenSsl_decrypts_for_each_of_several_recipients()
    {
        _openSsl.Write("several.cms", Envelope.Encrypt(Content, Certificate("p256"), Certificate("p384"), Certificate("other")));

        foreach (var name in (string[])["p256", "p384", "other"])
        {
            _openSsl.Run("cms", "-decrypt", "-binary", "-inform", "DER", "-in", "several.cms", "-recip", name + ".crt", "-inkey", name + ".key", "-out", "several.out");
            Assert.Equal(Content, _openSsl.Read("several.out"));
        }
    }

    [Theory]
    [InlineData("p256", "P256-A256GCM-SHA256")]
    [InlineData("p384", "P384-A256GCM-SHA256")]
    [InlineData("p256", "P256-A256GCM-SHA256", "-keyid")]
    public void We_open_what_openssl_encrypts(string name, string suite, params string[] more)
    {
        using var decryptor = Decryptor(name);

        var opened = Envelope.OpenNamed(Encrypt([.. more, "-recip", name + ".crt", "-keyopt", "ecdh_kdf_md:sha256"]), decryptor).Value;

        Assert.Equal(Content, opened.Content);
        Assert.Equal(suite, opened.Suite.Name);
        Assert.Same(decryptor, opened.Key);
    }

    [Fact]
    public void Passes_over_recipients_of_other_kinds_and_finds_ours()
    {
        using var decryptor = Decryptor("p256");
        var envelope = Encrypt("-recip", "rsa.crt", "-recip", "other.crt", "-keyopt", "ecdh_kdf_md:sha256", "-recip", "p256.crt", "-keyopt", "ecdh_kdf_md:sha256",
            "-secretkey", new string('a', 64), "-secretkeyid", "00112233");

        Assert.Equal(Content, Envelope.Open(envelope, decryptor).Value);
    }

    [Fact]
    public void Refuses_key_derivation_with_sha1_by_name()
    {
        using var decryptor = Decryptor("p256");

        var refusal = Envelope.Open(Encrypt("-recip", "p256.crt"), decryptor).Refusal;

        Assert.Equal(RefusalCode.EnvelopeSuite, refusal?.Code);
        Assert.Contains("sha1kdf", refusal!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Opens_the_acceptable_one_of_two_entries_that_are_ours()
    {
        using var decryptor = Decryptor("p256");

        Assert.Equal(Content, Envelope.Open(Encrypt("-recip", "p256.crt", "-recip", "p256.crt", "-keyopt", "ecdh_kdf_md:sha256"), decryptor).Value);
    }

    [Theory]
    [InlineData("ecdh_kdf_md:sha384")]
    [InlineData("ecdh_kdf_md:sha224")]
    [InlineData("ecdh_kdf_md:sha512")]
    public void Refuses_other_key_derivations(string option)
    {
        using var decryptor = Decryptor("p256");

        Assert.Equal(RefusalCode.EnvelopeSuite, Envelope.Open(Encrypt("-recip", "p256.crt", "-keyopt", option), decryptor).Refusal?.Code);
    }

    [Theory]
    [InlineData("-aes-128-gcm")]
    [InlineData("-aes-256-cbc")]
    public void Refuses_other_content_encryption(string cipher)
    {
        using var decryptor = Decryptor("p256");

        Assert.Equal(RefusalCode.EnvelopeSuite, Envelope.Open(EncryptWith(cipher, "-recip", "p256.crt", "-keyopt", "ecdh_kdf_md:sha256"), decryptor).Refusal?.Code);
    }

    [Fact]
    public void Is_not_for_us_when_only_others_are_named()
    {
        using var decryptor = Decryptor("p256");

        Assert.Equal(RefusalCode.EnvelopeNotForUs, Envelope.Open(Encrypt("-recip", "other.crt", "-keyopt", "ecdh_kdf_md:sha256"), decryptor).Refusal?.Code);
        Assert.Equal(RefusalCode.EnvelopeNotForUs, Envelope.Open(Encrypt("-recip", "rsa.crt"), decryptor).Refusal?.Code);
        Assert.Equal(RefusalCode.EnvelopeNotForUs, Envelope.Open(Envelope.Encrypt(Content, Certificate("p256"))).Refusal?.Code);
    }

    [Fact]
    public void Refuses_streamed_ber()
    {
        using var decryptor = Decryptor("p256");

        Assert.Equal(RefusalCode.EnvelopeNotDer, Envelope.Open(Encrypt("-stream", "-recip", "p256.crt", "-keyopt", "ecdh_kdf_md:sha256"), decryptor).Refusal?.Code);
    }

    private Certificate Certificate(string name) => Protocol.Marks.Certificate.ReadPem(_openSsl.Text(name + ".crt")).Value;

    private Decryptor Decryptor(string name) => Protocol.Envelopes.Decryptor.FromPem(_openSsl.Text(name + ".crt"), _openSsl.Text(name + ".key"));

    private byte[] Encrypt(params string[] more) => EncryptWith("-aes-256-gcm", more);

    private byte[] EncryptWith(string cipher, params string[] more)
    {
        _openSsl.Run(["cms", "-encrypt", "-binary", cipher, "-in", "content", "-outform", "DER", "-out", "theirs.cms", .. more]);
        return _openSsl.Read("theirs.cms");
    }
}
