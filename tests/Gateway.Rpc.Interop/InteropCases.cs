using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;

namespace Gateway.Rpc.Interop;

/// <summary>A case whose server did not do what the description says.</summary>
public sealed class CaseFailedException(string message) : Exception(message);

/// <summary>The client side of the published cases.</summary>
public sealed partial class InteropCases(CallInvoker invoker, WireTapHandler tap)
{
    private const string SpecialMessage = "\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP \U0001F608\t\n";

    private readonly TestService.TestServiceClient client = new(invoker);
    private readonly UnimplementedService.UnimplementedServiceClient unimplemented = new(invoker);

    public static IReadOnlyList<string> Names { get; } =
    [
        "empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream",
        "client_compressed_unary", "server_compressed_unary", "client_compressed_streaming", "server_compressed_streaming",
        "cancel_after_begin", "cancel_after_first_response", "timeout_on_sleeping_server", "custom_metadata",
        "status_code_and_message", "special_status_message", "unimplemented_method", "unimplemented_service",
    ];

    /// <summary>Not a published case: compressed requests, for servers that cannot tell whether a request was compressed.</summary>
    public const string CompressedRequest = "compressed_request";

    public Task RunAsync(string name) => name switch
    {
        "empty_unary" => EmptyUnaryAsync(),
        "large_unary" => LargeUnaryAsync(),
        "client_streaming" => ClientStreamingAsync(),
        "server_streaming" => ServerStreamingAsync(),
        "ping_pong" => PingPongAsync(),
        "empty_stream" => EmptyStreamAsync(),
        "client_compressed_unary" => ClientCompressedUnaryAsync(),
        "server_compressed_unary" => ServerCompressedUnaryAsync(),
        "client_compressed_streaming" => ClientCompressedStreamingAsync(),
        "server_compressed_streaming" => ServerCompressedStreamingAsync(),
        "cancel_after_begin" => CancelAfterBeginAsync(),
        "cancel_after_first_response" => CancelAfterFirstResponseAsync(),
        "timeout_on_sleeping_server" => TimeoutOnSleepingServerAsync(),
        "custom_metadata" => CustomMetadataAsync(),
        "status_code_and_message" => StatusCodeAndMessageAsync(),
        "special_status_message" => SpecialStatusMessageAsync(),
        CompressedRequest => CompressedRequestAsync(),
        "unimplemented_method" => ExpectAsync(StatusCode.Unimplemented, async () => await client.UnimplementedMethodAsync(new Empty())),
        "unimplemented_service" => ExpectAsync(StatusCode.Unimplemented, async () => await unimplemented.UnimplementedCallAsync(new Empty())),
        _ => throw new FormatException($"Unknown case '{name}'"),
    };

    private async Task EmptyUnaryAsync() => Check(new Empty(), await client.EmptyCallAsync(new Empty()), "response");

    private async Task LargeUnaryAsync()
    {
        var response = await client.UnaryCallAsync(new SimpleRequest { ResponseSize = 314159, Payload = Zeros(271828) });
        Check(314159, response.Payload.Body.Length, "size of the response");
    }

