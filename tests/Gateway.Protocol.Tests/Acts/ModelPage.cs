using Xunit;

namespace Gateway.Protocol.Tests.Acts;

/// <summary>The rows of docs/rules.md that say how much of the life cycle was explored, one to a test; GATEWAY_WRITE_DOCS=1 writes them anew.</summary>
internal static class ModelPage
{
    private static readonly Lock s_writing = new();

    public static void Keep(string what, string counted)
    {
        var page = Path.Combine(Root(AppContext.BaseDirectory), "docs", "rules.md");
        var (begin, row) = ($"| {what} | ", $"| {what} | {counted} |");
        lock (s_writing)
        {
            var lines = File.ReadAllLines(page);
            var at = Array.FindIndex(lines, line => line.StartsWith(begin, StringComparison.Ordinal));
            Assert.True(at >= 0, $"docs/rules.md has no row that begins with '{begin}'");
            if (Environment.GetEnvironmentVariable("GATEWAY_WRITE_DOCS") == "1")
            {
                lines[at] = row;
                File.WriteAllText(page, string.Join('\n', lines) + "\n");
            }
            else
                Assert.True(lines[at] == row, $"docs/rules.md says '{lines[at]}', explored was '{row}'; run this test with GATEWAY_WRITE_DOCS=1");
        }
    }

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "Gateway.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);
}
