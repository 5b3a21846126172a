using System.Diagnostics;
using Gateway.Evidence;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>What the chunk files hold after a stop at any point, and what counts of it.</summary>
public sealed class ItemFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-items-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_chunk_that_does_not_match_its_leaf_does_not_count_after_a_stop()
    {
        var item = await Written(chunks: 4);
        Change(item, (2L * Chunk.StoredBytes) + 100);
        using var files = Store().Of(item.Id);
        Assert.Equal(2, files.Recover(1, item.Manifest(Case, Request)));
        Assert.Equal(2L * Chunk.StoredBytes, new FileInfo(Segment(item, 0)).Length);
    }

    [Fact]
    public async Task Swapped_chunks_do_not_count()
    {
        var item = await TestItem.Make(4 * Chunk.PlainBytes);
        using (var files = Store().Of(item.Id))
        {
            for (var i = 0; i < 4; i++)
            {
                files.Write(i, item.Chunks[i is 1 or 2 ? 3 - i : i]);
                files.WriteLeaf(i, item.Leaves[i]);
            }
            files.Flush();
        }
        using var again = Store().Of(item.Id);
        Assert.Equal(1, again.Recover(0, item.Manifest(Case, Request)));
    }

    [Fact]
    public async Task What_lies_beyond_the_record_counts_when_it_matches()
    {
        var item = await Written(chunks: 4);
        using var files = Store().Of(item.Id);
        Assert.Equal(4, files.Recover(1, item.Manifest(Case, Request)));
        using var lab = Store().Of(item.Id);
        Assert.Equal(4, lab.Recover(1, manifest: null));
    }

    [Fact]
    public async Task A_half_written_last_chunk_is_cut_off_and_its_leaf_with_it()
    {
        var item = await Written(chunks: 3);
        using (var half = File.Open(Segment(item, 0), FileMode.Open))
            half.SetLength((2L * Chunk.StoredBytes) + 50_000);
        using var files = Store().Of(item.Id);
        Assert.Equal(2, files.Recover(2, manifest: null));
        Assert.Equal(2, files.LeafCount);
        Assert.Equal(2L * Chunk.StoredBytes, new FileInfo(Segment(item, 0)).Length);
    }

    [Fact]
    public async Task A_record_of_more_than_there_is_is_lowered()
    {
        var item = await Written(chunks: 2);
        using var files = Store().Of(item.Id);
        Assert.Equal(2, files.Recover(5, item.Manifest(Case, Request)));
        using var nothing = Store().Of("00112233445566778899aabbccddeeff");
        Assert.Equal(0, nothing.Recover(7, manifest: null));
    }

    [Fact]
    public async Task A_shorter_last_chunk_keeps_its_length()
    {
        var item = await TestItem.Make(Chunk.PlainBytes + 77);
        Write(item);
        using var files = Store().Of(item.Id);
        Assert.Equal(2, files.Recover(0, item.Manifest(Case, Request)));
        Assert.Equal(77 + Chunk.Overhead, files.StoredLength(1));
        var read = new byte[77 + Chunk.Overhead];
        files.Read(1, read);
        Assert.Equal(item.Chunks[1], read);
    }

    [Fact]
    public async Task The_1025th_chunk_begins_a_second_file()
    {
        var item = await TestItem.Make(Chunk.PlainBytes);
        using (var files = Store().Of(item.Id))
        {
            files.Write(1023, item.Chunks[0]);
            files.Write(1024, item.Chunks[0]);
            files.Flush();
        }
        Assert.Equal(Chunk.StoredBytes, new FileInfo(Segment(item, 1)).Length);
        using var again = Store().Of(item.Id);
        var read = new byte[Chunk.StoredBytes];
        foreach (var index in new[] { 1023, 1024 })
        {
            again.Read(index, read);
            Assert.Equal(item.Leaves[0], TreeHash.Leaf(read));
        }
        again.Cut(1024, alsoLeaves: false);
        Assert.False(File.Exists(Segment(item, 1)));
    }

    [Fact]
    public void Without_the_space_that_is_kept_for_the_database_nothing_is_taken()
    {
        Assert.Equal(RefusalCode.NoSpace, new ChunkStore(_folder, long.MaxValue).RefuseFor(1)?.Code);
        Assert.Null(Store().RefuseFor(1));
    }

    [TmpfsFact]
    public async Task A_full_disk_leaves_what_was_recorded_and_goes_on_when_there_is_space()
    {
        var item = await TestItem.Make(4 * Chunk.PlainBytes);
        var mount = Directory.CreateDirectory(Path.Combine(_folder, "full")).FullName;
        Assert.True(TmpfsFactAttribute.Run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mount));
        try
        {
            var filler = Path.Combine(mount, "filler");
            await File.WriteAllBytesAsync(filler, new byte[3_500_000]);
            var store = new ChunkStore(Path.Combine(mount, "items"), 0);
            using (var files = store.Of(item.Id))
            {
                files.Write(0, item.Chunks[0]);
                files.WriteLeaf(0, item.Leaves[0]);
                files.Flush();
                var full = Assert.Throws<IOException>(() =>
                {
                    for (var i = 1; i < 4; i++)
                        files.Write(i, item.Chunks[i]);
                });
                Assert.Equal(28, full.HResult & 0xFFFF);
            }
            File.Delete(filler);
            using var again = store.Of(item.Id);
            Assert.Equal(1, again.Recover(1, manifest: null));
            for (var i = 1; i < 4; i++)
            {
                again.Write(i, item.Chunks[i]);
                again.WriteLeaf(i, item.Leaves[i]);
            }
            again.Flush();
            Assert.Equal(4, again.Recover(1, item.Manifest(Case, Request)));
        }
        finally
        {
            Assert.True(TmpfsFactAttribute.Run("umount", mount));
        }
    }

    private const string Case = "XA-0123456789abcdef0123456789abcdef";
    private const string Request = "fedcba9876543210fedcba9876543210";

    private ChunkStore Store() => new(Path.Combine(_folder, "items"), 0);

    private string Segment(TestItem item, int number) => Path.Combine(_folder, "items", item.Id[..2], item.Id, $"{number:000000}.chunks");

    private async Task<TestItem> Written(int chunks)
    {
        var item = await TestItem.Make(chunks * Chunk.PlainBytes);
        Write(item);
        return item;
    }

    private void Write(TestItem item)
    {
        using var files = Store().Of(item.Id);
        for (var i = 0; i < item.Chunks.Count; i++)
        {
            files.Write(i, item.Chunks[i]);
            files.WriteLeaf(i, item.Leaves[i]);
        }
        files.Flush();
    }

    private void Change(TestItem item, long at)
    {
        using var file = File.Open(Segment(item, 0), FileMode.Open);
        file.Position = at;
        var old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 1));
    }

    /// <summary>Needs the right to mount a small file system.</summary>
    internal sealed class TmpfsFactAttribute : FactAttribute
    {
        public TmpfsFactAttribute()
        {
            var probe = Directory.CreateTempSubdirectory("gateway-mount-").FullName;
            if (Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", probe))
                Run("umount", probe);
            else
                Skip = "no right to mount a small tmpfs here";
            Directory.Delete(probe);
        }

        public static bool Run(string program, params string[] arguments)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
