using System.Security.Cryptography;

namespace Gateway.Benchmarks.Evidence;

/// <summary>A file of random bytes: nothing on the way can take advantage of it.</summary>
internal static class RandomFile
{
    public static void Make(string file, long bytes)
    {
        using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[1 << 20];
        for (var done = 0L; done < bytes; done += block.Length)
        {
            RandomNumberGenerator.Fill(block);
            stream.Write(block);
        }
        stream.Flush(flushToDisk: true);
    }

    public static async Task<string> Sha256(string file)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream));
    }
}
