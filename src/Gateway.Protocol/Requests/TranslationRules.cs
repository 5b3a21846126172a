using System.Text.Json;

namespace Gateway.Protocol.Requests;

/// <summary>The languages of a request or an act and of the documents that it lists (V023, V024).</summary>
internal static class TranslationRules
{
    private const string Translation = "TRANSLATION";

    public const string NotLinked = "The translation must name the source document's digest, or its language must stand in \"languages.translations\".";

    /// <summary>Whether the authoritative language, or that of a translation which is named and attached, is one of these. A document that says nothing of its languages has none.</summary>
    public static bool IsIn(JsonElement document, IReadOnlyList<string> accepted)
    {
        if (Languages(document) is not { } languages)
            return false;
        var attached = RequestView.ListIn(document, "attachments", "").Where(a => RequestView.TextIn(a.Element, "type") == Translation).Select(a => RequestView.TextIn(a.Element, "language")).ToArray();
        var offered = Named(languages).Where(t => attached.Contains(t)).Append(RequestView.TextIn(languages, "authoritative"));
        return offered.Any(tag => tag is not null && accepted.Any(a => tag == a || tag.StartsWith(a + "-", StringComparison.Ordinal)));
    }

    /// <summary>The translations that say nothing of what they translate, by the path of the member that would.</summary>
    public static IEnumerable<string> Unlinked(JsonElement document)
    {
        var digests = RequestView.ListIn(document, "attachments", "").Select(a => RequestView.TextIn(a.Element, "sha256")).ToArray();
        var named = Languages(document) is { } languages ? Named(languages).ToArray() : [];
        foreach (var (attachment, path) in RequestView.ListIn(document, "attachments", "attachments"))
        {
            // Without a source it translates the document itself, which cannot name its own digest; the document then names the language.
            if (RequestView.TextIn(attachment, "type") == Translation
                && !(RequestView.TextIn(attachment, "translationOf") is { } source ? digests.Contains(source) : named.Contains(RequestView.TextIn(attachment, "language"))))
                yield return path + ".translationOf";
        }
    }

    /// <summary>The member <c>languages</c>; null when there is none.</summary>
    public static JsonElement? Languages(JsonElement document) => document.TryGetProperty("languages", out var languages) && languages.ValueKind == JsonValueKind.Object ? languages : null;

    private static IEnumerable<string?> Named(JsonElement languages) => RequestView.ListIn(languages, "translations", "").Select(t => FieldCheck.String(t.Element));
}
