using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>Provisions as people read them: what nobody compared with its text, and no lawyer approved, is cited as unconfirmed.</summary>
internal static class LegalBasis
{
    /// <summary>Ids of the provisions that the ministry's lawyer approved.</summary>
    public static async Task<IReadOnlySet<string>> ApprovedAsync(Invocation run)
        => (await run.Gateway.ListTreatiesAsync(new ListTreatiesRequest(), cancellationToken: run.Cancel)).Treaties.Where(t => t.Status == "APPROVED").Select(t => t.Id).ToHashSet(StringComparer.Ordinal);

    /// <summary>The article of one legal basis of a request, as it was written, and what is to be thought of it.</summary>
    public static string Article(Labels labels, JsonElement basis, IReadOnlySet<string>? approved)
    {
        var article = Text(basis, "article");
        return article.Length > 0 && Treaties.IsUnconfirmed(Text(basis, "instrument"), article, approved) ? $"{article} ({labels["letter.unconfirmed"]})" : article;
    }

    private static string Text(JsonElement parent, string name) => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
