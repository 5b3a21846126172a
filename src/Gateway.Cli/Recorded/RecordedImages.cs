using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Parts;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Recorded;

/// <summary>
/// The digests that imaging tools stored in E01 images, compared with the medium in them before anything is encrypted, because its bytes are
/// other bytes than those of the file. Nothing is said of a medium that the item does not hold whole.
/// </summary>
internal static class RecordedImages
{
    // As many as a manifest may state.
    private const int MostRecorded = 100;

    /// <summary>Refuses one segment of several: what is recorded is of the whole medium, and the item would hold a part of it.</summary>
    public static void RequireWhole(string path)
    {
        if (EwfImage.IsOneOfSeveral(path))
            throw StopException.Usage($"{path} is one of several segments of an E01 image and holds only a part of its medium; name the folder that holds all segments: it becomes one item");
    }

    /// <summary>Of an image in one file.</summary>
    /// <param name="run">The command.</param>
    /// <param name="source">The image.</param>
    /// <param name="seen">Gets the files whose medium was compared, as they were then.</param>
    public static async Task<List<RecordedDigest>> OfFileAsync(Invocation run, SourceReader source, ICollection<SeenFile> seen)
    {
        RequireWhole(source.Path);
        return await CompareAsync(run, source.Path, source.ItemName, null, seen);
    }

    /// <summary>Of every image in a folder whose segments all lie there, as files that are taken.</summary>
    /// <param name="run">The command.</param>
    /// <param name="source">The folder.</param>
    /// <param name="seen">Gets the segments whose medium was compared, as they were then.</param>
    public static async Task<IReadOnlyList<RecordedDigest>> OfFolderAsync(Invocation run, SourceReader source, ICollection<SeenFile> seen)
    {
        var recorded = new List<RecordedDigest>();
        foreach (var first in new FolderWalk(source.Path).Entries().Where(found => IsFile(found) && EwfImage.IsFirstName(found.Disk)))
        {
            if (!BeginsAsImage(first.Disk))
                continue;
            var found = await CompareAsync(run, first.Disk, first.Path, Path.GetDirectoryName(first.Disk), seen);
            if (recorded.Count + found.Count <= MostRecorded)
                recorded.AddRange(found);
            else
                run.Terminal.Note($"{first.Path}: compared and equal, but a manifest states at most {MostRecorded} recorded digests; this one is not among them");
        }
        return recorded;
    }

    private static bool IsFile(Found found) => found is { Kind: FileKind.FILE, Problem: null };

    // What cannot be opened is listed with the reason when the folder is read.
    private static bool BeginsAsImage(string path)
    {
        try
        {
            return EwfImage.IsAt(path);
        }
        catch (Exception e) when (FolderWalk.ProblemOf(e) is not null)
        {
            return false;
        }
    }

    private static async Task<List<RecordedDigest>> CompareAsync(Invocation run, string path, string name, string? folder, ICollection<SeenFile> seen)
    {
        try
        {
            using var image = EwfImage.Open(path);
            // A link is archived as a link: the segment behind it is not in the item.
            if (folder is not null && image.Files.FirstOrDefault(file => new FileInfo(file).LinkTarget is not null) is { } link)
                throw new InvalidDataException($"segment {Path.GetFileName(link)} is a link, which is not followed");
            if (image.BadSectors > 0)
                run.Terminal.Note($"{name}: the imaging tool recorded {image.BadSectors} sectors that it could not read");
            if (image.Stored.Count == 0)
                return [];
            var by = $"{Shortened(name)} (E01{(image.Files.Count > 1 ? $", {image.Files.Count} segments" : "")})";
            var before = image.Files.Select(SeenFile.At).ToList();
            if (await ComputeAsync(run, image, name) is not { } computed)
                return [.. image.Stored.Select(d => new RecordedDigest(by, DigestScope.MEDIUM, d.Key, d.Value, Compared: false))];
            foreach (var (algorithm, value) in image.Stored)
            {
                var own = computed.First(d => d.Algorithm == algorithm).Value;
                if (own != value)
                    throw StopException.Refused(new Refusal(RefusalCode.RecordedDigestDiffers, $"{name} records {algorithm} {value} of its medium; the medium in it has {own}"));
            }
            foreach (var file in before)
                seen.Add(file);
            return [.. image.Stored.Select(d => new RecordedDigest(by, DigestScope.MEDIUM, d.Key, d.Value, true))];
        }
        catch (Exception e) when (e is InvalidDataException || FolderWalk.ProblemOf(e) is not null)
        {
            // The image is evidence as it is; only its own record could not be compared.
            run.Terminal.Note($"{name} begins like an E01 image, but: {e.Message}; what it records was not compared");
            return [];
        }
    }

    // Null when the medium cannot be read out of the image: what the tool recorded is then stated as not compared, for whoever can read it.
    private static async Task<IReadOnlyList<ItemDigest>?> ComputeAsync(Invocation run, EwfImage image, string name)
    {
        try
        {
            return await ComputeAsync(run, image);
        }
        catch (InvalidDataException e)
        {
            run.Terminal.Note($"{name} is damaged: {e.Message}; what it records is stated and was not compared");
            return null;
        }
    }

    private static async Task<IReadOnlyList<ItemDigest>> ComputeAsync(Invocation run, EwfImage image)
    {
        using var set = DigestSet.Create(image.Stored.Keys).OrStop();
        await ByteProgress.RunAsync(run.Terminal, run.Clock, "compare the image", image.MediumBytes, progress => Task.Run(() =>
        {
            long done = 0;
            foreach (var chunk in image.Medium())
            {
                run.Cancel.ThrowIfCancellationRequested();
                set.Append(chunk.Span);
                progress.Report(done += chunk.Length);
            }
            return done;
        }));
        return set.Finish();
    }

    // The end of a long path tells more than its beginning; never half of a letter.
    private static string Shortened(string path) => path.Length <= 250 ? path : $"…{path[(char.IsLowSurrogate(path[^249]) ? ^248 : ^249)..]}";
}
