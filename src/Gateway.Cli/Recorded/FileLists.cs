using Gateway.Cli.Output;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Parts;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Recorded;

/// <summary>Lists of digests of the files of a folder: every file that is read is compared with what they say of it.</summary>
internal sealed class FileLists
{
    private const int MaxDigests = 2_000_000;

    private readonly string _names;
    private readonly Dictionary<string, List<ListedDigest>> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _algorithms = new(StringComparer.Ordinal);
    private long _compared;

    public FileLists(string folder, IReadOnlyList<string> lists)
    {
        _names = string.Join(", ", lists.Select(Path.GetFileName));
        var count = 0;
        foreach (var listed in lists.SelectMany(DigestList.Read).Where(l => l.Path.Length > 0))
        {
            if (++count > MaxDigests)
                throw StopException.No($"{_names}: more than {MaxDigests} digests");
            var path = Relative(folder, listed.Path);
            if (!_files.TryGetValue(path, out var digests))
                _files.Add(path, digests = []);
            digests.Add(listed);
            if (listed.Algorithm != DigestSet.Sha256 && DigestSet.CanCompute(listed.Algorithm))
                _algorithms.Add(listed.Algorithm);
        }
    }

    /// <summary>What must be computed of each file beside SHA-256.</summary>
    public IReadOnlyCollection<string> Algorithms => _algorithms;

    /// <summary>Stops at the first digest that differs.</summary>
    public void Compare(string path, IReadOnlyList<ItemDigest> digests)
    {
        if (!_files.Remove(path, out var recorded))
            return;
        foreach (var listed in recorded)
        {
            if (digests.FirstOrDefault(d => d.Algorithm == listed.Algorithm) is not { } own)
                continue;
            _compared++;
            if (own.Value != listed.Value)
                throw StopException.Refused(new Refusal(RefusalCode.RecordedDigestDiffers, $"{_names} records {listed.Algorithm} {listed.Value} of {path}; computed was {own.Value}"));
        }
    }

    /// <summary>Once all files were read: what came of it.</summary>
    public IReadOnlyList<string> Told()
    {
        var told = new List<string> { $"{_names}: {_compared} recorded digests compared, all equal" };
        if (_files.Count > 0)
            told.Add($"{_names}: {_files.Count} names are not in the folder, the first is {_files.Keys.Order(StringComparer.Ordinal).First()}");
        return told;
    }

    private static string Relative(string folder, string listed)
    {
        var path = listed.Contains('/', StringComparison.Ordinal) ? listed : listed.Replace('\\', '/');
        foreach (var prefix in (string[])["./", folder + "/", Path.GetFileName(folder) + "/"])
            path = path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : path;
        return string.Join('/', path.Split('/').Select(FilePaths.Escape));
    }
}
