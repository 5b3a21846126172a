using System.Text.Json;
using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Judgements;

/// <summary>
/// A policy as a file: either a catalogue of algorithms in the JSON form of ETSI TS 119 322, or an object with members of <see cref="ValidationPolicy"/> and, as <c>national</c>,
/// which national algorithms are accepted.
/// </summary>
public static class PolicyFile
{
    /// <summary>
    /// What holds for a person who judges a file alone and names the anchors: the national algorithms are accepted too, for whoever names such an anchor means it.
    /// A gateway accepts them by agreement only.
    /// </summary>
    public static ValidationPolicy Alone { get; } = ValidationPolicy.Default with { Id = "gateway-alone-1", Algorithms = With(AlgorithmCatalogue.Default, NationalSupplement.Names) };

    /// <summary>Reads a policy. Throws <see cref="FormatException"/> when the file is none, or asks for something unknown.</summary>
    public static ValidationPolicy Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.TryGetProperty("SecuritySuitabilityPolicyType", out _))
                return ValidationPolicy.Default with { Id = "catalogue", Algorithms = AlgorithmCatalogue.Read(json) };
            return document.RootElement.EnumerateObject().Aggregate(ValidationPolicy.Default, (policy, member) => Apply(policy, member.Name, member.Value));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            throw new FormatException($"not a policy: {e.Message}", e);
        }
    }

    private static ValidationPolicy Apply(ValidationPolicy p, string name, JsonElement value) => name switch
    {
        "id" => p with { Id = value.GetString() ?? "" },
        "requireRevocation" => p with { RequireRevocation = value.GetBoolean() },
        "requireSigningCertificate" => p with { RequireSigningCertificate = value.GetBoolean() },
        "allowNoSignedAttributes" => p with { AllowNoSignedAttributes = value.GetBoolean() },
        "requireSignerKeyUsage" => p with { RequireSignerKeyUsage = value.GetBoolean() },
        "signerExtendedKeyUsages" => p with { SignerExtendedKeyUsages = Texts(value) },
        "acceptablePolicies" => p with { AcceptablePolicies = Texts(value) },
        "requireExplicitPolicy" => p with { RequireExplicitPolicy = value.GetBoolean() },
        "inhibitPolicyMapping" => p with { InhibitPolicyMapping = value.GetBoolean() },
        "inhibitAnyPolicy" => p with { InhibitAnyPolicy = value.GetBoolean() },
        "clockSkewSeconds" => p with { ClockSkew = TimeSpan.FromSeconds(value.GetInt32()) },
        "maxRevocationAgeHours" => p with { MaxRevocationAge = TimeSpan.FromHours(value.GetInt32()) },
        "sm2Identity" => p with { Sm2Identity = value.GetString() ?? "" },
        "algorithms" => p with { Algorithms = AlgorithmCatalogue.Read(System.Text.Encoding.UTF8.GetBytes(value.GetRawText())) },
        "national" => p with { Algorithms = With(p.Algorithms, Texts(value)) },
        _ => throw new FormatException($"'{name}' is no member of a policy"),
    };

    private static List<string> Texts(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetString() ?? "")];

    private static AlgorithmCatalogue With(AlgorithmCatalogue catalogue, IEnumerable<string> national) => national.Aggregate(catalogue, (c, name) => c.With(NationalSupplement.Of(name)));
}
