using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

/// <summary>
/// A file that an earlier run fetched whole and could not hand over, because it was stopped or the gateway was gone: it is read once
/// and compared with the manifest, and the hand-over alone remains. It got its name when every chunk, the tree and every digest agreed.
/// </summary>
internal static class FinishedFile
{
    private const int ReadBytes = 1 << 20;

    /// <summary>What the file at <paramref name="path"/> is; null when there is none, or one that is not this item.</summary>
    public static async Task<Found?> FindAsync(Invocation run, Manifest item, string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != item.SizeBytes)
            return null;
        using var set = DigestSet.For(item.Digests);
        await ByteProgress.RunAsync(run.Terminal, run.Clock, "compare", item.SizeBytes, async progress =>
        {
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
            var buffer = new byte[ReadBytes];
            long done = 0;
            for (int read; (read = await content.ReadAsync(buffer, run.Cancel)) > 0;)
            {
                set.Append(buffer.AsSpan(0, read));
                progress.Report(done += read);
            }
            return done;
        });
        var digests = set.Finish();
        if (digests.Any(own => item.Digests.Any(d => d.Algorithm == own.Algorithm && d.Value != own.Value)))
            return null;
        var missing = item.Digests.Select(d => d.Algorithm).Except(digests.Select(d => d.Algorithm)).ToList();
        return new Found(HandOverOutcome.AGREED, digests, missing.Count == 0 ? null : $"not computed here: {string.Join(", ", missing)}");
    }
}
