using System.Formats.Asn1;
using System.Text.Json;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Xunit;

namespace Gateway.Recognition.Tests.Algorithms;

/// <summary>C2SP Wycheproof: every test of a file must agree; "acceptable" may go either way.</summary>
public class WycheproofTests
{
    [SignatureMaterialTheory]
    [InlineData("ecdsa_secp256r1_sha256_test.json", 484)]
    [InlineData("ecdsa_brainpoolP256r1_sha256_test.json", 485)]
    [InlineData("rsa_signature_2048_sha256_test.json", 259)]
    [InlineData("rsa_pss_2048_sha256_mgf1_0_test.json", 103)]
    [InlineData("rsa_pss_2048_sha256_mgf1_32_test.json", 108)]
    public void Agrees(string file, int total)
    {
        var disagreements = new List<string>();
        var count = 0;
        foreach (var group in SharedMaterial.Json("wycheproof/" + file).GetProperty("testGroups").EnumerateArray())
        {
            var reader = new Asn1Reader(Convert.FromHexString(group.GetProperty("publicKeyDer").GetString()!));
            var key = PublicKey.Read(ref reader);
            var request = new SchemeRequest(Algorithm(group), key, DigestAlgorithms.Sha256, "");
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                count++;
                var answer = SignatureAlgorithms.Verify(request, Convert.FromHexString(test.GetProperty("msg").GetString()!), Convert.FromHexString(test.GetProperty("sig").GetString()!)).Check;
                var result = test.GetProperty("result").GetString();
                if (result != "acceptable" && answer == SignatureCheck.Valid != (result == "valid"))
                    disagreements.Add($"{test.GetProperty("tcId")} {test.GetProperty("comment")}: {answer}, expected {result}");
            }
        }

        Assert.Empty(disagreements);
        Assert.Equal(total, count);
    }

    private static AlgorithmIdentifier Algorithm(JsonElement group)
    {
        switch (group.GetProperty("type").GetString())
        {
            case "EcdsaVerify":
                return new("1.2.840.10045.4.3.2", default);
            case "RsassaPkcs1Verify":
                return new("1.2.840.113549.1.1.11", new byte[] { 5, 0 });
            default:
                return new(RsaPss.IdRsassaPss, PssParameters.Encode(DigestAlgorithms.Sha256, DigestAlgorithms.Sha256, group.GetProperty("sLen").GetInt32()));
        }
    }
}

/// <summary>RSASSA-PSS-params as the engine meets them.</summary>
internal static class PssParameters
{
    public static byte[] Encode(string digest, string mask, int salt)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (writer.PushSequence())
                writer.WriteObjectIdentifier(digest);
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.1.8");
                using (writer.PushSequence())
                    writer.WriteObjectIdentifier(mask);
            }

            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
                writer.WriteInteger(salt);
        }

        return writer.Encode();
    }
}
