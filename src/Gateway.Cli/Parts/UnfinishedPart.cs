using Gateway.Cli.Connection;
using Gateway.Cli.Evidence;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Parts;

/// <summary>
/// What a disclosure of the same part left behind that was killed. If it stands in the record already, its folder only lacks its name: it gets that, and nothing is recorded twice.
/// Otherwise nobody was told of it, and the part in clear is taken away; what stands in the record never is.
/// </summary>
internal static class UnfinishedPart
{
    /// <summary>The disclosure that was recorded and has its folder now; null when there is none.</summary>
    public static async Task<CheckedPart?> FinishAsync(Invocation run, SignedManifest manifest, string target)
    {
        foreach (var left in Directory.GetDirectories(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.*.partial"))
        {
            if (IsInUse(Path.Combine(left, PartFiles.Content)))
                continue;
            if (await StandsInRecordAsync(run, manifest, left))
            {
                if (Directory.Exists(target))
                {
                    run.Terminal.Note($"{left} holds a disclosure that stands in the record; {target} is taken, so that it was left as it is");
                    continue;
                }
                var recorded = await CheckAsync(run, manifest, left);
                Directory.Move(left, target);
                return recorded;
            }
            Directory.Delete(left, recursive: true);
            run.Terminal.Note($"{left} was left by a disclosure of the same part that was killed; it was removed");
        }
        return null;
    }

    // The event is the last that is written before the gateway is told.
    private static async Task<bool> StandsInRecordAsync(Invocation run, SignedManifest manifest, string left)
    {
        var file = Path.Combine(left, PartFiles.Event);
        if (!File.Exists(file))
            return false;
        var signed = await File.ReadAllBytesAsync(file, run.Cancel);
        var reply = await run.Gateway.FetchCustodyAsync(new FetchCustodyRequest { Item = manifest.Manifest.ItemId }, cancellationToken: run.Cancel);
        return reply.Events.Any(der => der.Span.SequenceEqual(signed));
    }

    // What is in the record is not thrown away for a fault that may be this machine's.
    private static async Task<CheckedPart> CheckAsync(Invocation run, SignedManifest manifest, string left)
    {
        try
        {
            var part = await VerifyPart.CheckAsync(run, left);
            return part.Signed.Sha256 == manifest.Sha256 ? part : throw StopException.No("it holds another manifest");
        }
        catch (StopException e)
        {
            throw StopException.No($"{left} holds a disclosure that stands in the record, but is not what was disclosed any more ({e.Message}); put it elsewhere, then the same command discloses the part anew");
        }
    }

    private static bool IsInUse(string content)
    {
        try
        {
            using var file = File.Exists(content) ? new FileStream(content, FileMode.Open, FileAccess.ReadWrite, FileShare.None) : null;
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
