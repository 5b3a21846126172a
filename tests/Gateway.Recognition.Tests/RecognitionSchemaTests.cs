using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Tests.Documents;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Reports;
using Gateway.Recognition.Tests.Agreements;
using Gateway.Recognition.Tests.Reports;
using Gateway.Recognition.Tests.TrustLists;
using Gateway.Recognition.TrustLists;
using Xunit;
using static Gateway.Protocol.Tests.Documents.Schema;

namespace Gateway.Recognition.Tests;

/// <summary>docs/schemas says what the code does, for the documents of recognition. To write the files anew: GATEWAY_WRITE_SCHEMAS=1 dotnet test.</summary>
public class RecognitionSchemaTests
{
    private static readonly string Folder = Path.Combine(SharedMaterial.Root, "docs", "schemas");
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private static readonly Dictionary<string, (JsonObject Schema, Func<byte[]> Sample, Func<byte[], bool> Refuses)> All = new()
    {
        ["trustList"] = (
            Document("trustList",
                ("state", State()), ("sequence", Integer(1, long.MaxValue >> 11)), ("issued", Time()), ("nextUpdate", Time()),
                ("services", List(Object(("provider", Text(300)), ("name", Text(300)), ("serviceType", Text(500)), ("uses", List(Word<MarkUse>(), 4, 1)), ("authority?", Authority()),
                    ("certificates", List(Text(90_000), 20, 1)), ("policies", List(Text(100), 50)),
                    ("periods", List(Object(("from", Time()), ("status", Word([ServiceWords.Granted, ServiceWords.Withdrawn])), ("qualifiers", List(Text(500), 50))), 200, 1))), 2000, 1))),
            () => StateListTests.List(StateListTests.Service((2026, "WITHDRAWN"), (2020, "GRANTED")) with { Authority = "XB-CA" }).Write(),
            bytes => !StateList.Read(bytes).Succeeded),
        ["recognitionAgreement"] = (
            Document("recognitionAgreement",
                ("id", Id()), ("version", Integer(1, 1_000_000)), ("state", State()), ("peer", State()), ("direction", Word<Direction>()),
                ("instrument", Object(("title", Text(500)), ("article", Text(200)), ("date", Text(10, 10)))), ("decided", Time()),
                ("rules", List(Object(("object", Word<MarkUse>()), ("level", Word<Level>()), ("condition?", Text(1000)), ("serviceTypes", List(Text(500), 50)), ("statuses", List(Text(500), 50)),
                    ("qualifiers", List(Text(500), 50)), ("anchors", List(Digest(), 50)), ("policies", List(Text(100), 50)), ("minKeyBits", Integer(0, 16_384)), ("kinds", List(Text(60), 100)),
                    ("from", Time()), ("until?", Time())), 200)),
                ("algorithms?", List(Word([.. Gateway.Recognition.Policy.NationalSupplement.Names]), 10)), ("withoutAttributes?", Flag())),
            () => DecideTests.Of(DecideTests.Rule, DecideTests.Rule with { Level = Level.RECOGNISED_CONDITIONALLY, Condition = "an apostille follows", Until = StateListTests.Now }) is var agreement ? (agreement with { Algorithms = ["GOST"], WithoutAttributes = true }).Write() : [],
            bytes => !Agreement.Read(bytes).Succeeded),
        ["recognitionReport"] = (
            Document("recognitionReport",
                ("document", Object(("sha256", Digest()), ("name", Text(500, 0)), ("size", Integer(0, long.MaxValue >> 11)), ("container", Text(20)), ("indication", Text(30)), ("signatures", Integer(0, 1000)),
                    ("valid", Integer(0, 1000)), ("notCovered", List(Text(500), 2000)), ("contentSha256?", Digest()))),
                ("mark?", Text(20)), ("peer?", Text(16)), ("kind?", Text(60)), ("expectedAuthority?", Text(64)), ("engine", Integer(1, 1_000_000)), ("policy", Text(200)), ("revocationRequired", Flag()), ("validationTime", Time()), ("language", Text(2, 2)),
                ("signatures", List(Object(
                    ("id", Text(64, 0)), ("level", Text(40)), ("indication", Text(30)), ("subIndications", List(Text(60), 50)), ("claimedSigningTime?", Time()), ("bestSignatureTime?", Time()),
                    ("bestSignatureTimeSource", Text(300, 0)), ("signer?", Certificate()), ("state?", Text(16)), ("authority?", Text(64)), ("anchor?", Text(800)), ("chain", List(Certificate(), 20)),
                    ("trustService?", Object(("territory", Text(16, 0)), ("sequence", Integer(0, long.MaxValue >> 11)), ("listSha256", Text(64, 64)), ("provider", Text(300, 0)), ("name", Text(300, 0)), ("type", Text(500, 0)), ("status", Text(500, 0)))),
                    ("recognition", Object(("decision", Text(40)), ("reason", Text(60)), ("text", Text(1000)), ("next", Text(1000, 0)), ("agreement?", Text(32)), ("version?", Integer(1, 1_000_000)), ("rule?", Integer(1, 1000)),
                        ("instrument?", Text(800)), ("condition?", Text(1000)))),
                    ("scopes", List(Object(("name", Text(500, 0)), ("scope", Text(20)), ("digestAlgorithm?", Text(60)), ("digest?", Text(128))), 2000)),
                    ("timestamps", List(TimeStamp(), 50)),
                    ("revocation", List(Object(("kind", Text(10)), ("certificate", Text(64, 64)), ("issuer", Text(1000, 0)), ("thisUpdate", Time()), ("nextUpdate?", Time()), ("producedAt?", Time()), ("status", Text(20)),
                        ("revokedAt?", Time()), ("sha256", Text(64, 64))), 100)),
                    ("algorithms", List(Object(("use", Text(20)), ("name", Text(100)), ("keyBits?", Integer(0, 100_000)), ("ends?", Time())), 100)),
                    ("counterSignatures", List(Object(("id", Text(64, 0)), ("indication", Text(30)), ("subIndications", List(Text(60), 50)), ("signer?", Text(1000))), 64)),
                    ("messages", Messages())), 256)),
                ("timestamps", List(TimeStamp(), 50)), ("messages", Messages()),
                ("inputs", Object(
                    ("lists", List(Object(("kind", Text(10)), ("territory", Text(16, 0)), ("sequence", Integer(0, long.MaxValue >> 11)), ("sha256", Digest()), ("issued", Time()), ("nextUpdate?", Time())), 500)),
                    ("anchors", List(Digest(), 2000)), ("agreements", List(Digest(), 2000)), ("certificates", List(Digest(), 2000)), ("revocationLists", List(Digest(), 2000)), ("ocspAnswers", List(Digest(), 2000)),
                    ("proofs", List(Object(("sha256", Digest()), ("time", Time()), ("source", Text(300, 0))), 1000))))),
            () => RecognitionReportTests.Full().Write(),
            bytes => !RecognitionReport.Read(bytes).Succeeded),
    };

