using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

public sealed class EcdsaSignatureTests
{
    private const string N = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    private const string NMinusOne = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";

    [Theory]
    [InlineData("01", "01", true)]
    [InlineData("00" + NMinusOne, "7f", true)]
    [InlineData("00" + N, "01", false)]
    [InlineData("01", "00" + N, false)]
    [InlineData("00", "01", false)]
    [InlineData("01", "00", false)]
    [InlineData("ff", "01", false)]
    [InlineData("01", "80", false)]
    [InlineData("0001", "01", false)]
    [InlineData("010000000000000000000000000000000000000000000000000000000000000000", "01", false)]
    public void Reads_numbers_from_one_to_the_order_only(string r, string s, bool accepted)
    {
        var der = Tlv.Sequence(Tlv.Of(2, Convert.FromHexString(r)), Tlv.Of(2, Convert.FromHexString(s)));
        var rs = new byte[64];

        Assert.Equal(accepted, EcdsaSignature.TryRead(der, NamedCurve.P256, rs));
        if (accepted)
            Assert.Equal((r[^2..], s[^2..]), (rs[31].ToString("x2", null), rs[63].ToString("x2", null)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3000")]
    [InlineData("3003020101")]
    [InlineData("3009020101020101020101")]
    [InlineData("300602010102010100")]
    [InlineData("3080020101020101" + "0000")]
    [InlineData("308106020101020101")]
    [InlineData("3106020101020101")]
    [InlineData("3006020101040101")]
    public void Refuses_other_structures(string hex) => Assert.False(EcdsaSignature.TryRead(Convert.FromHexString(hex), NamedCurve.P256, new byte[64]));

    [SignatureMaterialFact]
    public void Agrees_with_every_wycheproof_vector_of_p256()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(SharedMaterial.Path("wycheproof/ecdsa_secp256r1_sha256_test.json")));
        var disagreements = new List<int>();
        var count = 0;
        foreach (var group in file.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            var spki = Convert.FromHexString(group.GetProperty("publicKeyDer").GetString()!);
            using var key = ECDsa.Create(NamedCurve.P256.Point(spki.AsSpan(26))!.Value);
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                var hash = SHA256.HashData(Convert.FromHexString(test.GetProperty("msg").GetString()!));
                var rs = new byte[64];
                var verifies = EcdsaSignature.TryRead(Convert.FromHexString(test.GetProperty("sig").GetString()!), NamedCurve.P256, rs) && key.VerifyHash(hash, rs);
                if (verifies != (test.GetProperty("result").GetString() == "valid"))
                    disagreements.Add(test.GetProperty("tcId").GetInt32());
                count++;
            }
        }

        Assert.Empty(disagreements);
        Assert.Equal(484, count);
    }
}
