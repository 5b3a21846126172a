using System.Collections.Concurrent;
using Gateway.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;

namespace Gateway.Tests.Infrastructure;

/// <summary>Stands in the place of a State's stopped gateway, takes every item, and acknowledges a chunk only when the test says so.</summary>
internal sealed class DropwisePeer : Exchange.ExchangeBase, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _drops = new(StringComparer.Ordinal);
    private WebApplication? _app;

    public static async Task<DropwisePeer> Start(TestState state)
    {
        var peer = new DropwisePeer();
        peer._app = await StandIn.Start(state, peer);
        return peer;
    }

    /// <summary>Whether a stream of the item is open here.</summary>
    public bool Open(string item) => _open.GetValueOrDefault(item) > 0;

    /// <summary>One more chunk of the item is acknowledged.</summary>
    public void Acknowledge(string item) => Drops(item).Release();

    public override async Task SendEvidence(IAsyncStreamReader<EvidenceFrame> requestStream, IServerStreamWriter<EvidenceAck> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken))
            return;
        var item = requestStream.Current.Begin.Item;
        _open.AddOrUpdate(item, 1, (_, open) => open + 1);
        // What comes is taken off the line, or the streams beside it would stand still too.
        var taken = Take(requestStream, context.CancellationToken);
        try
        {
            await responseStream.WriteAsync(new EvidenceAck { LeavesComplete = true });
            for (ulong stored = 1; ; stored++)
            {
                await Drops(item).WaitAsync(context.CancellationToken);
                await responseStream.WriteAsync(new EvidenceAck { LeavesComplete = true, Stored = { new ChunkRange { From = 0, To = stored } } });
            }
        }
        finally
        {
            _open.AddOrUpdate(item, 0, (_, open) => open - 1);
            await taken;
        }
    }

    private static async Task Take(IAsyncStreamReader<EvidenceFrame> frames, CancellationToken cancellation)
    {
        try
        {
            while (await frames.MoveNext(cancellation))
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or RpcException)
        {
            // The other side ended the stream.
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app!.StopAsync(now.Token);
        await _app.DisposeAsync();
        foreach (var drops in _drops.Values)
            drops.Dispose();
    }

    private SemaphoreSlim Drops(string item) => _drops.GetOrAdd(item, _ => new SemaphoreSlim(0));
}
