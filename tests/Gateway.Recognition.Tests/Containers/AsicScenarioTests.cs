using System.Globalization;
using System.Text.Json;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Containers;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Containers;

/// <summary>The container scenarios with their own PKI: indication and sub-indication of each.</summary>
public class AsicScenarioTests
{
    public static TheoryData<string> Scenarios => SharedMaterial.Names("scenarios/scenarios.json", json => json.EnumerateArray().Where(IsAsic).Select(s => s.GetProperty("id").GetString()!));

    [SignatureMaterialTheory]
    [MemberData(nameof(Scenarios))]
    public void Gives_the_expected_verdict(string id)
    {
        var scenario = SharedMaterial.Json("scenarios/scenarios.json").EnumerateArray().First(s => s.GetProperty("id").GetString() == id);
        var verdict = RecogniseFile.Of(Input(scenario));
        var expected = scenario.GetProperty("expect");
        var answers = Answers(verdict);
        var accepted = Accepted(expected);
        Assert.True(answers.Any(accepted.Contains), $"{id}: expected {string.Join(", ", accepted)}; {string.Join(", ", answers)}: {Signing.Told(verdict)}");
        if (expected.GetProperty("signatures").GetInt32() is > 0 and var count && verdict.Indication == Indication.Passed)
            Assert.Equal(count, verdict.Signatures.Count);
    }

    [SignatureMaterialFact]
    public void A_file_that_no_signature_covers_is_named()
    {
        var scenario = SharedMaterial.Json("scenarios/scenarios.json").EnumerateArray().First(s => s.GetProperty("id").GetString() == "a05-unsigned-extra");
        Assert.Equal(["extra.txt"], RecogniseFile.Of(Input(scenario)).NotCovered);
    }

    [SignatureMaterialFact]
    public void Two_signatures_over_different_files_have_each_their_scope()
    {
        var scenario = SharedMaterial.Json("scenarios/scenarios.json").EnumerateArray().First(s => s.GetProperty("id").GetString() == "a16-not-all-signed-two-sigs");
        var verdict = RecogniseFile.Of(Input(scenario));
        Assert.Empty(verdict.NotCovered);
        Assert.Equal(2, verdict.Signatures.Select(s => string.Join(',', s.Scopes.Select(x => x.Name))).Distinct().Count());
    }

    private static bool IsAsic(JsonElement scenario) => scenario.GetProperty("file").GetString()!.StartsWith("asic/", StringComparison.Ordinal);

    private static HashSet<string> Accepted(JsonElement expected)
    {
        var indication = expected.GetProperty("indication").GetString()!;
        var accepted = new HashSet<string>();
        var subs = expected.GetProperty("sub_indication_accepted").EnumerateArray().Select(s => s.GetString()!).ToList();
        if (subs.Count == 0 || indication.Contains("WARNING", StringComparison.Ordinal))
            accepted.Add(indication);
        accepted.UnionWith(subs.Select(s => $"{indication.Replace("_WITH_WARNING", "", StringComparison.Ordinal)}/{s}"));
        if (expected.TryGetProperty("accept_also", out var also))
            accepted.UnionWith(also.EnumerateArray().Select(a => a.GetString()!));
        return accepted;
    }

    private static IEnumerable<string> Answers(Verdict verdict)
    {
        var warned = verdict.Findings.Any(f => f.Severity == Severity.Warning);
        if (verdict.Signatures.Count == 0 && verdict.TimeStamps.Count > 0)
        {
            yield return $"TIMESTAMP_{verdict.Indication.ToString().ToUpperInvariant()}";
            foreach (var sub in verdict.TimeStamps.SelectMany(t => t.SubIndications))
                yield return $"TIMESTAMP_{verdict.Indication.ToString().ToUpperInvariant()}/{sub.Text()}";
            yield break;
        }

        yield return verdict.Indication == Indication.Passed && warned ? "TOTAL_PASSED_WITH_WARNING" : verdict.Indication.TotalText();
        foreach (var sub in verdict.Signatures.SelectMany(s => s.SubIndications).Concat(verdict.Findings.Select(f => f.SubIndication).OfType<SubIndication>()))
            yield return $"{verdict.Indication.TotalText()}/{sub.Text()}";
    }

    private static RecognitionInput Input(JsonElement scenario)
    {
        byte[] Bytes(string path)
        {
            var bytes = SharedMaterial.Read("scenarios/" + path);
            return bytes[0] == '-' ? Algorithms.NationalSamples.FromPem(System.Text.Encoding.ASCII.GetString(bytes)) : bytes;
        }

        var revocation = scenario.GetProperty("revocation").EnumerateArray().Select(r => r.GetString()!).ToList();
        return new RecognitionInput
        {
            Document = SharedMaterial.Read("scenarios/" + scenario.GetProperty("file").GetString()),
            At = DateTimeOffset.Parse(scenario.GetProperty("validation_time").GetString()!, CultureInfo.InvariantCulture),
            Trust = new TrustAnchors([
                .. scenario.GetProperty("trust_anchors").EnumerateArray().Select(a => new TrustAnchor { Certificate = Bytes(a.GetString()!), Purposes = TrustPurposes.Signatures }),
                .. scenario.GetProperty("tsa_trust_anchors").EnumerateArray().Select(a => new TrustAnchor { Certificate = Bytes(a.GetString()!), Purposes = TrustPurposes.TimeStamps })]),
            Material = new Material([], [.. revocation.Where(r => r.EndsWith(".crl", StringComparison.Ordinal)).Select(r => (ReadOnlyMemory<byte>)Bytes(r))], [.. revocation.Where(r => r.EndsWith(".ocsp", StringComparison.Ordinal)).Select(r => (ReadOnlyMemory<byte>)Bytes(r))]),
            Policy = Gateway.Recognition.Policy.ValidationPolicy.Default,
        };
    }
}
