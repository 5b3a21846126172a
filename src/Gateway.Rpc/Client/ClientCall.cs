using System.IO.Pipelines;
using System.Net;
using Gateway.Rpc.Framing;
using Grpc.Core;
using Grpc.Net.Client;
using Timeout = Gateway.Rpc.Framing.Timeout;

namespace Gateway.Rpc.Client;

/// <summary>One call on the client, from its headers to its status. It ends exactly once; everything that waits on it then sees the same status.</summary>
internal sealed class ClientCall<TRequest, TResponse> : IAsyncStreamReader<TResponse>, IDisposable
    where TRequest : class
    where TResponse : class
{
    private static readonly StreamPipeReaderOptions PipeOptions = new(bufferSize: 32 * 1024, minimumReadSize: 4 * 1024);

    private readonly GrpcChannel channel;
    private readonly Method<TRequest, TResponse> method;
    private readonly CallOptions options;
    private readonly CancellationTokenSource lifetime = new();
    private readonly CancellationTokenRegistration callerRegistration;
    private readonly Timer? deadlineTimer;
    private readonly Lock gate = new();
    private readonly string requestEncoding;
    private readonly RequestStreamContent? requestStream;
    private HttpContent? requestContent;
    private Task<HttpResponseMessage>? responseTask;
    private Task<TResponse>? singleResponse;
    private HttpResponseMessage? response;
    private MessageReader? reader;
    private TResponse? current;
    private Status? status;
    private Metadata? trailers;
    private volatile bool deadlinePassed;
    private bool released;

    private ClientCall(GrpcChannel channel, Method<TRequest, TResponse> method, CallOptions options)
    {
        this.channel = channel;
        this.method = method;
        this.options = options;
        requestEncoding = options.Headers?.GetValue(GrpcHeaders.EncodingRequest) ?? MessageCompression.Identity;
        if (!MessageCompression.IsKnown(requestEncoding)) throw new InvalidOperationException($"Could not find compression provider for '{requestEncoding}'.");
        requestStream = method.Type is MethodType.ClientStreaming or MethodType.DuplexStreaming ? new RequestStreamContent() : null;
        callerRegistration = CancelWith(options.CancellationToken);
        if (TimeLeft() is { } left && left > TimeSpan.Zero)
        {
            deadlineTimer = new Timer(static call => ((ClientCall<TRequest, TResponse>)call!).PassDeadline(), this, left < Timeout.Longest ? left : Timeout.Longest, System.Threading.Timeout.InfiniteTimeSpan);
        }
    }

    public TResponse Current => current ?? throw new InvalidOperationException("No current element is available.");

    public CancellationToken Lifetime => lifetime.Token;

    public RequestStreamContent RequestStream => requestStream!;

    public bool Ended => status is not null;

    public Status Status => status ?? throw new InvalidOperationException("Unable to get the status because the call is not complete.");

    public Metadata Trailers => trailers ?? throw new InvalidOperationException("Can't get the call trailers because the call has not completed successfully.");

    /// <summary>The response of a call that has one.</summary>
    public Task<TResponse> SingleResponse => singleResponse ??= ReadSingleAsync();

    /// <summary>Sends the headers, and the one message of a call whose request does not stream.</summary>
    public static ClientCall<TRequest, TResponse> Start(GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest? message)
    {
        ObjectDisposedException.ThrowIf(channel.Disposed, channel);
        var call = new ClientCall<TRequest, TResponse>(channel, method, options);
        call.responseTask = call.SendAsync(host, message);
        if (method.Type is MethodType.ServerStreaming or MethodType.DuplexStreaming) _ = call.WatchAsync();
        return call;
    }

    public async Task<Metadata> ReadHeadersAsync()
    {
        try
        {
            return GrpcHeaders.ToMetadata((await CheckedResponseAsync()).Headers);
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        current = null;
        if (status is { } ended) return ended.StatusCode == StatusCode.OK ? false : throw Failure();
        using var registration = CancelWith(cancellationToken);
        try
        {
            current = await (await OpenAsync()).ReadAsync(method.ResponseMarshaller.ContextualDeserializer, lifetime.Token);
            if (current is not null) return true;
            EndFromTrailers();
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
        return Status.StatusCode == StatusCode.OK ? false : throw Failure();
    }

    /// <summary>Cancels the call if it still runs: the server gets RST_STREAM with CANCEL.</summary>
    public void Dispose() => End(new Status(StatusCode.Cancelled, "gRPC call disposed."), null);

    /// <summary>A read or write that is broken off ends the call: half a message may be out.</summary>
    public CancellationTokenRegistration CancelWith(CancellationToken token) =>
        token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), lifetime);

    public MessageFrame Frame(TRequest message, WriteOptions? writeOptions)
    {
        var plain = (writeOptions ?? options.WriteOptions)?.Flags.HasFlag(WriteFlags.NoCompress) == true;
        return MessageFrame.Create(message, method.RequestMarshaller.ContextualSerializer, channel.Options.MaxSendMessageSize, plain ? MessageCompression.Identity : requestEncoding);
    }

    /// <summary>What a broken write throws. When the server has ended the call its status says why, and the broken pipe does not.</summary>
    public async Task<Exception> WriteFailureAsync(Exception cause)
    {
        var broken = cause is IOException or HttpRequestException or ObjectDisposedException or OperationCanceledException;
        if (!broken || lifetime.IsCancellationRequested) return Fail(cause);
        try
        {
            if (method.Type == MethodType.ClientStreaming) await SingleResponse;
            else if (GrpcHeaders.StatusIn((await CheckedResponseAsync()).Headers) is not null) EndFromTrailers();
        }
        catch (Exception e)
        {
            return Fail(e);
        }
        if (status is null) return new RpcException(TransportFailure.ToStatus(cause));
        return Status.StatusCode == StatusCode.OK ? new InvalidOperationException("Can't write the message because the call is complete.", cause) : Failure();
    }

    private async Task<HttpResponseMessage> SendAsync(string? host, TRequest? message)
    {
        if (TimeLeft() is { } left && left <= TimeSpan.Zero) PassDeadline();
        lifetime.Token.ThrowIfCancellationRequested();
        var request = RequestHeaders.Create(channel.Address, method.FullName, host, options.Headers, requestEncoding, TimeLeft());
        requestContent = requestStream ?? (HttpContent)new SingleMessageContent(Frame(message!, null));
        requestContent.Headers.ContentType = RequestHeaders.ContentType;
        request.Content = requestContent;
        return await channel.SendAsync(request, lifetime.Token);
    }

    private async Task<TResponse> ReadSingleAsync()
    {
        TResponse? message;
        try
        {
            var messages = await OpenAsync();
            message = await messages.ReadAsync(method.ResponseMarshaller.ContextualDeserializer, lifetime.Token);
            if (message is not null && await messages.ReadAsync(method.ResponseMarshaller.ContextualDeserializer, lifetime.Token) is not null)
            {
                throw RpcErrors.Internal("Additional data after the message received.");
            }
            if (message is null && EndIn(response!).StatusCode == StatusCode.OK) throw RpcErrors.Internal("The server sent no response message.");
            EndFromTrailers();
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
        return Status.StatusCode == StatusCode.OK ? message! : throw Failure();
    }

    // Nobody may be reading: a call that fails before its first response must still tell its writer.
    private async Task WatchAsync()
    {
        try
        {
            await CheckedResponseAsync();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private async ValueTask<MessageReader> OpenAsync()
    {
        if (reader is not null) return reader;
        var opened = await CheckedResponseAsync();
        var encoding = opened.Headers.NonValidated.TryGetValues(GrpcHeaders.Encoding, out var values) ? values.ToString() : MessageCompression.Identity;
        if (!MessageCompression.IsKnown(encoding)) throw RpcErrors.Internal($"Unsupported grpc-encoding value '{encoding}'.");
        var pipe = PipeReader.Create(await opened.Content.ReadAsStreamAsync(lifetime.Token), PipeOptions);
        return reader = new MessageReader(pipe, channel.Options.MaxReceiveMessageSize, encoding);
    }

    // The response, unless its headers alone already tell that there is nothing to read in it.
    private async ValueTask<HttpResponseMessage> CheckedResponseAsync()
    {
        var arrived = await responseTask!;
        requestStream?.Answered();
        lock (gate)
        {
            response = arrived;
            if (released) arrived.Dispose();
        }
        var contentType = arrived.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.ToString() : null;
        if (arrived.StatusCode == HttpStatusCode.OK && GrpcHeaders.IsGrpc(contentType)) return arrived;
        if (GrpcHeaders.StatusIn(arrived.Headers) is { } number) throw new RpcException(GrpcHeaders.ToStatus(number, arrived.Headers), GrpcHeaders.ToMetadata(arrived.Headers));
        var code = arrived.StatusCode == HttpStatusCode.OK ? StatusCode.Unknown : StatusMapping.FromHttp(arrived.StatusCode);
        throw new RpcException(new Status(code, $"Bad gRPC response. HTTP status code: {(int)arrived.StatusCode}, content-type: '{contentType}'."));
    }

    private static Status EndIn(HttpResponseMessage response)
    {
        // A response without a body carries its status in the only header block.
        var source = GrpcHeaders.StatusIn(response.TrailingHeaders) is null ? response.Headers : (System.Net.Http.Headers.HttpHeaders)response.TrailingHeaders;
        return GrpcHeaders.ToStatus(GrpcHeaders.StatusIn(source) ?? throw new RpcException(new Status(StatusCode.Unknown, "No grpc-status found on response.")), source);
    }

    private void EndFromTrailers()
    {
        var end = EndIn(response!);
        var trailersOnly = GrpcHeaders.StatusIn(response!.TrailingHeaders) is null;
        End(Late(end), trailersOnly ? GrpcHeaders.ToMetadata(response.Headers) : GrpcHeaders.ToMetadata(response.TrailingHeaders));
    }

    private RpcException Fail(Exception cause)
    {
        var reason = cause switch
        {
            RpcException rpc => rpc.Status,
            _ when lifetime.IsCancellationRequested => new Status(StatusCode.Cancelled, "Call canceled by the client.", cause),
            _ => TransportFailure.ToStatus(cause),
        };
        End(Late(reason), (cause as RpcException)?.Trailers);
        return new RpcException(Status, Trailers);
    }

    private RpcException Failure() => new RpcException(Status, Trailers);

    // PROTOCOL-HTTP2.md, Client Cancellation: after the deadline nothing else counts, whoever noticed it first.
    private Status Late(Status end) => deadlinePassed || TimeLeft() <= TimeSpan.Zero ? new Status(StatusCode.DeadlineExceeded, "", end.DebugException) : end;

    private void End(Status end, Metadata? metadata)
    {
        lock (gate)
        {
            if (status is not null) return;
            trailers = metadata ?? new Metadata();
            status = end;
            released = true;
        }
        deadlineTimer?.Dispose();
        callerRegistration.Unregister();
        requestStream?.Abandon();
        // After a complete exchange there is nothing to cancel; the stream of requests may still be open.
        if (end.StatusCode != StatusCode.OK || requestStream is not null) lifetime.Cancel();
        response?.Dispose();
        requestContent?.Dispose();
    }

    private TimeSpan? TimeLeft() => options.Deadline is { } deadline && deadline != DateTime.MaxValue
        ? deadline.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime
        : null;

    private void PassDeadline()
    {
        deadlinePassed = true;
        lifetime.Cancel();
    }
}
