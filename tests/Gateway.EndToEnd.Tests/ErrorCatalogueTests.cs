using System.Text;
using System.Text.RegularExpressions;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>
/// docs/errors.md lists every refusal, finding and alarm. Only the meanings are written by hand, there; everything else in the tables
/// comes from the code. With GATEWAY_WRITE_DOCS=1 the first tests write their tables anew instead of complaining.
/// </summary>
public sealed partial class ErrorCatalogueTests
{
    private const string NoMeaning = "(say what it means)";

    private static readonly string s_page = Repository.PathOf("docs/errors.md");

    [Fact]
    public void Every_refusal_is_listed_with_its_remedy() => Compare("codes", meaning =>
    {
        var table = new StringBuilder("| code | name | meaning | what to do | send the same again? |\n|---|---|---|---|---|\n");
        foreach (var code in Enum.GetValues<RefusalCode>().Order())
        {
            var again = code.After() switch
            {
                AfterRefusal.Correct => "no",
                AfterRefusal.Retry => "yes, later",
                AfterRefusal.Done => "not needed",
            };
            table.Append($"| {code.Text()} | {code} | {meaning(code.Text())} | {code.Remedy()} | {again} |\n");
        }

        return table;
    });

    [Fact]
    public void Every_finding_is_listed_with_its_weight() => Compare("findings", meaning =>
    {
        var table = new StringBuilder("| code | name | meaning | weight |\n|---|---|---|---|\n");
        foreach (var finding in Enum.GetValues<FindingCode>().Order().Select(code => new Finding(code, "")))
        {
            var weight = finding.Severity switch
            {
                Severity.Info => "info",
                Severity.Warning => "warning",
                Severity.Unconfirmed => "unconfirmed",
                Severity.Broken => "broken",
            };
            table.Append($"| {finding.Id} | {finding.Code} | {meaning(finding.Id)} | {weight} |\n");
        }

        return table;
    });

    [Fact]
    public void Every_code_has_a_meaning_of_its_own()
    {
        var meanings = Meanings();
        var codes = Enum.GetValues<RefusalCode>().Select(code => code.Text()).Concat(Enum.GetValues<FindingCode>().Select(code => new Finding(code, "").Id));
        Assert.All(codes, code => Assert.True(meanings.TryGetValue(code, out var text) && text is not ("" or NoMeaning), code));
        Assert.Equal(meanings.Count, meanings.Values.Distinct().Count());
    }

    [Fact]
    public void Every_alarm_is_listed()
    {
        var declared = AlarmCodes().Match(File.ReadAllText(Repository.PathOf("src/Gateway/Runtime/Alarms.cs"))).Groups["name"].Captures.Select(capture => capture.Value).ToList();
        Assert.NotEmpty(declared);
        var listed = File.ReadLines(s_page).Select(line => line.Split(" | ")).Where(cells => cells.Length == 3 && cells[0].Contains('_', StringComparison.Ordinal)).Select(cells => cells[0][2..]);
        Assert.Equal(declared, listed);
    }

    [Fact]
    public void Every_alarm_is_raised_somewhere()
    {
        var listed = File.ReadLines(s_page).Select(line => AlarmRow().Match(line)).Where(row => row.Success).Select(row => row.Groups["name"].Value).ToList();
        Assert.NotEmpty(listed);
        // Named elsewhere than where it is declared and where it is cleared.
        var raised = Directory.EnumerateFiles(Repository.PathOf("src/Gateway"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => RaisedAlarms().Matches(File.ReadAllText(file))).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(listed.Except(raised));
    }

    private static void Compare(string name, Func<Func<string, string>, StringBuilder> write)
    {
        var page = File.ReadAllText(s_page);
        var mark = $"<!-- {name}: begin -->\n";
        var begin = page.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        var end = page.IndexOf($"<!-- {name}: end -->\n", StringComparison.Ordinal);
        Assert.True(begin >= mark.Length && end > begin, $"docs/errors.md has lost the marks around the {name}");

        var meanings = Meanings();
        var written = page[..begin] + write(code => meanings.GetValueOrDefault(code, NoMeaning)) + page[end..];
        if (Environment.GetEnvironmentVariable("GATEWAY_WRITE_DOCS") == "1")
            File.WriteAllText(s_page, written);
        else
            Assert.True(page == written, $"docs/errors.md differs from the code in its {name}: run this test with GATEWAY_WRITE_DOCS=1 and fill in new meanings");
    }

    private static Dictionary<string, string> Meanings()
        => File.ReadLines(s_page)
            .Where(line => CodeRow().IsMatch(line))
            .Select(line => line.Split(" | "))
            .ToDictionary(cells => cells[0][2..], cells => cells[2]);

    [GeneratedRegex(@"^\| [VTB]\d{3} \| \w+ \| ", RegexOptions.CultureInvariant)]
    private static partial Regex CodeRow();

    [GeneratedRegex(@"^\| (?<name>[A-Z]+(_[A-Z]+)+) \| ", RegexOptions.CultureInvariant)]
    private static partial Regex AlarmRow();

    [GeneratedRegex(@"(?<!Clear\()AlarmCode\.(?<name>[A-Z_]+)\b", RegexOptions.CultureInvariant)]
    private static partial Regex RaisedAlarms();

    [GeneratedRegex(@"enum AlarmCode\s*\{\s*(?:(?<name>[A-Z_]+),\s*)+\}", RegexOptions.CultureInvariant)]
    private static partial Regex AlarmCodes();
}
