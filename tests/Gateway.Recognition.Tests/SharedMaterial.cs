using System.Text.Json;
using Xunit;

namespace Gateway.Recognition.Tests;

/// <summary>Test material that lies beside the repository, when it is there.</summary>
internal static class SharedMaterial
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    public static string? Folder { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared", "testdata", "signatures")) is var folder && Directory.Exists(folder) ? folder : null;

    public static string At(string relative) => Path.Combine(Folder!, relative);

    public static byte[] Read(string relative) => File.ReadAllBytes(At(relative));

    public static JsonElement Json(string relative)
    {
        using var document = JsonDocument.Parse(Read(relative));
        return document.RootElement.Clone();
    }

    /// <summary>Names of the cases of a file, for <c>MemberData</c>; one empty row when the material is absent, so that the theory is named as skipped.</summary>
    public static TheoryData<string> Names(string relative, Func<JsonElement, IEnumerable<string>> names)
    {
        var data = new TheoryData<string>();
        foreach (var name in Folder is null ? [""] : names(Json(relative)))
            data.Add(name);
        return data;
    }

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

/// <summary>A table of tests that needs the signature test material.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SignatureMaterialTheoryAttribute : TheoryAttribute
{
    public SignatureMaterialTheoryAttribute()
    {
        if (SharedMaterial.Folder is null)
            Skip = "needs ../shared/testdata/signatures";
    }
}
