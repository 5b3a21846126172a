using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>docs/recognition.md promises a test for every verdict: the tests that it names are there.</summary>
public sealed class RecognitionPageTests
{
    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        var rows = File.ReadLines(Repository.PathOf("docs/recognition.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| case |", StringComparison.Ordinal) && !line.StartsWith("| set |", StringComparison.Ordinal)).ToList();
        Assert.InRange(rows.Count, 45, 70);
        Assert.All(rows, row => Assert.NotEmpty(NamedTests.In(row)));
        Assert.DoesNotContain(rows.SelectMany(NamedTests.In), t => !t.Exists);
    }
}
