using System.Text.RegularExpressions;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>docs/rules.md: every rule has its row and a test, and the test is there.</summary>
public sealed partial class RuleTableTests
{
    [Fact]
    public void Every_rule_has_a_row_with_its_name()
        => Assert.Equal(
            Enum.GetValues<RefusalCode>().Where(code => (int)code < 1000).Order().Select(code => $"{code.Text()} {code}"),
            Rows().Select(row => $"{row.Groups["code"].Value} {row.Groups["name"].Value}"));

    [Fact]
    public void The_test_of_every_rule_exists()
    {
        var tests = Repository.Files.Where(f => f.StartsWith("tests/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal))
            .ToLookup(f => Path.GetFileNameWithoutExtension(f), f => File.ReadAllText(Repository.PathOf(f)), StringComparer.Ordinal);
        Assert.Empty(from row in Rows()
                     let parts = row.Groups["test"].Value.Split('.')
                     where !tests[parts[0]].Any(text => Regex.IsMatch(text, $@"public (?:async Task|void) {parts[1]}\(", RegexOptions.CultureInvariant))
                     select row.Value);
    }

    [Fact]
    public void The_file_of_the_test_names_the_code_that_it_is_to_yield()
    {
        var tests = Repository.Files.Where(f => f.StartsWith("tests/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal))
            .ToLookup(f => Path.GetFileNameWithoutExtension(f), f => File.ReadAllText(Repository.PathOf(f)), StringComparer.Ordinal);
        Assert.Empty(from row in Rows()
                     where !tests[row.Groups["test"].Value.Split('.')[0]].Any(text => text.Contains(row.Groups["code"].Value, StringComparison.Ordinal) || text.Contains(row.Groups["name"].Value, StringComparison.Ordinal))
                     select row.Value);
    }

    private static MatchCollection Rows() => Row().Matches(File.ReadAllText(Repository.PathOf("docs/rules.md")));

    [GeneratedRegex(@"^\| (?<code>V\d{3}) \| (?<name>\w+) \| [^|]+ \| (?<test>\w+\.\w+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
