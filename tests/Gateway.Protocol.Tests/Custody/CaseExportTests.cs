using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Tests.Requests;
using Xunit;
using Samples = Gateway.Protocol.Tests.Evidence.Samples;

namespace Gateway.Protocol.Tests.Custody;

/// <summary>The export is judged by the SHACL shapes of CASE and UCO, with an engine that is not ours.</summary>
public class CaseExportTests
{
    private static readonly string s_ontology = Path.Combine(RequestSamples.Root, "..", "shared", "testdata", "case-uco", "ontology");
    private static readonly string s_checker = Path.Combine(RequestSamples.Root, "tests", "case-shacl");

    [Fact]
    public async Task The_same_custody_gives_the_same_bytes_and_every_reference_has_its_node()
    {
        var (manifest, lines) = await Sample();
        var bytes = CaseExport.Write(manifest, lines);
        Assert.Equal(bytes, CaseExport.Write(manifest, lines));
        var graph = JsonNode.Parse(bytes)!["@graph"]!.AsArray();
        var nodes = graph.Select(node => node!["@id"]!.GetValue<string>()).ToList();
        Assert.Equal(nodes.Count, nodes.Distinct().Count());
        Assert.Equal(lines.Count, graph.Count(node => node!["@type"]!.GetValue<string>() == "case-investigation:InvestigativeAction"));
        Assert.Empty(References(graph).Except(nodes));
    }

    [ShaclFact]
    [Trait("Category", "Interop")]
    public async Task The_export_satisfies_the_shapes_of_CASE_and_UCO()
    {
        var (manifest, lines) = await Sample();
        var file = Path.Combine(Directory.CreateTempSubdirectory("case-").FullName, "custody.jsonld");
        await File.WriteAllBytesAsync(file, CaseExport.Write(manifest, lines));
        var (code, output) = await Judge(file);
        Assert.True(code == 0, output);
        // A graph that is wrong is found out: the check itself works.
        var spoilt = JsonNode.Parse(await File.ReadAllBytesAsync(file))!;
        spoilt["@graph"]!.AsArray().First(node => node!["@type"]!.GetValue<string>() == "case-investigation:InvestigativeAction")!["uco-action:startTime"] = "yesterday";
        await File.WriteAllTextAsync(file, spoilt.ToJsonString());
        Assert.Equal(1, (await Judge(file)).Code);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private static async Task<(Manifest, IReadOnlyList<CustodyLine>)> Sample()
    {
        using var key = ItemKey.New();
        var manifest = (await Samples.Encrypt([1, 2, 3], key, "SHA512", "MD5", "STREEBOG-256")).Manifest;
        var events = Enum.GetValues<CustodyKind>()
            .Select(kind => CustodyLine.Of(CustodyEvent.Read(CustodySamples.Document(kind)).Value, "XB", Digest.Of([(byte)kind]), RequestSamples.Now));
        return (manifest, CustodyTable.Of(manifest.ExhibitNumber, [.. manifest.Custody.Select(entry => CustodyLine.Of(entry)), .. events]).Lines);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } only when only["@id"] is { } id => [id.GetValue<string>()],
        JsonObject members => members.SelectMany(member => References(member.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    private static async Task<(int Code, string Output)> Judge(string file)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(s_checker, "validate.js"), s_ontology, file]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = s_checker };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    private sealed class ShaclFactAttribute : FactAttribute
    {
        public ShaclFactAttribute()
        {
            if (!Directory.Exists(s_ontology)) Skip = "../shared/testdata/case-uco is absent";
            else if (!Directory.Exists(Path.Combine(s_checker, "node_modules", "rdf-validate-shacl"))) Skip = "rdf-validate-shacl is absent: npm ci --prefix tests/case-shacl";
        }
    }
}