    private async Task ClientStreamingAsync()
    {
        using var call = client.StreamingInputCall();
        foreach (var size in new[] { 27182, 8, 1828, 45904 }) await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(size) });
        await call.RequestStream.CompleteAsync();
        Check(74922, (await call).AggregatedPayloadSize, "aggregated size");
    }

    private async Task ServerStreamingAsync()
    {
        int[] sizes = [31415, 9, 2653, 58979];
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.AddRange(sizes.Select(size => new ResponseParameters { Size = size }));
        using var call = client.StreamingOutputCall(request);
        var received = new List<int>();
        await foreach (var response in call.ResponseStream.ReadAllAsync()) received.Add(response.Payload.Body.Length);
        Check(string.Join(' ', sizes), string.Join(' ', received), "sizes of the responses");
    }

    private async Task PingPongAsync()
    {
        using var call = client.FullDuplexCall();
        foreach (var (response, request) in new[] { (31415, 27182), (9, 8), (2653, 1828), (58979, 45904) })
        {
            await call.RequestStream.WriteAsync(Ask(response, request));
            Check(true, await call.ResponseStream.MoveNext(CancellationToken.None), "another response");
            Check(response, call.ResponseStream.Current.Payload.Body.Length, "size of the response");
        }
        await call.RequestStream.CompleteAsync();
        Check(false, await call.ResponseStream.MoveNext(CancellationToken.None), "another response");
    }

    private async Task EmptyStreamAsync()
    {
        using var call = client.FullDuplexCall();
        await call.RequestStream.CompleteAsync();
        Check(false, await call.ResponseStream.MoveNext(CancellationToken.None), "a response");
    }

    private async Task CancelAfterBeginAsync()
    {
        using var cancel = new CancellationTokenSource();
        using var call = client.StreamingInputCall(cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await ExpectAsync(StatusCode.Cancelled, async () => await call);
    }

    private async Task CancelAfterFirstResponseAsync()
    {
        using var cancel = new CancellationTokenSource();
        using var call = client.FullDuplexCall(cancellationToken: cancel.Token);
        await call.RequestStream.WriteAsync(Ask(31415, 27182));
        Check(true, await call.ResponseStream.MoveNext(CancellationToken.None), "first response");
        await cancel.CancelAsync();
        await ExpectAsync(StatusCode.Cancelled, async () => await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    private async Task TimeoutOnSleepingServerAsync()
    {
        using var call = client.FullDuplexCall(deadline: DateTime.UtcNow.AddMilliseconds(1));
        await ExpectAsync(StatusCode.DeadlineExceeded, async () =>
        {
            await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { Payload = Zeros(27182) });
            await call.ResponseStream.MoveNext(CancellationToken.None);
        });
    }

    private async Task CustomMetadataAsync()
    {
        var headers = new Metadata { { TestServiceEndpoint.EchoInitial, "test_initial_metadata_value" }, { TestServiceEndpoint.EchoTrailing, [0xab, 0xab, 0xab] } };
        using (var unary = client.UnaryCallAsync(new SimpleRequest { ResponseSize = 314159, Payload = Zeros(271828) }, headers))
        {
            await unary;
            CheckEchoes(await unary.ResponseHeadersAsync, unary.GetTrailers());
        }
        using var duplex = client.FullDuplexCall(headers);
        await duplex.RequestStream.WriteAsync(Ask(314159, 271828));
        await duplex.RequestStream.CompleteAsync();
        Check(true, await duplex.ResponseStream.MoveNext(CancellationToken.None), "a response");
        Check(false, await duplex.ResponseStream.MoveNext(CancellationToken.None), "another response");
        CheckEchoes(await duplex.ResponseHeadersAsync, duplex.GetTrailers());
    }

    private async Task StatusCodeAndMessageAsync()
    {
        var status = new EchoStatus { Code = 2, Message = "test status message" };
        await ExpectAsync(StatusCode.Unknown, async () => await client.UnaryCallAsync(new SimpleRequest { ResponseStatus = status }), status.Message);
        using var call = client.FullDuplexCall();
        await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = status });
        await call.RequestStream.CompleteAsync();
        await ExpectAsync(StatusCode.Unknown, async () => await call.ResponseStream.MoveNext(CancellationToken.None), status.Message);
    }

    private Task SpecialStatusMessageAsync() => ExpectAsync(
        StatusCode.Unknown,
        async () => await client.UnaryCallAsync(new SimpleRequest { ResponseStatus = new EchoStatus { Code = 2, Message = SpecialMessage } }),
        SpecialMessage);

    private static Payload Zeros(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };

    private static StreamingOutputCallRequest Ask(int responseSize, int requestSize) =>
        new() { Payload = Zeros(requestSize), ResponseParameters = { new ResponseParameters { Size = responseSize } } };

    private static void CheckEchoes(Metadata headers, Metadata trailers)
    {
        Check("test_initial_metadata_value", headers.GetValue(TestServiceEndpoint.EchoInitial), "initial metadata");
        Check("ABABAB", Convert.ToHexString(trailers.GetValueBytes(TestServiceEndpoint.EchoTrailing) ?? []), "trailing metadata");
    }

    private static void Check<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual)) throw new CaseFailedException($"{what}: expected {expected}, got {actual}");
    }

    private static async Task ExpectAsync(StatusCode code, Func<Task> act, string? message = null)
    {
        try
        {
            await act();
        }
        catch (RpcException e)
        {
            Check(code, e.StatusCode, "status");
            if (message is not null) Check(message, e.Status.Detail, "message");
            return;
        }
        throw new CaseFailedException($"status: expected {code}, got OK");
    }
}
