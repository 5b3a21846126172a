using System.Reflection;
using Grpc.Core;
using Xunit;

namespace Gateway.Rpc.Tests;

/// <summary>The official packages name, in their metadata, each member of Grpc.Core.Api that they use. Whatever of it ours lacks is in a list, with the reason.</summary>
public sealed class OfficialApiTests
{
    [OfficialPackagesFact]
    public void What_the_official_packages_expect_and_ours_lacks_is_exactly_the_explained_list()
    {
        var expected = OfficialPackages.Files.SelectMany(file => MetadataNames.References(file, "Grpc.Core.Api")).ToHashSet(StringComparer.Ordinal);
        var ours = MetadataNames.Definitions(typeof(Status).Assembly.Location);
        // The members of a type that is not there need no line of their own.
        var missing = expected.Where(name => !ours.Contains(name) && (!name.Contains("::", StringComparison.Ordinal) || ours.Contains(name.Split("::")[0]))).ToList();

        Assert.InRange(expected.Count, 100, 1000);
        var explained = Explained();
        Assert.True(missing.ToHashSet().SetEquals(explained), $"Not explained:\n{string.Join('\n', missing.Except(explained).Order(StringComparer.Ordinal))}\nNo longer missing:\n{string.Join('\n', explained.Except(missing))}");
    }

    private static List<string> Explained()
    {
        using var reader = new StreamReader(typeof(OfficialApiTests).Assembly.GetManifestResourceStream("OfficialApi.missing.txt")!);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')).ToList();
        Assert.All(lines, line => Assert.Contains(" # ", line, StringComparison.Ordinal));
        return [.. lines.Select(line => line.Split(" # ")[0].TrimEnd())];
    }

    private static class OfficialPackages
    {
        public static IReadOnlyList<string> Files { get; } = [.. new[] { "Grpc.Net.Client", "Grpc.AspNetCore.Server" }.Select(Find)];

        private static string Find(string package) => Path.Combine(
            typeof(OfficialApiTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "NuGetPackageRoot").Value!,
            package.ToLowerInvariant(), "2.85.0", "lib", "net10.0", $"{package}.dll");
    }

    private sealed class OfficialPackagesFactAttribute : FactAttribute
    {
        public OfficialPackagesFactAttribute()
        {
            if (OfficialPackages.Files.FirstOrDefault(file => !File.Exists(file)) is { } absent) Skip = $"{absent} is absent: the registry does not serve it.";
        }
    }
}
