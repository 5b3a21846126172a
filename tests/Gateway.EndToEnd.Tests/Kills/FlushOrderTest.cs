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
    // Smaller ones are HTTP/2's own frames; a request and a reply hold signed documents, each more than a kilobyte.
    private const int SmallestMessage = 800;

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
        // The first exchange makes the connection; the second is looked at, and composed before: what is answered on this port meanwhile is what came to be stored.
        await pair.SendPreserve();
        await pair.Settle();
        var submit = await pair.PreparePreserve();
        var strace = await Strace.Attach(traced, "-yy", "-s", "0", "-e", "trace=fsync,fdatasync,pwrite64,sendmsg,sendto,write,writev,recvmsg,recvfrom,read");
        try
        {
            await submit();
            await pair.Settle();
        }
        finally
        {
            await strace.DisposeAsync();
        }

        // Other work of the gateway may write at any time, also between this flush and this reply. But what was received is written after it came, flushed after it was written, and answered after that.
        var lines = strace.Lines;
        var (received, written, flushed) = (-1, -1, -1);
        for (var i = 0; i < lines.Count; i++)
        {
            if (received < 0)
                received = IsRequest(lines, i, port) ? i : -1;
            else if (written < 0)
                written = lines[i].Contains("pwrite64(", StringComparison.Ordinal) && lines[i].Contains("/gateway.db-wal>", StringComparison.Ordinal) ? i : -1;
            else if (flushed < 0 && FlushOfLedger(lines, i))
                flushed = i;
            else if (IsReply(lines[i], port))
            {
                output.WriteLine(string.Join('\n', lines.Take(i + 1).Skip(Math.Max(0, received - 1))));
                Assert.True(flushed > written, $"line {i + 1} answers, line {written + 1} wrote to the log of the database, and no flush ended between them");
                return;
            }
        }
        Assert.Fail($"no reply after a write was seen\n{string.Join('\n', lines)}");
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
            && LengthOf(line) >= SmallestMessage;

    /// <summary>The end of a call that received: it says how many bytes came; where it is resumed, its beginning says from where.</summary>
    private static bool IsRequest(IReadOnlyList<string> lines, int i, int port)
    {
        if (Received().Match(lines[i]) is not { Success: true } received || int.Parse(received.Groups["n"].Value, CultureInfo.InvariantCulture) < SmallestMessage)
            return false;
        var thread = lines[i].Split(' ', 2)[0];
        var begun = lines[i].Contains("resumed>", StringComparison.Ordinal) ? lines.Take(i).LastOrDefault(l => l.StartsWith(thread + " ", StringComparison.Ordinal)) ?? "" : lines[i];
        return Receive().Match(begun) is { Success: true } receive && receive.Groups["port"].Value == port.ToString(CultureInfo.InvariantCulture);
    }

    // sendto(fd, ""..., LENGTH, …) or {iov_len=LENGTH}: what was asked to be sent, known when the call begins.
    private static int LengthOf(string line) => Length().Matches(line).Select(m => int.Parse(m.Groups["n"].Value, CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();

    [GeneratedRegex(@"(fsync|fdatasync)(\(| resumed>).*\) += 0$")]
    private static partial Regex Flush();

    [GeneratedRegex(@"(sendmsg|sendto|write|writev)\(\d+<TCPv?6?:\[[^\]]*?:(?<port>\d+)->")]
    private static partial Regex Send();

    [GeneratedRegex(@"(recvmsg|recvfrom|read)(\(| resumed>).* = (?<n>\d+)$")]
    private static partial Regex Received();

    [GeneratedRegex(@"(recvmsg|recvfrom|read)\(\d+<TCPv?6?:\[[^\]]*?:(?<port>\d+)->")]
    private static partial Regex Receive();

    [GeneratedRegex(@"(iov_len=|""\.*, )(?<n>\d+)")]
    private static partial Regex Length();
}
