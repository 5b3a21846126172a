using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Requests;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class RequestTemplateTests : IDisposable
{
    private static readonly RequestContext Between = new(TimeProvider.System.GetUtcNow(), ["CENTRAL_AUTHORITY_MLA"], ["CENTRAL_AUTHORITY_MLA"], null)
    {
        SenderAuthority = "XA-CA",
        Reference = "RQ-XA-2026-000001",
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<RequestKind, bool> Templates
    {
        get
        {
            var templates = new TheoryData<RequestKind, bool>();
            foreach (var row in RequestKinds.All)
            {
                templates.Add(row.Kind, true);
                templates.Add(row.Kind, false);
            }
            return templates;
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void An_empty_form_lacks_things_but_holds_nothing_wrong(RequestKind kind, bool comments)
    {
        File.WriteAllText(_folder["form.json"], RequestTemplate.Write(RequestKinds.Of(kind), comments));
        var fields = FieldsFile.Read(_folder["form.json"]);
        Assert.Equal(["kind"], fields.Select(member => member.Key));
        var composed = RequestComposer.Compose(JsonSerializer.SerializeToElement(fields), Between);
        Assert.NotEmpty(composed.Problems);
        Assert.All(composed.Problems, problem => Assert.StartsWith("V", problem.Code.Text(), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Every_member_of_the_form_is_one_that_the_composer_knows(RequestKind kind, bool comments)
    {
        var form = (JsonObject)JsonNode.Parse(RequestTemplate.Write(RequestKinds.Of(kind), comments), null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!;
        Assert.Equal(RequestKinds.Of(kind).AllFields.Where(f => !f.Filled).Select(f => f.Name), form.Select(member => member.Key));
        Fill(form);
        form["kind"] = kind.ToString();
        var problems = RequestComposer.Compose(JsonSerializer.SerializeToElement(form), Between).Problems;
        Assert.DoesNotContain(problems, problem => problem.Code == RefusalCode.DocumentUnknownMember);
    }

    [Fact]
    public void A_form_that_names_a_member_twice_is_refused_with_its_name()
    {
        File.WriteAllText(_folder["form.json"], "{\"kind\":\"PRESERVE_DATA\",\"urgency\":\"URGENT\",\"urgency\":\"ORDINARY\"}");
        Assert.Contains("urgency", Assert.Throws<Output.StopException>(() => FieldsFile.Read(_folder["form.json"])).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static void Fill(JsonNode node)
    {
        if (node is JsonObject fields)
        {
            foreach (var (name, value) in fields.ToArray())
            {
                if (value is JsonObject or JsonArray { Count: > 0 })
                    Fill(value);
                else
                    fields[name] = "x";
            }
        }
        else if (node is JsonArray list)
            Fill(list[0]!);
    }
}
