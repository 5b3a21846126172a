using System.Security.Cryptography;
using Gateway.EndToEnd.Tests.Processes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.V1;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Kills;

/// <summary>SIGKILL in place of the first flush of one exchange, then of the second, and so on until there is none left.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class FsyncKillTests(ITestOutputHelper output)
{
    private const int ItemBytes = (3 * Chunk.PlainBytes) + 1;

    [StraceFact]
    public Task Killed_at_every_flush_of_submission_and_delivery_the_sender_loses_and_repeats_nothing() => KillAtEveryFlush(pair => pair.Asking);

    [StraceFact]
    public Task Killed_at_every_flush_of_reception_the_receiver_loses_and_repeats_nothing() => KillAtEveryFlush(pair => pair.Asked);

    [StraceFact]
    public Task Killed_at_every_flush_of_a_transfer_the_sender_loses_and_repeats_nothing() => KillAtEveryFlushOfTransfer(pair => pair.Asked);

    [StraceFact]
    public Task Killed_at_every_flush_of_a_transfer_the_receiver_loses_and_repeats_nothing() => KillAtEveryFlushOfTransfer(pair => pair.Asking);

    // From the first word of the laboratory's command line until it ends well; run again by the technician where it did not wait for the gateway itself.
    [StraceFact]
    public async Task Killed_at_every_flush_of_an_upload_the_laboratory_goes_on_and_the_item_is_there_once()
    {
        const string Lawyer = "xb-lawyer";
        string? caseId = null;
        var (file, known) = ("", new HashSet<string>(StringComparer.Ordinal));
        await new EveryFlush(output).Kill(pair => pair.Asked, async pair =>
        {
            if (caseId is null)
            {
                caseId = (await pair.SendPreserve()).CaseId;
                await pair.AddContext(pair.Asked, "lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA");
            }
            await pair.Settle();
            file = Path.Combine(pair.Folder, $"{Ids.New()}.img");
            await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(ItemBytes));
            var attach = await pair.AttachCommand(file, caseId);
            return () => pair.GoOn(attach);
        }, async pair =>
        {
            var item = Assert.Single((await pair.AskedLawyer.Client.ListItemsAsync(new ListItemsRequest { CaseId = caseId! })).Items, i => known.Add(i.Item));
            Assert.Equal(("ATTACHED", 4UL, 4UL), (item.State, item.Chunks, item.ChunksStored));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file))), item.Sha256);
            Assert.Equal("1", pair.Asked.Sql("SELECT count(*) FROM audit_records WHERE act = 'item.attached' AND instr(CAST(body AS TEXT), ?) > 0", item.Item));
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(pair.Folder, "attach")));
            // Every chunk, decrypted, and every digest.
            var to = Path.Combine(pair.Folder, "received", item.Item);
            pair.Ctl(0, "evidence", "download", item.Item, "--to", to, "--purpose", "CRIMINAL_PROCEEDINGS: analysis of the item", "--context", Lawyer);
            Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(to, "*.img"))));
            Directory.Delete(to, recursive: true);
            File.Delete(file);
        });
    }

    private Task KillAtEveryFlush(Func<GatewayPair, GatewayProcess> choose) => new EveryFlush(output).Kill(choose, pair => Task.FromResult<Func<Task>>(async () => await pair.SendPreserve()));

    // From the second officer's release until the recipient has every chunk and the sender its receipt.
    private Task KillAtEveryFlushOfTransfer(Func<GatewayPair, GatewayProcess> choose)
    {
        string? caseId = null;
        return new EveryFlush(output).Kill(choose, async pair =>
        {
            caseId ??= (await pair.SendPreserve()).CaseId;
            await pair.Settle();
            var item = await pair.AttachNew(caseId, ItemBytes);
            var release = await pair.PrepareRelease(item, caseId);
            return async () =>
            {
                await release();
                await pair.Received(item);
            };
        });
    }
}
