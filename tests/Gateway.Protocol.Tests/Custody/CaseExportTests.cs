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

    [Fact]
    public async Task An_event_names_its_own_tools_who_signed_it_and_the_object_that_it_is_about()
    {
        var (manifest, lines) = await Sample();
        manifest = manifest with { Device = new SourceDevice("Maker Model", "SN-1", []) };
        var graph = JsonNode.Parse(CaseExport.Write(manifest, lines))!["@graph"]!.AsArray();
        JsonNode Of(JsonNode? reference) => graph.Single(node => node!["@id"]!.GetValue<string>() == reference!["@id"]!.GetValue<string>())!;
        JsonNode Action(CustodyKind kind) => graph.Last(node => node!["uco-core:name"]?.GetValue<string>() == kind.ToString())!;
        foreach (var kind in new[] { CustodyKind.EXAMINED, CustodyKind.ANALYSED, CustodyKind.ACQUIRED })
            Assert.Equal(["something"], Action(kind)["uco-action:instrument"]!.AsArray().Select(tool => Of(tool)["uco-core:name"]!.GetValue<string>()));
        Assert.Null(Action(CustodyKind.STORED)["uco-action:instrument"]);
        Assert.Equal(("Judge B", "B. Technician"), (Of(Action(CustodyKind.SEALED)["uco-action:performer"])["uco-core:name"]!.GetValue<string>(), Of(Action(CustodyKind.SEALED)["uco-core:createdBy"])["uco-core:name"]!.GetValue<string>()));
        var said = Action(CustodyKind.SEALED)["uco-core:description"]!.GetValue<string>();
        Assert.All((string[])["signed by B. Technician, XB-LAB", $"SHA-256 after: {Digest.Of("content"u8)}", "physical seal after: something", "event 1 of XB, SHA-256 "], text => Assert.Contains(text, said, StringComparison.Ordinal));
        Assert.Equal("XB-CA", Of(Action(CustodyKind.VERIFIED)["uco-core:createdBy"])["uco-core:name"]!.GetValue<string>());
        Assert.Equal(("Maker Model", manifest.FileName), (Of(Action(CustodyKind.SEALED)["uco-action:object"])["uco-core:name"]!.GetValue<string>(), Of(Action(CustodyKind.VERIFIED)["uco-action:object"])["uco-core:name"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_child_was_derived_from_its_parent_and_that_from_the_device(bool device, bool known)
    {
        var (manifest, lines) = await Sample();
        manifest = Child(manifest, device);
        var graph = JsonNode.Parse(CaseExport.Write(manifest, lines, known ? "EX-2026-17/1" : null))!["@graph"]!.AsArray();
        JsonNode Of(JsonNode? reference) => graph.Single(node => node!["@id"]!.GetValue<string>() == reference!["@id"]!.GetValue<string>())!;
        var child = graph.Single(node => node!["uco-core:name"]?.GetValue<string>() == manifest.FileName)!;
        var parent = Of(child["case-investigation:wasDerivedFrom"]);
        Assert.Equal($"item {manifest.ParentItem}", parent["uco-core:name"]!.GetValue<string>());
        Assert.Equal(device ? "Maker Model" : null, parent["case-investigation:wasDerivedFrom"] is { } made ? Of(made)["uco-core:name"]!.GetValue<string>() : null);
        var records = graph.Where(node => node!["@type"]!.GetValue<string>() == "case-investigation:ProvenanceRecord").ToDictionary(node => Of(node!["uco-core:object"])["@id"]!.GetValue<string>(), node => node!);
        Assert.Equal(known ? 2 : 1, records.Count);
        var own = records[child["@id"]!.GetValue<string>()];
        Assert.Equal((manifest.ExhibitNumber, "EX-2026-17"), (own["case-investigation:exhibitNumber"]!.GetValue<string>(), own["case-investigation:rootExhibitNumber"]!.GetValue<string>()));
        Assert.EndsWith($"; EXTRACT of {(known ? "exhibit EX-2026-17/1, " : "")}item {manifest.ParentItem}", own["uco-core:description"]!.GetValue<string>(), StringComparison.Ordinal);
        if (known)
        {
            var of = records[parent["@id"]!.GetValue<string>()];
            Assert.Equal(("EX-2026-17/1", "EX-2026-17"), (of["case-investigation:exhibitNumber"]!.GetValue<string>(), of["case-investigation:rootExhibitNumber"]!.GetValue<string>()));
        }
        Assert.Empty(References(graph).Except(graph.Select(node => node!["@id"]!.GetValue<string>())));
    }

    private static Manifest Child(Manifest manifest, bool device) => manifest with
    {
        ParentItem = new string('b', 32),
        Derivation = Derivation.EXTRACT,
        ExhibitNumber = "EX-2026-17/2",
        Device = device ? new SourceDevice("Maker Model", "SN-1", []) : null,
    };

    [ShaclTheory]
    [Trait("Category", "Interop")]
    [InlineData(false, false, null)]
    [InlineData(true, true, "EX-2026-17/1")]
    [InlineData(true, false, null)]
    public async Task The_export_satisfies_the_shapes_of_CASE_and_UCO(bool child, bool device, string? parentExhibit)
    {
        var (manifest, lines) = await Sample();
        manifest = child ? Child(manifest, device) : manifest;
        var file = Path.Combine(Directory.CreateTempSubdirectory("case-").FullName, "custody.jsonld");
        await File.WriteAllBytesAsync(file, CaseExport.Write(manifest, lines, parentExhibit));
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
            .Select(kind => CustodyLine.Of(Event(kind), Digest.Of([(byte)kind]), RequestSamples.Now, null));
        return (manifest, CustodyTable.Of(manifest.ExhibitNumber, [.. manifest.Custody.Select(entry => CustodyLine.Of(entry)), .. events]).Lines);
    }

    // Told by a technician of somebody else; the gateway's own ones under its seal.
    private static CustodyEvent Event(CustodyKind kind)
    {
        var form = CustodySamples.Form(kind);
        form["actor"] = new JsonObject { ["name"] = "Judge B", ["authority"] = "XB-CA" };
        var context = CustodyRules.Of(kind).OnlyGateway ? CustodySamples.Context with { Signer = new Actor(CustodyEvent.Gateway, "XB-CA") } : CustodySamples.Context;
        return CustodyEvent.Read(CustodySamples.Compose(form, context).Document).Value;
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

    private sealed class ShaclTheoryAttribute : TheoryAttribute
    {
        public ShaclTheoryAttribute()
        {
            if (!Directory.Exists(s_ontology)) Skip = "../shared/testdata/case-uco is absent";
            else if (!Directory.Exists(Path.Combine(s_checker, "node_modules", "rdf-validate-shacl"))) Skip = "rdf-validate-shacl is absent: npm ci --prefix tests/case-shacl";
        }
    }
}
