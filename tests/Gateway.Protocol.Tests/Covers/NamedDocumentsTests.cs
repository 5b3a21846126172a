using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Covers;

public sealed class NamedDocumentsTests
{
    private static readonly string Folder = Path.Combine(RequestSamples.Root, "deploy", "samples", "documents");

    public static TheoryData<RequestKind> Kinds => [.. Enum.GetValues<RequestKind>()];

    /// <summary>What each kind names, by path.</summary>
    private static readonly Dictionary<RequestKind, string[]> Named = new()
    {
        [RequestKind.STORED_TRAFFIC_DATA] = [Order],
        [RequestKind.STORED_CONTENT_DATA] = [Order],
        [RequestKind.SEARCH_SEIZE] = [Order],
        [RequestKind.REALTIME_TRAFFIC] = [Order],
        [RequestKind.INTERCEPT_CONTENT] = [Order],
        [RequestKind.COVERT_MEASURE] = [Order],
        [RequestKind.SERVE_DOCUMENTS] = ["documents[0].sha256"],
        [RequestKind.ASSET_TRACE_FREEZE] = [Order],
        [RequestKind.ASSET_CONFISCATE] = [Order, "decision.documentSha256"],
        [RequestKind.ASSET_RETURN] = ["decision.documentSha256"],
        [RequestKind.EXTRADITION] = ["warrant.documentSha256"],
        [RequestKind.TRANSFER_SENTENCED] = ["judgment.documentSha256"],
        [RequestKind.JOINT_INVESTIGATION] = ["draftAgreementSha256"],
    };

    private const string Order = "judicialAuthorisation.documentSha256";

    [Theory, MemberData(nameof(Kinds))]
    public void The_sample_of_every_kind_goes_with_the_documents_that_lie_beside_it_and_not_without_any_of_them(RequestKind kind)
    {
        var request = RequestSamples.Read(RequestSamples.Of(kind)).Fields;
        var named = NamedDocuments.Of(request);
        Assert.Equal(Named.GetValueOrDefault(kind, []), named.Select(d => d.Path));
        var files = Directory.GetFiles(Folder).Select(f => Part.Of(PartRole.attachment, Path.GetFileName(f), "text/plain", File.ReadAllBytes(f))).ToList();
        Assert.Null(NamedDocuments.Missing(request, 10_000, files));
        foreach (var document in named)
        {
            var refused = NamedDocuments.Missing(request, 10_000, [.. files.Where(f => f.Sha256 != document.Sha256)])!;
            Assert.Equal($"V035 {document.Path}: The request names {named.Count} documents by their digest, {named.Count - 1} of them are with it. Missing: \"{document.Path}\" (SHA-256 {document.Sha256}).", refused.ToString());
        }
    }

    [Fact]
    public void Only_a_listed_document_for_which_the_message_has_no_room_may_come_as_evidence()
    {
        var (digest, decision) = (Digest.Of("large"u8).ToString(), Digest.Of("decision"u8));
        var files = new[] { Part.Of(PartRole.attachment, "decision.txt", "text/plain", "decision"u8.ToArray()) };
        var listed = new JsonObject { ["sizeBytes"] = 8 * 1024 * 1024, ["sha256"] = digest };
        Assert.Null(Judge(listed.DeepClone()));
        listed["sizeBytes"] = 7 * 1024 * 1024;
        Assert.Equal("V035", Judge(listed.DeepClone())!.Code.Text());
        // Beside another file it has none.
        Assert.Null(Judge(listed.DeepClone(), Part.Of(PartRole.attachment, "other.txt", "text/plain", new byte[1024 * 1024])));
        // Of two sizes of one document the larger one is no way around the rule.
        Assert.Equal("V035", Judge(new JsonArray(new JsonObject { ["sizeBytes"] = 8 * 1024 * 1024, ["sha256"] = digest }, new JsonObject { ["sizeBytes"] = 5, ["sha256"] = digest }))!.Code.Text());
        // The decision on which the request relies comes with it, also when it is listed as too large.
        files = [];
        Assert.Equal("judicialAuthorisation.documentSha256", Judge(null)!.Path);
        Assert.Equal("judicialAuthorisation.documentSha256", Judge(new JsonObject { ["sizeBytes"] = 8 * 1024 * 1024, ["sha256"] = decision.ToString() })!.Path);

        Refusal? Judge(JsonNode? entry, params Part[] more)
        {
            var fields = new JsonObject { ["kind"] = "STORED_CONTENT_DATA", ["judicialAuthorisation"] = new JsonObject { ["documentSha256"] = decision.ToString() } };
            if (entry is not null)
                fields["attachments"] = entry as JsonArray ?? new JsonArray(entry);
            return NamedDocuments.Missing(JsonSerializer.SerializeToElement(fields), 10_000, [.. files, .. more]);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"kind":"NONE","judicialAuthorisation":7,"attachments":[7,{"sha256":"x"},{}]}""")]
    [InlineData("""{"kind":"SERVE_DOCUMENTS","documents":{"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}}""")]
    public void An_unfinished_form_names_what_it_names(string json)
    {
        using var fields = JsonDocument.Parse(json);
        Assert.Empty(NamedDocuments.Of(fields.RootElement));
    }
}
