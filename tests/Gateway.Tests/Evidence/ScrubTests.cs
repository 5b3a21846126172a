using System.Text.Json.Nodes;
using Gateway.Evidence;
using Gateway.Protocol.Evidence;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>Disks lose and change what was written: every case is found, named by item and chunk, and made good by who has the chunk still.</summary>
public sealed class ScrubTests
{
    private const int Size = (4 * Chunk.PlainBytes) + 77;

    [Theory]
    [InlineData("a byte flipped", "chunk 2 altered")]
    [InlineData("two chunks swapped", "chunk 1 to 2 altered")]
    [InlineData("cut within the last chunk", "chunk 4 missing or cut")]
    [InlineData("the file gone", "chunk 0 to 4 missing or cut")]
    [InlineData("the leaf list gone", "")]
    [InlineData("a leaf and its chunk changed", "the leaf list altered")]
    public async Task What_the_receivers_disk_lost_is_named_and_sent_again(string harm, string named)
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await Arrived(flow);
        var before = Files(flow.States.Asking, item);
        Harm(flow.States.Asking, item, harm);
        // Nobody is told until it was found and named.
        await flow.States.Asked.Stop();
        await Scrub(flow.States.Asking, item);
        var view = Assert.Single((await flow.States.Asking.Client(flow.States.Lawyer).ListItemsAsync(new ListItemsRequest { Item = item.Id })).Items);
        Assert.Equal(named, view.Damaged);
        Assert.Equal(named.Length > 0, flow.States.Asking.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EVIDENCE_DAMAGED && a.Text.Contains(named, StringComparison.Ordinal)));
        await flow.States.Asked.Start();
        await flow.States.Asking.Stop();
        await flow.States.Asking.Start();
        await Until(() => !flow.States.Asking.Get<Database>().Read(s => ItemDamage.Any(s, item.Id)));
        await Until(() => Files(flow.States.Asking, item).SequenceEqual(before));
        var (content, found, _, _) = await flow.Download(flow.States.Lawyer, item);
        Assert.True(found.Agrees);
        Assert.Equal(item.Content, content);
        Assert.DoesNotContain(flow.States.Asking.Get<Alarms>().All, a => a.Code == AlarmCode.EVIDENCE_DAMAGED);
    }

    [Fact]
    public async Task A_damaged_item_is_not_given_out_and_survives_a_restart_as_damaged()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await Arrived(flow);
        Harm(flow.States.Asking, item, "a byte flipped");
        await flow.States.Asked.Stop();
        await Scrub(flow.States.Asking, item);
        await Refused.By(() => flow.Download(flow.States.Lawyer, item), "T742");
        await flow.States.Asking.Stop();
        await flow.States.Asking.Start();
        await Until(() => flow.States.Asking.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EVIDENCE_DAMAGED && a.Subject == item.Id));
    }

    // A download that asked again and again would wait for ever: nobody else reads the item before its week is over.
    [Theory]
    [InlineData("cut within the last chunk", "chunk 4 missing or cut", 1)]
    [InlineData("the file gone", "chunk 0 to 4 missing or cut", 0)]
    public async Task What_the_disk_does_not_give_ends_a_download_and_is_named(string harm, string named, int recorded)
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await Arrived(flow);
        await flow.States.Asked.Stop();
        Harm(flow.States.Asking, item, harm);
        await Refused.By(() => flow.Download(flow.States.Lawyer, item), "T742");
        await Until(() => flow.States.Asking.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EVIDENCE_DAMAGED && a.Text.Contains(named, StringComparison.Ordinal)));
        // Recorded is what was given, not what was tried.
        Assert.Equal(recorded, flow.States.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'item.downloaded'")));
    }

    [Fact]
    public async Task A_leaf_list_that_the_disk_does_not_give_is_made_again()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await Arrived(flow);
        Harm(flow.States.Asking, item, "the leaf list gone");
        await Refused.By(Fetch, "T742");
        await Until(() => File.Exists(Path.Combine(Folder(flow.States.Asking, item), "leaves")));
        await Fetch();

        async Task Fetch()
        {
            using var call = flow.States.Asking.Client(flow.States.Lawyer).FetchLeaves(new DownloadEvidenceRequest { Item = item.Id });
            Assert.True(await call.ResponseStream.MoveNext(default));
            Assert.Equal(item.LeafList, call.ResponseStream.Current.Data.ToByteArray());
        }
    }

    [Fact]
    public async Task What_the_senders_disk_lost_is_found_when_it_is_sent_and_the_laboratory_brings_it_again()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(Size);
        Harm(flow.States.Asked, item, "a byte flipped");
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await Until(() => flow.States.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EVIDENCE_DAMAGED && a.Subject == item.Id));
        var manifest = (await flow.States.Asked.Client(flow.Technician).FetchManifestAsync(new FetchManifestRequest { Item = item.Id })).Manifest.ToByteArray();
        await Refused.By(() => flow.Attach(item, 0, 2, null), "T708");
        var acks = await flow.Attach(item, 2, 5, manifest);
        Assert.Equal(2UL, Assert.Single(acks[0].Stored).To);
        Assert.Equal("", acks[^1].Committed.Damaged);
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
    }

    [Fact]
    public async Task A_report_about_what_was_never_sent_or_by_another_State_opens_nothing()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await Arrived(flow);
        var client = flow.States.Asked.ExchangeClient(flow.States.Asking.Tls);
        var manifest = (await flow.States.Asked.Client(flow.Technician).FetchManifestAsync(new FetchManifestRequest { Item = item.Id })).Manifest.Span;
        var report = new ReportDamageRequest { Item = item.Id, ManifestSha256 = ByteString.CopyFrom(Protocol.Documents.Digest.Of(manifest).ToArray()), Damaged = { new ChunkRange { From = 0, To = 1 } } };
        await Refused.By(async () => await client.ReportDamageAsync(With(report, r => r.Item = Protocol.Documents.Ids.New())), "T703");
        await Refused.By(async () => await client.ReportDamageAsync(With(report, r => r.ManifestSha256 = ByteString.CopyFrom(new byte[32]))), "T703");
        await Refused.By(async () => await client.ReportDamageAsync(With(report, r => r.Damaged.Clear())), "T806");
        await Refused.By(async () => await client.ReportDamageAsync(With(report, r => r.Damaged[0].To = 99)), "T806");
        // The receiver of an item is told nothing by its sender.
        var own = flow.States.Asking.ExchangeClient(flow.States.Asked.Tls);
        await Refused.By(async () => await own.ReportDamageAsync(report), "T703");
        for (var i = 0; i < 4; i++)
        {
            await client.ReportDamageAsync(report);
            await Until(() => State(flow, item) == "DONE");
        }
        await Refused.By(async () => await client.ReportDamageAsync(report), "T601");
    }

    [Fact]
    public async Task A_round_goes_on_after_a_stop_where_it_was()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await Arrived(flow, (70 * Chunk.PlainBytes) + 3);
        Harm(flow.States.Asking, item, "a byte flipped");
        await flow.States.Asking.Get<Database>().Write(Lane.Bulk, s => s.Run("INSERT INTO item_scrubs (item, next, ended) VALUES ($1, 40, $2)", item.Id, flow.States.Asking.Clock.GetUtcNow()));
        // The damaged chunk was passed before the stop: this round goes on behind it, the next one finds it.
        await flow.States.Asking.Get<ScrubItems>().Run(item.Id, default);
        Assert.False(flow.States.Asking.Get<Database>().Read(s => ItemDamage.Any(s, item.Id)));
        await flow.States.Asked.Stop();
        await flow.States.Asking.Get<ScrubItems>().Run(item.Id, default);
        Assert.Equal([new ItemDamage(2, false)], flow.States.Asking.Get<Database>().Read(s => ItemDamage.Of(s, item.Id)));
    }

    // A terabyte is read for half a day.
    [Fact]
    public async Task The_alarm_for_the_first_damage_does_not_wait_for_the_end_of_the_item()
    {
        await using var flow = await EvidenceFlow.Start(configuration => configuration["Evidence"] = new JsonObject { ["ScrubMiBPerSecond"] = 1 });
        var (asked, item) = (flow.States.Asked, await flow.Attached((70 * Chunk.PlainBytes) + 3));
        Harm(asked, item, "a byte flipped");
        await asked.Get<ScrubItems>().Ask(item.Id);
        await Until(() => asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EVIDENCE_DAMAGED && a.Subject == item.Id));
        Assert.NotEqual(0, Round(asked, item).Next);
        Assert.StartsWith("1970", Round(asked, item).Ended, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_that_somebody_doubts_is_read_before_the_rest_of_the_one_that_is_being_read()
    {
        await using var flow = await EvidenceFlow.Start(configuration => configuration["Evidence"] = new JsonObject { ["ScrubMiBPerSecond"] = 1 });
        var (asked, large, small) = (flow.States.Asked, await flow.Attached((100 * Chunk.PlainBytes) + 3), await flow.Attached(500));
        await asked.Get<Database>().Write(Lane.Bulk, s => s.Run("UPDATE items SET created = '2020-01-01T00:00:00.000Z' WHERE id = $1", large.Id));
        await asked.Get<ScrubItems>().Ask(small.Id);
        await Until(() => Round(asked, large).Next == 32);
        Harm(asked, small, "cut within the last chunk");
        await asked.Get<ScrubItems>().Ask(small.Id);
        await Until(() => asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EVIDENCE_DAMAGED && a.Subject == small.Id));
        // Its first round is not over, and goes on where it was.
        Assert.InRange(Round(asked, large).Next, 32, 64);
        await Until(() => Round(asked, large).Next >= 64);
        Assert.StartsWith("2020", Round(asked, large).Ended, StringComparison.Ordinal);
    }

    private static (long Next, string Ended) Round(TestState state, TestItem item)
        => state.Get<Database>().Read(s => s.One("SELECT next, ended FROM item_scrubs WHERE item = $1", row => Tuple.Create(row.GetInt64(0), row.GetString(1)), item.Id)) is { } round ? (round.Item1, round.Item2) : (0, "");

    private static ReportDamageRequest With(ReportDamageRequest report, Action<ReportDamageRequest> change)
    {
        var changed = report.Clone();
        change(changed);
        return changed;
    }

    private static string State(EvidenceFlow flow, TestItem item)
        => flow.States.Asked.Get<Database>().Read(s => s.One("SELECT state FROM item_transfers WHERE item = $1", row => row.GetString(0), item.Id))!;

    private static async Task<TestItem> Arrived(EvidenceFlow flow, int size = Size)
    {
        var item = await flow.Attached(size);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        return item;
    }

    // Asked for, not run here: as the loop does it.
    internal static async Task Scrub(TestState state, TestItem item)
    {
        await state.Get<ScrubItems>().Ask(item.Id);
        await Until(() => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM item_scrubs WHERE item = $1 AND next = 0 AND ended > '2000'", item.Id)) == 1);
        state.Get<ScrubItems>().ShowAlarms();
    }

    private static string Folder(TestState state, TestItem item) => Path.Combine(state.DataFolder, "items", item.Id[..2], item.Id);

    private static byte[] Files(TestState state, TestItem item)
        => [.. new[] { "000000.chunks", "leaves" }.Select(name => Path.Combine(Folder(state, item), name)).SelectMany(path => File.Exists(path) ? File.ReadAllBytes(path) : [])];

    internal static void Harm(TestState state, TestItem item, string harm)
    {
        var (chunks, leaves) = (Path.Combine(Folder(state, item), "000000.chunks"), Path.Combine(Folder(state, item), "leaves"));
        switch (harm)
        {
            case "a byte flipped":
                Flip(chunks, (2L * Chunk.StoredBytes) + 500_000);
                break;
            case "two chunks swapped":
                var bytes = File.ReadAllBytes(chunks);
                byte[] swapped = [.. bytes[..Chunk.StoredBytes], .. bytes[(2 * Chunk.StoredBytes)..(3 * Chunk.StoredBytes)], .. bytes[Chunk.StoredBytes..(2 * Chunk.StoredBytes)], .. bytes[(3 * Chunk.StoredBytes)..]];
                File.WriteAllBytes(chunks, swapped);
                break;
            case "cut within the last chunk":
                using (var file = new FileStream(chunks, FileMode.Open))
                    file.SetLength(file.Length - 10);
                break;
            case "the file gone":
                File.Delete(chunks);
                break;
            case "the leaf list gone":
                File.Delete(leaves);
                break;
            default:
                Flip(chunks, (2L * Chunk.StoredBytes) + 500_000);
                Flip(leaves, 70);
                break;
        }
    }

    private static void Flip(string path, long at)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = at;
        var one = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(one ^ 0x10));
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 2400; i++)
        {
            if (condition())
                return;
            await Task.Delay(50);
        }
        throw new Xunit.Sdk.XunitException("it did not come to that");
    }
}
