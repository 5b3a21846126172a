using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;

namespace Gateway.Rpc.Interop;

/// <summary>The server side of the interop tests, as their published description asks for it.</summary>
public sealed class TestServiceEndpoint : TestService.TestServiceBase
{
    public const string EchoInitial = "x-grpc-test-echo-initial";
    public const string EchoTrailing = "x-grpc-test-echo-trailing-bin";

    // Metadata with this key asks the runtime to compress, as in the official packages.
    public const string CompressionRequest = "grpc-internal-encoding-request";

    public override Task<Empty> EmptyCall(Empty request, ServerCallContext context) => Task.FromResult(new Empty());

    public override async Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context)
    {
        CheckCompression(context, 0, request.ExpectCompressed);
        await SendHeadersAsync(context, request.ResponseCompressed?.Value == true);
        FailIfAsked(request.ResponseStatus);
        return new SimpleResponse { Payload = Zeros(request.ResponseSize) };
    }

    public override async Task StreamingOutputCall(StreamingOutputCallRequest request, IServerStreamWriter<StreamingOutputCallResponse> responseStream, ServerCallContext context)
    {
        await SendHeadersAsync(context, WantsCompression(request));
        FailIfAsked(request.ResponseStatus);
        await AnswerAsync(request, responseStream, context);
    }

    public override async Task<StreamingInputCallResponse> StreamingInputCall(IAsyncStreamReader<StreamingInputCallRequest> requestStream, ServerCallContext context)
    {
        var index = 0;
        var sum = 0;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            CheckCompression(context, index++, request.ExpectCompressed);
            sum += request.Payload?.Body.Length ?? 0;
        }
        await SendHeadersAsync(context, false);
        return new StreamingInputCallResponse { AggregatedPayloadSize = sum };
    }

    public override async Task FullDuplexCall(IAsyncStreamReader<StreamingOutputCallRequest> requestStream, IServerStreamWriter<StreamingOutputCallResponse> responseStream, ServerCallContext context)
    {
        await SendHeadersAsync(context, context.RequestHeaders.Any(e => e.Key == CompressionRequest));
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            FailIfAsked(request.ResponseStatus);
            await AnswerAsync(request, responseStream, context);
        }
    }

    public override async Task HalfDuplexCall(IAsyncStreamReader<StreamingOutputCallRequest> requestStream, IServerStreamWriter<StreamingOutputCallResponse> responseStream, ServerCallContext context)
    {
        var requests = new List<StreamingOutputCallRequest>();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken)) requests.Add(request);
        await SendHeadersAsync(context, requests.Any(WantsCompression));
        foreach (var request in requests) await AnswerAsync(request, responseStream, context);
    }

    private static async Task AnswerAsync(StreamingOutputCallRequest request, IServerStreamWriter<StreamingOutputCallResponse> responses, ServerCallContext context)
    {
        foreach (var parameters in request.ResponseParameters)
        {
            if (parameters.IntervalUs > 0) await Task.Delay(TimeSpan.FromMicroseconds(parameters.IntervalUs), context.CancellationToken);
            responses.WriteOptions = new WriteOptions(parameters.Compressed?.Value == true ? 0 : WriteFlags.NoCompress);
            await responses.WriteAsync(new StreamingOutputCallResponse { Payload = Zeros(parameters.Size) });
        }
    }

    private static Payload Zeros(int size) => new() { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };

    private static bool WantsCompression(StreamingOutputCallRequest request) => request.ResponseParameters.Any(p => p.Compressed?.Value == true);

    private static async Task SendHeadersAsync(ServerCallContext context, bool compress)
    {
        var headers = new Metadata();
        foreach (var entry in context.RequestHeaders)
        {
            if (entry.Key == EchoInitial) headers.Add(entry);
            if (entry.Key == EchoTrailing) context.ResponseTrailers.Add(entry);
        }
        if (compress) headers.Add(CompressionRequest, "gzip");
        else context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        await context.WriteResponseHeadersAsync(headers);
    }

    private static void FailIfAsked(EchoStatus? status)
    {
        if (status is not null && status.Code != 0) throw new RpcException(new Status((StatusCode)status.Code, status.Message));
    }

    private static void CheckCompression(ServerCallContext context, int index, BoolValue? expected)
    {
        if (expected is null) return;
        if (context.GetHttpContext().Features.Get<TapStream>()!.Compressed[index] != expected.Value)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, expected.Value ? "The request is not compressed." : "The request is compressed."));
        }
    }
}
