using System.Formats.Asn1;
using System.Text.Json;
using Gateway.Recognition.Algorithms;
using Xunit;

namespace Gateway.Recognition.Tests.Algorithms;

/// <summary>Certificates and vectors that others made; both ways, and the same ones spoilt.</summary>
public class NationalMaterialTests
{
    private static readonly string? s_folder = Find();

    [SignatureMaterialFact]
    public void Certificates_of_the_national_sets_verify_and_spoilt_ones_do_not()
    {
        var checkedCertificates = 0;
        foreach (var file in Directory.EnumerateFiles(s_folder!, "*.crt", SearchOption.AllDirectories).Where(f => f.Contains("national", StringComparison.Ordinal) && !f.Contains("ML-DSA", StringComparison.Ordinal)))
        {
            var bytes = File.ReadAllBytes(file);
            var (signed, oid, signature, key) = NationalSamples.Certificate(bytes[0] == '-' ? NationalSamples.FromPem(File.ReadAllText(file)) : bytes);
            Agree(file, key, oid, signed, signature); // all of them sign themselves
            checkedCertificates++;
        }

        Assert.Equal(8, checkedCertificates);
    }

    [SignatureMaterialFact]
    public void The_second_certificate_of_gmssl_is_signed_by_the_first()
    {
        var contentInfo = new AsnReader(File.ReadAllBytes(Path.Combine(s_folder!, "national-independent/sm2-gmssl-chain.p7b")), AsnEncodingRules.BER).ReadSequence();
        contentInfo.ReadObjectIdentifier();
        var signedData = contentInfo.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, true)).ReadSequence();
        signedData.ReadInteger();
        signedData.ReadEncodedValue();
        signedData.ReadEncodedValue();
        var certificates = signedData.ReadSetOf(new Asn1Tag(TagClass.ContextSpecific, 0, true));
        var first = NationalSamples.Certificate(certificates.ReadEncodedValue().ToArray());
        var second = NationalSamples.Certificate(certificates.ReadEncodedValue().ToArray());
        Agree("gmssl", first.Key, second.Oid, second.Signed, second.Signature);
    }

    [SignatureMaterialFact]
    public void TC26_messages_without_attributes_verify_with_the_certificates_beside_them()
    {
        foreach (var (message, certificate, bits) in ((string, string, int)[])[("gost-tc26-cms-256.p7m", "gost-x509-0.crt", 256), ("gost-tc26-cms-512.p7m", "gost-x509-1.crt", 512)])
        {
            var der = File.ReadAllBytes(Path.Combine(s_folder!, "national-independent", message));
            var signature = der[^(2 * bits / 8)..]; // the last element of the only SignerInfo
            var key = NationalSamples.Certificate(File.ReadAllBytes(Path.Combine(s_folder!, "national-independent", certificate))).Key;
            Agree(message, key, bits == 256 ? Gost.Key256 : Gost.Key512, "Test message"u8.ToArray(), signature);
        }
    }

    [SignatureMaterialFact]
    public void Ed25519_vectors_of_Wycheproof_agree_both_ways()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(s_folder!, "wycheproof/ed25519_test.json")));
        var (total, disagreed) = (0, new List<string>());
        foreach (var group in json.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            var key = Convert.FromHexString(group.GetProperty("publicKeyDer").GetString()!);
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                total++;
                var scheme = NationalSamples.Find(key, Ed25519Scheme.Id).Scheme as NationalScheme;
                var answers = scheme is null
                    ? default
                    : NationalSamples.Verify(scheme, Convert.FromHexString(test.GetProperty("msg").GetString()!), Convert.FromHexString(test.GetProperty("sig").GetString()!));
                var valid = test.GetProperty("result").GetString() == "valid";
                if (answers.Managed != valid || (scheme is not null && answers.Native is { } native && native != valid))
                    disagreed.Add($"{test.GetProperty("tcId")}: expected {valid}, managed {answers.Managed}, native {answers.Native}");
            }
        }

        Assert.Empty(disagreed);
        Assert.True(total > 100);
    }

    [SignatureMaterialFact]
    public void No_spoilt_key_throws_or_verifies()
    {
        var random = new Random(11);
        foreach (var file in Directory.EnumerateFiles(s_folder!, "*.crt", SearchOption.AllDirectories).Where(f => f.Contains("national", StringComparison.Ordinal)))
        {
            var bytes = File.ReadAllBytes(file);
            var (signed, oid, signature, key) = NationalSamples.Certificate(bytes[0] == '-' ? NationalSamples.FromPem(File.ReadAllText(file)) : bytes);
            for (var i = 0; i < 60; i++)
            {
                var spoilt = i % 3 == 0 ? key[..random.Next(key.Length)] : NationalSamples.Flip(key, random.Next(8 * Math.Min(key.Length, 140)));
                try
                {
                    var choice = NationalSamples.Find(spoilt, oid);
                    Assert.True(choice.Scheme is null || choice.Scheme.Verify(signed, signature) != SignatureCheck.Valid || SameKey(choice, key), $"{file} {i}");
                }
                catch (AsnContentException)
                {
                    Assert.ThrowsAny<AsnContentException>(() => NationalSamples.Key(spoilt)); // not even a SubjectPublicKeyInfo: the certificate reader's to refuse
                }
            }
        }
    }

    // A bit of the optional digest or cipher in the key's parameters may change without changing the key.
    private static bool SameKey(SchemeChoice choice, byte[] key)
        => choice.Scheme is NationalScheme scheme && scheme.Key.Bits.Span.SequenceEqual(NationalSamples.Key(key).Bits.Span);

    private static void Agree(string what, byte[] key, string oid, byte[] signed, byte[] signature)
    {
        var choice = NationalSamples.Find(key, oid);
        Assert.True(choice.Scheme is NationalScheme, $"{what}: {choice.Detail}");
        var scheme = (NationalScheme)choice.Scheme!;
        var native = scheme is Gost ? Libcrypto.HasGost : Libcrypto.IsPresent;
        Assert.Equal((what, new NationalSamples.Answers(true, native ? true : null)), (what, NationalSamples.Verify(scheme, signed, signature)));
        var wrong = (what, new NationalSamples.Answers(false, native ? false : null));
        for (var bit = 3; bit < signature.Length * 8; bit += signature.Length * 8 / 3)
            Assert.Equal(wrong, (what, NationalSamples.Verify(scheme, signed, NationalSamples.Flip(signature, bit))));
        Assert.Equal(wrong, (what, NationalSamples.Verify(scheme, NationalSamples.Flip(signed, 17), signature)));
    }

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "shared", "testdata", "signatures");
            if (Directory.Exists(folder))
                return folder;
        }

        return null;
    }

    private sealed class MaterialFactAttribute : FactAttribute
    {
        public MaterialFactAttribute() => Skip = s_folder is null ? "../shared/testdata/signatures is not there" : null;
    }
}
