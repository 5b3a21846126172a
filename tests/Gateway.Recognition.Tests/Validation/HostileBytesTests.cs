using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Validation;

/// <summary>Whatever is done to a good file: the engine answers, and what it passes is still the same content by the same signer.</summary>
public class HostileBytesTests
{
    public static TheoryData<string> Good => SharedMaterial.Names(
        "scenarios/scenarios.json",
        all => all.EnumerateArray()
            .Where(s => s.GetProperty("file").GetString()!.StartsWith("cms/v", StringComparison.Ordinal))
            .Select(s => s.GetProperty("id").GetString()!));

    [SignatureMaterialTheory]
    [MemberData(nameof(Good))]
    public void Passes_no_other_content_and_no_other_signer(string id)
    {
        var input = Scenario.Input(id);
        var before = Recogniser.Recognise(input);
        Assert.Equal(Indication.Passed, before.Indication);
        var random = new Random(20260601);
        for (var round = 0; round < 120; round++)
        {
            var mutant = Mutate(input.Document.ToArray(), random);
            var after = Recogniser.Recognise(input with { Document = mutant });

            Assert.DoesNotContain(after.Findings, f => f.Key == FindingKey.EngineFault);
            if (after.Indication != Indication.Passed)
                continue;
            Assert.All(after.Signatures, s => Assert.Contains(before.Signatures, b => Accepted(b) == Accepted(s)));
        }
    }

    [SignatureMaterialFact]
    public void Answers_for_every_spoilt_certificate_list_and_answer()
    {
        var input = Scenario.Input("v10-ocsp-only");
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var material = new Material(
                [Mutate(SharedMaterial.Read("scenarios/pki/sub.crt"), random)],
                [Mutate(SharedMaterial.Read("scenarios/pki/sub-current.crl"), random)],
                [.. input.Material.OcspAnswers.Select(a => (ReadOnlyMemory<byte>)Mutate(a.ToArray(), random))]);
            var anchors = new TrustAnchors([.. input.Trust.Entries, new() { Certificate = Mutate(SharedMaterial.Read("scenarios/pki/root.crt"), random) }]);

            var verdict = Recogniser.Recognise(input with { Material = material, Trust = anchors });

            Assert.DoesNotContain(verdict.Findings, f => f.Key == FindingKey.EngineFault);
        }
    }

    [SignatureMaterialFact]
    public void Answers_for_every_spoilt_time_stamp()
    {
        var token = SharedMaterial.Read("tst/disig.tst");
        var random = new Random(11);
        for (var round = 0; round < 500; round++)
        {
            var verdict = Recogniser.RecogniseTimeStamp(new()
            {
                Document = Mutate((byte[])token.Clone(), random),
                Content = new SignedContent("x"u8.ToArray()),
                At = TestAuthority.At,
                Trust = TrustAnchors.None,
                Policy = ValidationPolicy.Default,
            });

            Assert.NotEqual(Indication.Passed, verdict.Indication);
            Assert.DoesNotContain(verdict.Findings, f => f.Key == FindingKey.EngineFault);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("30")]
    [InlineData("3080")]
    [InlineData("30800000")]
    [InlineData("2d2d2d2d2d424547494e")]
    [InlineData("300b06092a864886f70d010702")]
    [InlineData("300f06092a864886f70d010702a0020500")]
    [InlineData("301306092a864886f70d010702a006300402010131" + "00")]
    public void Calls_rubbish_no_signature(string hex)
    {
        var verdict = Recogniser.Recognise(new() { Document = Convert.FromHexString(hex), At = TestAuthority.At, Trust = TrustAnchors.None, Policy = ValidationPolicy.Default });

        Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", Scenario.Text(verdict));
    }

    private static (string?, string?) Accepted(SignatureVerdict signature) => (signature.Scopes[0].Digest, signature.Signer?.Sha256);

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length);
        switch (random.Next(6))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                return bytes[..at];
            case 3: // something repeated in place
                var length = Math.Min(random.Next(1, 64), bytes.Length - at);
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 4: // something cut out
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 64))..]];
            default: // one place copied over another
                var from = random.Next(bytes.Length);
                var count = Math.Min(random.Next(1, 64), bytes.Length - Math.Max(at, from));
                Array.Copy(bytes, from, bytes, at, count);
                return bytes;
        }
    }
}
