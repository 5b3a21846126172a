using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>docs/requirements.md has a row for each requirement, with a test that exists or a plain "not served", and commands that exist.</summary>
public sealed partial class RequirementsPageTests
{
    private static readonly IReadOnlyList<string[]> s_rows =
        [.. File.ReadLines(Repository.PathOf("docs/requirements.md")).Where(line => line.StartsWith("| R", StringComparison.Ordinal)).Select(line => line.Split(" | "))];

    [Fact]
    public void Every_requirement_has_one_row()
        => Assert.Equal(Enumerable.Range(1, 100).Select(i => string.Create(CultureInfo.InvariantCulture, $"| R{i:00}")), s_rows.Select(row => row[0]));

    [Fact]
    public void What_is_served_names_a_test_and_what_is_not_says_so()
        => Assert.All(s_rows, row => Assert.True(row.Length == 4 && NamedTests.In(row[3]).Count == 0 == row[2].StartsWith("not served", StringComparison.Ordinal), row[0]));

    [Fact]
    public void Every_test_that_the_page_names_exists()
        => Assert.DoesNotContain(s_rows.SelectMany(row => NamedTests.In(row[^1])), t => !t.Exists);

    [Fact]
    public void Every_command_that_the_page_names_exists()
    {
        var sources = string.Join('\n', Directory.EnumerateFiles(Repository.PathOf("src/Gateway.Cli"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var words = s_rows.SelectMany(row => CommandLine().Matches(row[2])).SelectMany(c => c.Groups["word"].Captures.Select(w => w.Value)).Distinct().ToList();
        Assert.True(words.Count > 10, "the page names no commands");
        Assert.DoesNotContain(words, word => !sources.Contains($"\"{word}\"", StringComparison.Ordinal));
    }

    // `gatewayctl request check` and its words; what is in capitals is a value.
    [GeneratedRegex(@"`gatewayctl(?: (?<word>[a-z][a-z-]+|--[a-z-]+))+", RegexOptions.CultureInvariant)]
    private static partial Regex CommandLine();
}
