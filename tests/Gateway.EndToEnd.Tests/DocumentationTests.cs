using System.Text.RegularExpressions;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>The pages for people say what is so: folders, who uses whom, names, codes, links, settings.</summary>
[Collection("pages")]
public sealed partial class DocumentationTests
{
    private const string Architecture = "docs/architecture.md";
    private const string Composer = "Hosting";

    [Fact]
    public void The_architecture_page_lists_the_folders_of_the_service_and_nothing_else()
        => Assert.Equal(Edges().Keys.Order(StringComparer.Ordinal), Table().Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void The_architecture_page_says_which_folder_uses_which()
    {
        var table = Table();
        Assert.All(Edges().Where(edge => edge.Key != Composer), edge => Assert.Equal($"{edge.Key}: {string.Join(", ", edge.Value)}", $"{edge.Key}: {string.Join(", ", table.GetValueOrDefault(edge.Key, []))}"));
    }

    [Fact]
    public void Folders_of_the_service_do_not_use_each_other_in_a_circle()
    {
        var left = Edges();
        // Take away who uses only what was taken away before; a circle stays.
        while (left.FirstOrDefault(edge => !edge.Value.Any(left.ContainsKey)).Key is { } free)
            left.Remove(free);
        Assert.Empty(left.Select(edge => $"{edge.Key} -> {string.Join(", ", edge.Value)}"));
    }

    [Fact]
    public void Types_named_on_the_architecture_page_exist()
    {
        var source = string.Join('\n', Repository.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal)).Select(Text));
        var words = Repository.Files.SelectMany(f => f.Split('/', '.')).ToHashSet(StringComparer.Ordinal);
        foreach (Match word in Identifier().Matches(source))
            words.Add(word.Value);
        Assert.Empty(TypeInTicks().Matches(Text(Architecture)).SelectMany(m => m.Groups[1].Value.Split('.')).Where(name => !words.Contains(name)).Distinct());
    }

    [Fact]
    public void Codes_named_in_the_pages_exist()
        => Assert.Empty(from page in Pages()
                        from Match code in Code().Matches(Text(page))
                        where RefusalFacts.Parse(code.Value) is null
                        select $"{page}: {code.Value}");

    [Fact]
    public void Links_in_the_pages_lead_somewhere()
        => Assert.Empty(from page in Pages()
                        from Match link in Link().Matches(Text(page))
                        let target = link.Groups["target"].Value
                        where !target.Contains("://", StringComparison.Ordinal) && !Resolves(page, target)
                        select $"{page}: {target}");

    [Fact]
    public void Every_failure_case_has_a_test_and_every_test_named_there_exists()
    {
        var page = Text("docs/failure-cases.md");
        Assert.Equal(Enumerable.Range(1, 20).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)), FailureRow().Matches(page).Select(r => r.Groups[1].Value));
        var tests = Repository.Files.Where(f => f.StartsWith("tests/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal)).ToLookup(f => Path.GetFileNameWithoutExtension(f)!, Text);
        var rows = page.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !l.Contains(" tests |", StringComparison.Ordinal)).ToList();
        Assert.All(rows, row => Assert.Matches(TestInTicks(), row));
        Assert.Empty(TestInTicks().Matches(page).Where(m => !tests[m.Groups[1].Value].Any(text => text.Contains($" {m.Groups[2].Value}(", StringComparison.Ordinal))).Select(m => m.Value));
    }

    [Fact]
    public void The_operations_page_lists_every_setting_with_its_default()
        => GeneratedText.Keep("docs/operations.md", "settings", Settings.Table());

    private static bool Resolves(string page, string target)
    {
        var parts = target.Split('#');
        var file = parts[0].Length == 0 ? page : Path.GetRelativePath(Repository.Root, Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, parts[0]));
        if (parts.Length == 1)
            return Path.Exists(Repository.PathOf(file));
        return File.Exists(Repository.PathOf(file)) && Heading().Matches(Text(file)).Any(h => Anchor(h.Groups[1].Value) == parts[1]);
    }

    private static string Anchor(string heading)
        => new([.. heading.Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_').Select(c => c == ' ' ? '-' : c)]);

    // Folder to the folders that its files name in 'using' lines, both sorted.
    private static SortedDictionary<string, List<string>> Edges()
    {
        var files = Repository.Files.Where(f => f.StartsWith("src/Gateway/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal) && f.Count(c => c == '/') == 3).ToList();
        var folders = files.GroupBy(f => f.Split('/')[2]).ToList();
        var names = folders.Select(f => f.Key).ToHashSet(StringComparer.Ordinal);
        return new(folders.ToDictionary(
            f => f.Key,
            f => f.SelectMany(file => Using().Matches(Text(file)).Select(u => u.Groups[1].Value)).Where(u => u != f.Key && names.Contains(u)).Distinct().Order(StringComparer.Ordinal).ToList()), StringComparer.Ordinal);
    }

    // Rows "| `Folder` | what it does | A, B |" of the page.
    private static Dictionary<string, List<string>> Table()
        => FolderRow().Matches(Text(Architecture)).ToDictionary(
            row => row.Groups["folder"].Value,
            row => row.Groups["uses"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(u => u != "—").ToList());

    private static IEnumerable<string> Pages()
        => Repository.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal) && (f.StartsWith("docs/", StringComparison.Ordinal) || !f.Contains('/', StringComparison.Ordinal)));

    private static string Text(string file) => File.ReadAllText(Repository.PathOf(file));

    [GeneratedRegex(@"^using (?:static )?Gateway\.([A-Z]\w+)", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^\| `(?<folder>[A-Z]\w+)` \| [^|]+ \| (?<uses>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex FolderRow();

    [GeneratedRegex(@"`([A-Z][a-z]\w*(?:\.[A-Z]\w*)*)`")]
    private static partial Regex TypeInTicks();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\b[VT]\d{3}\b")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<!`)\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\| (\d+) \| ", RegexOptions.Multiline)]
    private static partial Regex FailureRow();

    [GeneratedRegex(@"`(\w+Tests?)\.(\w+)`")]
    private static partial Regex TestInTicks();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
