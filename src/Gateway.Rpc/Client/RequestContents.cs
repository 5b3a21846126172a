using System.Net;
using Gateway.Rpc.Framing;

namespace Gateway.Rpc.Client;

/// <summary>A request of exactly one message; may be sent again when the server is known not to have seen it.</summary>
internal sealed class SingleMessageContent(MessageFrame frame) : HttpContent
{
    private readonly int length = frame.Bytes.Length;
    private int users = 1;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            await stream.WriteAsync(frame.Bytes, cancellationToken);
        }
        finally
        {
            Leave();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = this.length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Leave();
        base.Dispose(disposing);
    }

    // The call may end while the transport still writes: the buffer goes back to the pool only when nobody reads it.
    private void Enter()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref users);
            ObjectDisposedException.ThrowIf(seen == 0, this);
        }
        while (Interlocked.CompareExchange(ref users, seen + 1, seen) != seen);
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref users) == 0) frame.Dispose();
    }
}

/// <summary>A request stream: hands its stream to the writer of the call and lasts until that has completed.</summary>
internal sealed class RequestStreamContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private Exception? failure;
    private bool answered;

    public Task<Stream> OpenAsync(CancellationToken cancellationToken) => opened.Task.WaitAsync(cancellationToken);

    public void Complete() => completed.TrySetResult();

    /// <summary>Ends the stream without completing it; the transport then resets it.</summary>
    public void Abandon() => completed.TrySetCanceled();

    /// <summary>The response is there: the transport does not try again, so a stream that could not begin never will.</summary>
    public void Answered() => EndUnbegun(null, response: true);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            // The headers must leave now: the server may answer before the first message.
            await stream.FlushAsync(cancellationToken);
        }
        catch (Exception e)
        {
            EndUnbegun(e, response: false);
            throw;
        }
        if (!opened.TrySetResult(stream)) throw new IOException("A request stream that has begun cannot be sent again.");
        await completed.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    // A server that refuses at once may be heard before the stream begins, and its reset then stops the beginning; the two come in either order.
    private void EndUnbegun(Exception? stopped, bool response)
    {
        lock (gate)
        {
            failure ??= stopped;
            answered |= response;
            if (!answered || failure is null) return;
        }
        if (opened.TrySetException(new IOException("The server ended the call before its stream of requests began.", failure))) _ = opened.Task.Exception;
    }
}
