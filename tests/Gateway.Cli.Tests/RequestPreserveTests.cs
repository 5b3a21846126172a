using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>A linked preservation in one action: what made the first request acceptable to the other State makes this one so.</summary>
[Collection(nameof(InThisProcess))]
public sealed class RequestPreserveTests
{
    [Fact]
    public async Task What_was_asked_in_an_emergency_is_kept_in_the_same_emergency_and_language()
    {
        await using var gateway = await Asking(new StateProfile { Languages = ["fr"], EmergencyLanguages = ["en"] }, "emergency-disclosure");
        var said = Preserve(gateway);
        Assert.True(said.Exit == 0, said.Error);
        var request = Sent(gateway);
        Assert.Equal((RequestKind.PRESERVE_DATA, Urgency.EMERGENCY), (request.Kind, request.Urgency));
        foreach (var name in new[] { "emergencyCategory", "emergencyFacts", "emergencyLink" })
            Assert.Equal(Sample("emergency-disclosure")[name]!.GetValue<string>(), request.Fields.GetProperty(name).GetString());
    }

    [Fact]
    public async Task What_is_no_emergency_is_kept_as_urgent()
    {
        await using var gateway = await Asking(new StateProfile { Languages = ["en"] }, "documents-records");
        var said = Preserve(gateway);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(Urgency.URGENT, Sent(gateway).Urgency);
    }

    [Fact]
    public async Task The_justification_of_an_offence_below_the_threshold_goes_along()
    {
        await using var gateway = await Asking(new StateProfile { MinOffenceMonths = 240 }, "emergency-disclosure", fields =>
        {
            fields["exceptionalJustification"] = "A child is in danger.";
            fields["impactIfRefused"] = "She will be moved.";
        });
        var said = Preserve(gateway);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal("A child is in danger.", Sent(gateway).Fields.GetProperty("exceptionalJustification").GetString());
        Assert.Equal("She will be moved.", Sent(gateway).Fields.GetProperty("impactIfRefused").GetString());
    }

    [Fact]
    public async Task Where_a_second_person_approves_first_it_becomes_a_draft_and_that_is_said()
    {
        await using var gateway = await Asking(new StateProfile(), "emergency-disclosure");
        gateway.Service.RefuseSubmission = new V1.Refusal { Code = "T807", Detail = "PRESERVE_DATA leaves only as a draft" };
        var said = Preserve(gateway);
        Assert.Empty(gateway.Service.Submitted);
        var kept = Assert.Single(gateway.Service.Drafts);
        var fields = JsonNode.Parse(kept.FieldsJson)!;
        Assert.Equal(("PRESERVE_DATA", LoopbackOperator.CaseId), (fields["kind"]!.GetValue<string>(), fields["linkedRequests"]![0]!["case"]!.GetValue<string>()));
        // Nothing has left: no program that looks at the end of the command takes it for done.
        Assert.Equal(3, said.Exit);
        Assert.Contains("not sent", said.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("once the other side keeps it", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_for_another_reason_makes_no_draft()
    {
        await using var gateway = await Asking(new StateProfile(), "emergency-disclosure");
        gateway.Service.RefuseSubmission = new V1.Refusal { Code = "T802", Detail = "not open to you" };
        Assert.Equal(1, Preserve(gateway).Exit);
        Assert.Empty(gateway.Service.Drafts);
    }

    // XA asked XB, whose profile this is.
    private static async Task<LoopbackGateway> Asking(StateProfile recipient, string sample, Action<JsonObject>? change = null)
    {
        var gateway = await LoopbackGateway.StartAsync();
        var fields = Sample(sample);
        change?.Invoke(fields);
        var now = TimeProvider.System.GetUtcNow();
        RequestContext Between(StateProfile? profile) => new(now, ["CENTRAL_AUTHORITY_MLA", "CONTACT_POINT_24_7"], ["CENTRAL_AUTHORITY_MLA", "CONTACT_POINT_24_7"], profile) { Reference = "RQ-XA-2026-000001" };
        var document = RequestComposer.Compose(JsonSerializer.SerializeToElement(fields), Between(null)).Document!;
        gateway.Service.Opened = new OpenMessageReply
        {
            Message = new MessageView { Message = LoopbackOperator.RequestMessage, CaseId = LoopbackOperator.CaseId, Direction = "OUT", About = "REQUEST" },
            Parts = { new PartView { Role = "request", Name = "request.cms", Content = ByteString.CopyFrom(SignedDocument.Sign(document, gateway.Pki.Signer("signing"), now)) } },
        };
        gateway.Service.Case.Side = "REQUESTING";
        gateway.Service.RequestContextOf = _ => Between(recipient);
        return gateway;
    }

    private static Said Preserve(LoopbackGateway gateway)
        => InThisProcess.Run(gateway, "request", "preserve", LoopbackOperator.CaseId, "--loss", DocumentWriter.FormatLocalTime(TimeProvider.System.GetUtcNow().AddDays(3)));

    private static Request Sent(LoopbackGateway gateway) => Request.Read(SignedDocument.Open(Assert.Single(gateway.Service.Submitted).SignedDocument.Memory).Value.Content).Value;

    private static JsonObject Sample(string name)
        => JsonNode.Parse(File.ReadAllText(Path.Combine(Root(AppContext.BaseDirectory), "deploy", "samples", $"{name}.json")), null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!.AsObject();

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "Gateway.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);
}
