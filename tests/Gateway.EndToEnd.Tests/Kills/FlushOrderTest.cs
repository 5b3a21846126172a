using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.EndToEnd.Tests.Processes;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Kills;

/// <summary>What the kernel sees of one exchange: what was written to the database is flushed before a byte of the reply goes out.</summary>
[Collection(GatewayPair.OneAtATime)]
public sealed partial class FlushOrderTest(ITestOutputHelper output)
{
    // Smaller writes are HTTP/2's own frames; a reply holds receipts, each more than a kilobyte.
    private const int SmallestReply = 800;

    [StraceFact]
    public async Task The_receiver_flushes_before_it_answers_the_delivery()
    {
        await using var pair = await GatewayPair.Start();
        await FlushesBeforeReply(pair, pair.Asked, pair.Asked.ExchangePort);
    }

    [StraceFact]
    public async Task The_sender_flushes_before_it_answers_the_submission()
    {
        await using var pair = await GatewayPair.Start();
        await FlushesBeforeReply(pair, pair.Asking, pair.Asking.OperatorPort);
    }

    private async Task FlushesBeforeReply(GatewayPair pair, GatewayProcess traced, int port)
    {
        // The first exchange makes the connection; the second is looked at.
        await pair.SendPreserve();
        await pair.Settle();
        // A background write while the composition is answered looks like an answer before its flush: that is a coincidence once, and the order of things twice.
        if (await Early(pair, traced, port) is not { } early)
            return;
        output.WriteLine(early);
        Assert.Null(await Early(pair, traced, port));
    }

    private async Task<string?> Early(GatewayPair pair, GatewayProcess traced, int port)
    {
        var strace = await Strace.Attach(traced, "-yy", "-s", "0", "-e", "trace=fsync,fdatasync,pwrite64,sendmsg,sendto,write,writev");
        try
        {
            await pair.SendPreserve();
            await pair.Settle();
        }
        finally
        {
            await strace.DisposeAsync();
        }

        // The submission is answered after the composition, which writes nothing: what counts is the first reply after a write.
        var lines = strace.Lines;
        var written = -1;
        var flushed = -1;
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Contains("pwrite64(", StringComparison.Ordinal) && lines[i].Contains("/gateway.db-wal>", StringComparison.Ordinal))
                written = i;
            else if (written >= 0 && FlushOfLedger(lines, i))
                flushed = i;
            else if (written >= 0 && IsReply(lines[i], port))
            {
                output.WriteLine(string.Join('\n', lines.Take(i + 1).Skip(Math.Max(0, written - 8))));
                return flushed > written ? null : $"line {i + 1} answers, line {written + 1} wrote to the log of the database, and no flush ended between them";
            }
        }
        return $"no reply after a write was seen\n{string.Join('\n', lines)}";
    }

    /// <summary>The end of a successful flush: its line, or the line on which it is resumed.</summary>
    private static bool FlushOfLedger(IReadOnlyList<string> lines, int i)
    {
        if (!Flush().IsMatch(lines[i]))
            return false;
        if (!lines[i].Contains("resumed>", StringComparison.Ordinal))
            return lines[i].Contains("/gateway.db-wal>", StringComparison.Ordinal);
        var thread = lines[i].Split(' ', 2)[0];
        return lines.Take(i).Last(l => l.StartsWith(thread + " ", StringComparison.Ordinal)).Contains("/gateway.db-wal>", StringComparison.Ordinal);
    }

    private static bool IsReply(string line, int port)
        => Send().Match(line) is { Success: true } send && send.Groups["port"].Value == port.ToString(CultureInfo.InvariantCulture)
            && LengthOf(line) >= SmallestReply;

    // sendto(fd, ""..., LENGTH, …) or {iov_len=LENGTH}: what was asked to be sent, known when the call begins.
    private static int LengthOf(string line) => Length().Matches(line).Select(m => int.Parse(m.Groups["n"].Value, CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();

    [GeneratedRegex(@"(fsync|fdatasync)(\(| resumed>).*\) += 0$")]
    private static partial Regex Flush();

    [GeneratedRegex(@"(sendmsg|sendto|write|writev)\(\d+<TCPv?6?:\[[^\]]*?:(?<port>\d+)->")]
    private static partial Regex Send();

    [GeneratedRegex(@"(iov_len=|""\.*, )(?<n>\d+)")]
    private static partial Regex Length();
}
