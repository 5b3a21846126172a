using Gateway.Protocol.Documents;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Evidence;

/// <summary>Brings the leaf list of an item, from the leaf on that the other side does not have. A slow line has as long as it takes, while it takes anything.</summary>
internal static class SendLeaves
{
    private const int FrameBytes = 256 * 1024;

    /// <summary>Sends what is missing.</summary>
    /// <param name="stream">The transfer.</param>
    /// <param name="leaves">The whole list.</param>
    /// <param name="from">So many leaves are there already.</param>
    /// <param name="count">Leaves of the item.</param>
    /// <param name="moved">Called for each frame that the line took.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task Run(IClientStreamWriter<EvidenceFrame> stream, Stream leaves, long from, long count, Action moved, CancellationToken cancellation)
    {
        leaves.Position = from * Digest.Length;
        var buffer = new byte[FrameBytes];
        for (var left = (count - from) * Digest.Length; left > 0;)
        {
            var length = (int)Math.Min(left, FrameBytes);
            await leaves.ReadExactlyAsync(buffer.AsMemory(0, length), cancellation);
            await stream.WriteAsync(new EvidenceFrame { Leaves = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, length)) }, cancellation);
            moved();
            left -= length;
        }
    }
}
