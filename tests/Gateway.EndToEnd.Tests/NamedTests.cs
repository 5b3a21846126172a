using System.Text.RegularExpressions;

namespace Gateway.EndToEnd.Tests;

/// <summary>Tests that the pages for people name as <c>ClassTests.Method</c> in ticks.</summary>
internal static partial class NamedTests
{
    private static readonly Lazy<ILookup<string, string>> s_sources = new(() =>
        Directory.EnumerateFiles(Repository.PathOf("tests"), "*Test*.cs", SearchOption.AllDirectories).ToLookup(f => Path.GetFileNameWithoutExtension(f)!, File.ReadAllText));

    /// <summary>The names in a line, and whether there is such a test.</summary>
    public static IReadOnlyList<(string Name, bool Exists)> In(string line)
        => [.. TestName().Matches(line).Select(t => (t.Value, s_sources.Value[t.Groups["class"].Value].Any(text => text.Contains($" {t.Groups["method"].Value}(", StringComparison.Ordinal))))];

    [GeneratedRegex(@"`(?<class>\w+Tests?)\.(?<method>\w+)`", RegexOptions.CultureInvariant)]
    private static partial Regex TestName();
}
