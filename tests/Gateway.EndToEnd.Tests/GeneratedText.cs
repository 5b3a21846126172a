using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>A part of a page that the code knows better, between two marks. GATEWAY_WRITE_DOCS=1 writes it anew.</summary>
internal static class GeneratedText
{
    public static void Keep(string page, string name, string text)
    {
        var file = Repository.PathOf(page);
        var (begin, end) = ($"<!-- {name}: begin -->\n", $"<!-- {name}: end -->");
        var current = File.ReadAllText(file);
        var from = current.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = current.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"{page} has lost the marks around '{name}'");
        var written = current[..from] + text + current[to..];
        if (Environment.GetEnvironmentVariable("GATEWAY_WRITE_DOCS") == "1")
            File.WriteAllText(file, written);
        else
            Assert.True(current == written, $"{page}: '{name}' differs from the code; run this test with GATEWAY_WRITE_DOCS=1");
    }
}
