using System.Collections.Concurrent;
using Gateway.Runtime;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;

namespace Gateway.Tests.Infrastructure;

/// <summary>Stands in the place of a State's stopped gateway, with its certificate, and refuses whatever it is asked in words of its own.</summary>
internal sealed class RefusingPeer : Exchange.ExchangeBase, IAsyncDisposable
{
    private readonly string _code;
    private readonly string _words;
    private WebApplication? _app;

    private RefusingPeer(string code, string words) => (_code, _words) = (code, words);

    /// <summary>The messages that were brought, in the order of their arrival.</summary>
    public ConcurrentQueue<string> Delivered { get; } = new();

    /// <summary>The cases of which receipts were returned.</summary>
    public ConcurrentQueue<string> Returned { get; } = new();

    public static async Task<RefusingPeer> Start(TestState state, string code, string words)
    {
        var peer = new RefusingPeer(code, words);
        peer._app = await StandIn.Start(state, peer);
        return peer;
    }

    public override Task<DeliverReply> Deliver(DeliverRequest request, ServerCallContext context)
    {
        Delivered.Enqueue(request.Message);
        return Task.FromResult(new DeliverReply { Rejection = Answer() });
    }

    public override Task<PushCardReply> PushCard(PushCardRequest request, ServerCallContext context) => throw Refused();

    public override Task<PushReceiptsReply> PushReceipts(PushReceiptsRequest request, ServerCallContext context) => throw Refused();

    public override Task<ReturnReceiptsReply> ReturnReceipts(ReturnReceiptsRequest request, ServerCallContext context)
    {
        Returned.Enqueue(request.CaseId);
        throw Refused();
    }

    public override Task<PushHeadsReply> PushHeads(PushHeadsRequest request, ServerCallContext context) => throw Refused();

    public async ValueTask DisposeAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
    }

    private Refusal Answer() => new() { Code = _code, Detail = _words, Path = _words, Remedy = _words };

    private RpcException Refused()
        => new(new Status(StatusCode.FailedPrecondition, _words), new Metadata { { RefusalWire.Trailer, Answer().ToByteArray() } });
}
