using System.Text;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>
/// docs/errors.md lists every refusal code. Only the meanings are written by hand, there; everything else in the table comes
/// from the code. With GATEWAY_WRITE_DOCS=1 the first test writes the table anew instead of complaining.
/// </summary>
public sealed class ErrorCatalogueTests
{
    private const string Begin = "<!-- codes: begin -->\n";
    private const string End = "<!-- codes: end -->\n";
    private const string NoMeaning = "(say what it means)";

    private static readonly string s_page = Repository.PathOf("docs/errors.md");

    [Fact]
    public void Every_code_is_listed_with_its_remedy()
    {
        var page = File.ReadAllText(s_page);
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end > begin, "docs/errors.md has lost the marks around its table");

        var written = page[..begin] + Table(Meanings()) + page[end..];
        if (Environment.GetEnvironmentVariable("GATEWAY_WRITE_DOCS") == "1")
            File.WriteAllText(s_page, written);
        else
            Assert.True(page == written, "docs/errors.md differs from the code: run this test with GATEWAY_WRITE_DOCS=1 and fill in new meanings");
    }

    [Fact]
    public void Every_code_has_a_meaning_of_its_own()
    {
        var meanings = Meanings();
        Assert.All(Enum.GetValues<RefusalCode>(), code => Assert.True(meanings.TryGetValue(code.Text(), out var text) && text is not ("" or NoMeaning), $"{code.Text()} {code}"));
        Assert.Equal(meanings.Count, meanings.Values.Distinct().Count());
    }

    private static string Table(Dictionary<string, string> meanings)
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
            table.Append($"| {code.Text()} | {code} | {meanings.GetValueOrDefault(code.Text(), NoMeaning)} | {code.Remedy()} | {again} |\n");
        }

        return table.ToString();
    }

    private static Dictionary<string, string> Meanings()
        => File.ReadLines(s_page)
            .Select(line => line.Split(" | "))
            .Where(cells => cells.Length == 5 && cells[0].Length == 6 && cells[0][2] is 'V' or 'T')
            .ToDictionary(cells => cells[0][2..], cells => cells[2]);
}
