using Gateway.EndToEnd.Tests.Processes;
using Gateway.V1;
using Grpc.Core;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Disks;

/// <summary>No space, no writing, and errors in between: refused in words, nothing half done, and on it goes once the disk is well again.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class DiskTests(ITestOutputHelper output)
{
    [MountFact]
    public async Task A_full_disk_of_the_sender_refuses_submissions_until_there_is_space()
    {
        using var volume = Volume.Small();
        await using var pair = await GatewayPair.Start(askingData: volume.DataFolder);
        await Exchange(pair);
        volume.Fill();
        var waiting = Send(pair, 3);
        await Refused(pair, waiting, status => status is { StatusCode: StatusCode.ResourceExhausted } && status.Detail.Contains("T602", StringComparison.Ordinal));
        await Reads(pair.DutyOfficer);
        volume.Free();
        await Task.WhenAll(waiting);
        await Goes_on(pair, pair.Asking);
    }

    [MountFact]
    public async Task A_full_disk_of_the_receiver_lets_messages_wait_at_the_sender()
    {
        using var volume = Volume.Small();
        await using var pair = await GatewayPair.Start(askedData: volume.DataFolder);
        await Exchange(pair);
        volume.Fill();
        await Task.WhenAll(Send(pair, 3));
        await Postponed(pair, "T602");
        await Reads(pair.AskedLawyer);
        volume.Free();
        await Goes_on(pair, pair.Asked);
    }

    [BrokenVolumeFact]
    public async Task A_disk_that_turns_read_only_under_the_sender_refuses_submissions_and_loses_nothing()
    {
        using var volume = Volume.OnImage();
        await using var pair = await GatewayPair.Start(askingData: volume.DataFolder);
        await Exchange(pair);
        volume.BecomeReadOnly();
        var waiting = Send(pair, 2);
        await Refused(pair, waiting, status => status.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted, mayStop: true);
        if (!pair.Asking.HasEnded)
        {
            await Reads(pair.DutyOfficer);
            await pair.Asking.Stop();
        }
        volume.Repair();
        await pair.Asking.Start();
        await Task.WhenAll(waiting);
        await Goes_on(pair, pair.Asking);
    }

    [BrokenVolumeFact]
    public async Task A_disk_that_turns_read_only_under_the_receiver_lets_messages_wait_and_loses_nothing()
    {
        using var volume = Volume.OnImage();
        await using var pair = await GatewayPair.Start(askedData: volume.DataFolder);
        await Exchange(pair);
        volume.BecomeReadOnly();
        await Task.WhenAll(Send(pair, 2));
        await Postponed(pair, "");
        await pair.Asked.Stop();
        volume.Repair();
        await pair.Asked.Start();
        await Goes_on(pair, pair.Asked);
    }

    [StraceFact]
    public Task The_log_of_the_ledger_gets_no_space() => Injected("gateway.db-wal", "pwrite64:error=ENOSPC", StatusCode.ResourceExhausted);

    [StraceFact]
    public Task The_log_of_the_case_keys_gets_no_space() => Injected("keys/case-keys.db-wal", "pwrite64:error=ENOSPC", StatusCode.ResourceExhausted);

    [StraceFact]
    public async Task After_a_flush_of_the_ledger_that_failed_the_gateway_stops_and_starts_again()
    {
        await using var pair = await GatewayPair.Start();
        await Exchange(pair);
        var strace = await Strace.Attach(pair.Asking, "-P", Path.Combine(pair.Asking.DataFolder, "gateway.db-wal"), "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO");
        Task[] waiting;
        try
        {
            waiting = Send(pair, 1);
            Assert.Equal(3, await pair.Asking.Ended());
        }
        finally
        {
            await strace.DisposeAsync();
        }
        Assert.Contains("a flush to disk failed", pair.Asking.Log, StringComparison.Ordinal);
        await pair.Asking.Start();
        await Task.WhenAll(waiting);
        await Goes_on(pair, pair.Asking);
    }

    // The log is moved into the file after some 16 MiB; a flush that fails in it is heard as one of the log is.
    [StraceFact]
    public async Task After_a_flush_that_failed_while_the_log_is_moved_into_the_file_the_gateway_stops_and_starts_again()
    {
        await using var pair = await GatewayPair.Start();
        await Exchange(pair);
        var strace = await Strace.Attach(pair.Asking, "-P", Path.Combine(pair.Asking.DataFolder, "gateway.db"), "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO");
        Task[] waiting = [];
        try
        {
            var ended = pair.Asking.Ended();
            for (var i = 0; i < 100 && !ended.IsCompleted; i++)
            {
                waiting = [.. waiting.Where(t => !t.IsCompleted), .. Send(pair, 10)];
                await Task.WhenAny(ended, Task.WhenAll(waiting));
            }
            Assert.True(ended.IsCompleted, "the gateway goes on");
            Assert.Equal(3, await ended);
        }
        finally
        {
            await strace.DisposeAsync();
        }
        Assert.Contains("a flush to disk failed", pair.Asking.Log, StringComparison.Ordinal);
        await pair.Asking.Start();
        await Task.WhenAll(waiting);
        await Goes_on(pair, pair.Asking);
    }

    [StraceFact]
    public Task Every_second_write_of_the_ledger_gets_no_space() => Injected("gateway.db-wal", "pwrite64:error=ENOSPC:when=2+2", StatusCode.ResourceExhausted);

    private async Task Injected(string file, string fault, StatusCode expected)
    {
        await using var pair = await GatewayPair.Start();
        await Exchange(pair);
        var strace = await Strace.Attach(pair.Asking, "-P", Path.Combine(pair.Asking.DataFolder, file), "-e", $"trace={fault[..fault.IndexOf(':', StringComparison.Ordinal)]}", "-e", $"inject={fault}");
        Task[] waiting;
        try
        {
            waiting = Send(pair, 3);
            await Refused(pair, [], status => status.StatusCode == expected);
        }
        finally
        {
            await strace.DisposeAsync();
        }
        output.WriteLine(string.Join('\n', strace.Lines.Take(5)));
        await Task.WhenAll(waiting);
        await Goes_on(pair, pair.Asking);
    }

    private static async Task Exchange(GatewayPair pair)
    {
        await pair.SendPreserve();
        await pair.Settle();
        pair.Failures.Clear();
    }

    private static Task[] Send(GatewayPair pair, int times) => [.. Enumerable.Range(0, times).Select(_ => pair.SendPreserve())];

    /// <summary>Several attempts fail in the way expected, and none of <paramref name="waiting"/> succeeds.</summary>
    private async Task Refused(GatewayPair pair, Task[] waiting, Func<Status, bool> expected, bool mayStop = false)
    {
        const int attempts = 6;
        for (var i = 0; i < 600 && pair.Failures.Count(expected) < attempts; i++)
            await Task.Delay(100);
        output.WriteLine(string.Join('\n', pair.Failures.GroupBy(f => f.StatusCode).Select(g => $"{g.Count()} times {g.Key}: {g.First().Detail}")));
        // Where the disk fails between a write and its flush, what was written is not known: then the gateway stops, and whoever asks hears that nobody answers.
        Assert.True(!pair.Asking.HasEnded || (mayStop && pair.Asking.Log.Contains("a flush to disk failed", StringComparison.Ordinal)), pair.Asking.Tail());
        Assert.DoesNotContain(waiting, t => t.IsCompleted);
        Assert.True(pair.Failures.Count(expected) >= attempts, "not refused as expected");
    }

    /// <summary>The sender holds on to what the receiver cannot store, and says why.</summary>
    private async Task Postponed(GatewayPair pair, string why)
    {
        for (var i = 0; i < 600; i++, await Task.Delay(100))
        {
            var waiting = (await pair.DutyOfficer.Client.ListDeliveriesAsync(new ListDeliveriesRequest())).Deliveries;
            // Where the disk fails between a write and its flush, what was written is not known: then the gateway stops, and what is for it waits just so.
            Assert.True(!pair.Asked.HasEnded || pair.Asked.Log.Contains("a flush to disk failed", StringComparison.Ordinal), pair.Asked.Tail());
            if (waiting.Count > 0 && waiting.All(d => d.Attempts > 1))
            {
                output.WriteLine(waiting[0].LastError);
                Assert.All(waiting, d => Assert.Contains(why, d.LastError, StringComparison.Ordinal));
                Assert.All(waiting, d => Assert.Equal("WAITING", d.State));
                return;
            }
        }
        Assert.Fail($"nothing waits\n{pair.Asked.Tail()}");
    }

    private static async Task Reads(Person person)
        => Assert.NotEmpty((await person.Client.ListCasesAsync(new ListCasesRequest())).Cases);

    /// <summary>A new exchange works, the script finds nothing, and what the disk's owner holds survives an orderly restart.</summary>
    private async Task Goes_on(GatewayPair pair, GatewayProcess troubled)
    {
        await pair.SendPreserve();
        await pair.Agree();
        Assert.Equal(0, await troubled.Stop());
        await troubled.Start();
        await pair.SendPreserve();
        output.WriteLine(await pair.Agree());
    }
}
