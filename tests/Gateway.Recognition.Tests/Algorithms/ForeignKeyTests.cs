using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Tests.Making;
using Xunit;

namespace Gateway.Recognition.Tests.Algorithms;

/// <summary>Keys are refused before any library sees them.</summary>
public class ForeignKeyTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly byte[] Message = "message"u8.ToArray();

    [Fact]
    public void Refuses_a_point_off_the_curve()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spki = key.ExportSubjectPublicKeyInfo();
        spki[^1] ^= 1;

        Assert.Equal(SignatureCheck.KeyRefused, Check(spki, "1.2.840.10045.4.3.2", new byte[70]));
    }

    [Fact]
    public void Refuses_a_curve_given_by_its_numbers()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportExplicitParameters(includePrivateParameters: false);
        using var copy = ECDsa.Create(parameters);

        Assert.Equal(SignatureCheck.KeyRefused, Check(copy.ExportSubjectPublicKeyInfo(), "1.2.840.10045.4.3.2", new byte[70]));
    }

    [Fact]
    public void Does_not_know_a_curve_that_is_not_in_the_table()
    {
        var spki = CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            {
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier(Ecdsa.EcPublicKey);
                    w.WriteObjectIdentifier("1.3.132.0.10");
                }

                w.WriteBitString(new byte[65]);
            }
        });

        Assert.Equal(SignatureCheck.NotAvailable, Check(spki, "1.2.840.10045.4.3.2", new byte[70]));
    }

    [Theory]
    [InlineData(17000, 3)] // too large
    [InlineData(500, 3)] // too small
    [InlineData(2048, 1)] // exponent of one: everything is a signature
    [InlineData(2048, 4)]
    public void Refuses_an_rsa_key_out_of_bounds(int bits, int exponent)
    {
        var modulus = System.Numerics.BigInteger.Pow(2, bits - 1) + 1;

        Assert.Equal(SignatureCheck.KeyRefused, Check(RsaSpki(modulus, exponent), "1.2.840.113549.1.1.11", new byte[(bits + 7) / 8]));
    }

    [Fact]
    public void Refuses_an_even_modulus_and_a_negative_one()
    {
        Assert.Equal(SignatureCheck.KeyRefused, Check(RsaSpki(System.Numerics.BigInteger.Pow(2, 2047), 65537), "1.2.840.113549.1.1.11", new byte[256]));
        Assert.Equal(SignatureCheck.KeyRefused, Check(RsaSpki(-System.Numerics.BigInteger.Pow(2, 2047) - 1, 65537), "1.2.840.113549.1.1.11", new byte[256]));
    }

    [Fact]
    public void Verifies_pss_with_any_salt_and_another_mask_digest_as_openssl_writes_it()
    {
        using var rsa = RSA.Create(2048);
        var signature = rsa.SignData(Message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        var key = Key(rsa.ExportSubjectPublicKeyInfo());
        SignatureCheck With(string digest, string mask, int salt, byte[] message) => SignatureAlgorithms.Verify(
            new(new(RsaPss.IdRsassaPss, PssParameters.Encode(digest, mask, salt)), key, null, ""), message, signature).Check;

        Assert.Equal(SignatureCheck.Valid, With(DigestAlgorithms.Sha256, DigestAlgorithms.Sha256, 32, Message));
        Assert.Equal(SignatureCheck.NotValid, With(DigestAlgorithms.Sha256, DigestAlgorithms.Sha256, 32, [1]));
        Assert.Equal(SignatureCheck.NotValid, With(DigestAlgorithms.Sha256, DigestAlgorithms.Sha256, 31, Message));
        Assert.Equal(SignatureCheck.NotValid, With(DigestAlgorithms.Sha256, DigestAlgorithms.Sha1, 32, Message));
        Assert.Equal(SignatureCheck.KeyRefused, With(DigestAlgorithms.Sha256, DigestAlgorithms.Sha256, -1, Message));
    }

    [Fact]
    public void Does_not_take_a_key_of_one_kind_for_a_signature_of_another()
    {
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal(SignatureCheck.KeyRefused, Check(rsa.ExportSubjectPublicKeyInfo(), "1.2.840.10045.4.3.2", new byte[256]));
        Assert.Equal(SignatureCheck.KeyRefused, Check(ec.ExportSubjectPublicKeyInfo(), "1.2.840.113549.1.1.11", new byte[64]));
        Assert.Equal(SignatureCheck.NotAvailable, Check(ec.ExportSubjectPublicKeyInfo(), "2.16.840.1.101.3.4.3.18", new byte[64]));
    }

    [Theory]
    [InlineData("P-224", "1.3.132.0.33")]
    [InlineData("P-384", "1.3.132.0.34")]
    [InlineData("P-521", "1.3.132.0.35")]
    [InlineData("brainpoolP256t1", "1.3.36.3.3.2.8.1.1.8")]
    [InlineData("brainpoolP384r1", "1.3.36.3.3.2.8.1.1.11")]
    [InlineData("brainpoolP512r1", "1.3.36.3.3.2.8.1.1.13")]
    public void Verifies_on_every_curve_of_the_table(string name, string oid)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromValue(oid));
        var signature = key.SignData(Message, HashAlgorithmName.SHA384, DSASignatureFormat.Rfc3279DerSequence);

        var (check, scheme, _) = SignatureAlgorithms.Verify(new(new("1.2.840.10045.4.3.3", default), Key(key.ExportSubjectPublicKeyInfo()), null, ""), Message, signature);
        Assert.Equal(SignatureCheck.Valid, check);
        Assert.Contains(name, scheme!.Name, StringComparison.Ordinal);
        Assert.Equal(SignatureCheck.NotValid, Check(key.ExportSubjectPublicKeyInfo(), "1.2.840.10045.4.3.4", signature));
    }

    [Fact]
    public void Bounds_what_the_dearest_keys_may_cost()
    {
        var parameters = PssParameters.Encode(DigestAlgorithms.Sha256, DigestAlgorithms.Sha256, 32);
        var key = Key(RsaSpki((System.Numerics.BigInteger.One << RsaKey.MaxBits) - 1, -1));
        var checks = new SignatureChecks(Gateway.Recognition.Policy.ValidationLimits.Default.MaxWork, "");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var done = 0;
        while (!checks.Exhausted && done < 1000)
            checks.Check($"{done++}", new(RsaPss.IdRsassaPss, parameters), key, null, Message, Enumerable.Repeat((byte)0x7f, RsaKey.MaxBits / 8).ToArray());

        output.WriteLine($"{done} checks in {clock.ElapsedMilliseconds} ms");
        Assert.InRange(done, 1, 100);
    }

    private static SignatureCheck Check(byte[] spki, string algorithm, byte[] signature) =>
        SignatureAlgorithms.Verify(new(new(algorithm, default), Key(spki), null, ""), Message, signature).Check;

    private static PublicKey Key(byte[] spki)
    {
        var reader = new Asn1Reader(spki);
        return PublicKey.Read(ref reader);
    }

    private static byte[] RsaSpki(System.Numerics.BigInteger modulus, int exponent) => CmsMaker.Encode(w =>
    {
        using (w.PushSequence())
        {
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(RsaPkcs1.RsaEncryption);
                w.WriteNull();
            }

            w.WriteBitString(CmsMaker.Encode(k =>
            {
                using (k.PushSequence())
                {
                    k.WriteInteger(modulus);
                    k.WriteInteger(exponent < 0 ? (1L << 32) - 1 : exponent);
                }
            }));
        }
    });
}
