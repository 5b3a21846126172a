using System.Globalization;
using Gateway.EndToEnd.Tests.Processes;
using Gateway.V1;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Kills;

/// <summary>The command that begins another log dies: the card, the log and the record of it are there together, or none of them.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class RenewLogKillTests(ITestOutputHelper output)
{
    private const int MostFlushes = 60;
    private const int Killed = 137;

    [StraceFact]
    public async Task Killed_at_every_flush_the_next_log_is_begun_whole_or_not_at_all()
    {
        await using var pair = await GatewayPair.Start();
        var gateway = pair.Asking;
        await pair.SendPreserve();
        await pair.Settle();
        for (var n = 1; n <= MostFlushes; n++)
        {
            await gateway.Stop();
            var before = Kept(gateway);
            var (code, said) = gateway.RenewLog(n);
            var after = Kept(gateway);
            Assert.True(after == before || after == (before.Version + 1, before.Logs + 1, before.Recorded + 1), $"flush {n}: {before} became {after}\n{said}");
            // Whatever was kept, the gateway goes on with it, and its peer cosigns it.
            await gateway.Start();
            await Witnessed(pair, after.Logs);
            if (code == Killed)
                continue;
            Assert.True(code == 0, said);
            Assert.True(n > 1, "no kill fell into the command");
            output.WriteLine($"{n - 1} kills, {after.Logs} logs");
            await pair.SendPreserve();
            await pair.Settle();
            await pair.Agree();
            return;
        }
        Assert.Fail($"more than {MostFlushes} flushes");
    }

    // The own card in force, how many logs there are and how many of them were recorded as begun on purpose, read by another program from a copy of the ledger.
    private static (long Version, long Logs, long Recorded) Kept(GatewayProcess stopped)
    {
        var copy = Directory.CreateTempSubdirectory("gateway-renewed-").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(stopped.DataFolder, "gateway.db*"))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            const string Script = """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                print(*[db.execute(q).fetchone()[0] for q in ("SELECT max(version) FROM peer_cards WHERE state = 'XA'", "SELECT count(*) FROM log_epochs", "SELECT count(*) FROM audit_records WHERE act = 'log.renewed'")])
                """;
            var (code, printed, error) = Repository.Run("/usr/bin/env", "python3", "-c", Script, Path.Combine(copy, "gateway.db"));
            Assert.True(code == 0, error);
            var numbers = printed.Trim().Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToList();
            return (numbers[0], numbers[1], numbers[2]);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static async Task Witnessed(GatewayPair pair, long logs)
    {
        using var administrator = new Person(pair.Asking, "administrator");
        var seen = "";
        for (var i = 0; i < 1200; i++)
        {
            var log = await administrator.Client.ShowLogAsync(new ShowLogRequest());
            if (log.Epochs.Count == logs && log.Epochs is [.., var newest] && newest.WitnessedSize > 0 && newest.WitnessedSize == newest.Leaves)
                return;
            seen = log.ToString();
            await Task.Delay(100);
        }
        Assert.Fail($"not witnessed: {seen}\n{pair.Asking.Tail()}\n{pair.Asked.Tail()}");
    }
}
