using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Tests.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Envelopes;

public sealed class DecryptorTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Refuses_a_key_that_does_not_belong_to_the_certificate()
        => Assert.Throws<CryptographicException>(() => Decryptor.FromPem(TestIdentity.P256.CertificatePem, TestIdentity.Other.KeyPem));

    [Fact]
    public void Refuses_a_certificate_for_signing_only()
    {
        var signing = new TestIdentity("signing", ECCurve.NamedCurves.nistP256, X509KeyUsageFlags.DigitalSignature);

        Assert.Contains("key agreement", Assert.Throws<CryptographicException>(signing.Decryptor).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Envelope.Encrypt([1], signing.Certificate));
        Assert.Null(Suites.For(signing.Certificate));
    }

    [Fact]
    public void Refuses_a_key_on_another_curve()
    {
        var p521 = new TestIdentity("p521", ECCurve.NamedCurves.nistP521);

        Assert.Contains("P-521", Assert.Throws<CryptographicException>(p521.Decryptor).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Envelope.Encrypt([1], p521.Certificate));
        Assert.Null(Suites.For(p521.Certificate));
    }

    [Fact]
    public void An_ephemeral_decryptor_lives_one_day_and_is_only_for_key_agreement()
    {
        using var decryptor = Decryptor.Ephemeral("item 7, \"quoted\" + more", Now);
        var certificate = decryptor.Certificate;

        Assert.Equal("item 7, \"quoted\" + more", certificate.CommonName);
        Assert.True(certificate.ValidAt(Now) && certificate.ValidAt(Now.AddMinutes(-5)) && certificate.ValidAt(Now.AddDays(1)));
        Assert.False(certificate.ValidAt(Now.AddMinutes(-6)) || certificate.ValidAt(Now.AddDays(1).AddSeconds(1)));
        Assert.Equal(X509KeyUsageFlags.KeyAgreement, certificate.KeyUsage);
        Assert.False(certificate.MaySign);
        Assert.True(certificate.IssuedBy(certificate));
        Assert.Equal("P256-A256GCM-SHA256", Suites.For(certificate)?.Name);
        Assert.Equal([1, 2, 3], Envelope.Open(Envelope.Encrypt([1, 2, 3], certificate), decryptor).Value);
    }

    [Fact]
    public void Two_ephemeral_decryptors_share_nothing()
    {
        using var one = Decryptor.Ephemeral("same", Now);
        using var two = Decryptor.Ephemeral("same", Now);

        Assert.NotEqual(one.Certificate.SpkiSha256, two.Certificate.SpkiSha256);
        Assert.False(one.Certificate.Serial.Span.SequenceEqual(two.Certificate.Serial.Span));
    }
}
