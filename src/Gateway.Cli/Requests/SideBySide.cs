using System.Text;
using System.Text.Json;
using Gateway.Cli.Output;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>
/// A text and its translation beside each other. Which belong together the signed request says: an attachment of type TRANSLATION names the digest of the document that it
/// translates, or is one of the request, or the act, itself.
/// </summary>
internal static class SideBySide
{
    private const int Column = 56;

    // Of a request and of an act; lists by the members of their elements in which people write.
    private static readonly string[] Written = ["factsSummary", "assistanceSought", "emergencyFacts", "emergencyLink", "text", "consultationWaivedReason", "procedureReason", "ownQualification"];
    private static readonly (string List, string[] Members)[] WrittenLists = [("grounds", ["provision", "reasons"]), ("questions", ["question"]), ("answers", ["answer"]), ("conditions", ["text"])];

    /// <summary>Every pair, those in the reader's language first; empty when nothing was translated.</summary>
    public static string Text(Labels labels, JsonElement signed, IEnumerable<PartView> parts)
    {
        if (!signed.TryGetProperty("attachments", out var attachments) || attachments.ValueKind != JsonValueKind.Array)
            return "";
        var content = parts.GroupBy(p => p.Sha256, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var all = attachments.EnumerateArray().ToList();
        var text = new StringBuilder();
        foreach (var translation in all.Where(a => Of(a, "type") == "TRANSLATION").OrderBy(a => Labels.Find(Of(a, "language"))?.Language == labels.Language ? 0 : 1))
        {
            var source = all.Find(a => Of(translation, "translationOf") is { Length: > 0 } digest && Of(a, "sha256") == digest);
            var original = source.ValueKind == JsonValueKind.Object ? Content(labels, content, source) : Whole(signed);
            var language = source.ValueKind == JsonValueKind.Object ? Of(source, "language") : signed.TryGetProperty("languages", out var languages) ? Of(languages, "authoritative") : "";
            text.Append(Beside(labels.Format("page.original", ("language", labels.Word("language", language))), original,
                labels.Format("page.translation", ("language", labels.Word("language", Of(translation, "language")))), Content(labels, content, translation))).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Two texts under their headings, in columns; one under the other where a terminal could not keep columns straight.</summary>
    public static string Beside(string leftHeading, string left, string rightHeading, string right)
    {
        if (!Narrow(left) || !Narrow(right))
            return $"  {leftHeading}\n{Indented(left)}  {rightHeading}\n{Indented(right)}";
        var (first, second) = (Lines(leftHeading, left), Lines(rightHeading, right));
        var text = new StringBuilder();
        for (var i = 0; i < Math.Max(first.Count, second.Count); i++)
            text.Append(("  " + (i < first.Count ? first[i] : "").PadRight(Column) + " | " + (i < second.Count ? second[i] : "")).TrimEnd()).Append('\n');
        return text.ToString();
    }

    // What was signed is translated as a whole; beside its translation stand the members in which people wrote.
    private static string Whole(JsonElement signed)
        => string.Join("\n\n", Written.Select(name => Of(signed, name))
            .Concat(WrittenLists.SelectMany(w => signed.TryGetProperty(w.List, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().SelectMany(element => w.Members.Select(name => Of(element, name))) : []))
            .Where(text => text.Length > 0));

    private static string Content(Labels labels, Dictionary<string, PartView> parts, JsonElement attachment)
        => parts.GetValueOrDefault(Of(attachment, "sha256")) is { } part && Of(attachment, "mediaType").StartsWith("text/", StringComparison.Ordinal)
            ? part.Content.ToStringUtf8()
            : labels.Format("page.file", ("name", Of(attachment, "name")), ("type", Of(attachment, "mediaType")));

    private static List<string> Lines(string heading, string text)
        => [.. Cut(heading), new string('-', Math.Min(heading.Length, Column)), .. SafeText.Block(text.Replace("\r", "", StringComparison.Ordinal)).Trim().Split('\n').SelectMany(Cut)];

    // A word that is longer than the column is broken: a column that is too wide would push the other one away.
    private static IEnumerable<string> Cut(string line)
        => WrappedText.Lines(line, Column, "").SelectMany(part => part.Length <= Column ? [part] : part.Chunk(Column).Select(chunk => new string(chunk)));

    private static string Indented(string text)
        => string.Concat(SafeText.Block(text.Replace("\r", "", StringComparison.Ordinal)).Trim().Split('\n').SelectMany(line => WrappedText.Lines(line, 2 * Column, "")).Select(line => $"    {line}\n"));

    // From Hebrew to Arabic the direction turns; from the Chinese signs on one takes two places.
    private static bool Narrow(string text) => !text.Any(c => c is (>= '\u0590' and <= '\u08ff') or (>= '\u1100' and <= '\u115f') or >= '\u2e80');

    private static string Of(JsonElement parent, string name) => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
