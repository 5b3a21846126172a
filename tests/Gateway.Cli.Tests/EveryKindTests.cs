using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Every kind of request through the command line: its complete sample is signed and sent as what it is, its incomplete one is stopped with all that it lacks.</summary>
[Collection(nameof(InThisProcess))]
public sealed class EveryKindTests
{
    private const string Lacks = "// Lacks: ";

    // As the samples' own tests: between authorities of the roles that the sample names.
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-20T10:00:00Z", CultureInfo.InvariantCulture);

    [Fact]
    public async Task The_complete_sample_of_every_kind_is_sent_and_the_incomplete_one_stays()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.RequestContextOf = fields => new RequestContext(Now, [RoleOf(fields, "requestingAuthority")], [RoleOf(fields, "requestedAuthority")], new StateProfile { Languages = ["en", "fr"] }) { Reference = "RQ-XA-2026-000417" };
        foreach (var kind in Enum.GetValues<RequestKind>())
        {
            var name = kind.ToString().ToLowerInvariant().Replace('_', '-');
            var form = Copy(gateway, $"{name}-incomplete.json");
            var stopped = InThisProcess.Run(gateway, "request", "send", form);
            Assert.Equal(1, stopped.Exit);
            var lacks = (await File.ReadAllLinesAsync(form))[0][Lacks.Length..].Split(", ");
            Assert.Equal(lacks.Order(StringComparer.Ordinal), stopped.Error.Split('\n').Where(line => line.StartsWith("refused ", StringComparison.Ordinal)).Select(line => line["refused ".Length..line.IndexOf(": ", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
            Assert.Equal((int)kind, gateway.Service.Submitted.Count);

            form = Copy(gateway, $"{name}.json");
            var check = InThisProcess.Run(gateway, "request", "check", form);
            Assert.True(check.Exit == 0, $"{kind}: {check.Output}{check.Error}");
            var sent = InThisProcess.Run(gateway, "request", "send", form);
            Assert.True(sent.Exit == 0, $"{kind}: {sent.Error}");
            Assert.Equal(kind, Request.Read(SignedDocument.Open(gateway.Service.Submitted[^1].SignedDocument.Memory).Value.Content).Value.Kind);
        }
        Assert.Equal(Enum.GetValues<RequestKind>().Length, gateway.Service.Submitted.Count);
    }

    private static string RoleOf(JsonElement fields, string member) => fields.GetProperty(member).GetString()![3..] switch
    {
        "CP" => "CONTACT_POINT_24_7",
        "CAX" => "CENTRAL_AUTHORITY_EXTRADITION",
        "EMB" => "DIPLOMATIC_MISSION",
        "POL" => "LAW_ENFORCEMENT",
        _ => "CENTRAL_AUTHORITY_MLA",
    };

    private static string Copy(LoopbackGateway gateway, string name)
    {
        var copy = gateway.Folder[name];
        File.Copy(Path.Combine(Root(AppContext.BaseDirectory), "deploy", "samples", name), copy, overwrite: true);
        return copy;
    }

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "Gateway.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);
}
