using Xunit;

namespace Gateway.Protocol.Tests.MerkleLog;

/// <summary>Runs where independent test data lies beside the repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataAttribute : FactAttribute
{
    public SharedDataAttribute(string path)
    {
        if (!Path.Exists(PathOf(path)))
            Skip = $"../shared/testdata/{path} is not here";
    }

    internal static string PathOf(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? AppContext.BaseDirectory, "..", "shared", "testdata", path);
    }
}