    public static TheoryData<string> Types => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Types))]
    public void The_committed_schema_is_that_of_the_code(string type)
    {
        var path = Path.Combine(Folder, type + ".schema.json");
        var file = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"{type}.schema.json",
            ["title"] = $"{type}, version 1",
            ["description"] = "Compact UTF-8 JSON; the members stand in the order of 'properties'; one line feed ends the document.",
        };
        foreach (var (keyword, argument) in All[type].Schema)
            file[keyword] = argument!.DeepClone();
        var expected = file.ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("GATEWAY_WRITE_SCHEMAS") == "1")
            File.WriteAllText(path, expected);
        Assert.Equal(expected, File.ReadAllText(path));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void What_the_code_writes_fits_the_schema_and_nothing_near_it_does(string type)
    {
        var (schema, sample, refuses) = All[type];
        var text = Encoding.UTF8.GetString(sample())[..^1];
        Assert.Null(SchemaCheck.Violation(JsonNode.Parse(text), schema));
        Assert.All(schema["required"]!.AsArray().Select(name => name!.GetValue<string>()), name =>
        {
            var poorer = JsonNode.Parse(text)!.AsObject();
            poorer.Remove(name);
            Assert.NotNull(SchemaCheck.Violation(poorer, schema));
            Assert.True(refuses(Bytes(poorer)), name);
        });
        var richer = JsonNode.Parse(text)!.AsObject();
        richer["surprise"] = 1;
        Assert.NotNull(SchemaCheck.Violation(richer, schema));
        Assert.True(refuses(Bytes(richer)));
        Assert.False(refuses(sample()));
    }

    private static JsonObject Certificate() => Object(("sha256", Text(64, 64)), ("subject", Text(1000, 0)), ("issuer", Text(1000, 0)), ("serial", Text(100, 0)), ("notBefore", Time()), ("notAfter", Time()), ("anchor", Flag()));

    private static JsonObject TimeStamp() => Object(("kind", Text(20)), ("genTime?", Time()), ("indication", Text(30)), ("subIndications", List(Text(60), 50)), ("tsa?", Text(1000)), ("sha256", Text(64, 0)), ("messages", Messages()));

    private static JsonObject Messages() => List(Object(("key", Text(60)), ("severity", Text(20)), ("subIndication?", Text(60)), ("text", Text(1000)), ("next", Text(1000, 0)), ("detail", Text(2000, 0)), ("token?", Text(128))), 1000);

    private static byte[] Bytes(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
}
