using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Tests.Documents;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Tests.Agreements;
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
                    ("from", Time()), ("until?", Time())), 200))),
            () => DecideTests.Of(DecideTests.Rule, DecideTests.Rule with { Level = Level.RECOGNISED_CONDITIONALLY, Condition = "an apostille follows", Until = StateListTests.Now }).Write(),
            bytes => !Agreement.Read(bytes).Succeeded),
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

    private static byte[] Bytes(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
}
