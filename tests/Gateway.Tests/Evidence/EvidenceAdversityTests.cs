using Gateway.Evidence;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>Lines that break at every chunk, chunks that change on the way, two who send the same, no room, clocks that differ: one item, once, whole.</summary>
public sealed class EvidenceAdversityTests
{
    private const int Chunks = 9;

    [Fact]
    public async Task An_upload_cut_after_every_single_chunk_goes_on_at_the_next_one()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await TestItem.Make(Chunks * Chunk.PlainBytes);
        for (var n = 0; n < Chunks; n++)
        {
            using var call = flow.States.Asked.Client(flow.Technician).AttachEvidence();
            await call.RequestStream.WriteAsync(new AttachFrame { Begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId } });
            Assert.True(await call.ResponseStream.MoveNext(default));
            Assert.Equal(n, (int)(call.ResponseStream.Current.Stored.FirstOrDefault()?.To ?? 0));
            await call.RequestStream.WriteAsync(Upload(item, n));
            // Acknowledged, then cut without a word.
            Assert.True(await call.ResponseStream.MoveNext(default));
        }
        var acks = await flow.Attach(item, Chunks, Chunks, flow.SignedManifest(item));
        Assert.Equal("ATTACHED", acks[^1].Committed.State);
    }

    [Fact]
    public async Task A_transfer_cut_and_spoilt_at_every_single_chunk_ends_as_one_consignment()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(Chunks * Chunk.PlainBytes);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        var released = await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        var client = flow.States.Asking.ExchangeClient(flow.States.Asked.Tls);
        for (var n = 0; n < Chunks - 1; n++)
        {
            byte[] spoilt = [.. item.Chunks[n]];
            spoilt[spoilt.Length / 2] ^= 1;
            Assert.Equal("T702", await Sent(client, item, released.Message, n, spoilt));
            Assert.Equal("T702", await Sent(client, item, released.Message, n, item.Chunks[n + 1]));
            Assert.Equal("T702", await Sent(client, item, released.Message, n, item.Chunks[n][..^1]));
            Assert.Equal("", await Sent(client, item, released.Message, n, item.Chunks[n]));
        }
        await TransferTests.LetGo(flow);
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
        var chains = await flow.States.Settled(flow.Sent.CaseId, 6);
        Assert.Single(chains["XA"], r => r.Event == ReceiptEvent.ContentConsignment && r.Subject.Item == item.Id);
    }

    [Fact]
    public async Task A_chunk_that_comes_again_must_be_the_same_and_counts_once()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(Chunks * Chunk.PlainBytes);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        var released = await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        var client = flow.States.Asking.ExchangeClient(flow.States.Asked.Tls);
        Assert.Equal("", await Sent(client, item, released.Message, 0, item.Chunks[0]));
        // Its answer was lost: the same again, behind the next one, and as another one.
        Assert.Equal("", await Sent(client, item, released.Message, 0, item.Chunks[0], stored: 1));
        Assert.Equal("", await Sent(client, item, released.Message, 1, item.Chunks[1]));
        Assert.Equal("", await Sent(client, item, released.Message, 0, item.Chunks[0], stored: 2));
        byte[] other = [.. item.Chunks[0]];
        other[^1] ^= 1;
        Assert.Equal("T702", await Sent(client, item, released.Message, 0, other, stored: 2));
        Assert.Equal(2UL, Assert.Single((await client.TransferProgressAsync(new TransferProgressRequest { Item = item.Id })).Stored).To);
        await TransferTests.LetGo(flow);
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
    }

    [Fact]
    public async Task Two_clients_that_send_the_same_item_at_once_leave_one_item_whole()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await TestItem.Make(Chunks * Chunk.PlainBytes);
        var manifest = flow.SignedManifest(item);
        async Task<bool> Try(int pause)
        {
            while (true)
            {
                try
                {
                    using var asked = flow.States.Asked.Client(flow.Technician).AttachEvidence();
                    await asked.RequestStream.WriteAsync(new AttachFrame { Begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId, SizeBytes = (ulong)item.Content.Length } });
                    if (!await asked.ResponseStream.MoveNext(default))
                        continue;
                    if (asked.ResponseStream.Current.Committed is { Item.Length: > 0 })
                        return true;
                    var from = (int)(asked.ResponseStream.Current.Stored.FirstOrDefault()?.To ?? 0);
                    var authority = Certificate.Read(asked.ResponseStream.Current.EvidenceCertificate.Memory).Value;
                    for (var n = from; n < Chunks; n++)
                        await asked.RequestStream.WriteAsync(Upload(item, n));
                    var grant = item.Grant(manifest, authority, flow.States.Asked.Clock.GetUtcNow());
                    await asked.RequestStream.WriteAsync(new AttachFrame { Commit = new AttachCommit { Manifest = ByteString.CopyFrom(manifest), Grant = ByteString.CopyFrom(grant) } });
                    await asked.RequestStream.CompleteAsync();
                    while (await asked.ResponseStream.MoveNext(default))
                    {
                        if (asked.ResponseStream.Current.Committed is { Item.Length: > 0 })
                            return true;
                    }
                }
                catch (Exception e) when (e is RpcException or InvalidOperationException)
                {
                    // The other one took over: again, from what is there by then, after a pause as people and programs make it.
                    await Task.Delay(pause);
                }
            }
        }

        Assert.All(await Task.WhenAll(Try(20), Try(1500)), Assert.True);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
    }

    [Fact]
    public async Task An_item_beyond_room_or_quota_is_refused_before_its_first_byte_and_goes_when_there_is_room()
    {
        await using var flow = await EvidenceFlow.Start(configuration => configuration["Evidence"] = new System.Text.Json.Nodes.JsonObject { ["PeerQuotaGiB"] = 1 });
        var begin = new AttachFrame { Begin = new AttachBegin { Item = Ids.New(), CaseId = flow.Sent.CaseId, SizeBytes = 1UL << 55 } };
        await Refused.By(() => Begin(flow, begin), "T602");
        Assert.DoesNotContain((await flow.States.Asked.Client(flow.Technician).ListItemsAsync(new ListItemsRequest())).Items, i => i.Item == begin.Begin.Item);

        var item = await flow.Attached(2000);
        var receiver = flow.States.Asking.Get<Database>();
        // What XB keeps here already, as far as the quota is concerned.
        await receiver.Write(Lane.Bulk, s => s.Run("INSERT INTO items (id, case_id, direction, state, size_bytes, created) VALUES ('full', $1, 'IN', 'COMPLETE', $2, '2026-01-01T00:00:00.000Z')", flow.Sent.CaseId, 1L << 30));
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        DeliveryView? waiting = null;
        for (var i = 0; i < 2400 && waiting is null; i++)
        {
            waiting = (await flow.States.Asked.Client(flow.States.AskedLawyer).ListDeliveriesAsync(new ListDeliveriesRequest())).Deliveries.FirstOrDefault(d => d.LastError.Contains("T741", StringComparison.Ordinal));
            await Task.Delay(50);
        }
        Assert.NotNull(waiting);
        await receiver.Write(Lane.Bulk, s => s.Run("DELETE FROM items WHERE id = 'full'"));
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
    }

    [Fact]
    public async Task A_grant_asked_for_by_a_clock_that_differs_is_refused_by_name()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(2000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        using var receiver = Protocol.Envelopes.Decryptor.Ephemeral("test", flow.States.Asking.Clock.GetUtcNow());
        using var signer = flow.States.Lawyer.Signing.Signer();
        foreach (var minutes in (int[])[-20, 20])
        {
            var then = flow.States.Asking.Clock.GetUtcNow().AddMinutes(minutes);
            var request = SignedDocument.Sign(new GrantRequest(item.Id, "trial", receiver.Certificate.Der.ToArray(), then).Write(), signer, flow.States.Asking.Clock.GetUtcNow());
            await Refused.By(async () => await flow.States.Asking.Client(flow.States.Lawyer).RequestGrantAsync(new RequestGrantRequest { SignedRequest = ByteString.CopyFrom(request) }), "V045");
        }
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
    }

    [Fact]
    public async Task Several_items_go_side_by_side_and_a_hand_over_that_failed_may_be_tried_again()
    {
        await using var flow = await EvidenceFlow.Start(configuration => configuration["Evidence"] = new System.Text.Json.Nodes.JsonObject { ["ParallelPerPeer"] = 2, ["PeerMiBPerSecond"] = 200 });
        var items = new List<TestItem>();
        foreach (var size in (int[])[5, 4, 3, 1])
            items.Add(await flow.Attached(size * Chunk.PlainBytes));
        foreach (var item in items)
        {
            await flow.Decide(flow.First, item, "PROPOSE");
            await flow.Decide(flow.Second, item, "APPROVE");
        }
        foreach (var item in items)
        {
            await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
            Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
        }
        var manifest = SignedDocument.Open((await flow.States.Asking.Client(flow.States.Lawyer).FetchManifestAsync(new FetchManifestRequest { Item = items[0].Id })).Manifest.ToByteArray()).Value;
        foreach (var (outcome, @event) in new[] { ("UNREADABLE", ReceiptEvent.ContentHandoverFailure), ("AGREED", ReceiptEvent.ContentHandover) })
        {
            var digests = outcome == "AGREED" ? new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["algorithm"] = "SHA256", ["value"] = items[0].Encrypted.Digests[0].Value }) : [];
            var handed = await Flow.TwoStates.Submit(flow.States.Asking, flow.States.Lawyer, "handOver", new System.Text.Json.Nodes.JsonObject
            {
                ["itemId"] = items[0].Id, ["manifestSha256"] = manifest.Sha256.ToString(), ["case"] = flow.Sent.CaseId, ["outcome"] = outcome, ["digests"] = digests,
            });
            Assert.Contains(handed.Receipts, r => Receipt.Read(SignedDocument.Open(r.ToByteArray()).Value.Content).Value.Event == @event);
        }
    }

    private static AttachFrame Upload(TestItem item, int index) => new() { Chunk = new EvidenceData { Index = (ulong)index, Data = ByteString.CopyFrom(item.Chunks[index]) } };

    private static async Task Begin(EvidenceFlow flow, AttachFrame begin)
    {
        using var call = flow.States.Asked.Client(flow.Technician).AttachEvidence();
        await call.RequestStream.WriteAsync(begin);
        await call.ResponseStream.MoveNext(default);
    }

    // One chunk on a stream of its own, which then ends: the code of the refusal, or nothing when it was acknowledged.
    private static async Task<string> Sent(Exchange.ExchangeClient client, TestItem item, string message, int index, byte[] chunk, int? stored = null)
    {
        using var call = client.SendEvidence();
        await call.RequestStream.WriteAsync(new EvidenceFrame { Begin = new BeginTransfer { Item = item.Id, Message = message, Grant = ByteString.CopyFrom("not opened here"u8) } });
        try
        {
            Assert.True(await call.ResponseStream.MoveNext(default));
            if (!call.ResponseStream.Current.LeavesComplete)
            {
                await call.RequestStream.WriteAsync(new EvidenceFrame { Leaves = ByteString.CopyFrom(item.LeafList) });
                Assert.True(await call.ResponseStream.MoveNext(default));
            }
            else
                Assert.Equal(stored ?? index, (int)(call.ResponseStream.Current.Stored.FirstOrDefault()?.To ?? 0));
            await call.RequestStream.WriteAsync(new EvidenceFrame { Chunk = new EvidenceChunk { Index = (ulong)index, Data = ByteString.CopyFrom(chunk) } });
            return await call.ResponseStream.MoveNext(default) ? "" : "ended";
        }
        catch (RpcException e)
        {
            return e.Status.Detail[..4];
        }
    }
}
