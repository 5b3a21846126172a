using System.Text;
using System.Text.Json;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Paths;

/// <summary>C2SP x509-limbo: paths of TLS certificates; names of hosts are not the matter of a signature and are not compared.</summary>
public class LimboTests
{
    private static readonly Dictionary<string, string> Differing = new(StringComparer.Ordinal)
    {
        ["rfc5280::serial::zero"] = "numbers that are not positive are taken: RFC 5280 §4.1.2.2 asks for it, PKITS test 14 too",
        ["rfc5280::aki::cross-signed-root-missing-aki"] = "an anchor is believed as it is: who signed it, and what it says of its signer, is not looked at",
        ["pathlen::max-chain-depth-1-self-issued"] = "our bound on the length counts every certificate: it bounds work",
        ["rfc5280::san::ip-in-dns"] = "the certificate is good; that a host name does not match is a matter of TLS",
    };

    public static TheoryData<string> Cases => SharedMaterial.Names("limbo/limbo.json", all => all.GetProperty("testcases").EnumerateArray().Select(c => c.GetProperty("id").GetString()!));

    [SignatureMaterialTheory]
    [MemberData(nameof(Cases))]
    public void Agrees(string id)
    {
        var test = SharedMaterial.Json("limbo/limbo.json").GetProperty("testcases").EnumerateArray().Single(c => c.GetProperty("id").GetString() == id);
        var lists = Pems(test, "crls").ToList();
        var depth = test.TryGetProperty("max_chain_depth", out var max) && max.ValueKind == JsonValueKind.Number ? max.GetInt32() : (int?)null;
        var policy = ValidationPolicy.Default with
        {
            RequireRevocation = lists.Count > 0,
            SignerExtendedKeyUsages = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            // Their depth counts the certificates between leaf and root.
            Limits = depth is { } d ? ValidationLimits.Default with { MaxPathLength = Math.Min(d + 1, 10) } : ValidationLimits.Default,
        };

        var verdict = PathBench.Judge(
            Encoding.ASCII.GetBytes(test.GetProperty("peer_certificate").GetString()!),
            Pems(test, "trusted_certs").Select(c => new TrustAnchor { Certificate = c }),
            Pems(test, "untrusted_intermediates"),
            lists,
            policy,
            test.TryGetProperty("validation_time", out var at) && at.ValueKind == JsonValueKind.String ? at.GetDateTimeOffset() : new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));

        var expected = test.GetProperty("expected_result").GetString() == "SUCCESS" != Differing.ContainsKey(id);
        Assert.True((verdict.Indication == Indication.Passed) == expected, $"{verdict.Indication}; expected {(expected ? "passed" : "not passed")}\n{string.Join('\n', verdict.Findings)}");
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pems(JsonElement test, string member) =>
        test.TryGetProperty(member, out var all) && all.ValueKind == JsonValueKind.Array
            ? all.EnumerateArray().Select(p => Pem.Decode(Encoding.ASCII.GetBytes(p.GetString()!)))
            : [];
}
