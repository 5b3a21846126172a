using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Runs alone: it measures what the whole process holds.</summary>
[CollectionDefinition(nameof(FolderMemoryTests), DisableParallelization = true)]
[Collection(nameof(FolderMemoryTests))]
public sealed class FolderMemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_hundred_thousand_files_are_walked_and_archived_in_memory_that_does_not_grow()
    {
        var root = Directory.CreateDirectory(_folder["many"]).FullName;
        for (var folder = 0; folder < 100; folder++)
        {
            var path = Directory.CreateDirectory(Path.Combine(root, $"{folder:000}")).FullName;
            for (var file = 0; file < 1000; file++)
                File.WriteAllBytes(Path.Combine(path, $"{file:000}.txt"), [(byte)folder, (byte)file]);
        }
        using var key = ItemKey.New();
        using var source = SourceReader.At(root, null).Open(new UnreadLog(null), _folder["list"], new string('a', 32), key);
        var buffer = new byte[1 << 20];
        long highest = 0, bytes = 0;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (int read; (read = await source.Content.ReadAsync(buffer)) > 0; bytes += read)
        {
            if (bytes % (16 << 20) < read)
                highest = Math.Max(highest, GC.GetTotalMemory(forceFullCollection: true) - before);
        }
        var files = source.Complete().Files!;
        Assert.Equal((100_100, 0), (files.Entries, files.NotTaken));
        Assert.InRange(highest, long.MinValue, 8 << 20);
    }

    public void Dispose() => _folder.Dispose();
}
