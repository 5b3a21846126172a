using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Recorded;

/// <summary>
/// What imaging tools and lists had recorded of a source: found beside it or named, and inside an E01 (<see cref="RecordedImages"/>). Digests
/// of the file are compared in the same pass that encrypts it.
/// </summary>
internal static class RecordedDigests
{
    public static readonly Option<string[]> Lists = new("--recorded")
    {
        Description = "A list of digests (sha256sum, hashdeep …) to compare with; those beside the source are found by their names (repeat)",
        HelpName = "FILE",
    };

    private static readonly string[] s_kinds = ["md5", "sha1", "sha256", "sha384", "sha512", "sha3-256", "sm3", "md5sum", "sha1sum", "sha256sum", "sha512sum", "hashdeep"];
    private static readonly string[] s_names = ["MD5SUMS", "SHA1SUMS", "SHA256SUMS", "SHA512SUMS"];

    /// <summary>The lists to compare the files of a folder with; null when there are none.</summary>
    public static FileLists? OfFolder(SourceReader source, string[] named) => All(source, named) is { Count: > 0 } lists ? new FileLists(source.Path, lists, named) : null;

    /// <summary>What is recorded of one file. Stops when an image does not hold the medium that it says.</summary>
    public static async Task<IReadOnlyList<RecordedDigest>> OfFileAsync(Invocation run, SourceReader source, string[] named, ICollection<SeenFile> seen)
    {
        var found = new List<RecordedDigest>();
        foreach (var list in All(source, named))
            found.AddRange(OfFile(source, list, named.Contains(list)).Select(d => new RecordedDigest(Path.GetFileName(list), DigestScope.FILE, d.Algorithm, d.Value, false)));
        // Only one of two can be right, and hours of work would end in that.
        if (found.GroupBy(d => d.Algorithm).FirstOrDefault(same => same.DistinctBy(d => d.Value).Count() > 1) is { } contradiction)
            throw StopException.Refused(new Refusal(RefusalCode.RecordedDigestDiffers, $"{string.Join(" and ", contradiction.Select(d => $"{d.By} records {d.Value}"))} as {contradiction.Key} of {source.ItemName}; remove what is wrong", "recorded"));
        if (EwfImage.IsAt(source.Path))
            found.AddRange(await RecordedImages.OfFileAsync(run, source, seen));
        return found.Distinct().Take(100).ToList();
    }

    private static List<string> All(SourceReader source, string[] named)
    {
        var folder = Path.GetDirectoryName(source.Path) ?? "";
        var missing = named.FirstOrDefault(file => !File.Exists(file));
        if (missing is not null)
            throw StopException.Usage($"there is no file {missing}");
        // A device has no files beside it that are about it.
        var beside = source.IsDevice ? [] : s_kinds.Select(kind => $"{source.Path}.{kind}").Concat(s_names.Select(name => Path.Combine(folder, name)));
        return [.. named, .. beside.Where(File.Exists).Where(file => !named.Contains(file))];
    }

    // SHA256SUMS is about what lies in its folder and below it, by its path. A list that a person named, or that bears the name of the source, may have been written elsewhere.
    private static List<ListedDigest> OfFile(SourceReader source, string list, bool named)
    {
        var bearsName = Path.GetFileName(list).StartsWith(source.ItemName + ".", StringComparison.Ordinal);
        var folder = Path.GetDirectoryName(Path.GetFullPath(list)) ?? "";
        var near = DigestList.Read(list).Select(listed => (Listed: listed, Near: listed.Path.Length > 0 ? ListedPath.Of(listed, source.Path, folder) : bearsName ? Nearness.Same : Nearness.None))
            .Where(one => one.Near >= (named || bearsName ? Nearness.SameName : Nearness.Same)).ToList();
        var best = near.Select(one => one.Near).DefaultIfEmpty().Max();
        var nearest = near.Where(one => one.Near == best).Select(one => one.Listed).ToList();
        if (nearest.Count == 0 && named)
            throw StopException.Usage($"{list} says nothing of {source.ItemName}");
        return best is Nearness.None or Nearness.Same || nearest.DistinctBy(one => one.Path).Count() == 1 ? nearest
            : throw StopException.Usage($"{list} names several files of the name {source.ItemName}: {string.Join(", ", nearest.Select(one => one.Path).Distinct().Take(3))}; keep the lines of the one that is meant");
    }
}
