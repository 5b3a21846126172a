using System.Text;
using Gateway.Recognition.Algorithms;
using Xunit;

namespace Gateway.Recognition.Tests.Algorithms;

/// <summary>Managed code and libcrypto give the same answer: on signatures that openssl makes, on the same ones spoilt, on the certificates of the test material.</summary>
public class TwoWaysTests
{
    public static TheoryData<string, string, string> GostSets => new()
    {
        { "gost2012_256", "A", Gost.With256 }, { "gost2012_256", "B", Gost.With256 }, { "gost2012_256", "C", Gost.With256 },
        { "gost2012_256", "XA", Gost.With256 }, { "gost2012_256", "XB", Gost.With256 },
        { "gost2012_256", "TCA", Gost.With256 }, { "gost2012_256", "TCB", Gost.With256 }, { "gost2012_256", "TCC", Gost.With256 }, { "gost2012_256", "TCD", Gost.With256 },
        { "gost2012_512", "A", Gost.With512 }, { "gost2012_512", "B", Gost.With512 }, { "gost2012_512", "C", Gost.With512 },
    };

    [GostEngineTheory]
    [MemberData(nameof(GostSets))]
    public void Gost_signatures_of_the_engine(string algorithm, string set, string oid)
    {
        using var openssl = new OpenSslCommand();
        openssl.Run("genpkey", "-engine", "gost", "-algorithm", algorithm, "-pkeyopt", $"paramset:{set}", "-out", "key");
        openssl.Run("pkey", "-engine", "gost", "-in", "key", "-pubout", "-outform", "DER", "-out", "public");
        var scheme = Scheme(openssl.Read("public"), oid);
        Assert.True(Libcrypto.HasGost);
        for (var i = 0; i < 2; i++)
        {
            var message = Encoding.UTF8.GetBytes($"message {i} {set}");
            openssl.Write("message", message);
            openssl.Run("dgst", "-engine", "gost", algorithm == "gost2012_256" ? "-md_gost12_256" : "-md_gost12_512", "-sign", "key", "-out", "signature", "message");
            Compare(scheme, message, openssl.Read("signature"), nativeExpected: true);
        }
    }

    [Theory]
    [InlineData("ED448", Ed448.Id)]
    [InlineData("ED25519", Ed25519Scheme.Id)]
    public void Edwards_signatures_of_openssl(string algorithm, string oid)
    {
        using var openssl = new OpenSslCommand();
        openssl.Run("genpkey", "-algorithm", algorithm, "-out", "key");
        openssl.Run("pkey", "-in", "key", "-pubout", "-outform", "DER", "-out", "public");
        var scheme = Scheme(openssl.Read("public"), oid);
        foreach (var length in (int[])[1, 64, 1000])
        {
            var message = new byte[length];
            openssl.Write("message", message);
            openssl.Run("pkeyutl", "-sign", "-rawin", "-inkey", "key", "-in", "message", "-out", "signature");
            Compare(scheme, message, openssl.Read("signature"), Libcrypto.IsPresent);
        }
    }

    [Fact]
    public void Sm2_signatures_of_openssl()
    {
        using var openssl = new OpenSslCommand();
        for (var i = 0; i < 2; i++)
        {
            openssl.Run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "key");
            openssl.Run("pkey", "-in", "key", "-pubout", "-outform", "DER", "-out", "public");
            var message = Encoding.UTF8.GetBytes($"message {i}");
            openssl.Write("message", message);
            openssl.Run("pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-inkey", "key", "-in", "message", "-out", "signature", "-pkeyopt", $"distid:{NationalSamples.Sm2Identity}");
            Compare(Scheme(openssl.Read("public"), Sm2.WithSm3), message, openssl.Read("signature"), Libcrypto.IsPresent);
        }
    }

    [Fact]
    public void A_process_that_asks_twice_still_says_valid_and_not_valid()
    {
        using var openssl = new OpenSslCommand();
        openssl.Run("genpkey", "-algorithm", "ED448", "-out", "key");
        openssl.Run("pkey", "-in", "key", "-pubout", "-outform", "DER", "-out", "public");
        openssl.Write("message", [1, 2, 3]);
        openssl.Run("pkeyutl", "-sign", "-rawin", "-inkey", "key", "-in", "message", "-out", "signature");
        var scheme = Scheme(openssl.Read("public"), Ed448.Id);
        Assert.Equal(Libcrypto.IsPresent, SecondOpinion.TurnOn() is not null);
        Assert.Equal(SignatureCheck.Valid, scheme.Verify([1, 2, 3], openssl.Read("signature")));
        Assert.Equal(SignatureCheck.NotValid, scheme.Verify([1, 2, 4], openssl.Read("signature")));
    }

    [Fact]
    public void Two_implementations_that_differ_leave_it_undetermined()
    {
        SecondOpinion.TurnOn();
        if (!SecondOpinion.IsOn)
            return;
        var told = new List<string>();
        void Listen(string text) => told.Add(text);
        SecondOpinion.Differed += Listen;
        var divided = new Divided();
        Assert.Equal(SignatureCheck.NotAvailable, divided.Verify([], []));
        SecondOpinion.Differed -= Listen;
        Assert.Contains("divided: managed code says valid, libcrypto says not valid of the same signature", told);
        Assert.Equal(told[^1], divided.Dispute);
    }

    private sealed class Divided() : NationalScheme(NationalSamples.Key(NationalSamples.Info(new byte[57], Ed448.Id)))
    {
        public override string Name => "divided";

        public override string Oid => "1.2.3";

        public override string? DigestOid => null;

        public override int KeyBits => 1;

        public override bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => true;

        public override bool? VerifiesNatively(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => false;
    }

    private static NationalScheme Scheme(byte[] spki, string oid)
    {
        var choice = NationalSamples.Find(spki, oid);
        return Assert.IsAssignableFrom<NationalScheme>(choice.Scheme);
    }

    private static void Compare(NationalScheme scheme, byte[] message, byte[] signature, bool nativeExpected)
    {
        Assert.Equal(new NationalSamples.Answers(true, nativeExpected ? true : null), NationalSamples.Verify(scheme, message, signature));
        var wrong = new NationalSamples.Answers(false, nativeExpected ? false : null);
        for (var bit = 0; bit < signature.Length * 8; bit += 1 + (signature.Length * 8 / 9))
            Assert.Equal(wrong, NationalSamples.Verify(scheme, message, NationalSamples.Flip(signature, bit)));
        for (var bit = 0; bit < message.Length * 8; bit += 1 + (message.Length * 4))
            Assert.Equal(wrong, NationalSamples.Verify(scheme, NationalSamples.Flip(message, bit), signature));
        Assert.Equal(wrong, NationalSamples.Verify(scheme, message, signature[..^1]));
    }
}
