using System.Text.Json;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Validation;

/// <summary>The generated EN 319 102-1 scenarios that are plain CMS: each must get one of the verdicts its author accepts.</summary>
public class ScenarioTests
{
    public static TheoryData<string> Cases => SharedMaterial.Names(
        "scenarios/scenarios.json",
        all => all.EnumerateArray().Where(s => s.GetProperty("file").GetString()!.StartsWith("cms/", StringComparison.Ordinal)).Select(s => s.GetProperty("id").GetString()!));

    [SignatureMaterialTheory]
    [MemberData(nameof(Cases))]
    public void Gives_an_accepted_verdict(string id)
    {
        var scenario = SharedMaterial.Json("scenarios/scenarios.json").EnumerateArray().Single(s => s.GetProperty("id").GetString() == id);

        var verdict = Recogniser.Recognise(Scenario.Input(scenario));

        Assert.DoesNotContain(AllFindings(verdict), f => f.Key == FindingKey.EngineFault);
        var expect = scenario.GetProperty("expect");
        var expected = expect.GetProperty("indication").GetString()!;
        if (expected == "MIXED")
        {
            Assert.Equal([Indication.Passed, Indication.Failed], verdict.Signatures.Select(s => s.Indication));
            Assert.Equal(SubIndication.SigCryptoFailure, verdict.Signatures[1].SubIndications[0]);
            Assert.NotEqual(Indication.Passed, verdict.Indication);
            return;
        }

        var actual = Scenario.Text(verdict);
        var subs = expect.GetProperty("sub_indication_accepted").EnumerateArray().Select(s => s.GetString()!).ToList();
        var accepted = subs.Count == 0 || expected == "NO_SIGNATURE_FOUND" ? [expected] : subs.Select(s => $"{expected}/{s}").ToList();
        if (expect.TryGetProperty("accept_also", out var also))
            accepted.AddRange(also.EnumerateArray().Select(a => a.GetString()!.Split(' ')[0]));
        // Lenient alternatives are accepted from others; this engine is strict.
        accepted.RemoveAll(a => a == "TOTAL_PASSED" && expected != "TOTAL_PASSED");
        Assert.True(accepted.Contains(actual), $"{actual}; accepted: {string.Join(", ", accepted)}\n{string.Join('\n', AllFindings(verdict))}");
        if (actual.StartsWith("TOTAL_PASSED", StringComparison.Ordinal))
            Assert.Equal(expect.GetProperty("signatures").GetInt32(), verdict.Signatures.Count);
    }

    private static IEnumerable<Finding> AllFindings(Verdict verdict) => verdict.Findings.Concat(verdict.Signatures.SelectMany(s => s.Findings));
}

/// <summary>A scenario as input of the engine.</summary>
internal static class Scenario
{
    public static RecognitionInput Input(JsonElement scenario)
    {
        var lists = new List<ReadOnlyMemory<byte>>();
        var answers = new List<ReadOnlyMemory<byte>>();
        foreach (var file in scenario.GetProperty("revocation").EnumerateArray().Select(f => f.GetString()!))
            (file.EndsWith(".ocsp", StringComparison.Ordinal) ? answers : lists).Add(Read(file));
        return new()
        {
            Document = Read(scenario.GetProperty("file").GetString()!),
            Content = scenario.TryGetProperty("detached_content", out var content) && content.GetString() is { } path ? new SignedContent(Read(path)) : null,
            At = scenario.GetProperty("validation_time").GetDateTimeOffset(),
            Trust = new([.. Anchors(scenario, "trust_anchors", TrustPurposes.Signatures), .. Anchors(scenario, "tsa_trust_anchors", TrustPurposes.TimeStamps)]),
            Material = new([], lists, answers),
            Policy = Recognition.Policy.ValidationPolicy.Default,
        };
    }

    public static RecognitionInput Input(string id) =>
        Input(SharedMaterial.Json("scenarios/scenarios.json").EnumerateArray().Single(s => s.GetProperty("id").GetString() == id));

    public static string Text(Verdict verdict)
    {
        var worst = verdict.Signatures.FirstOrDefault(s => s.Indication == verdict.Indication);
        var sub = worst is null ? verdict.Findings.Select(f => f.SubIndication).FirstOrDefault(s => s is not null) : worst.SubIndications.Select(s => (SubIndication?)s).FirstOrDefault();
        return verdict.Indication.TotalText() + (sub is { } s ? "/" + s.Text() : "");
    }

    private static IEnumerable<TrustAnchor> Anchors(JsonElement scenario, string member, TrustPurposes purposes) =>
        scenario.GetProperty(member).EnumerateArray().Select(f => new TrustAnchor { Certificate = Read(f.GetString()!), Purposes = purposes, Label = f.GetString()! });

    private static byte[] Read(string file) => SharedMaterial.Read("scenarios/" + file);
}
