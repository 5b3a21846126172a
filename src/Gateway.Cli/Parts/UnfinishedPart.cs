using Gateway.Cli.Connection;
using Gateway.Cli.Evidence;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Parts;

/// <summary>
/// What a disclosure of the same part left behind that was killed. If it stands in the record already, its folder only lacks its name: it gets that, and nothing is recorded twice.
/// Otherwise nobody was told of it, and the part in clear is taken away.
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
            if (!Directory.Exists(target) && await RecordedAsync(run, manifest, left) is { } recorded)
            {
                Directory.Move(left, target);
                return recorded;
            }
            Directory.Delete(left, recursive: true);
            run.Terminal.Note($"{left} was left by a disclosure of the same part that was killed; it was removed");
        }
        return null;
    }

    private static async Task<CheckedPart?> RecordedAsync(Invocation run, SignedManifest manifest, string left)
    {
        // It is the last that is written before the gateway is told.
        if (!File.Exists(Path.Combine(left, PartFiles.Event)))
            return null;
        try
        {
            var part = await VerifyPart.CheckAsync(run, left);
            var reply = await run.Gateway.FetchCustodyAsync(new FetchCustodyRequest { Item = manifest.Manifest.ItemId }, cancellationToken: run.Cancel);
            return part.Signed.Sha256 == manifest.Sha256 && reply.Events.Any(der => der.Span.SequenceEqual(part.Disclosure.Signed.Der.Span)) ? part : null;
        }
        catch (StopException e)
        {
            run.Terminal.Note($"{left} is not what was disclosed any more: {e.Message}");
            return null;
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
