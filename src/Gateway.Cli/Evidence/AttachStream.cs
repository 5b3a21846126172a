using Gateway.Cli.Output;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Cli.Evidence;

/// <summary>
/// The call <c>Operator.AttachEvidence</c> from the side that sends: never more than two chunks that the gateway has not acknowledged
/// as written, so that a stop at either end costs two chunks at most. However the call ends, a sender that waits hears why.
/// </summary>
internal sealed class AttachStream : IAsyncDisposable
{
    private const int InFlight = 2;

    private readonly AsyncDuplexStreamingCall<AttachFrame, AttachAck> _call;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _sending;
    private readonly SemaphoreSlim _room = new(InFlight);
    private readonly Task<ItemView> _committed;
    private long _acknowledged = -1;

    private AttachStream(AsyncDuplexStreamingCall<AttachFrame, AttachAck> call, CancellationTokenSource stop, AttachAck first)
    {
        (_call, _stop) = (call, stop);
        _sending = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        Stored = StoredFromStart(first);
        if (first.Committed is { Item.Length: > 0 } done)
        {
            Done = done;
            _committed = Task.FromResult(done);
            return;
        }
        Authority = Certificate.Read(first.EvidenceCertificate.Memory).OrStop();
        _committed = ReadAsync();
    }

    /// <summary>The item, when the gateway committed it before.</summary>
    public ItemView? Done { get; }

    /// <summary>The certificate to which the gateway wants the item's key.</summary>
    public Certificate? Authority { get; }

    /// <summary>Chunks from the first on that the gateway had when the call began.</summary>
    public long Stored { get; }

    /// <summary>Cancelled when the call ends, however it ends.</summary>
    public CancellationToken Sending => _sending.Token;

    public static async Task<AttachStream> OpenAsync(Operator.OperatorClient gateway, AttachBegin begin, CancellationToken cancel)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var call = gateway.AttachEvidence(cancellationToken: stop.Token);
        try
        {
            await call.RequestStream.WriteAsync(new AttachFrame { Begin = begin }, stop.Token);
            return await call.ResponseStream.MoveNext(stop.Token)
                ? new AttachStream(call, stop, call.ResponseStream.Current)
                : throw StopException.Incomplete("the gateway ended the transfer without an answer");
        }
        catch
        {
            call.Dispose();
            stop.Dispose();
            throw;
        }
    }

    /// <summary>Waits for room and sends; the bytes are the caller's again when this returns.</summary>
    public async Task SendAsync(long index, ReadOnlyMemory<byte> stored)
    {
        // Where the sender begins: at what the gateway has, or before it when the last chunks are made anew.
        Interlocked.CompareExchange(ref _acknowledged, index, -1);
        await _room.WaitAsync(Sending);
        await _call.RequestStream.WriteAsync(new AttachFrame { Chunk = new EvidenceData { Index = (ulong)index, Data = UnsafeByteOperations.UnsafeWrap(stored) } }, Sending);
    }

    /// <summary>Sends the papers and waits until the gateway has committed the item.</summary>
    public async Task<ItemView> CommitAsync(SignedItem papers)
    {
        var commit = new AttachCommit { Manifest = UnsafeByteOperations.UnsafeWrap(papers.Manifest.Der), Grant = UnsafeByteOperations.UnsafeWrap(papers.Grant) };
        await _call.RequestStream.WriteAsync(new AttachFrame { Commit = commit }, Sending);
        await _call.RequestStream.CompleteAsync();
        return await _committed;
    }

    /// <summary>Runs what sends; when it fails because the call is over, throws what the gateway said instead.</summary>
    public async Task<T> Explain<T>(Func<Task<T>> sending)
    {
        try
        {
            return await sending();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException && !_stop.IsCancellationRequested)
        {
            await _committed; // the call is over; its status says why
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _committed.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _call.Dispose();
        _sending.Dispose();
        _stop.Dispose();
        _room.Dispose();
    }

    private async Task<ItemView> ReadAsync()
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(_stop.Token))
            {
                var ack = _call.ResponseStream.Current;
                if (ack.Committed is { Item.Length: > 0 } item)
                    return item;
                var stored = StoredFromStart(ack);
                var more = stored - Interlocked.Read(ref _acknowledged);
                if (more is > 0 and <= InFlight)
                {
                    Interlocked.Exchange(ref _acknowledged, stored);
                    _room.Release((int)more);
                }
            }
            throw StopException.Incomplete("the gateway ended the transfer without committing the item; run the same command again");
        }
        catch
        {
            await _sending.CancelAsync();
            throw;
        }
    }

    private static long StoredFromStart(AttachAck ack)
        => ack.Stored.FirstOrDefault(range => range.From == 0) is { } range ? (long)Math.Min(range.To, Chunk.MaxCount) : 0;
}
