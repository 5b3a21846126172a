using System.Text.RegularExpressions;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>docs/rules.md: every rule has its row with the tests that trigger it; each is there, and names the rule that it is to yield.</summary>
public sealed partial class RuleTableTests
{
    private static readonly Lazy<ILookup<string, string>> s_tests = new(() => Repository.Files.Where(f => f.StartsWith("tests/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal))
        .ToLookup(f => Path.GetFileNameWithoutExtension(f)!, f => File.ReadAllText(Repository.PathOf(f)), StringComparer.Ordinal));

    [Fact]
    public void Every_rule_has_a_row_with_its_name()
        => Assert.Equal(
            Enum.GetValues<RefusalCode>().Where(code => (int)code < 1000).Order().Select(code => $"{code.Text()} {code}"),
            Rows().Select(row => $"{row.Groups["code"].Value} {row.Groups["name"].Value}"));

    [Fact]
    public void Every_rule_names_tests_that_exist_and_name_the_rule()
    {
        var wrong = new List<string>();
        foreach (Match row in Rows())
        {
            foreach (var test in row.Groups["test"].Captures.Select(t => t.Value.Split('.')))
            {
                var text = TextOf(test[0], test[1]);
                if (text is null || !(text.Contains($"\"{row.Groups["code"].Value}", StringComparison.Ordinal) || Regex.IsMatch(text, $@"\.{row.Groups["name"].Value}\b", RegexOptions.CultureInvariant)))
                    wrong.Add($"{row.Groups["code"].Value} {string.Join('.', test)}: {(text is null ? "there is no such test" : "the test does not name the rule")}");
            }
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void A_test_that_is_not_there_or_says_nothing_of_the_rule_is_found_out()
    {
        Assert.Null(TextOf("RuleTableTests", "No_such_test"));
        Assert.DoesNotContain("V002", TextOf("RuleTableTests", nameof(Every_rule_has_a_row_with_its_name))!, StringComparison.Ordinal);
    }

    // The test with its attributes, and with the cases that it is given: they name what each is to yield.
    private static string? TextOf(string type, string method)
    {
        foreach (var source in s_tests.Value[type])
        {
            if (Method(source, method) is not { } text)
                continue;
            return string.Join('\n', [text, .. Cases().Matches(text).Select(cases => Member(source, cases.Groups["member"].Value))]);
        }
        return null;
    }

    // From the blank line before its attributes to the next blank line that a member follows, at the depth of a class.
    private static string? Method(string source, string name) => Part(source, Regex.Match(source, $@"^    public (?:async Task|void) {name}\(", RegexOptions.Multiline | RegexOptions.CultureInvariant));

    private static string? Member(string source, string name) => Part(source, Regex.Match(source, $@"^    (?:public|private|internal) static [^=;(]*\b{name}\b", RegexOptions.Multiline | RegexOptions.CultureInvariant));

    private static string? Part(string source, Match found)
    {
        if (!found.Success)
            return null;
        var begin = source.LastIndexOf("\n\n", found.Index, StringComparison.Ordinal);
        var end = NextMember().Match(source, found.Index);
        return source[Math.Max(begin, 0)..(end.Success ? end.Index : source.Length)];
    }

    private static MatchCollection Rows() => Row().Matches(File.ReadAllText(Repository.PathOf("docs/rules.md")));

    [GeneratedRegex(@"^\| (?<code>V\d{3}) \| (?<name>\w+) \| [^|]+ \| (?<test>\w+\.\w+)(?:, (?<test>\w+\.\w+))* \|$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Row();

    [GeneratedRegex(@"\[MemberData\(nameof\((?<member>\w+)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Cases();

    [GeneratedRegex(@"^\n(?=    (?:\[|//|public|private|internal))", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex NextMember();
}
