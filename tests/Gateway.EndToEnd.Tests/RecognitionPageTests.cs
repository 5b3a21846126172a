using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>docs/recognition.md promises a test for every verdict: the tests that it names are there.</summary>
public sealed partial class RecognitionPageTests
{
    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        var rows = File.ReadLines(Repository.PathOf("docs/recognition.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| case |", StringComparison.Ordinal)).ToList();
        Assert.InRange(rows.Count, 35, 60);
        var sources = Directory.EnumerateFiles(Repository.PathOf("tests"), "*Tests.cs", SearchOption.AllDirectories).ToLookup(Path.GetFileNameWithoutExtension, File.ReadAllText);
        foreach (var row in rows)
        {
            var named = TestName().Matches(row);
            Assert.True(named.Count > 0, $"no test: {row}");
            foreach (Match test in named)
                Assert.True(sources[test.Groups["class"].Value].Any(text => text.Contains($" {test.Groups["method"].Value}(", StringComparison.Ordinal)), $"there is no {test.Value}");
        }
    }

    [GeneratedRegex(@"`(?<class>\w+Tests)\.(?<method>\w+)`", RegexOptions.CultureInvariant)]
    private static partial Regex TestName();
}
