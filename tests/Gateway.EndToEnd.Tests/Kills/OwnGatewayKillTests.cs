using Gateway.EndToEnd.Tests.Processes;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Kills;

/// <summary>The own gateway is killed while an officer fetches an item from it, or reads the disk of a carrier into it: the command says what happened and goes on, or the same one is run again.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class OwnGatewayKillTests(ITestOutputHelper output)
{
    private const int Chunks = 64;
    private const int FewBytes = (3 * Chunk.PlainBytes) + 1;
    private const int MostSentAgain = 2;
    private const string Lawyer = "xa-lawyer";
    // TLS records and HTTP/2 frames; handshakes and the list of leaves.
    private const double Framing = 1.003;
    private const int Talk = 200_000;

    [Fact]
    public async Task Killed_at_nine_tenths_of_a_download_the_command_says_so_and_goes_on_by_itself()
    {
        await using var pair = await GatewayPair.Start();
        using var counting = new CountingProxy(pair.Asking.OperatorPort, back: true);
        await pair.AddContext(pair.Asking, "lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA", counting.Port);
        var (item, content) = await Arrived(pair, (await pair.SendPreserve()).CaseId, Chunks * Chunk.PlainBytes);
        await pair.Settle();
        var to = Path.Combine(pair.Folder, "received");
        KilledAtNineTenths(counting, pair.Asking);
        var told = await pair.GoOn(Download(item, to));
        await counting.Happened.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Contains("interrupted: ", told, StringComparison.Ordinal);
        Assert.Contains("; going on in ", told, StringComparison.Ordinal);
        Counted(counting);
        await HandedOverOnce(pair, item, content, to);
        Assert.Single(await Events(pair, item), e => e.Event == CustodyKind.ACCESSED);
    }

    [Fact]
    public async Task Killed_at_nine_tenths_of_an_import_the_command_says_so_and_sends_two_chunks_again_at_most()
    {
        await using var pair = await GatewayPair.Start();
        using var counting = new CountingProxy(pair.Asking.OperatorPort);
        await pair.AddContext(pair.Asking, "lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA", counting.Port);
        var parcel = await Parcel.Send(pair, await pair.SendPreserve(), Chunks * Chunk.PlainBytes);
        KilledAtNineTenths(counting, pair.Asking);
        var told = await pair.GoOn([.. parcel.Import, "--context", Lawyer]);
        await counting.Happened.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Contains("interrupted: ", told, StringComparison.Ordinal);
        Counted(counting);
        await ImportedOnce(pair, parcel);
    }

    [StraceFact]
    public async Task Killed_at_every_flush_of_a_download_the_item_is_handed_over_once_and_no_half_file_bears_its_name()
    {
        string? caseId = null;
        var (item, content, to) = (new ItemView(), Array.Empty<byte>(), "");
        await new EveryFlush(output).Kill(pair => pair.Asking, async pair =>
        {
            caseId ??= await Case(pair);
            (item, content) = await Arrived(pair, caseId, FewBytes);
            to = Path.Combine(pair.Folder, "received", item.Item);
            await pair.Settle();
            return () => pair.GoOn(Download(item, to));
        }, async pair =>
        {
            await HandedOverOnce(pair, item, content, to);
            Directory.Delete(to, recursive: true);
        });
    }

    [StraceFact]
    public async Task Killed_at_every_flush_of_an_import_the_item_is_complete_and_every_receipt_and_event_is_there_once()
    {
        SubmitReply? sent = null;
        Parcel? parcel = null;
        await new EveryFlush(output).Kill(pair => pair.Asking, async pair =>
        {
            if (sent is null)
            {
                sent = await pair.SendPreserve();
                await pair.AddContext(pair.Asking, "lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
            }
            parcel = await Parcel.Send(pair, sent, FewBytes);
            await pair.Settle();
            return () => pair.GoOn([.. parcel.Import, "--context", Lawyer]);
        }, pair => ImportedOnce(pair, parcel!));
    }

    private static string[] Download(ItemView item, string to) => ["evidence", "download", item.Item, "--to", to, "--purpose", "CRIMINAL_PROCEEDINGS: analysis of the item", "--context", Lawyer];

    private static async Task<string> Case(GatewayPair pair)
    {
        await pair.AddContext(pair.Asking, "lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        return (await pair.SendPreserve()).CaseId;
    }

    private static async Task<(ItemView Item, byte[] Content)> Arrived(GatewayPair pair, string caseId, int bytes)
    {
        await pair.Settle();
        var item = await pair.AttachNew(caseId, bytes);
        await pair.Release(item, caseId);
        await pair.Received(item);
        var source = Directory.GetFiles(pair.Folder, "*.img").Single();
        var content = await File.ReadAllBytesAsync(source);
        File.Delete(source);
        return (item, content);
    }

    private static void KilledAtNineTenths(CountingProxy counting, GatewayProcess gateway) => counting.Expect(Chunks * (long)Chunk.StoredBytes * 9 / 10, async () =>
    {
        await gateway.Kill();
        await gateway.Start();
    });

    private void Counted(CountingProxy counting)
    {
        const double once = Chunks * (double)Chunk.StoredBytes;
        var again = (counting.Counted - once) / Chunk.StoredBytes;
        output.WriteLine($"{counting.Counted} bytes crossed the socket for {once} of chunks: {again:0.00} chunks more");
        Assert.True(counting.Counted > once, "the item did not cross the socket that was counted");
        Assert.True(counting.Counted <= ((once + (MostSentAgain * (double)Chunk.StoredBytes)) * Framing) + Talk, $"{again:0.00} chunks crossed the line again");
    }

    // The file is whole, alone in its folder, and its hand-over was certified and recorded once.
    private static async Task HandedOverOnce(GatewayPair pair, ItemView item, byte[] content, string to)
    {
        Assert.Equal(content, await File.ReadAllBytesAsync(Assert.Single(Directory.GetFileSystemEntries(to))));
        await pair.Settle();
        Assert.Single(await Receipts(pair, item), r => r == "ContentHandover");
        Assert.Single(await Events(pair, item), e => e.Event == CustodyKind.VERIFIED);
        Assert.Equal("HANDED_OVER", (await pair.Stands(item)).State);
    }

    private static async Task ImportedOnce(GatewayPair pair, Parcel parcel)
    {
        var view = await pair.Stands(parcel.Item);
        Assert.Equal(("COMPLETE", parcel.Item.Chunks), (view.State, view.ChunksStored));
        await pair.Settle();
        Assert.Equal(["ContentConsignment", "ReceivedFromNonERDS"], (await Receipts(pair, parcel.Item)).Order(StringComparer.Ordinal));
        Assert.Single(await Events(pair, parcel.Item), e => e.Event == CustodyKind.DELIVERED_PHYSICAL);
        var to = Path.Combine(pair.Folder, "received", parcel.Item.Item);
        pair.Ctl(0, Download(parcel.Item, to));
        Assert.Equal(parcel.Content, await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(to))));
        Directory.Delete(to, recursive: true);
    }

    // What XA certified of the item.
    private static async Task<IReadOnlyList<string>> Receipts(GatewayPair pair, ItemView item)
        => [.. (await pair.DutyOfficer.Client.ListReceiptsAsync(new ListReceiptsRequest { CaseId = item.CaseId })).Receipts.Where(r => r.IssuerState == "XA" && r.Item == item.Item).Select(r => r.Event)];

    private static async Task<IReadOnlyList<CustodyEvent>> Events(GatewayPair pair, ItemView item)
        => [.. (await pair.DutyOfficer.Client.FetchCustodyAsync(new FetchCustodyRequest { Item = item.Item })).Events
            .Select(der => CustodyEvent.Read(SignedDocument.Open(der.Memory).Value.Content).Value).Where(e => e.State == "XA")];
}
