using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Evidence;

/// <summary>One attempt to bring a packed item to the gateway: chunks go as they lie on the disk, each compared with its leaf, without any key.</summary>
internal static class PackedUpload
{
    public static async Task<AttachedResult> RunAsync(Operator.OperatorClient gateway, PackedItem packed, SignedItem papers, Manifest manifest, Pace? pace, bool byCarrier, ByteProgress progress, CancellationToken cancel)
    {
        await using var stream = await AttachStream.OpenAsync(gateway, new AttachBegin
        {
            Item = manifest.ItemId, CaseId = manifest.Case, SizeBytes = (ulong)manifest.SizeBytes, ByCarrier = byCarrier,
            Papers = new AttachCommit { Manifest = UnsafeByteOperations.UnsafeWrap(papers.Manifest.Der), Grant = UnsafeByteOperations.UnsafeWrap(papers.Grant) },
        }, cancel);
        if (stream.Done is { } done)
            return new AttachedResult(done, papers.Manifest);
        var buffers = new[] { new byte[Chunk.StoredBytes], new byte[Chunk.StoredBytes] };
        var meter = pace is null ? null : new Meter(pace);
        return await stream.Explain(async () =>
        {
            for (var index = Math.Min(stream.Stored, manifest.Chunks); index < manifest.Chunks; index++)
            {
                var chunk = packed.Read(index, buffers[index % 2]);
                if (meter is not null)
                    await meter.WaitAsync(chunk.Length, stream.Sending);
                await stream.SendAsync(index, chunk);
                progress.Report(Math.Min((index + 1) * Chunk.PlainBytes, manifest.SizeBytes));
            }
            return new AttachedResult(await stream.CommitAsync(papers), papers.Manifest);
        });
    }
}
