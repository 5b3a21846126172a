using System.Diagnostics;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>An item of a few chunks, and a gateway that stops in the middle of it: where those tests begin that then stop or kill the command line.</summary>
internal static class InterruptedTransfer
{
    public const int Chunks = 4;
    public const int Size = ((Chunks - 1) * Chunk.PlainBytes) + 99;

    /// <summary>What would attach a new source, packed before if so wanted, to a gateway that writes so many chunks and then nothing more.</summary>
    public static async Task<(string Source, byte[] Content, string[] Command)> AttachAsync(LoopbackGateway gateway, bool packed, int written)
    {
        var (source, content) = EvidenceTests.MakeSource(gateway, Size);
        string[] command = packed ? ["evidence", "attach", await PackTests.PackedAsync(gateway, source), "--json"] : EvidenceTests.Attach(gateway, source);
        gateway.Service.DeafAfter = written;
        return (source, content, command);
    }

    /// <summary>What would download an attached item from a gateway that gives so many chunks and then nothing more.</summary>
    public static async Task<(byte[] Content, string[] Command)> DownloadAsync(LoopbackGateway gateway, int given)
    {
        var (source, content) = EvidenceTests.MakeSource(gateway, Size);
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, source)).Exit);
        await EvidenceTests.OpenAsync(gateway);
        gateway.Service.SilentAfter = given;
        return (content, ["evidence", "download", gateway.Service.Signed().ItemId, "--to", gateway.Folder["received"], "--purpose", "CRIMINAL_PROCEEDINGS: analysis"]);
    }

    /// <summary>Bytes in the unfinished files of a download with this ending.</summary>
    public static long Unfinished(LoopbackGateway gateway, string ending = ".partial")
        => Directory.Exists(gateway.Folder["received"]) ? Directory.GetFiles(gateway.Folder["received"], $".*{ending}").Sum(file => new FileInfo(file).Length) : 0;

    /// <summary>However slow the machine: it comes, or the command has ended, which is wrong.</summary>
    public static async Task Until(Process process, Func<bool> condition)
    {
        while (!condition())
        {
            Assert.False(process.HasExited, "the command ended before it was interrupted");
            await Task.Delay(20);
        }
    }
}
