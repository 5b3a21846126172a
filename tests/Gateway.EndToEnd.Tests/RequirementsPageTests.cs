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
    public void Every_served_requirement_names_a_command()
        => Assert.Empty(s_rows.Where(row => !row[2].StartsWith("not served", StringComparison.Ordinal) && Commands(row[2]).Count == 0).Select(row => row[0]));

    [Fact]
    public void Every_command_that_the_page_names_exists()
    {
        var commands = s_rows.SelectMany(row => Commands(row[2])).Distinct(StringComparer.Ordinal).ToList();
        Assert.True(commands.Count > 40, "the page names hardly any commands");
        Assert.Empty(commands.Select(Problem).OfType<string>());
    }

    [Theory]
    [InlineData("`gatewayctl request chek`")]
    [InlineData("`request check --no-such-option`")]
    [InlineData("`gatewayctl request new NO_SUCH_KIND`")]
    [InlineData("`gateway serv`")]
    [InlineData("`deploy/no-such.sh`")]
    public void A_command_that_is_not_there_is_found_out(string text)
        => Assert.NotNull(Problem(Assert.Single(Commands(text))));

    // What stands in ticks and is a program, a file of deploy/, or words of gatewayctl without its name, as the page writes a second one.
    private static List<string> Commands(string text)
        => [.. Ticked().Matches(text).Select(t => t.Groups["text"].Value).Where(t => t.Split(' ')[0] is "gatewayctl" or "gateway" or "gateway-verify" || t.StartsWith("deploy/", StringComparison.Ordinal) || Words().IsMatch(t))
            .Select(t => Words().IsMatch(t) && t.Split(' ')[0] is not ("gatewayctl" or "gateway" or "gateway-verify") ? $"gatewayctl {t}" : t)];

    // Null when it is there. A program says by its help which command it understood; what that does not show, it does not know.
    private static string? Problem(string command)
    {
        if (command.StartsWith("deploy/", StringComparison.Ordinal))
            return File.Exists(Repository.PathOf(command)) ? null : command;
        var words = command.Split(' ');
        if (words[0] == "gateway-verify")
            return words.Length == 1 ? null : command;
        var path = words.TakeWhile(word => char.IsAsciiLetterLower(word[0])).ToList();
        var (project, program) = words[0] == "gateway" ? ("Gateway", "gateway") : ("Gateway.Cli", "gatewayctl");
        var (_, help, _) = Repository.Run(Repository.PathOf($"artifacts/bin/{project}/{new DirectoryInfo(AppContext.BaseDirectory).Name}/{program}"), [.. path[1..], "--help"]);
        var usage = help.Split('\n').SkipWhile(line => !line.StartsWith("Usage:", StringComparison.Ordinal)).Skip(1).FirstOrDefault("").Trim();
        // What an outer command takes stands between the words: gatewayctl evidence custody <item> add <type>.
        usage = string.Join(' ', usage.Split(' ').Where(word => word.AsSpan().IndexOfAny('<', '[') < 0));
        return (usage == string.Join(' ', path) || usage.StartsWith(string.Join(' ', path) + " ", StringComparison.Ordinal))
            && words[path.Count..].All(word => Regex.IsMatch(help, $@"(?<![\w-]){Regex.Escape(word)}(?![\w-])", RegexOptions.CultureInvariant)) ? null : command;
    }

    [GeneratedRegex("`(?<text>[^`]+)`", RegexOptions.CultureInvariant)]
    private static partial Regex Ticked();

    [GeneratedRegex("^[a-z][a-z-]+ [a-z-]", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
