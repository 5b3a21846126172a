using Gateway.Benchmarks.Wire;
using Grpc.Core;

namespace Gateway.Benchmarks.Rpc;

/// <summary>The measured service: gives a payload back, or takes a stream and counts it.</summary>
internal sealed class MeasuredEndpoint : Measured.MeasuredBase
{
    public override Task<Payload> Echo(Payload request, ServerCallContext context) => Task.FromResult(request);

    public override async Task<Taken> Sink(IAsyncStreamReader<Payload> requestStream, ServerCallContext context)
    {
        var bytes = 0UL;
        while (await requestStream.MoveNext(context.CancellationToken))
            bytes += (ulong)requestStream.Current.Data.Length;
        return new Taken { Bytes = bytes };
    }
}
