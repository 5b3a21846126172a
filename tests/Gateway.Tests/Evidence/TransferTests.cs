using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>A sender that bends the transfer: the receiver keeps only what the manifest says.</summary>
public sealed class TransferTests
{
    [Fact]
    public async Task What_is_not_in_the_manifest_is_not_stored_and_the_honest_transfer_goes_through()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((3 * Chunk.PlainBytes) + 50);
        await Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        var released = await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        var client = flow.States.Asking.ExchangeClient(flow.States.Asked.Tls);

        await Refused.By(() => Send(client, item.Id, Ids.New()), "T703");
        await Refused.By(() => Send(client, Ids.New(), released.Message), "T703");
        await Refused.By(() => Send(client, item.Id, released.Message, Frame(item, 0)), "T806");
        await Refused.By(() => Begin(client, item.Id, released.Message, []), "T806");
        await Refused.By(() => Begin(client, item.Id, released.Message, new byte[KeyGrant.MaxEnvelopeBytes + 1]), "T806");
        byte[] swapped = [.. item.Leaves[1].ToArray(), .. item.Leaves[0].ToArray(), .. item.LeafList[64..]];
        await Refused.By(() => Send(client, item.Id, released.Message, Leaves(swapped)), "T701");
        await Refused.By(() => Send(client, item.Id, released.Message, Leaves([.. item.LeafList, .. new byte[32]])), "T701");
        await Refused.By(() => Send(client, item.Id, released.Message, Leaves(item.LeafList[..33])), "T701");
        Assert.False((await Progress(client, item)).LeavesComplete);
        await Refused.By(() => Send(client, item.Id, released.Message, Leaves(item.LeafList)), "T708");
        Assert.True((await Progress(client, item)).LeavesComplete);

        await Refused.By(() => Send(client, item.Id, released.Message, Frame(item, 1)), "T806");
        await Refused.By(() => Send(client, item.Id, released.Message, Frame(0, item.Chunks[1])), "T702");
        await Refused.By(() => Send(client, item.Id, released.Message, Frame(0, [.. item.Chunks[0][..^1], (byte)(item.Chunks[0][^1] ^ 1)])), "T702");
        await Refused.By(() => Send(client, item.Id, released.Message, Frame(0, item.Chunks[0][..^1])), "T702");
        Assert.Empty((await Progress(client, item)).Stored);
        await Refused.By(() => Send(client, item.Id, released.Message, Frame(item, 0), Frame(item, 0), Frame(item, 1)), "T708");
        Assert.Equal(2UL, Assert.Single((await Progress(client, item)).Stored).To);
        Assert.False((await client.TransferProgressAsync(new TransferProgressRequest { Item = Ids.New() })).Known);

        await LetGo(flow);
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        // The grant of the honest transfer is the one that counts.
        await flow.Download(flow.States.Lawyer, item);
        // The sender lost the answer: it asks again and gets the same end.
        await Send(client, item.Id, released.Message);
        Assert.True((await Progress(client, item)).Complete);
    }

    [Fact]
    public async Task An_item_that_is_not_complete_is_neither_given_out_nor_handed_over_and_holds_the_case_open()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(5000);
        await Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        await Refused.By(() => flow.Download(flow.States.Lawyer, item), "T708");
        await Refused.By(() => flow.Download(flow.Auditor, item), "T802");
    }

    internal static Task Hold(EvidenceFlow flow, TestItem item) => flow.States.Asked.Get<Database>().Write(Lane.Ordinary, s => s.Raw($"""
        CREATE TRIGGER hold AFTER INSERT ON item_transfers WHEN NEW.item = '{item.Id}'
        BEGIN UPDATE item_transfers SET next_attempt = '2999-01-01T00:00:00.000Z' WHERE item = NEW.item; END
        """));

    internal static Task LetGo(EvidenceFlow flow) => flow.States.Asked.Get<Database>().Write(Lane.Ordinary, s => s.Raw("DROP TRIGGER hold; UPDATE item_transfers SET next_attempt = '2000-01-01T00:00:00.000Z'"));

    private static async Task<TransferProgressReply> Progress(Exchange.ExchangeClient client, TestItem item)
        => await client.TransferProgressAsync(new TransferProgressRequest { Item = item.Id });

    private static EvidenceFrame Leaves(byte[] leaves) => new() { Leaves = ByteString.CopyFrom(leaves) };

    private static EvidenceFrame Frame(TestItem item, int index) => Frame(index, item.Chunks[index]);

    private static EvidenceFrame Frame(int index, byte[] data) => new() { Chunk = new EvidenceChunk { Index = (ulong)index, Data = ByteString.CopyFrom(data) } };

    private static Task Send(Exchange.ExchangeClient client, string item, string message, params EvidenceFrame[] frames)
        => Begin(client, item, message, "opened by nobody here"u8.ToArray(), frames);

    private static async Task Begin(Exchange.ExchangeClient client, string item, string message, byte[] grant, params EvidenceFrame[] frames)
    {
        using var call = client.SendEvidence();
        await call.RequestStream.WriteAsync(new EvidenceFrame { Begin = new BeginTransfer { Item = item, Message = message, Grant = ByteString.CopyFrom(grant) } });
        if (await call.ResponseStream.MoveNext(default))
        {
            foreach (var frame in frames)
                await call.RequestStream.WriteAsync(frame);
            await call.RequestStream.CompleteAsync();
        }
        while (await call.ResponseStream.MoveNext(default))
        {
        }
    }
}
