using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

internal static class EvidenceHash
{
    private const int ReadBytes = 1 << 20;

    public static readonly Option<string[]> Digests = new("--digest") { Description = "Also this digest: SHA512, SHA3-256, STREEBOG-256, SM3, MD5 … (repeat for several); SHA256 is always there", HelpName = "NAME" };

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The file" };
        return new Command("hash", "Digests of a file in one pass; needs no gateway") { file, Digests }.Runs(async run =>
        {
            var path = run.Value(file);
            await using var source = OpenSource(path);
            var digests = await ByteProgress.RunAsync(run.Terminal, run.Clock, "hash", source.Length, progress => HashAsync(run, source, progress));
            run.Terminal.Facts([("file", Path.GetFullPath(path)), ("bytes", $"{source.Position}"), .. digests.Select(d => (d.Algorithm, (string?)d.Value))]);
            run.Terminal.WriteLine(json =>
            {
                json.WriteStartObject();
                json.WriteString("file", Path.GetFullPath(path));
                json.WriteNumber("sizeBytes", source.Position);
                json.WriteStartObject("digests");
                foreach (var digest in digests)
                    json.WriteString(digest.Algorithm, digest.Value);
                json.WriteEndObject();
                json.WriteEndObject();
            });
            return ExitCode.Good;
        });
    }

    public static FileStream OpenSource(string path)
        => File.Exists(path)
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan | FileOptions.Asynchronous)
            : throw StopException.Usage($"there is no file {path}");

    private static async Task<IReadOnlyList<ItemDigest>> HashAsync(Invocation run, FileStream source, ByteProgress progress)
    {
        using var set = DigestSet.Create(run.Value(Digests) ?? []).OrStop();
        var buffer = new byte[ReadBytes];
        for (int read; (read = await source.ReadAsync(buffer, run.Cancel)) > 0;)
        {
            set.Append(buffer.AsSpan(0, read));
            progress.Report(source.Position);
        }
        return set.Finish();
    }
}
