using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>What a reviewer should not have to look for.</summary>
public sealed partial class RepositoryTests
{
    private const int MaxLines = 500;

    private static readonly string[] s_topLevel =
    [
        ".ci", ".editorconfig", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "Directory.Build.props", "Directory.Packages.props",
        "Gateway.sln", "README.md", "SECURITY.md", "certs-dev", "deploy", "docs", "global.json", "protos", "src", "tests",
    ];

    private static readonly string[] s_emptySuffixes =
        ["Manager", "Helper", "Helpers", "Util", "Utils", "Service", "Common", "Core", "Base", "Impl", "Processor", "Wrapper", "Dto", "Model", "Info", "Data"];

    // Names that are not ours to choose: generated gRPC code and the official packages know these types, and the namespace Grpc.Core.
    private static readonly string[] s_officialNames = ["ChannelBase", "ClientBase", "HealthServiceImpl", "ServiceBinderBase", "Core"];

    // Terms of RFC 5652 and of ETSI TS 119 612, by which a reader looks for them.
    private static readonly HashSet<string> s_standardTerms = ["SignedData", "SignerInfo", "TrustedService", "ReportedService"];

    public static TheoryData<string> ForbiddenText => new(
        @"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}",
        // Machine paths; a folder named so below another one is none.
        @"(?<![\w.})\]-])/(?:root|work|home/\w+)/",
        @"registry\.npmjs\.|api\.nuget\.org|deb\.debian\.org|pypi\.org|artifactory|/nexus/");

    [Fact]
    public void The_top_level_holds_known_names_only()
        => Assert.Empty(Repository.Files.Select(file => file.Split('/')[0]).Distinct().Except(s_topLevel));

    [Theory]
    [MemberData(nameof(ForbiddenText))]
    public void No_file_holds_private_keys_machine_paths_or_registry_hosts(string pattern)
    {
        var forbidden = new Regex(pattern, RegexOptions.CultureInvariant);
        // This file names them all.
        var own = $"tests/Gateway.EndToEnd.Tests/{nameof(RepositoryTests)}.cs";
        var hits = from file in Repository.Files
                   where file != own
                   let match = forbidden.Match(File.ReadAllText(Repository.PathOf(file)))
                   where match.Success
                   select $"{file}: {match.Value}";
        Assert.Empty(hits);
    }

    [Fact]
    public void No_key_file_is_tracked()
        => Assert.DoesNotContain(Repository.Files, file => Path.GetExtension(file) is ".key" or ".p12" or ".pfx");

    [Fact]
    public void No_source_file_is_longer_than_500_lines()
        => Assert.Empty(from file in SourceFiles()
                        let lines = File.ReadLines(Repository.PathOf(file)).Count()
                        where lines > MaxLines
                        select $"{file}: {lines}");

    [Fact]
    public void Names_say_what_a_thing_is()
    {
        var offenders = from named in NamesIn("src/")
                        where !(named.File.StartsWith("src/Gateway.Rpc/", StringComparison.Ordinal) && s_officialNames.Contains(named.Name))
                        where !(named.File.StartsWith("src/Gateway.Recognition/", StringComparison.Ordinal) && s_standardTerms.Contains(named.Name))
                        where s_emptySuffixes.Any(suffix => named.Name.EndsWith(suffix, StringComparison.Ordinal))
                        select $"{named.Name} in {named.File}";
        Assert.Empty(offenders);
    }

    [Fact]
    public void Names_that_are_exempt_are_in_use()
    {
        Assert.Empty(s_officialNames.Except(NamesIn("src/Gateway.Rpc/").Select(named => named.Name)));
        Assert.Empty(s_standardTerms.Except(NamesIn("src/Gateway.Recognition/").Select(named => named.Name)));
    }

    [Fact]
    public void Source_folders_are_one_level_deep()
        // Published protos keep the folders that their packages prescribe.
        => Assert.DoesNotContain(Repository.Files, file => file.StartsWith("src/", StringComparison.Ordinal) && file.Count(c => c == '/') > 3
            && !file.StartsWith("src/Gateway.Rpc/protos/", StringComparison.Ordinal));

    [Fact]
    public void Every_package_has_a_reason()
    {
        var packages = File.ReadLines(Repository.PathOf("Directory.Packages.props")).Where(line => line.Contains("<PackageVersion ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(packages);
        Assert.All(packages, line => Assert.Matches(@"<!-- \S.{3,} -->", line));
    }

    // Types declared and folders, each with a file that shows it.
    private static IEnumerable<(string Name, string File)> NamesIn(string folder)
    {
        foreach (var file in SourceFiles().Where(file => file.StartsWith(folder, StringComparison.Ordinal)))
        {
            foreach (var name in file.Split('/')[2..^1])
                yield return (name, file);
            foreach (Match match in Declaration().Matches(File.ReadAllText(Repository.PathOf(file))))
                yield return (match.Groups["name"].Value, file);
        }
    }

    private static IEnumerable<string> SourceFiles() => Repository.Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    [GeneratedRegex(@"^[^/\n""]*\b(?:class|struct|record|interface|enum)[ \t]+(?<name>[A-Z]\w*)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Declaration();
}
