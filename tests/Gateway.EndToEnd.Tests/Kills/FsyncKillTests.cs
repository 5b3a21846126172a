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
    private const int FewestFlushes = 3;
    private const int MostFlushes = 40;
    private const int MostStrays = 3;
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
        await KillAtEveryFlush(pair => pair.Asked, async pair =>
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
            Assert.Equal("1", Attached(pair.Asked, item.Item));
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(pair.Folder, "attach")));
            // Every chunk, decrypted, and every digest.
            var to = Path.Combine(pair.Folder, "received", item.Item);
            pair.Ctl(0, "evidence", "download", item.Item, "--to", to, "--purpose", "CRIMINAL_PROCEEDINGS: analysis of the item", "--context", Lawyer);
            Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(to, "*.img"))));
            Directory.Delete(to, recursive: true);
            File.Delete(file);
        });
    }

    // How often the log of a gateway says that an item was attached.
    private static string Attached(GatewayProcess gateway, string item)
    {
        const string Count = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM audit_records WHERE act = ? AND instr(CAST(body AS TEXT), ?) > 0', ('item.attached', sys.argv[2])).fetchone()[0])";
        var (code, said, error) = Repository.Run("/usr/bin/env", "python3", "-c", Count, Path.Combine(gateway.DataFolder, "gateway.db"), item);
        return code == 0 ? said.Trim() : error;
    }

    private Task KillAtEveryFlush(Func<GatewayPair, GatewayProcess> choose) => KillAtEveryFlush(choose, pair => Task.FromResult<Func<Task>>(async () => await pair.SendPreserve()));

    // From the second officer's release until the recipient has every chunk and the sender its receipt.
    private Task KillAtEveryFlushOfTransfer(Func<GatewayPair, GatewayProcess> choose)
    {
        string? caseId = null;
        return KillAtEveryFlush(choose, async pair =>
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

    /// <param name="choose">Who is killed.</param>
    /// <param name="prepare">What comes before each round, without kills; returns the round.</param>
    /// <param name="look">What else is looked at after each round.</param>
    private async Task KillAtEveryFlush(Func<GatewayPair, GatewayProcess> choose, Func<GatewayPair, Task<Func<Task>>> prepare, Func<GatewayPair, Task>? look = null)
    {
        await using var pair = await GatewayPair.Start(before: p => choose(p).UseOneThread());
        var victim = choose(pair);
        var strays = 0;
        for (var n = 1; n <= MostFlushes; n++)
        {
            IReadOnlyList<string> flushes;
            bool reached;
            var round = await prepare(pair);
            var strace = await Strace.Attach(victim, "-y", "-e", "trace=fsync,fdatasync", "-e", $"inject=fsync,fdatasync:signal=KILL:when={n}");
            try
            {
                var sent = round();
                // Ends either by the kill or once everything has arrived.
                reached = await Task.WhenAny(victim.Ended(), Settled(pair, sent)) != null && victim.HasEnded;
                if (reached)
                    await victim.Start();
                await sent;
            }
            finally
            {
                await strace.DisposeAsync();
                flushes = [.. strace.Lines.Where(l => l.Contains("sync(", StringComparison.Ordinal))];
            }
            await pair.Agree();
            if (look is not null)
                await look(pair);
            if (!reached)
            {
                output.WriteLine($"{n - 1} flushes, each with a kill\n{string.Join('\n', flushes)}\n{pair.Count()}");
                Assert.True(n > FewestFlushes, $"only {n - 1} flushes were seen");
                return;
            }
            // strace counts thread by thread. A busy machine makes the runtime add one, rarely: that round is not the one meant, and is gone through again.
            if (flushes.Count != n && ++strays <= MostStrays)
            {
                n--;
                continue;
            }
            Assert.True(flushes.Count == n, $"killed at flush {flushes.Count} instead of {n}: not all flushes are on one thread\n{string.Join('\n', flushes)}");
        }
        Assert.Fail($"one exchange has more than {MostFlushes} flushes");
    }

    private static async Task Settled(GatewayPair pair, Task sent)
    {
        await sent;
        await pair.Settle();
    }
}
