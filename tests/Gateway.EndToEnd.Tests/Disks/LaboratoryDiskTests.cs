using System.Security.Cryptography;
using Gateway.EndToEnd.Tests.Processes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.V1;
using Xunit;

namespace Gateway.EndToEnd.Tests.Disks;

/// <summary>The disk onto which, from which or over which a technician or an officer works is full in the middle of an item: the command says what to do, nothing half bears a final name, and with room the same command finishes.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class LaboratoryDiskTests
{
    private const int Chunks = 40;
    private const int Megabytes = 96;
    private const string WhatToDo = "Make room on it, then run the same command again";

    [MountFact]
    public async Task A_disk_that_is_full_while_an_item_is_packed_onto_it()
    {
        using var volume = Volume.Small(Megabytes);
        await using var pair = await GatewayPair.Start();
        var sent = await pair.SendPreserve();
        await pair.Settle();
        var (source, content) = Source(pair);
        var (technician, pack) = await Parcel.Pack(pair, sent, source, volume.DataFolder);
        string Found(string name) => Directory.Exists(volume.DataFolder) ? Directory.GetFiles(volume.DataFolder, name, SearchOption.AllDirectories).SingleOrDefault() ?? "" : "";
        // Slowly, so that the disk is full before the item is packed.
        using (var running = RunningCommand.Start(pair.Contexts, [.. pack, "--limit", "4M"]))
        {
            await pair.Holds(() => running.HasEnded || (Found("leaves") is { Length: > 0 } leaves && new FileInfo(leaves).Length >= 2 * Digest.Length), "nothing is packed");
            Assert.False(running.HasEnded, running.Told);
            volume.Fill();
            Assert.Equal(3, await running.Ended());
            AssertTold(running.Told);
        }
        Assert.Equal("", Found("manifest.cms"));
        // As long as there is no room it is said before the first byte.
        Assert.Contains("has room for", pair.Ctl(3, pack), StringComparison.Ordinal);
        volume.Free();
        pair.Ctl(0, pack);
        pair.Ctl(0, ["evidence", "attach", Path.GetDirectoryName(Found("manifest.cms"))!, .. technician]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), (await Attached(pair, sent.CaseId)).Sha256);
    }

    [MountFact]
    public async Task A_disk_of_the_journal_that_is_full_before_an_item_is_begun_and_before_it_is_committed()
    {
        using var volume = Volume.Small();
        await using var pair = await GatewayPair.Start();
        using var counting = new CountingProxy(pair.Asked.OperatorPort);
        pair.Contexts = Path.Combine(Directory.CreateDirectory(volume.DataFolder).FullName, "contexts.json");
        var sent = await pair.SendPreserve();
        await pair.Settle();
        var (source, content) = Source(pair);
        var attach = await pair.AttachCommand(source, sent.CaseId, counting.Port);

        volume.Fill();
        AssertTold(pair.Ctl(3, attach));
        Assert.Empty((await pair.AskedLawyer.Client.ListItemsAsync(new ListItemsRequest { CaseId = sent.CaseId })).Items);
        Assert.Equal([pair.Contexts], Directory.GetFiles(volume.DataFolder, "*", SearchOption.AllDirectories));
        volume.Free();
        counting.Expect(Chunks * (long)Chunk.StoredBytes / 2, () =>
        {
            volume.Fill();
            return Task.CompletedTask;
        });
        AssertTold(pair.Ctl(3, attach));
        Assert.Equal("ATTACHING", (await pair.AskedLawyer.Client.ListItemsAsync(new ListItemsRequest { CaseId = sent.CaseId })).Items.Single().State);
        volume.Free();
        pair.Ctl(0, attach);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), (await Attached(pair, sent.CaseId)).Sha256);
        Assert.Empty(Directory.GetFiles(Path.Combine(volume.DataFolder, "attach")));
    }

    [MountFact]
    public async Task A_disk_of_the_own_gateway_that_is_full_at_nine_tenths_of_an_item_is_waited_for_and_named()
    {
        using var volume = Volume.Small(Megabytes);
        await using var pair = await GatewayPair.Start(askedData: volume.DataFolder);
        using var counting = new CountingProxy(pair.Asked.OperatorPort);
        var sent = await pair.SendPreserve();
        await pair.Settle();
        var (source, content) = Source(pair);
        var attach = await pair.AttachCommand(source, sent.CaseId, counting.Port);
        counting.Expect(Chunks * (long)Chunk.StoredBytes * 9 / 10, () =>
        {
            volume.Fill();
            return Task.CompletedTask;
        });
        using var running = RunningCommand.Start(pair.Contexts, attach);
        await running.Says("interrupted: refused T602");
        Assert.Contains("no space left", running.Told, StringComparison.Ordinal);
        volume.Free();
        Assert.True(await running.Ended() == 0, running.Told);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), (await Attached(pair, sent.CaseId)).Sha256);
    }

    [MountFact]
    public async Task A_disk_that_is_full_while_an_item_is_downloaded_onto_it()
    {
        using var volume = Volume.Small(Megabytes);
        await using var pair = await GatewayPair.Start();
        using var counting = new CountingProxy(pair.Asking.OperatorPort, back: true);
        await pair.AddContext(pair.Asking, "lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA", counting.Port);
        var sent = await pair.SendPreserve();
        await pair.Settle();
        var (source, content) = Source(pair);
        await pair.Attach(source, sent.CaseId);
        var item = await Attached(pair, sent.CaseId);
        await pair.Release(item, sent.CaseId);
        await pair.Received(item);
        await pair.Settle();
        string[] download = ["evidence", "download", item.Item, "--to", volume.DataFolder, "--purpose", "CRIMINAL_PROCEEDINGS: analysis of the item", "--context", "xa-lawyer"];
        counting.Expect(Chunks * (long)Chunk.StoredBytes / 2, () =>
        {
            volume.Fill();
            return Task.CompletedTask;
        });
        AssertTold(pair.Ctl(3, download));
        Assert.All(Directory.GetFiles(volume.DataFolder), file => Assert.Matches(@"^\..*\.partial(\.leaves)?$", Path.GetFileName(file)));
        Assert.Equal("COMPLETE", (await pair.Stands(item)).State);
        volume.Free();
        pair.Ctl(0, download);
        Assert.Equal(content, await File.ReadAllBytesAsync(Assert.Single(Directory.GetFileSystemEntries(volume.DataFolder))));
        Assert.Equal("HANDED_OVER", (await pair.Stands(item)).State);
        Assert.Single((await pair.DutyOfficer.Client.ListReceiptsAsync(new ListReceiptsRequest { CaseId = sent.CaseId })).Receipts, r => r.Event == "ContentHandover");
    }

    private static void AssertTold(string told)
    {
        Assert.Contains("the disk is full: ", told, StringComparison.Ordinal);
        Assert.Contains(WhatToDo, told, StringComparison.Ordinal);
    }

    private static async Task<ItemView> Attached(GatewayPair pair, string caseId)
    {
        var item = Assert.Single((await pair.AskedLawyer.Client.ListItemsAsync(new ListItemsRequest { CaseId = caseId })).Items);
        Assert.Equal(("ATTACHED", (ulong)Chunks), (item.State, item.ChunksStored));
        return item;
    }

    private static (string Source, byte[] Content) Source(GatewayPair pair)
    {
        var (source, content) = (Path.Combine(pair.Folder, "disk.img"), RandomNumberGenerator.GetBytes(Chunks * Chunk.PlainBytes));
        File.WriteAllBytes(source, content);
        return (source, content);
    }
}
