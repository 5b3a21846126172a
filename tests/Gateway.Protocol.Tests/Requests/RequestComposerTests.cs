using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Requests;

public class RequestComposerTests
{
    [Theory]
    [InlineData("preserve-data")]
    [InlineData("stored-content-data")]
    public void Composes_the_sample_without_problems_or_warnings(string sample)
    {
        var composed = RequestSamples.Compose(sample);
        Assert.Empty(composed.Problems);
        Assert.Empty(composed.Warnings);
        var request = Request.Read(composed.Document).Value;
        Assert.True(Ids.IsId(request.Id));
        Assert.Equal("RQ-XA-2026-000417", request.Reference);
        Assert.Equal(RequestSamples.Now, request.Created);
        Assert.Empty(RequestRules.Check(request, RequestSamples.ContextOf(sample) with { Arrived = true }));
    }

    [Fact]
    public void Names_every_problem_of_an_incomplete_request_at_once()
    {
        var composed = RequestSamples.Compose("stored-content-data-incomplete");
        Assert.Null(composed.Document);
        var found = composed.Problems.Select(problem => $"{problem.Code.Text()} {problem.Path}").ToHashSet();
        string[] expected =
        [
            "T105 langauges", "V001 languages", "V001 onBehalfOf", "V001 persons", "V001 linkToOffence", "V001 confidentialityEnds", "V001 safeguards",
            "V001 filters", "V001 privilegeHandling", "V004 factsSummary", "V005 emergencyCategory", "V005 emergencyFacts", "V005 emergencyLink",
            "V010 judicialAuthorisation", "V011 dataWindow.to", "V013 itemsAccounts[0].at", "V019 handling", "V020 purposeCode",
        ];
        Assert.Equal(expected.Order(), found.Order());
        Assert.All(composed.Problems, problem => Assert.NotEmpty(problem.Remedy));
    }

    [Fact]
    public void Refuses_fields_that_are_not_one_object()
        => Assert.Equal(RefusalCode.DocumentNotJson, RequestComposer.Compose(JsonSerializer.SerializeToElement(new[] { 1 }), RequestSamples.ContextOf("preserve-data")).Problems.Single().Code);

    [Theory]
    [InlineData("id")]
    [InlineData("created")]
    [InlineData("originalFollowup")]
    public void Refuses_members_that_the_gateway_fills(string name)
        => Assert.Contains(RequestSamples.Compose("preserve-data", fields => fields[name] = "x").Problems, p => p.Code == RefusalCode.DocumentUnknownMember && p.Path == name);

    [Fact]
    public void Refuses_a_member_of_another_kind()
        => Assert.Contains(RequestSamples.Compose("preserve-data", fields => fields["privilegeHandling"] = "x").Problems, p => p.Code == RefusalCode.DocumentUnknownMember && p.Path == "privilegeHandling");

    [Fact]
    public void Refuses_an_unknown_member_inside_an_object_with_its_path()
        => Assert.Contains(RequestSamples.Compose("preserve-data", fields => fields["offence"]![0]!["penalty"] = 3).Problems, p => p.Code == RefusalCode.DocumentUnknownMember && p.Path == "offence[0].penalty");

    [Fact]
    public void Refuses_a_member_that_stands_twice()
    {
        var text = RequestSamples.Fields("preserve-data").ToJsonString();
        using var twice = JsonDocument.Parse("{\"kind\":\"PRESERVE_DATA\"," + text[1..]);
        Assert.Contains(RequestComposer.Compose(twice.RootElement, RequestSamples.ContextOf("preserve-data")).Problems, p => p.Code == RefusalCode.DocumentDuplicateMember && p.Path == "kind");
    }

    [Fact]
    public void Without_a_kind_names_the_kind_and_what_all_kinds_need()
    {
        var problems = RequestSamples.Compose("preserve-data", fields => { fields.Remove("kind"); fields.Remove("purposeText"); }).Problems;
        Assert.Equal(["V001 kind", "V001 purposeText"], problems.Select(p => $"{p.Code.Text()} {p.Path}").Order());
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("a\\u0000b")]
    public void Refuses_text_that_is_not_unicode(string escape)
    {
        using var json = JsonDocument.Parse(RequestSamples.Fields("preserve-data").ToJsonString().Replace("To keep evidence", escape, StringComparison.Ordinal));
        Assert.Contains(RequestComposer.Compose(json.RootElement, RequestSamples.ContextOf("preserve-data")).Problems, p => p.Code == RefusalCode.DocumentValue && p.Path == "purposeText");
    }

    [Fact]
    public void Takes_members_in_any_order_and_writes_one_order()
    {
        var reversed = RequestSamples.Compose("stored-content-data", fields =>
        {
            var members = fields.Reverse().Select(m => (m.Key, m.Value?.DeepClone())).ToArray();
            fields.Clear();
            foreach (var (name, value) in members)
                fields[name] = value is JsonObject inner ? new JsonObject(inner.Reverse().Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))) : value;
        });
        static string WithoutId(byte[] document) => Encoding.UTF8.GetString(document).Remove("{\"v\":1,\"type\":\"request\",\"id\":\"".Length, 32);
        Assert.Equal(WithoutId(RequestSamples.Document("stored-content-data")), WithoutId(reversed.Document!));
    }

    [Fact]
    public void Empty_values_count_as_absent()
    {
        var document = RequestSamples.Document("preserve-data", fields =>
        {
            fields["requestedProcedure"] = "  ";
            fields["parallelChannels"] = new JsonArray();
            fields["handling"] = null;
            fields["systemLocation"] = "";
        });
        var request = Request.Read(document).Value;
        Assert.False(request.Fields.TryGetProperty("requestedProcedure", out _));
        Assert.False(request.Fields.TryGetProperty("handling", out _));
    }

    [Fact]
    public void Computes_the_follow_up_by_original_from_the_profile()
    {
        var wants = new StateProfile { OriginalFollowUp = OriginalFollowUp.KINDS, OriginalFollowUpKinds = [RequestKind.PRESERVE_DATA], OriginalFollowUpDays = 30 };
        var fields = Request.Read(RequestSamples.Compose("preserve-data", context: c => c with { Recipient = wants }).Document).Value.Fields;
        Assert.Equal("""{"required":true,"by":"2026-12-20"}""", fields.GetProperty("originalFollowup").GetRawText());
    }

    [Fact]
    public void Carries_extensions_at_the_end()
        => Assert.EndsWith(""","extensions":{"xa.example":{"b":1,"a":2}}}""" + "\n",
            Encoding.UTF8.GetString(RequestSamples.Document("preserve-data", fields => fields["extensions"] = JsonNode.Parse("""{"xa.example":{"b":1,"a":2}}"""))), StringComparison.Ordinal);

    [Fact]
    public void Reads_the_links()
        => Assert.Equal([new LinkedRequest(Relation.FOLLOWS_PRESERVATION, "XA-00000000000000000000000000000000", null)], RequestSamples.Read("stored-content-data").Linked);
}
