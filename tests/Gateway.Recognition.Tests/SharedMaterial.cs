using Xunit;

namespace Gateway.Recognition.Tests;

/// <summary>Test material that lies beside the repository, when it is there.</summary>
internal static class SharedMaterial
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    public static string? Folder { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared", "testdata", "signatures")) is var folder && Directory.Exists(folder) ? folder : null;

    public static string At(string relative) => Path.Combine(Folder!, relative);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Gateway.sln")))
            folder = folder.Parent;
        return folder.FullName;
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
