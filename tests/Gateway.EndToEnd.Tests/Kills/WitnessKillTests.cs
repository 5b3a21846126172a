using System.Globalization;
using Gateway.EndToEnd.Tests.Processes;
using Gateway.V1;
using Grpc.Core;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Kills;

/// <summary>A witness that dies around its answer: what it persisted it keeps to, what it did not was never said.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class WitnessKillTests(ITestOutputHelper output)
{
    private const int MostCalls = 48;

    // More than XB sends for one request and its witnessing; a number beyond what it sent kills nothing, and the next round begins at the first again.
    private const int MostSent = 16;

    [StraceFact]
    public async Task Killed_between_the_flush_of_a_checkpoint_and_its_answer_a_witness_keeps_its_word_and_the_log_goes_on()
    {
        await using var pair = await GatewayPair.Start(before: p => p.Asked.UseOneThread());
        await pair.SendPreserve();
        await pair.Settle();
        await Witnessed(pair);
        var betweenFlushAndAnswer = 0;
        for (var call = 0; call < MostCalls && betweenFlushAndAnswer < 2; call++)
        {
            // XB is killed in place of one of the things that it sends, another one each time; among them is its answer to add-checkpoint.
            var strace = await Strace.Attach(pair.Asked, "-e", "trace=sendmsg,sendto", "-e", $"inject=sendmsg,sendto:signal=KILL:when={(call % MostSent) + 1}");
            try
            {
                var sent = pair.SendPreserve();
                var witnessed = Task.Run(async () =>
                {
                    await sent;
                    await Witnessed(pair);
                });
                await Task.WhenAny(pair.Asked.Ended(), witnessed);
                if (pair.Asked.HasEnded)
                {
                    var kept = SizeKept(pair.Asked);
                    if (kept > await SizeTold(pair.Asking))
                        betweenFlushAndAnswer++;
                    await pair.Asked.Start();
                }
                await witnessed;
            }
            finally
            {
                await strace.DisposeAsync();
                // A kill that fell after all was witnessed.
                if (pair.Asked.HasEnded)
                    await pair.Asked.Start();
            }
        }
        output.WriteLine($"{betweenFlushAndAnswer} kills between a checkpoint that XB kept and its answer");
        Assert.True(betweenFlushAndAnswer > 0, "no kill fell between a kept checkpoint and its answer");
        await pair.Agree();
        // Nobody has two stories: neither holds a proof against the other, and both logs are witnessed to their ends.
        foreach (var gateway in new[] { pair.Asking, pair.Asked })
        {
            using var administrator = new Person(gateway, "administrator");
            var view = await administrator.Client.ShowWitnessAsync(new ShowWitnessRequest());
            Assert.Empty(view.Conflicts);
            Assert.Equal("WITNESSED", view.Standing);
        }
    }

    // What the dead witness remembers of XA's log, read by another program from a copy of its ledger.
    private static long SizeKept(GatewayProcess dead)
    {
        var copy = Directory.CreateTempSubdirectory("gateway-kept-").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(dead.DataFolder, "gateway.db*"))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            var (code, printed, error) = Repository.Run("/usr/bin/env", "python3", "-c", "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(\"SELECT coalesce(max(size), 0) FROM witnessed_logs WHERE state = 'XA'\").fetchone()[0])", Path.Combine(copy, "gateway.db"));
            Assert.True(code == 0, error);
            return long.Parse(printed, CultureInfo.InvariantCulture);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    // XB is dead: no answer of its can arrive any more.
    private static async Task<long> SizeTold(GatewayProcess asking)
    {
        using var administrator = new Person(asking, "administrator");
        return (long)(await administrator.Client.ShowLogAsync(new ShowLogRequest())).Epochs[^1].WitnessedSize;
    }

    // All that XA recorded is under a checkpoint that XB cosigned, however often XB is away meanwhile.
    private static async Task Witnessed(GatewayPair pair)
    {
        using var administrator = new Person(pair.Asking, "administrator");
        var seen = "";
        for (var i = 0; i < 1200; i++)
        {
            try
            {
                var log = await administrator.Client.ShowLogAsync(new ShowLogRequest());
                if (log.Epochs is [.., var newest] && newest.WitnessedSize > 0 && newest.WitnessedSize == log.Leaves - (ulong)log.Epochs.SkipLast(1).Sum(e => (long)e.Leaves))
                    return;
                seen = log.ToString();
            }
            catch (RpcException e)
            {
                seen = e.Status.ToString();
            }
            await Task.Delay(100);
        }
        Assert.Fail($"not witnessed: {seen}\n{pair.Asking.Tail()}\n{pair.Asked.Tail()}");
    }
}
