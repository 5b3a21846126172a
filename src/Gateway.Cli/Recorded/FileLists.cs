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
    private int _count;
    private long _compared;

    /// <param name="folder">The folder that is read.</param>
    /// <param name="lists">Named by a person, or found beside the folder.</param>
    /// <param name="named">Those that a person named: one that says nothing of any file is a mistake.</param>
    public FileLists(string folder, IReadOnlyList<string> lists, IReadOnlyCollection<string> named)
    {
        folder = Path.TrimEndingDirectorySeparator(folder);
        _names = string.Join(", ", lists.Select(Path.GetFileName));
        foreach (var list in lists)
        {
            var before = _count;
            // SHA256SUMS beside the folder is about all that lies there; a list that was named, or bears the folder's name, about the folder.
            var ofFolder = named.Contains(list) || Path.GetFileName(list).StartsWith($"{Path.GetFileName(folder)}.", StringComparison.Ordinal);
            foreach (var listed in DigestList.Read(list).Where(l => l.Path.Length > 0))
                Add(listed, folder, ofFolder, named.Contains(list));
            if (_count == before && named.Contains(list))
                throw StopException.Usage($"{list} holds no digest of a file; a list has lines as sha256sum or hashdeep write them");
        }
    }

    private void Add(ListedDigest listed, string folder, bool ofFolder, bool named)
    {
        if (++_count > MaxDigests)
            throw StopException.No($"{_names}: more than {MaxDigests} digests");
        var below = ListedPath.Below(listed, folder, ofFolder, named);
        // SHA256SUMS beside the folder is about everything there: another file of the same name is not the one in the folder.
        if (!ofFolder && below is not { Named: true })
            return;
        var path = string.Join('/', (below?.Path ?? listed.Path).Split('/').Select(FilePaths.Escape));
        if (!_files.TryGetValue(path, out var digests))
            _files.Add(path, digests = []);
        if (digests.Find(other => other.Algorithm == listed.Algorithm && other.Value != listed.Value) is { } contradiction)
            throw StopException.Refused(new Refusal(RefusalCode.RecordedDigestDiffers, $"{_names}: {listed.Algorithm} of {path} is recorded as {contradiction.Value} and as {listed.Value}; remove what is wrong"));
        digests.Add(listed);
        if (listed.Algorithm != DigestSet.Sha256 && DigestSet.CanCompute(listed.Algorithm))
            _algorithms.Add(listed.Algorithm);
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

    /// <summary>Once all files were read: names that stand in a list and that nothing was read of.</summary>
    public long Missing => _files.Count;

    /// <summary>Once all files were read: what came of it.</summary>
    public IReadOnlyList<string> Told()
    {
        var told = new List<string> { $"{_names}: {_compared} recorded digests compared{(_compared > 0 ? ", all equal" : "")}" };
        if (Missing > 0)
            told.Add($"{_names}: {Missing} names are not in the folder, or could not be read; the first is {_files.Keys.Order(StringComparer.Ordinal).First()}");
        return told;
    }
}
