using Gateway.Evidence;
using Gateway.Peers;
using Gateway.Integrity;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>What nobody goes on with gives its space back; what moves does not.</summary>
public sealed class ExpireItemsTests
{
    [Fact]
    public async Task An_upload_that_nobody_goes_on_with_is_forgotten_and_a_younger_one_is_not()
    {
        await using var flow = await EvidenceFlow.Start();
        var state = flow.States.Asked;
        var (old, attached) = (await TestItem.Make((1 << 20) + 5), await flow.Attached(40));
        await Refused.By(() => flow.Attach(old, 0, 1, manifest: null), "T708");
        var expire = state.Get<ExpireItems>();
        await expire.Run(default);
        Assert.Equal("ATTACHING", (await View(flow, old))?.State);

        // The rows are old now; the chunks are young: it still moves.
        state.Clock.Pass(TimeSpan.FromDays(20));
        await state.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE items SET created = '2020-01-01T00:00:00.000Z'"));
        await expire.Run(default);
        Assert.NotNull(await View(flow, old));

        state.Clock.Pass(TimeSpan.FromDays(11));
        await LookTwice(state);
        Assert.Null(await View(flow, old));
        Assert.False(state.Get<ChunkStore>().Exists(old.Id));
        Assert.Equal("ATTACHED", (await View(flow, attached))?.State);
        Assert.True(state.Get<ChunkStore>().Exists(attached.Id));
        Assert.Equal(1, state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'item.expired' AND case_id = $1", flow.Sent.CaseId)));
        var report = CheckLedger.Run(state.DataFolder, chunks: true);
        Assert.True(report.Good, string.Join('\n', report.Findings));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_removed_keeps_no_other_from_being_cleared_and_is_recorded_once()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asking, store) = (flow.States.Asking, flow.States.Asking.Get<ChunkStore>());
        string[] items = [Ids.New(), Ids.New()];
        foreach (var id in items)
        {
            await asking.Get<Database>().Write(Lane.Bulk, s => s.RunOne("INSERT INTO items (id, case_id, direction, state, size_bytes, created) VALUES ($1, $2, 'IN', 'GIVEN_UP', 100, '2026-01-01T00:00:00.000Z')", id, flow.Sent.CaseId));
            using (var files = store.Of(id))
                files.Write(0, new byte[100]);
            Age(asking, id, TimeSpan.FromMinutes(61));
        }
        // Deeper than a path can be long: nothing removes it by its full name, not even root.
        var stuck = Path.Combine(asking.DataFolder, "items", items[0][..2], items[0]);
        var (upper, lower) = (Deep(stuck), Path.Combine(asking.DataFolder, "lower"));
        Deep(lower);
        var moved = Path.Combine(upper, "lower");
        Directory.Move(lower, moved);
        try
        {
            for (var look = 0; look < 3; look++)
                await asking.Get<ExpireItems>().Run(default);
            Assert.True(store.Exists(items[0]));
            Assert.False(store.Exists(items[1]));
            Assert.Equal([1L, 1L], items.Select(id => asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM events WHERE kind = 'item.expired' AND subject = $1", id))));
            Assert.Equal(2, asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'item.expired' AND case_id = $1", flow.Sent.CaseId)));
        }
        finally
        {
            Directory.Move(moved, lower);
        }
        await asking.Get<ExpireItems>().Run(default);
        Assert.False(store.Exists(items[0]));
    }

    // A disk is read, its sender gives the item up and the line breaks: who connects again goes on where he was.
    [Theory]
    [InlineData(59, true)]
    [InlineData(61, false)]
    public async Task What_was_given_up_is_cleared_when_nothing_of_it_was_written_for_an_hour(int minutes, bool kept)
    {
        await using var flow = await EvidenceFlow.Start();
        var (asking, store, id) = (flow.States.Asking, flow.States.Asking.Get<ChunkStore>(), Ids.New());
        await asking.Get<Database>().Write(Lane.Bulk, s => s.RunOne("INSERT INTO items (id, case_id, direction, state, size_bytes, created) VALUES ($1, $2, 'IN', 'GIVEN_UP', 100, '2026-01-01T00:00:00.000Z')", id, flow.Sent.CaseId));
        using (var files = store.Of(id))
            files.Write(0, new byte[100]);
        // A date alone that somebody sets clears nothing.
        var clock = new TestClock();
        var expire = Expiry(asking, clock);
        clock.Offset = TimeSpan.FromDays(40);
        await expire.Run(default);
        Assert.True(store.Exists(id));
        clock.Offset = TimeSpan.Zero;
        clock.Pass(TimeSpan.FromMinutes(minutes));
        await expire.Run(default);
        Assert.Equal(kept, store.Exists(id));
    }

    // The clock of a virtual machine, or a reference that lies: weeks of a slow line are not cleared for it.
    [Fact]
    public async Task A_date_that_jumps_ahead_and_back_clears_nothing()
    {
        await using var flow = await EvidenceFlow.Start();
        var state = flow.States.Asked;
        var item = await TestItem.Make((1 << 20) + 5);
        await Refused.By(() => flow.Attach(item, 0, 1, manifest: null), "T708");
        await state.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE items SET created = $1", state.Clock.GetUtcNow().AddDays(-5)));
        var clock = new TestClock();
        var expire = Expiry(state, clock);
        clock.Offset = TimeSpan.FromDays(40);
        for (var look = 0; look < 3; look++)
        {
            await expire.Run(default);
            clock.Pass(TimeSpan.FromHours(2));
        }
        Assert.NotNull(await View(flow, item));

        // After a restart the date is all there is: it has an hour to become right.
        expire = Expiry(state, clock);
        await expire.Run(default);
        clock.Pass(TimeSpan.FromMinutes(30));
        await expire.Run(default);
        Assert.NotNull(await View(flow, item));
        clock.Offset -= TimeSpan.FromDays(40);
        await expire.Run(default);
        clock.Pass(TimeSpan.FromHours(2));
        await expire.Run(default);
        Assert.NotNull(await View(flow, item));
        Assert.True(state.Get<ChunkStore>().Exists(item.Id));

        // Who has been seen as abandoned for more than an hour is.
        clock.Offset += TimeSpan.FromDays(40);
        expire = Expiry(state, clock);
        await expire.Run(default);
        clock.Pass(TimeSpan.FromHours(2));
        await expire.Run(default);
        Assert.Null(await View(flow, item));
    }

    private static ExpireItems Expiry(TestState state, TestClock clock)
        => new(state.Get<Database>(), state.Get<ChunkStore>(), state.Get<ItemLeases>(), new EvidenceOptions(), state.Get<Gateway.Runtime.Drain>(), clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<ExpireItems>.Instance);

    // Seen once, nothing is taken yet.
    private static async Task LookTwice(TestState state)
    {
        var before = Abandoned();
        await state.Get<ExpireItems>().Run(default);
        Assert.Equal(before, Abandoned());
        state.Clock.Pass(TimeSpan.FromMinutes(61));
        await state.Get<ExpireItems>().Run(default);

        long Abandoned() => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM items WHERE state IN ('ATTACHING', 'RECEIVING')"));
    }

    /// <summary>As if the last of it had been written so long ago.</summary>
    internal static void Age(TestState state, string item, TimeSpan age)
    {
        foreach (var file in Directory.GetFiles(Path.Combine(state.DataFolder, "items", item[..2], item)))
            File.SetLastWriteTimeUtc(file, state.Clock.GetUtcNow().UtcDateTime - age);
    }

    private static string Deep(string folder)
    {
        for (var path = folder; ; path = Path.Combine(path, new string('d', 200)))
        {
            Directory.CreateDirectory(path);
            if (path.Length > 2500)
                return path;
        }
    }

    // A State would else free its room by giving up what it has just brought.
    [Theory]
    [InlineData("COMPLETE", 0, true)]
    [InlineData("RECEIVING", 0, true)]
    [InlineData("GIVEN_UP", 0, false)]
    [InlineData("GIVEN_UP", 512, false)]
    [InlineData("GIVEN_UP", 1024, true)]
    public async Task What_was_given_up_counts_by_what_is_still_here(string itemState, long chunks, bool full)
    {
        await using var flow = await EvidenceFlow.Start();
        var asking = flow.States.Asking;
        await asking.Get<Database>().Write(Lane.Bulk, s =>
        {
            s.RunOne("INSERT INTO items (id, case_id, direction, state, size_bytes, created) VALUES ('full', $1, 'IN', $2, $3, '2026-01-01T00:00:00.000Z')", flow.Sent.CaseId, itemState, 1L << 30);
            ItemRow.Record(s, "full", chunks);
        });
        var room = new Room(asking.Get<ChunkStore>(), asking.Get<PeerDirectory>(), new EvidenceOptions { PeerQuotaGiB = 1 }, asking.Clock);
        var (another, itself) = asking.Get<Database>().Read(s => (room.OverQuota(s, Ids.New(), 1L << 29, "XB")?.Code.Text(), room.OverQuota(s, "full", 1L << 30, "XB")?.Code.Text()));
        Assert.Equal(full ? "T741" : null, another);
        // What is here of an item takes no room from itself.
        Assert.Null(itself);
    }

    // Two days at 10 Mbit/s, and a colleague begins another disk: the room of the first is not given away under it.
    [Theory]
    [InlineData(0.5, false, true)]
    [InlineData(47, false, false)]
    [InlineData(47, true, true)]
    public async Task An_upload_keeps_the_room_for_the_rest_of_it_as_long_as_it_goes_on(double hoursAgo, bool goesOn, bool full)
    {
        await using var flow = await EvidenceFlow.Start();
        var asked = flow.States.Asked;
        var id = Ids.New();
        var now = asked.Clock.GetUtcNow();
        await asked.Get<Database>().Write(Lane.Bulk, s => s.RunOne("INSERT INTO items (id, case_id, direction, state, uploader, size_bytes, created) VALUES ($1, $2, 'OUT', 'ATTACHING', 'technician', $3, $4)",
            id, flow.Sent.CaseId, 1L << 50, now.AddHours(-hoursAgo)));
        using (var files = asked.Get<ChunkStore>().Of(id))
            files.Write(0, new byte[100]);
        if (!goesOn)
            Assert.All(Directory.GetFiles(Path.Combine(asked.DataFolder, "items", id[..2], id)), file => File.SetLastWriteTimeUtc(file, now.UtcDateTime.AddHours(-hoursAgo)));
        Assert.Equal(full ? "T602" : null, asked.Get<Database>().Read(s => asked.Get<Room>().ForUpload(s, 1000)?.Code.Text()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_announced_item_that_never_comes_is_given_up_and_is_received_again_unless_its_case_has_ended(bool ended)
    {
        await using var flow = await EvidenceFlow.Start();
        var (asking, database) = (flow.States.Asking, flow.States.Asking.Get<Database>());
        var item = await flow.Attached(5000);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(asking, flow.States.Lawyer, item, "RECEIVING");
        if (ended)
        {
            await flow.Executed();
            await Refused.By(() => TwoStates.Act(asking, flow.States.DutyOfficer, flow.Sent.CaseId, "COMPLETED"), "T708");
        }
        await database.Write(Lane.Ordinary, s => s.Run("UPDATE items SET created = '2020-01-01T00:00:00.000Z'"));
        await LookTwice(asking);
        await flow.Reaches(asking, flow.States.Lawyer, item, "GIVEN_UP");
        await Refused.By(() => flow.Download(flow.States.Lawyer, item), "T708");
        // It takes nothing of what that State may keep here.
        Assert.Null(database.Read(s => new Room(asking.Get<ChunkStore>(), asking.Get<PeerDirectory>(), new EvidenceOptions { PeerQuotaGiB = 1 }, asking.Clock).OverQuota(s, Ids.New(), 1L << 30, "XB")));
        if (ended)
        {
            await TwoStates.Act(asking, flow.States.DutyOfficer, flow.Sent.CaseId, "COMPLETED");
            await Eventually.Holds(() => database.Read(s => s.Number("SELECT count(*) FROM receipts WHERE event = 'GatewayCaseClosed'")) == 2);
        }
        await TransferTests.LetGo(flow);
        if (ended)
        {
            await Eventually.Holds(() => flow.States.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM item_transfers WHERE last_error LIKE 'V043%'")) == 1);
            await flow.Reaches(asking, flow.States.Lawyer, item, "GIVEN_UP");
        }
        else
        {
            await flow.Reaches(asking, flow.States.Lawyer, item, "COMPLETE");
            Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
        }
        var report = CheckLedger.Run(asking.DataFolder, chunks: true);
        Assert.True(report.Good, string.Join('\n', report.Findings));
    }

    [Theory]
    [InlineData("T741")]
    [InlineData("V043")]
    public async Task What_was_given_up_while_its_last_chunk_came_is_refused_by_name_when_there_is_no_room_for_it_or_its_case_has_ended(string code)
    {
        await using var flow = await EvidenceFlow.Start(configuration => configuration["Evidence"] = new System.Text.Json.Nodes.JsonObject { ["PeerQuotaGiB"] = 1 });
        var (asking, database) = (flow.States.Asking, flow.States.Asking.Get<Database>());
        var item = await flow.Attached(Protocol.Evidence.Chunk.PlainBytes + 50);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        var message = (await flow.Decide(flow.Second, item, "APPROVE")).Message;
        await flow.Reaches(asking, flow.States.Lawyer, item, "RECEIVING");
        using (var call = asking.ExchangeClient(flow.States.Asked.Tls).SendEvidence())
        {
            await Sends(new EvidenceFrame { Begin = new BeginTransfer { Item = item.Id, Message = message, Grant = Google.Protobuf.ByteString.CopyFromUtf8("opened by nobody here") } });
            await Sends(new EvidenceFrame { Leaves = Google.Protobuf.ByteString.CopyFrom(item.LeafList) });
            await Sends(Chunk(0));
            await database.Write(Lane.Bulk, s =>
            {
                s.RunOne("UPDATE items SET state = 'GIVEN_UP' WHERE id = $1", item.Id);
                if (code == "T741")
                    s.Run("INSERT INTO items (id, case_id, direction, state, size_bytes, created) VALUES ('full', $1, 'IN', 'COMPLETE', $2, '2026-01-01T00:00:00.000Z')", flow.Sent.CaseId, 1L << 30);
                else
                    s.Run("UPDATE cases SET state = 'COMPLETED' WHERE id = $1", flow.Sent.CaseId);
            });
            await Refused.By(() => Sends(Chunk(1)), code);

            async Task Sends(EvidenceFrame frame)
            {
                await call.RequestStream.WriteAsync(frame);
                Assert.True(await call.ResponseStream.MoveNext(default));
            }
        }
        Assert.Equal("GIVEN_UP", database.Read(s => ItemRow.Find(s, item.Id))!.State.ToString());
        Assert.Equal(0, database.Read(s => s.Number("SELECT count(*) FROM receipts WHERE event = 'ContentConsignment' AND item = $1", item.Id)));
        if (code != "T741")
            return;
        await database.Write(Lane.Bulk, s => s.Run("DELETE FROM items WHERE id = 'full'"));
        await TransferTests.LetGo(flow);
        await flow.Reaches(asking, flow.States.Lawyer, item, "COMPLETE");

        EvidenceFrame Chunk(int index) => new() { Chunk = new EvidenceChunk { Index = (ulong)index, Data = Google.Protobuf.ByteString.CopyFrom(item.Chunks[index]) } };
    }

    private static async Task<ItemView?> View(EvidenceFlow flow, TestItem item)
        => (await flow.States.Asked.Client(flow.Technician).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId })).Items.FirstOrDefault(v => v.Item == item.Id);
}
