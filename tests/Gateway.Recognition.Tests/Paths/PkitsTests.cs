using System.Text.Json;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Paths;

/// <summary>NIST PKITS: every case must agree, but for those named here with the reason.</summary>
public class PkitsTests
{
    private const string Indirect = "indirect lists are refused by name: INDETERMINATE, never passed";

    private static readonly Dictionary<string, string> Differing = new(StringComparer.Ordinal)
    {
        ["valid_dsa_signatures_test4"] = "DSA is not computed: INDETERMINATE, never passed",
        ["valid_dsa_parameter_inheritance_test5"] = "DSA is not computed: INDETERMINATE, never passed",
        ["valid_idp_with_indirectcrl_test22"] = Indirect,
        ["valid_idp_with_indirectcrl_test24"] = Indirect,
        ["valid_crlissuer_test28"] = Indirect,
        ["valid_crlissuer_test30"] = Indirect,
        ["valid_deltacrl_test5"] = "delta lists are not combined: INDETERMINATE, never passed",
    };

    public static TheoryData<string> Cases => SharedMaterial.Names("pkits/pkits.json", all => all.EnumerateArray().Select(c => c.GetProperty("name").GetString()!));

    [SignatureMaterialTheory]
    [MemberData(nameof(Cases))]
    public void Agrees(string name)
    {
        var test = SharedMaterial.Json("pkits/pkits.json").EnumerateArray().First(c => c.GetProperty("name").GetString() == name);
        var policy = ValidationPolicy.Default with
        {
            // The certificates of the suite break the profile on purpose where the rules of validation are meant to hold.
            RequireProfile = false,
            RequireRevocation = !test.TryGetProperty("revocation", out var revocation) || revocation.GetBoolean(),
        };
        if (test.TryGetProperty("params", out var parameters))
        {
            policy = policy with
            {
                AcceptablePolicies = parameters.TryGetProperty("user_initial_policy_set", out var set) ? [.. set.EnumerateArray().Select(p => p.GetString()!)] : [],
                RequireExplicitPolicy = parameters.TryGetProperty("initial_explicit_policy", out var required) && required.GetBoolean(),
                InhibitPolicyMapping = parameters.TryGetProperty("initial_policy_mapping_inhibit", out var inhibit) && inhibit.GetBoolean(),
            };
        }

        var verdict = PathBench.Judge(
            Certificate(test.GetProperty("cert").GetString()!),
            [new TrustAnchor { Certificate = Certificate("TrustAnchorRootCertificate.crt"), Label = "root" }],
            Names(test, "other_certs").Concat(Names(test, "path_intermediates")).Distinct().Select(n => (ReadOnlyMemory<byte>)Certificate(n)),
            Names(test, "crls").Append("TrustAnchorRootCRL.crl").Distinct().Select(n => (ReadOnlyMemory<byte>)SharedMaterial.Read("pkits/crls/" + n)),
            policy,
            new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

        var expected = !test.TryGetProperty("error", out _) && !Differing.ContainsKey(name);
        Assert.True((verdict.Indication == Indication.Passed) == expected, $"{verdict.Indication}; expected {(expected ? "passed" : "not passed")}\n{string.Join('\n', verdict.Findings)}");
        Assert.True(!expected || verdict.Path!.Links.Count + 1 == test.GetProperty("path_len").GetInt32(), "another path than expected");
    }

    private static IEnumerable<string> Names(JsonElement test, string member) =>
        test.TryGetProperty(member, out var names) ? names.EnumerateArray().Select(n => n.GetString()!) : [];

    private static byte[] Certificate(string name) => SharedMaterial.Read("pkits/certs/" + name);
}
