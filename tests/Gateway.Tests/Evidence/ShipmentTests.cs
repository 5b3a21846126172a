using System.Text.Json.Nodes;
using Gateway.Evidence;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>An item that is too big for the line: digests and key by wire, chunks by courier, the same receipts.</summary>
public sealed class ShipmentTests
{
    internal static FoundOnArrival Found => s_found;

    private static readonly FoundOnArrival s_found = new() { SealNumber = "B-004711", SealIntact = true, SignedBy = "A. Porter" };

    [Fact]
    public async Task A_disk_with_another_item_manifest_list_or_chunk_is_refused_and_the_right_one_goes_on_where_it_ended()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((11 * Chunk.PlainBytes) + 500);
        var manifest = await Fetched(flow, item);
        Assert.Equal(["V043"], await Problems(flow, flow.Technician, item));
        await Shipped(flow, item);

        await Refused.By(async () => await Import(flow, await Other(), manifest), "T743");
        // Who opens the parcel says what was on it, before a byte is read.
        await Refused.By(() => Import(flow, item, manifest, silent: true), "T806");
        await Refused.By(() => Import(flow, item, manifest, found: new FoundOnArrival { SealNumber = " ", SignedBy = "A. Porter" }), "T806");
        await Refused.By(() => Import(flow, item, manifest, found: new FoundOnArrival { SealNumber = "B-1", SignedBy = "A.\nPorter" }), "T806");
        Assert.Empty(await Events(flow.States.Asking, flow.States.Lawyer, item));
        await Refused.By(() => Import(flow, item, flow.SignedManifest(item, m => m with { Description = "another" })), "T743");
        await Refused.By(() => Import(flow, item, manifest, person: flow.Auditor), "T802");
        // The leaf list came ahead by wire: no other one is taken.
        await Refused.By(() => Import(flow, item, manifest, frames: [new AttachFrame { Leaves = ByteString.CopyFrom(item.LeafList) }]), "T806");
        await Refused.By(() => Import(flow, item, manifest, frames: [Frame(0, item.Chunks[1])]), "T702");
        await Refused.By(() => Import(flow, item, manifest, frames: [Frame(0, item.Chunks[0]), Frame(2, item.Chunks[2])]), "T806");
        await Refused.By(() => Import(flow, item, manifest, frames: [Frame(1, item.Chunks[1]), Frame(2, item.Chunks[2][..^1])]), "T702");
        var acks = await Import(flow, item, manifest, from: 2);
        Assert.Equal(2UL, Assert.Single(acks[0].Stored).To);
        Assert.Equal("COMPLETE", acks[^1].Committed.State);
        // Imported once more: it is there.
        Assert.Equal("COMPLETE", Assert.Single(await Import(flow, item, manifest, from: 11)).Committed.State);

        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        var (content, found, _, _) = await flow.Download(flow.States.Lawyer, item);
        Assert.True(found.Agrees);
        Assert.Equal(item.Content, content);
        // The arrival is in the custody once, however often the reading began.
        var opened = Assert.Single(await Events(flow.States.Asking, flow.States.Lawyer, item), e => e.Event == CustodyKind.DELIVERED_PHYSICAL);
        Assert.Equal(("B-004711", "A. Porter", "the physical seal was whole", "Courier Ltd"), (opened.Text("bagNumber"), opened.Text("signedBy"), opened.Text("condition"), opened.Text("carrier")));
        // The sender's chain says that the key went, and that a carrier brought it; not that it went by wire.
        Assert.Equal(["RELEASED", "SHIPPED", "ENCRYPTED_FOR", "DELIVERED_PHYSICAL"], (await Events(flow.States.Asked, flow.First, item)).Select(e => e.Event.ToString()));
        var arrived = (await Events(flow.States.Asked, flow.First, item))[^1];
        Assert.Equal(("B-004711", "Courier Ltd", CustodyEvent.Gateway), (arrived.Text("bagNumber"), arrived.Text("carrier"), arrived.RecordedBy.Name));
        var chains = await flow.States.Settled(flow.Sent.CaseId, 10);
        Assert.Single(chains["XB"], r => r.Event == ReceiptEvent.RelayToNonERDS && r.Subject.Item == item.Id);
        Assert.Equal([ReceiptEvent.ReceivedFromNonERDS, ReceiptEvent.ContentConsignment], chains["XA"].Where(r => r.Subject.Item == item.Id).Select(r => r.Event));
    }

    [Fact]
    public async Task Who_receives_it_sees_carrier_and_seal_and_what_was_consigned_is_not_shipped()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(5000);
        await Shipped(flow, item);
        ItemView view = null!;
        await Until(async () => (view = Assert.Single((await flow.States.Asking.Client(flow.States.Lawyer).ListItemsAsync(new ListItemsRequest { Item = item.Id })).Items)).Shipment.Length > 0);
        Assert.Contains("Courier Ltd", view.Shipment, StringComparison.Ordinal);
        Assert.Contains("B-004711", view.Shipment, StringComparison.Ordinal);
        Assert.Equal("RECEIVING", view.State);
        // The key is there, whether the disk arrives or not.
        Assert.Contains(await Events(flow.States.Asked, flow.First, item), e => e.Event == CustodyKind.ENCRYPTED_FOR && e.Text("to") == "XA-CP");
        // Another seal, and broken: told, and recorded for the court.
        var acks = await Import(flow, item, await Fetched(flow, item), found: new FoundOnArrival { SealNumber = "B-9", SealIntact = false, SignedBy = "A. Porter" });
        Assert.Contains("B-004711", acks[0].Notice, StringComparison.Ordinal);
        var opened = Assert.Single(await Events(flow.States.Asking, flow.States.Lawyer, item), e => e.Event == CustodyKind.DELIVERED_PHYSICAL);
        Assert.Equal(("B-9", "THE PHYSICAL SEAL WAS BROKEN; the number announced was B-004711"), (opened.Text("bagNumber"), opened.Text("condition")));
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        Assert.Equal(["V043"], await Problems(flow, flow.First, item));
    }

    [Fact]
    public async Task A_transfer_under_way_ends_when_its_item_is_said_to_go_by_a_carrier()
    {
        // A slow line: the whole item would take a minute.
        await using var flow = await EvidenceFlow.Start(configuration => configuration["Evidence"] = new JsonObject { ["PeerMiBPerSecond"] = 1 });
        var item = await flow.Attached((60 * Chunk.PlainBytes) + 1);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        // Under way: an attempt that began before the notice sends chunks until it looks for one.
        await Until(async () => (await Problems(flow, flow.Technician, item)).Count == 0 && (await Events(flow.States.Asked, flow.First, item)).Exists(e => e.Event == CustodyKind.ENCRYPTED_FOR));
        await TwoStates.Submit(flow.States.Asked, flow.Technician, "shipment", await Fields(flow, item));
        var sender = flow.States.Asked.Get<Storage.Database>();
        await Eventually.Holds(() => sender.Read(s => s.Number("SELECT count(*) FROM item_transfers WHERE item = $1 AND state = 'WAITING' AND last_error LIKE '%carrier%'", item.Id)) == 1);
        var byWire = Assert.Single((await flow.States.Asking.Client(flow.States.Lawyer).ListItemsAsync(new ListItemsRequest { Item = item.Id })).Items);
        Assert.Equal("RECEIVING", byWire.State);
        Assert.InRange(byWire.ChunksStored, 0UL, 59UL);
        // The disk brings the rest.
        var acks = await Import(flow, item, await Fetched(flow, item), from: -1);
        Assert.Equal("COMPLETE", acks[^1].Committed.State);
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        // A part went by this wire; each of both ways is said once, with what it brought.
        var chain = await Events(flow.States.Asked, flow.First, item);
        Assert.Equal(["RELEASED", "ENCRYPTED_FOR", "SHIPPED", "SENT", "DELIVERED_PHYSICAL"], chain.Select(e => e.Event.ToString()));
        Assert.InRange(chain[3].Fields.GetProperty("chunks").GetUInt64(), 1UL, acks[0].Stored[0].To);
        Assert.Equal(61, chain[3].Fields.GetProperty("chunksInAll").GetInt32());
    }

    [Fact]
    public async Task An_attempt_by_wire_does_not_end_the_reading_of_the_disk()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((3 * Chunk.PlainBytes) + 1);
        await Shipped(flow, item);
        var manifest = SignedDocument.Open(await Fetched(flow, item)).Value.Sha256;
        using var import = flow.States.Asking.Client(flow.States.Lawyer).ImportEvidence();
        await import.RequestStream.WriteAsync(new AttachFrame { Begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId, ManifestSha256 = ByteString.CopyFrom(manifest.ToArray()), Arrival = s_found } });
        Assert.True(await import.ResponseStream.MoveNext(default));
        var announced = Assert.Single((await flow.States.Asked.Client(flow.First).ListMessagesAsync(new ListMessagesRequest { CaseId = flow.Sent.CaseId, Limit = 50 })).Messages, m => m is { About: "EVIDENCE", Kind: "MANIFEST" });
        await Refused.By(async () =>
        {
            using var wire = flow.States.Asking.ExchangeClient(flow.States.Asked.Tls).SendEvidence();
            await wire.RequestStream.WriteAsync(new EvidenceFrame { Begin = new BeginTransfer { Item = item.Id, Message = announced.Message, Grant = ByteString.CopyFrom("not opened here"u8) } });
            while (await wire.ResponseStream.MoveNext(default))
            {
            }
        }, "T704");
        for (var i = 0; i < item.Chunks.Count; i++)
            await import.RequestStream.WriteAsync(Frame(i, item.Chunks[i]));
        AttachAck? last = null;
        while (await import.ResponseStream.MoveNext(default))
            last = import.ResponseStream.Current;
        Assert.Equal("COMPLETE", last?.Committed?.State);
    }

    [Fact]
    public async Task What_a_killed_import_had_read_whole_is_certified_as_brought_by_the_carrier_also_when_the_wire_asks_first()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((2 * Chunk.PlainBytes) + 500);
        await Shipped(flow, item);
        await Refused.By(async () => await Import(flow, item, await Fetched(flow, item), frames: [Frame(0, item.Chunks[0]), Frame(1, item.Chunks[1])]), "T708");
        // Killed behind its last chunk: that is written, and nothing is certified.
        using (var files = flow.States.Asking.Get<ChunkStore>().Of(item.Id))
        {
            files.Write(2, item.Chunks[2]);
            files.Flush();
        }
        await flow.States.Asked.Get<Storage.Database>().Write(Storage.Lane.Bulk, s => s.RunOne("UPDATE item_transfers SET next_attempt = '2000-01-01T00:00:00.000Z' WHERE item = $1", item.Id));
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        Assert.Equal(["ReceivedFromNonERDS", "ContentConsignment"],
            flow.States.Asking.Get<Storage.Database>().Read(s => s.Query("SELECT event FROM receipts WHERE item = $1 AND issuer = 'XA' ORDER BY seq", r => r.GetString(0), item.Id)));
        Assert.Equal(["RELEASED", "SHIPPED", "ENCRYPTED_FOR", "DELIVERED_PHYSICAL"], (await Events(flow.States.Asked, flow.First, item)).Select(e => e.Event.ToString()));
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
    }

    internal static async Task<List<CustodyEvent>> Events(TestState state, TestPerson person, TestItem item)
        => [.. (await state.Client(person).FetchCustodyAsync(new FetchCustodyRequest { Item = item.Id })).Events
            .Select(der => CustodyEvent.Read(SignedDocument.Open(der.ToByteArray()).Value.Content).Value).Where(e => e.State == state.State)];

    private static async Task<TestItem> Other() => await TestItem.Make(100);

    internal static async Task<byte[]> Fetched(EvidenceFlow flow, TestItem item)
        => (await flow.States.Asked.Client(flow.Technician).FetchManifestAsync(new FetchManifestRequest { Item = item.Id })).Manifest.ToByteArray();

    // Released while nothing goes by wire, so that the test knows what came by disk.
    internal static async Task Shipped(EvidenceFlow flow, TestItem item, string? expected = null)
    {
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        await Until(async () => (await Problems(flow, flow.Technician, item)).Count == 0);
        var fields = await Fields(flow, item);
        if (expected is not null)
            fields["expected"] = expected;
        await TwoStates.Submit(flow.States.Asked, flow.Technician, "shipment", fields);
        await TransferTests.LetGo(flow);
        // Key and leaf list go ahead.
        var client = flow.States.Asking.ExchangeClient(flow.States.Asked.Tls);
        await Until(async () => (await client.TransferProgressAsync(new TransferProgressRequest { Item = item.Id })).LeavesComplete);
    }

    private static async Task Until(Func<Task<bool>> reached)
    {
        for (var i = 0; i < 2400; i++)
        {
            if (await reached())
                return;
            await Task.Delay(50);
        }
        Assert.Fail("not within two minutes");
    }

    internal static async Task<JsonObject> Fields(EvidenceFlow flow, TestItem item) => new()
    {
        ["itemId"] = item.Id,
        ["manifestSha256"] = Digest.Of(await Fetched(flow, item)).ToString(),
        ["case"] = flow.Sent.CaseId,
        ["carrier"] = "Courier Ltd",
        ["sealNumber"] = "B-004711",
        ["media"] = "SSD, Example X1, serial 12345",
    };

    private static async Task<IReadOnlyList<string>> Problems(EvidenceFlow flow, TestPerson person, TestItem item)
        => [.. (await flow.States.Asked.Client(person).ComposeAsync(new ComposeRequest { Type = "shipment", FieldsJson = (await Fields(flow, item)).ToJsonString() })).Problems.Select(p => p.Code)];

    private static AttachFrame Frame(long index, byte[] data) => new() { Chunk = new EvidenceData { Index = (ulong)index, Data = ByteString.CopyFrom(data) } };

    internal static async Task<List<AttachAck>> Import(EvidenceFlow flow, TestItem item, byte[] manifest, int from = 0, TestPerson? person = null, AttachFrame[]? frames = null, FoundOnArrival? found = null, bool silent = false)
    {
        using var call = flow.States.Asking.Client(person ?? flow.States.Lawyer).ImportEvidence();
        var begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId, ManifestSha256 = ByteString.CopyFrom(SignedDocument.Open(manifest).Value.Sha256.ToArray()), Arrival = silent ? null : found ?? s_found };
        await call.RequestStream.WriteAsync(new AttachFrame { Begin = begin });
        var acks = new List<AttachAck>();
        if (await call.ResponseStream.MoveNext(default))
        {
            acks.Add(call.ResponseStream.Current);
            // -1: behind what is there.
            if (acks[0].Notice.Length > 0 && await call.ResponseStream.MoveNext(default))
                acks.Add(call.ResponseStream.Current);
            var first = from >= 0 ? from : (int)(acks[^1].Stored.FirstOrDefault()?.To ?? 0);
            foreach (var frame in frames ?? [.. item.Chunks.Skip(first).Select((c, i) => Frame(first + i, c))])
            {
                try
                {
                    await call.RequestStream.WriteAsync(frame);
                }
                catch (Exception e) when (e is RpcException or InvalidOperationException)
                {
                    // Refused before the last frame was sent: the answer says why.
                    break;
                }
            }
            if (acks[^1].Committed is null)
                await call.RequestStream.CompleteAsync();
        }
        while (await call.ResponseStream.MoveNext(default))
            acks.Add(call.ResponseStream.Current);
        return acks;
    }
}
