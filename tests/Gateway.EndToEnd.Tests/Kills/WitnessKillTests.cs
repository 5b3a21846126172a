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
    private const int MostCalls = 30;

    [StraceFact]
    public async Task Killed_between_the_flush_of_a_checkpoint_and_its_answer_a_witness_keeps_its_word_and_the_log_goes_on()
    {
        await using var pair = await GatewayPair.Start(before: p => p.Asked.UseOneThread());
        await pair.SendPreserve();
        await pair.Settle();
        await Witnessed(pair);
        var betweenFlushAndAnswer = 0;
        for (var n = 1; n <= MostCalls && betweenFlushAndAnswer < 2; n++)
        {
            bool killed;
            // XB is killed in place of the n-th thing that it sends; among them is its answer to add-checkpoint.
            var strace = await Strace.Attach(pair.Asked, "-e", "trace=fsync,fdatasync,sendmsg,sendto", "-e", $"inject=sendmsg,sendto:signal=KILL:when={n}");
            try
            {
                var sent = pair.SendPreserve();
                var witnessed = Task.Run(async () =>
                {
                    await sent;
                    await Witnessed(pair);
                });
                killed = await Task.WhenAny(pair.Asked.Ended(), witnessed) != null && pair.Asked.HasEnded;
                if (killed)
                    await pair.Asked.Start();
                await witnessed;
            }
            finally
            {
                await strace.DisposeAsync();
            }
            var lines = strace.Lines.Where(l => l.Contains("sync(", StringComparison.Ordinal) || l.Contains("send", StringComparison.Ordinal)).ToList();
            if (killed && lines.Count > 1 && lines[^1].Contains("send", StringComparison.Ordinal) && lines[^2].Contains("sync(", StringComparison.Ordinal))
                betweenFlushAndAnswer++;
            if (!killed)
                break;
        }
        output.WriteLine($"{betweenFlushAndAnswer} kills between a flush and what should have been sent after it");
        Assert.True(betweenFlushAndAnswer > 0, "no kill fell between a flush and an answer");
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
