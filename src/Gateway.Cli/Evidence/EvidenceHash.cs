using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

internal static class EvidenceHash
{
    private const int ReadBytes = 1 << 20;

    public static Command Create()
    {
        var source = new Argument<string>("source") { Description = "The file, block device or folder" };
        return new Command("hash", "Digests of a file, device or folder in one pass; needs no gateway and no network") { source, Also.Option }.Runs(async run =>
        {
            var reader = SourceReader.At(run.Value(source), null);
            var also = Also.Names(run);
            var unread = new UnreadLog(null);
            var complete = await ByteProgress.RunAsync(run.Terminal, run.Clock, "hash", reader.Measure(), progress => reader.IsFolder
                ? FolderAsync(run, reader, also, unread, progress)
                : FileAsync(run, reader, also, unread, progress));
            foreach (var told in unread.Told())
                run.Terminal.Note(told);
            return SourceFindings.End(complete && unread.Told().Count == 0);
        });
    }

    private static async Task<bool> FileAsync(Invocation run, SourceReader reader, IReadOnlyList<string> also, UnreadLog unread, ByteProgress progress)
    {
        using var source = reader.OpenFile(unread);
        using var set = DigestSet.Create(also).OrStop();
        var size = await DigestAsync(source.Content, set, progress.Report, run.Cancel);
        source.Complete();
        var digests = set.Finish();
        run.Terminal.Facts([("file", reader.Path), ("bytes", $"{size}"), .. digests.Select(d => (d.Algorithm, (string?)d.Value))]);
        run.Terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("file", reader.Path);
            json.WriteNumber("sizeBytes", size);
            Write(json, digests);
            json.WriteEndObject();
        });
        return true;
    }

    // One line a file, as sha256sum writes them; below it the others and the sum.
    private static async Task<bool> FolderAsync(Invocation run, SourceReader reader, IReadOnlyList<string> also, UnreadLog unread, ByteProgress progress)
    {
        var (files, bytes, missing) = (0L, 0L, 0L);
        using var set = DigestSet.Create(also).OrStop();
        foreach (var found in new FolderWalk(reader.Path).Entries())
        {
            var (file, problem) = FolderArchive.Open(found, unread);
            if (problem is not null)
            {
                missing++;
                run.Terminal.Note($"not read: {found.Path}: {problem}");
            }
            if (file is null)
                continue;
            using (file.Content)
                await DigestAsync(file.Content, set, done => progress.Report(bytes + done), run.Cancel);
            if (!file.IsUnchanged())
                throw SourceReader.Changed(found.Path);
            var digests = set.Finish();
            (files, bytes) = (files + 1, bytes + found.Size);
            foreach (var digest in digests)
                run.Terminal.Line(digests.Count == 1 ? $"{digest.Value}  {found.Path}" : $"{digest.Algorithm} ({found.Path}) = {digest.Value}");
            run.Terminal.WriteLine(json =>
            {
                json.WriteStartObject();
                json.WriteString("path", found.Path);
                json.WriteNumber("sizeBytes", found.Size);
                Write(json, digests);
                json.WriteEndObject();
            });
        }
        run.Terminal.Line($"{files} files, {bytes} bytes{(missing == 0 ? "" : $"; {missing} not read")}");
        run.Terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("folder", reader.Path);
            json.WriteNumber("files", files);
            json.WriteNumber("sizeBytes", bytes);
            json.WriteNumber("notRead", missing);
            json.WriteEndObject();
        });
        return missing == 0;
    }

    private static async Task<long> DigestAsync(Stream content, DigestSet set, Action<long> progress, CancellationToken cancel)
    {
        var buffer = new byte[ReadBytes];
        long done = 0;
        for (int read; (read = await content.ReadAsync(buffer, cancel)) > 0;)
        {
            set.Append(buffer.AsSpan(0, read));
            progress(done += read);
        }
        return done;
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, IReadOnlyList<ItemDigest> digests)
    {
        json.WriteStartObject("digests");
        foreach (var digest in digests)
            json.WriteString(digest.Algorithm, digest.Value);
        json.WriteEndObject();
    }
}
