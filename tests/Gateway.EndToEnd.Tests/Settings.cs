using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.EndToEnd.Tests;

/// <summary>The settings of <c>gateway</c> as their classes describe them, read from the source: name, kind, default and summary.</summary>
internal static partial class Settings
{
    private const string Root = "Configuration";

    public static string Table()
    {
        var classes = (from file in Repository.Files
                       where file.StartsWith("src/Gateway/", StringComparison.Ordinal) && (file.EndsWith("Options.cs", StringComparison.Ordinal) || file.EndsWith($"/{Root}.cs", StringComparison.Ordinal))
                       from Match match in Class().Matches(File.ReadAllText(Repository.PathOf(file)))
                       select match).ToDictionary(m => m.Groups["name"].Value, m => Property().Matches(m.Groups["body"].Value).ToList(), StringComparer.Ordinal);
        var table = new StringBuilder("| setting | kind | default | meaning |\n|---|---|---|---|\n");
        Write(table, classes, Root, "");
        return table.ToString();
    }

    private static void Write(StringBuilder table, Dictionary<string, List<Match>> classes, string name, string path)
    {
        foreach (var property in classes[name])
        {
            var type = property.Groups["type"].Value;
            var element = type.StartsWith("IReadOnlyList<", StringComparison.Ordinal) ? type[14..^1] : type;
            var here = path + property.Groups["name"].Value + (element == type ? "" : "[]");
            if (!classes.ContainsKey(element))
                table.Append($"| `{here}` | {Kind(element, property)}{(element == type ? "" : " list")} | {Default(property)} | {Summary(property)} |\n");
            else if (path.Length == 0)
                Write(table, classes, element, here + ":");
            else
            {
                table.Append($"| `{here}` | section | | {Summary(property)} |\n");
                Write(table, classes, element, here + ":");
            }
        }
    }

    private static string Kind(string type, Match property) => property.Groups["path"].Success ? "file or folder" : type.TrimEnd('?') switch
    {
        "string" => "text",
        "int" => "whole number",
        "bool" => "true or false",
        var other => throw new InvalidOperationException($"no word for settings of type {other}"),
    };

    private static string Default(Match property) => property.Groups["default"].Value switch
    {
        "" when property.Groups["type"].Value == "bool" => "`false`",
        "" or "\"\"" or "[]" => "none",
        var text when text.Contains("nameof(", StringComparison.Ordinal) => $"`\"{text[(text.LastIndexOf('.') + 1)..^1]}\"`",
        var text => $"`{text}`",
    };

    private static string Summary(Match property)
        => Tag().Replace(property.Groups["summary"].Value, "`").Replace("|", "\\|", StringComparison.Ordinal);

    [GeneratedRegex(@"internal sealed class (?<name>\w+)[^\n]*\n\{\n(?<body>.*?)\n\}", RegexOptions.Singleline)]
    private static partial Regex Class();

    [GeneratedRegex(@"(?:    /// <summary>(?<summary>.*?)</summary>\n)?(?<path>    \[FilePath\]\n)?    public (?<type>[\w<>?]+) (?<name>\w+) \{ get; init; \}(?: = (?<default>[^;]+);)?")]
    private static partial Regex Property();

    [GeneratedRegex("</?c>")]
    private static partial Regex Tag();
}
