using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Rpc.Framing;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Timeout = Gateway.Rpc.Framing.Timeout;

namespace Gateway.Rpc.Server;

/// <summary>One call on the server, from its headers to its trailers.</summary>
internal sealed class ServerCall(HttpContext http, IMethod method, GrpcServiceOptions options) : ServerCallContext, IDisposable
{
    private CancellationTokenSource? deadlineSource;
    private CancellationToken cancellation = http.RequestAborted;
    private DateTime deadline = DateTime.MaxValue;
    private Metadata? requestHeaders;
    private Metadata? responseTrailers;
    private AuthContext? authContext;
    private MessageReader? reader;
    private string responseEncoding = MessageCompression.Identity;
    private string requestEncoding = MessageCompression.Identity;
    private bool headersSent;
    private bool headersWritten;

    public HttpContext Http => http;

    public bool Ended { get; private set; }

    protected override string MethodCore => method.FullName;

    protected override string HostCore => http.Request.Host.Value ?? "";

    protected override string PeerCore => http.Connection.RemoteIpAddress is { } address
        ? address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? $"ipv6:[{address}]:{http.Connection.RemotePort}"
            : $"ipv4:{address}:{http.Connection.RemotePort}"
        : "unknown:unknown";

    protected override DateTime DeadlineCore => deadline;

    protected override Metadata RequestHeadersCore => requestHeaders ??= ReadHeaders();

    protected override CancellationToken CancellationTokenCore => cancellation;

    protected override Metadata ResponseTrailersCore => responseTrailers ??= new Metadata();

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => authContext ??= ReadAuthContext();

    private MessageReader Reader => reader ??= new MessageReader(http.Request.BodyReader, options.MaxReceiveMessageSize, requestEncoding);

    private bool DeadlinePassed => deadlineSource is { IsCancellationRequested: true } && !http.RequestAborted.IsCancellationRequested;

    /// <summary>Reads the protocol's own headers; what they ask must be known before the handler runs.</summary>
    public void Start()
    {
        http.Response.ContentType = GrpcHeaders.ContentType;
        var headers = http.Request.Headers;
        if (headers.TryGetValue(GrpcHeaders.Timeout, out var timeoutText))
        {
            if (!Timeout.TryDecode(timeoutText.ToString(), out var timeout)) throw RpcErrors.Internal("Malformed grpc-timeout.");
            StartDeadline(timeout);
        }
        if (headers.TryGetValue(GrpcHeaders.Encoding, out var encoding))
        {
            requestEncoding = encoding.ToString();
            http.Response.Headers[GrpcHeaders.AcceptEncoding] = MessageCompression.Accepted;
            if (!MessageCompression.IsKnown(requestEncoding)) throw new RpcException(new Status(StatusCode.Unimplemented, $"Unsupported grpc-encoding value '{requestEncoding}'."));
        }
        if (options.ResponseCompressionAlgorithm is { } algorithm) UseEncoding(algorithm);
    }

    public async ValueTask<T> ReadSingleAsync<T>(Marshaller<T> marshaller)
        where T : class => await Reader.ReadSingleAsync(marshaller.ContextualDeserializer, cancellation);

    public ValueTask<T?> ReadAsync<T>(Marshaller<T> marshaller, CancellationToken token)
        where T : class => Reader.ReadAsync(marshaller.ContextualDeserializer, token);

    /// <summary>The read that the handler began last; it may still wait for the peer when the handler is done.</summary>
    public Task Reading { get; set; } = Task.CompletedTask;

    /// <summary>
    /// Ends a read that the handler left behind. Kestrel uses streams again: a read that outlived its call would take the next
    /// call's bytes.
    /// </summary>
    public async Task EndReadingAsync()
    {
        if (Reading.IsCompleted) return;
        http.Request.BodyReader.CancelPendingRead();
        await Reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The one response: it leaves together with the trailers.</summary>
    public void WriteLast<T>(T? message, Marshaller<T> marshaller)
        where T : class
    {
        if (message is null) throw RpcErrors.Internal("No message returned from method.");
        if (DeadlinePassed) throw new OperationCanceledException(cancellation);
        Write(message, marshaller, WriteOptionsCore);
    }

    /// <summary>Waits until the peer has taken enough of what was written before: a slow reader slows the writer.</summary>
    public async Task WriteAsync<T>(T message, Marshaller<T> marshaller, WriteOptions? writeOptions, CancellationToken token)
    {
        if (Ended) throw new InvalidOperationException("Can't write the message because the request is complete.");
        token.ThrowIfCancellationRequested();
        cancellation.ThrowIfCancellationRequested();
        Write(message, marshaller, writeOptions);
        if (writeOptions is not null && writeOptions.Flags.HasFlag(WriteFlags.BufferHint)) return;
        var result = await http.Response.BodyWriter.FlushAsync(token.CanBeCanceled ? token : cancellation);
        if (result.IsCanceled || result.IsCompleted) throw new OperationCanceledException("The caller is gone.", cancellation);
    }

    public void End(Exception? failure)
    {
        Ended = true;
        var status = StatusOf(failure, out var trailers);
        if (trailers is not null)
        {
            foreach (var entry in trailers) ResponseTrailersCore.Add(entry);
        }
        if (http.RequestAborted.IsCancellationRequested) return;
        if (!headersWritten)
        {
            TrailersOnly.Write(http.Response, status);
            if (responseTrailers is not null) Append(responseTrailers, (name, value) => http.Response.Headers.Append(name, value));
            return;
        }
        http.Response.AppendTrailer(GrpcHeaders.Status, TrailersOnly.StatusText(status.StatusCode));
        if (status.Detail.Length > 0) http.Response.AppendTrailer(GrpcHeaders.Message, PercentEncoding.Encode(status.Detail));
        if (responseTrailers is not null) Append(responseTrailers, (name, value) => http.Response.AppendTrailer(name, value));
    }

    public void Dispose() => deadlineSource?.Dispose();

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        if (headersWritten || headersSent) throw new InvalidOperationException("Response headers can only be sent once per call.");
        headersSent = true;
        if (responseHeaders.GetValue(GrpcHeaders.EncodingRequest) is { } encoding) UseEncoding(encoding);
        Append(responseHeaders, (name, value) =>
        {
            if (name != GrpcHeaders.EncodingRequest) http.Response.Headers.Append(name, value);
        });
        WriteHeaders();
        await http.Response.BodyWriter.FlushAsync(cancellation);
    }

