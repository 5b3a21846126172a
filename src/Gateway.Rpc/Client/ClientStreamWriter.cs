using Grpc.Core;

namespace Gateway.Rpc.Client;

/// <summary>The requests of a streaming call; one write at a time, each waits until the transport has taken the message.</summary>
internal sealed class ClientStreamWriter<TRequest, TResponse>(ClientCall<TRequest, TResponse> call) : IClientStreamWriter<TRequest>
    where TRequest : class
    where TResponse : class
{
    private int writing;
    private bool completed;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        Enter();
        try
        {
            using var frame = call.Frame(message, WriteOptions);
            using var registration = call.CancelWith(cancellationToken);
            var stream = await call.RequestStream.OpenAsync(call.Lifetime);
            await stream.WriteAsync(frame.Bytes, call.Lifetime);
            if (WriteOptions?.Flags.HasFlag(WriteFlags.BufferHint) != true) await stream.FlushAsync(call.Lifetime);
        }
        catch (Exception e)
        {
            throw await call.WriteFailureAsync(e);
        }
        finally
        {
            writing = 0;
        }
    }

    public async Task CompleteAsync()
    {
        Enter();
        completed = true;
        try
        {
            if (!call.Ended) await call.RequestStream.OpenAsync(call.Lifetime);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            throw await call.WriteFailureAsync(e);
        }
        finally
        {
            call.RequestStream.Complete();
            writing = 0;
        }
    }

    private void Enter()
    {
        if (completed) throw new InvalidOperationException("Request stream has already been completed.");
        if (Interlocked.Exchange(ref writing, 1) == 1) throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
    }
}
