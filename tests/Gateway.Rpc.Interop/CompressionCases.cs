using Grpc.Core;
using Grpc.Testing;

namespace Gateway.Rpc.Interop;

public sealed partial class InteropCases
{
    private static readonly Metadata Gzip = new() { { TestServiceEndpoint.CompressionRequest, "gzip" } };
    private static readonly WriteOptions Plain = new(WriteFlags.NoCompress);

    private async Task ClientCompressedUnaryAsync()
    {
        await ExpectAsync(StatusCode.InvalidArgument, async () => await client.UnaryCallAsync(Large(expectCompressed: true)));
        Check(314159, (await client.UnaryCallAsync(Large(expectCompressed: true), Gzip)).Payload.Body.Length, "size, compressed request");
        Check(314159, (await client.UnaryCallAsync(Large(expectCompressed: false))).Payload.Body.Length, "size, plain request");
    }

    private async Task ServerCompressedUnaryAsync()
    {
        foreach (var compressed in new[] { true, false })
        {
            var request = new SimpleRequest { ResponseSize = 314159, Payload = Zeros(271828), ResponseCompressed = new BoolValue { Value = compressed } };
            var response = await client.UnaryCallAsync(request);
            Check(314159, response.Payload.Body.Length, "size of the response");
            Check(compressed, tap.Last!.Compressed.Single(), "compressed flag of the response");
        }
    }

    private async Task ClientCompressedStreamingAsync()
    {
        await ExpectAsync(StatusCode.InvalidArgument, async () =>
        {
            using var probe = client.StreamingInputCall();
            await probe.RequestStream.WriteAsync(Input(27182, expectCompressed: true));
            await probe.RequestStream.CompleteAsync();
            await probe;
        });
        using var call = client.StreamingInputCall(Gzip);
        await call.RequestStream.WriteAsync(Input(27182, expectCompressed: true));
        call.RequestStream.WriteOptions = Plain;
        await call.RequestStream.WriteAsync(Input(45904, expectCompressed: false));
        await call.RequestStream.CompleteAsync();
        Check(73086, (await call).AggregatedPayloadSize, "aggregated size");
    }

    private async Task ServerCompressedStreamingAsync()
    {
        var request = new StreamingOutputCallRequest
        {
            ResponseParameters =
            {
                new ResponseParameters { Size = 31415, Compressed = new BoolValue { Value = true } },
                new ResponseParameters { Size = 92653, Compressed = new BoolValue { Value = false } },
            },
        };
        using var call = client.StreamingOutputCall(request);
        var sizes = new List<int>();
        await foreach (var response in call.ResponseStream.ReadAllAsync()) sizes.Add(response.Payload.Body.Length);
        Check("31415 92653", string.Join(' ', sizes), "sizes of the responses");
        Check("True False", string.Join(' ', tap.Last!.Compressed), "compressed flags of the responses");
    }

    private async Task CompressedRequestAsync()
    {
        var response = await client.UnaryCallAsync(new SimpleRequest { ResponseSize = 314159, Payload = Zeros(271828) }, Gzip);
        Check(314159, response.Payload.Body.Length, "size of the response");
        using var call = client.StreamingInputCall(Gzip);
        await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(27182) });
        call.RequestStream.WriteOptions = Plain;
        await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(45904) });
        await call.RequestStream.CompleteAsync();
        Check(73086, (await call).AggregatedPayloadSize, "aggregated size");
    }

    private static SimpleRequest Large(bool expectCompressed) =>
        new() { ResponseSize = 314159, Payload = Zeros(271828), ExpectCompressed = new BoolValue { Value = expectCompressed } };

    private static StreamingInputCallRequest Input(int size, bool expectCompressed) =>
        new() { Payload = Zeros(size), ExpectCompressed = new BoolValue { Value = expectCompressed } };
}
