using Gateway.Cli.Connection;
using Gateway.Cli.Recorded;
using Gateway.Cli.Sources;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

/// <summary>What is decided about an item before its first byte is read.</summary>
/// <param name="ItemId">Random, 32 hexadecimal digits.</param>
/// <param name="CaseId">The case that it answers.</param>
/// <param name="RequestMessage">The message of the request.</param>
/// <param name="SourcePath">Full path of the file.</param>
/// <param name="SizeBytes">Its length when the item was begun; of a folder, that of its files.</param>
/// <param name="Digests">Digests besides SHA-256.</param>
/// <param name="FileName">The name of the content.</param>
/// <param name="IsFolder">Whether it is made of a folder: then its length is known only at its end.</param>
/// <param name="Recorded">What imaging tools and lists had recorded.</param>
/// <param name="Images">The segments of E01 images whose medium was compared, as they were then; null in journals of earlier versions.</param>
/// <param name="Walk">What stood in a folder when the item was begun (<see cref="SourceReader.Fingerprint"/>); null for anything else, and in journals of earlier versions.</param>
/// <param name="Modified">When the file was last written to before the item was begun, or the first file of a folder whose file system keeps local time; else null.</param>
internal sealed record AttachedItem(
    string ItemId, string CaseId, string RequestMessage, string SourcePath, long SizeBytes, IReadOnlyList<string> Digests, string FileName, bool IsFolder, IReadOnlyList<RecordedDigest> Recorded,
    DateTimeOffset? Modified = null, IReadOnlyList<SeenFile>? Images = null, string? Walk = null)
{
    /// <summary>
    /// Stops when the source is not the one that the item was begun with. What was made of it is compared byte for byte as well; what was not yet
    /// is known by its length and, where it still lies, by its time; of a folder by the lengths and times of all that stands in it. A file that was moved may have got another.
    /// A folder whose times have all moved with the zone of the computer is read with those that it had; whether its bytes are the same the comparison decides.
    /// </summary>
    /// <returns>The source, which stops at its end too when it is not what it was.</returns>
    public SourceReader RequireSame(SourceReader source)
    {
        var now = source.Modified();
        if (SizeBytes != source.Measure() || (!source.IsFolder && SourcePath == source.Path && Modified is { } then && now is { } seen && !WrittenTime.Same(then, seen, source.KeepsLocalTime)))
            throw SourceFile.Changed(0);
        source = source.IsFolder && source.KeepsLocalTime && Modified is { } begun && now is { } shown ? source with { Shift = WrittenTime.Shift(begun, shown) } : source;
        if (Walk is not null && Walk != source.Fingerprint())
            throw SourceFile.Changed(0);
        return source with { Walk = Walk };
    }

    /// <summary>
    /// The manifest will say that the medium in an image has the digests that are recorded in it: of the very files that are read, not of others in their place. Compares again where
    /// they are not those that were compared; the source then stops when they are not the same at its end.
    /// </summary>
    public async Task<SourceReader> RequireComparedAsync(Invocation run, SourceReader source) => source with { Images = await ComparedAsync(run, source) };

    private async Task<IReadOnlyList<SeenFile>> ComparedAsync(Invocation run, SourceReader source)
    {
        var claimed = Recorded.Where(IsCompared).Select(r => (r.Algorithm, r.Value)).ToList();
        if (claimed.Count == 0)
            return [];
        if (SourcePath == source.Path && Images is { } images && images.All(file => file.IsUnchanged(source.KeepsLocalTime)))
            return images;
        run.Terminal.Note("the image is not where, or not as old as, what was compared: its medium is compared again");
        var seen = new List<SeenFile>();
        var again = source.IsFolder ? await RecordedImages.OfFolderAsync(run, source, seen) : await RecordedImages.OfFileAsync(run, source, seen);
        return claimed.SequenceEqual(again.Where(IsCompared).Select(r => (r.Algorithm, r.Value))) ? seen : throw SourceFile.Changed(0);
    }

    private static bool IsCompared(RecordedDigest recorded) => recorded is { Scope: DigestScope.MEDIUM, Compared: true };

    /// <summary>Begins an item; what is recorded of its source is looked for, and computed too where that is possible.</summary>
    public static async Task<AttachedItem> BeginAsync(Invocation run, string caseId, string request, SourceReader source, IReadOnlyList<string> digests)
    {
        // Before anything is read: the first pass compares recorded digests, the second encrypts.
        var (size, modified, walk, seen) = (source.Measure(), source.Modified(), source.Fingerprint(), new List<SeenFile>());
        var recorded = source.IsFolder ? await RecordedImages.OfFolderAsync(run, source, seen) : await RecordedDigests.OfFileAsync(run, source, run.Value(RecordedDigests.Lists) ?? [], seen);
        var compared = recorded.Where(r => r.Scope == DigestScope.FILE && DigestSet.CanCompute(r.Algorithm)).Select(r => r.Algorithm);
        return new(Ids.New(), caseId, request, source.Path, size, [.. digests.Concat(compared).Distinct().Where(name => name != DigestSet.Sha256)], source.ItemName, source.IsFolder, recorded, modified, seen, walk);
    }
}