    private static void Append(Metadata metadata, Action<string, string> add)
    {
        foreach (var entry in metadata) add(entry.Key, GrpcHeaders.WireValue(entry));
    }

    private void Write<T>(T message, Marshaller<T> marshaller, WriteOptions? writeOptions)
    {
        WriteHeaders();
        var compress = responseEncoding != MessageCompression.Identity && !(writeOptions ?? WriteOptions.Default).Flags.HasFlag(WriteFlags.NoCompress);
        if (!compress)
        {
            DirectFrame.Write(http, message, marshaller.ContextualSerializer, options.MaxSendMessageSize);
            return;
        }
        using var frame = MessageFrame.Create(message, marshaller.ContextualSerializer, options.MaxSendMessageSize, responseEncoding, options.ResponseCompressionLevel ?? CompressionLevel.Fastest);
        http.Response.BodyWriter.Write(frame.Bytes.Span);
    }

    private void WriteHeaders()
    {
        if (headersWritten) return;
        headersWritten = true;
        if (responseEncoding != MessageCompression.Identity) http.Response.Headers[GrpcHeaders.Encoding] = responseEncoding;
    }

    private void UseEncoding(string encoding)
    {
        if (!MessageCompression.IsKnown(encoding)) throw new InvalidOperationException($"Unable to find compression provider for '{encoding}'.");
        var accepted = http.Request.Headers[GrpcHeaders.AcceptEncoding].ToString().Split(',', StringSplitOptions.TrimEntries);
        if (accepted.Contains(encoding)) responseEncoding = encoding;
    }

    private void StartDeadline(TimeSpan timeout)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        deadline = timeout < DateTime.MaxValue - now ? now + timeout : DateTime.MaxValue;
        deadlineSource = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        cancellation = deadlineSource.Token;
        deadlineSource.CancelAfter(timeout < Timeout.Longest ? timeout : Timeout.Longest);
    }

    private Status StatusOf(Exception? failure, out Metadata? trailers)
    {
        trailers = null;
        // What the handler says after the deadline no longer counts.
        if (DeadlinePassed) return new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded");
        if (failure is null) return StatusCore;
        if (failure is RpcException rpc)
        {
            trailers = rpc.Trailers;
            return rpc.Status;
        }
        if (failure is ConnectionResetException or ConnectionAbortedException || cancellation.IsCancellationRequested) return new Status(StatusCode.Cancelled, "Call canceled by the client.");
        http.RequestServices.GetService<ILogger<ServerCall>>()?.LogError(failure, "Handler of {Method} threw.", method.FullName);
        var detail = options.EnableDetailedErrors == true ? $"Exception was thrown by handler. {failure.GetType().Name}: {failure.Message}" : "Exception was thrown by handler.";
        return new Status(StatusCode.Unknown, detail, failure);
    }

    private Metadata ReadHeaders()
    {
        var metadata = new Metadata();
        foreach (var (name, values) in http.Request.Headers)
        {
            if (GrpcHeaders.IsReserved(name)) continue;
            foreach (var value in values) GrpcHeaders.AddReceived(metadata, name, value);
        }
        return metadata;
    }

    private AuthContext ReadAuthContext()
    {
        var properties = new Dictionary<string, List<AuthProperty>>(StringComparer.Ordinal);
        if (http.Connection.ClientCertificate is not { } certificate) return new AuthContext(null, properties);
        var commonName = certificate.GetNameInfo(X509NameType.SimpleName, false);
        properties["x509_common_name"] = [AuthProperty.Create("x509_common_name", Encoding.UTF8.GetBytes(commonName))];
        return new AuthContext("x509_common_name", properties);
    }
}
