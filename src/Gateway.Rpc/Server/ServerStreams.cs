using Grpc.Core;

namespace Gateway.Rpc.Server;

/// <summary>The requests of a streaming call, one at a time: the next is not read before it is asked for.</summary>
internal sealed class RequestStreamReader<T>(ServerCall call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    private T? current;

    public T Current => current ?? throw new InvalidOperationException("No current element is available.");

    public Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        var reading = ReadNextAsync(cancellationToken);
        call.Reading = reading;
        return reading;
    }

    private async Task<bool> ReadNextAsync(CancellationToken cancellationToken)
    {
        if (call.Ended) throw new InvalidOperationException("Can't read messages after the request is complete.");
        if (!cancellationToken.CanBeCanceled || cancellationToken == call.CancellationToken)
        {
            current = await call.ReadAsync(marshaller, call.CancellationToken);
            return current is not null;
        }
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, call.CancellationToken);
        current = await call.ReadAsync(marshaller, both.Token);
        return current is not null;
    }
}

/// <summary>The responses of a streaming call; one write at a time.</summary>
internal sealed class ResponseStreamWriter<T>(ServerCall call, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    private int writing;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Interlocked.Exchange(ref writing, 1) == 1) throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        try
        {
            await call.WriteAsync(message, marshaller, WriteOptions ?? call.WriteOptions, cancellationToken);
        }
        finally
        {
            writing = 0;
        }
    }
}
