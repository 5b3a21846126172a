using Xunit;

namespace Gateway.Protocol.Tests.Marks;

/// <summary>Test material that lies beside the repository, when it is there.</summary>
internal static class SharedMaterial
{
    public static string? Folder { get; } = Find();

    public static string Path(string relative) => System.IO.Path.Combine(Folder!, relative);

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "Gateway.sln")))
                continue;
            var shared = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder.FullName, "..", "shared", "testdata", "signatures"));
            return Directory.Exists(shared) ? shared : null;
        }

        return null;
    }
}

/// <summary>A test that needs the signature test material.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SignatureMaterialFactAttribute : FactAttribute
{
    public SignatureMaterialFactAttribute()
    {
        if (SharedMaterial.Folder is null)
            Skip = "needs ../shared/testdata/signatures";
    }
}
