using System.Text.Json;
using Gateway.Cli.Requests;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Whoever executes a request has the order sheet and nothing else: what the kind asks for stands on it, what is to be typed as it came.</summary>
public sealed class OrderSheetTests
{
    private static readonly TimeZoneInfo Kolkata = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromMinutes(330), "test", "test");

    public static TheoryData<RequestKind> Kinds => [.. Enum.GetValues<RequestKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_value_that_the_kind_asks_for_stands_on_it(RequestKind kind)
    {
        var labels = Labels.Of("fr");
        var bytes = File.ReadAllBytes(Path.Combine(Root(AppContext.BaseDirectory), "deploy", "samples", $"{kind.ToString().ToLowerInvariant().Replace('_', '-')}.json"));
        using var request = JsonDocument.Parse(bytes, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        var sheet = Sheet(labels, request);
        var fields = RequestKinds.Of(kind).Fields.Concat(RequestFields.Shared.Where(f => f.Name is "persons" or "itemsAccounts" or "confidentiality")).ToList();
        var count = 0;
        foreach (var field in fields.Where(f => request.RootElement.TryGetProperty(f.Name, out _)))
        {
            foreach (var leaf in Leaves(request.RootElement.GetProperty(field.Name)))
            {
                count++;
                var shown = leaf.ValueKind switch { JsonValueKind.True => labels["form.yes"], JsonValueKind.False => labels["form.no"], _ => leaf.ToString() };
                Assert.True(sheet.Contains(shown, StringComparison.Ordinal), $"{field.Name}: '{shown}' is not on the sheet:\n{sheet}");
            }
        }
        Assert.True(count > 2, $"{kind} {count}");
    }

    [Fact]
    public void What_is_to_be_typed_stands_alone_and_codes_have_their_words()
    {
        using var traffic = JsonDocument.Parse(Sample("disclose-preserved-traffic"), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        var sheet = Sheet(Labels.Of("ru"), traffic).Split('\n');
        Assert.Contains(sheet, line => line.Trim() == "203.0.113.7:51544");
        Assert.Contains(sheet, line => line.Trim() == "198.51.100.20:443");
        Assert.Contains(sheet, line => line.Contains("2026-02-13T01:52:10+01:00 = 2026-02-13 06:22:10 +05:30", StringComparison.Ordinal));
        using var subscriber = JsonDocument.Parse(Sample("subscriber-info"), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        Assert.Contains(" (CONTACT)", Sheet(Labels.Of("fr"), subscriber), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_text_is_not_cut_and_cannot_move_the_cursor()
    {
        var words = string.Join(' ', Enumerable.Repeat("parameter", 400));
        using var request = JsonDocument.Parse($$"""{"kind":"INTERCEPT_CONTENT","technicalParameters":"{{words}} end\u001b[2J\nsecond line"}""");
        var sheet = Sheet(Labels.Of("en"), request);
        Assert.Contains($"{words} end", sheet, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', sheet);
        Assert.Contains(sheet.Split('\n'), line => line.Trim() == "second line");
    }

    private static string Sheet(Labels labels, JsonDocument request)
        => OrderSheet.Text(labels, System.Text.Encoding.UTF8.GetBytes(request.RootElement.GetRawText()), new OpenMessageReply { Message = new MessageView { CaseId = LoopbackOperator.CaseId, Sender = "XA-CP" } }, null, null, null, [], Kolkata);

    private static IEnumerable<JsonElement> Leaves(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Leaves(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Leaves),
        _ => [value],
    };

    private static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(Root(AppContext.BaseDirectory), "deploy", "samples", $"{name}.json"));

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "Gateway.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);
}
