using System.Buffers;
using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Evidence;

/// <summary>
/// The files of one item: segments <c>NNNNNN.chunks</c> of up to 1024 chunks at a fixed stride (only the item's last chunk is
/// shorter), and <c>leaves</c>, 32 bytes per chunk. Chunks are written in order, so that a number says what is there.
/// </summary>
internal sealed class ItemFiles(string folder) : IDisposable
{
    private const int PerSegment = 1024;

    private SafeFileHandle? _segment;
    private long _number = -1;
    private bool _segmentDirty;
    private SafeFileHandle? _leaves;
    private bool _leavesDirty;

    private string LeavesPath => Path.Combine(folder, "leaves");

    /// <summary>Whole leaves in the list.</summary>
    public long LeafCount => File.Exists(LeavesPath) ? new FileInfo(LeavesPath).Length / Digest.Length : 0;

    /// <summary>
    /// What can be relied on after a stop: the chunks recorded, and beyond them those that lie in the files and match their leaf.
    /// Everything after them is cut off.
    /// </summary>
    /// <param name="recorded">Chunks that the database records as flushed.</param>
    /// <param name="manifest">Says how many there are and how long each is; null while the lab still attaches.</param>
    public long Recover(long recorded, Manifest? manifest)
    {
        var present = Present();
        var count = Math.Min(recorded, present);
        var end = Math.Min(present, LeafCount);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk.StoredBytes);
        try
        {
            for (; count < end; count++)
            {
                var length = StoredLength(count);
                if (manifest is not null && (count >= manifest.Chunks || length != LengthIn(manifest, count)))
                    break;
                var chunk = buffer.AsSpan(0, length);
                Read(count, chunk);
                if (TreeHash.Leaf(chunk) != Leaf(count))
                    break;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        Cut(count, alsoLeaves: manifest is null);
        FlushFound(Math.Min(recorded, present), count);
        return count;
    }

    // What a killed process wrote and did not flush lies in memory only; nobody writes it again.
    private void FlushFound(long from, long past)
    {
        if (from >= past)
            return;
        for (var number = from / PerSegment; number <= (past - 1) / PerSegment; number++)
            RandomAccess.FlushToDisk(Segment(number, write: true));
        RandomAccess.FlushToDisk(Leaves());
    }

    /// <summary>Cuts chunks off from <paramref name="count"/> on; the leaf list too while it grows with them.</summary>
    public void Cut(long count, bool alsoLeaves)
    {
        Close();
        if (!Directory.Exists(folder))
            return;
        for (var number = count / PerSegment; File.Exists(SegmentPath(number)); number++)
        {
            var keep = Math.Max(0, count - (number * PerSegment)) * Chunk.StoredBytes;
            if (keep == 0)
                File.Delete(SegmentPath(number));
            else
                Shorten(SegmentPath(number), keep);
        }
        if (alsoLeaves && File.Exists(LeavesPath))
            Shorten(LeavesPath, count * Digest.Length);
    }

    /// <summary>The length of a stored chunk: what lies at its place, up to a full chunk.</summary>
    public int StoredLength(long index)
        => (int)Math.Min(Chunk.StoredBytes, RandomAccess.GetLength(Segment(index / PerSegment, write: false)) - Offset(index));

    /// <summary>The length that the manifest asks for.</summary>
    public static int LengthIn(Manifest manifest, long index) => Chunk.PlainLength(manifest.SizeBytes, index) + Chunk.Overhead;

    /// <summary>Writes a chunk. It counts only after <see cref="Flush"/>.</summary>
    public void Write(long index, ReadOnlySpan<byte> chunk)
    {
        RandomAccess.Write(Segment(index / PerSegment, write: true), chunk, Offset(index));
        _segmentDirty = true;
    }

    /// <summary>Notes the leaf of a chunk while the list grows with the chunks.</summary>
    public void WriteLeaf(long index, Digest leaf)
    {
        Span<byte> bytes = stackalloc byte[Digest.Length];
        leaf.CopyTo(bytes);
        RandomAccess.Write(Leaves(), bytes, index * Digest.Length);
        _leavesDirty = true;
    }

    public Digest Leaf(long index)
    {
        Span<byte> bytes = stackalloc byte[Digest.Length];
        if (RandomAccess.Read(Leaves(), bytes, index * Digest.Length) != Digest.Length)
            throw new InvalidDataException($"the leaf list in {folder} ends before leaf {index}");
        return new Digest(bytes);
    }

    /// <summary>Fills the whole destination with the chunk's bytes.</summary>
    public void Read(long index, Span<byte> destination)
    {
        var segment = Segment(index / PerSegment, write: false);
        for (var done = 0; done < destination.Length;)
        {
            var read = RandomAccess.Read(segment, destination[done..], Offset(index) + done);
            if (read == 0)
                throw new InvalidDataException($"chunk {index} in {folder} is cut; restore the item from a backup or have it sent again");
            done += read;
        }
    }

    /// <summary>Makes everything written so far survive a loss of power.</summary>
    public void Flush() => FlushLater()();

    /// <summary>The same as an act to be run while more is written: it covers what was written before this call.</summary>
    public Action FlushLater()
    {
        var (leaves, segment) = (_leavesDirty ? _leaves : null, _segmentDirty ? _segment : null);
        // Held open until the flush has ended, whatever is closed meanwhile.
        var (heldLeaves, heldSegment) = (Hold(leaves), Hold(segment));
        _leavesDirty = _segmentDirty = false;
        return () =>
        {
            try
            {
                if (heldLeaves)
                    RandomAccess.FlushToDisk(leaves!);
                if (heldSegment)
                    RandomAccess.FlushToDisk(segment!);
            }
            catch (IOException e)
            {
                // The next flush could succeed over pages that the system has thrown away.
                throw new LedgerBrokenException("a flush of evidence to disk failed, so that what was written is not known; start again when the disk is well", e);
            }
            finally
            {
                if (heldLeaves)
                    leaves!.DangerousRelease();
                if (heldSegment)
                    segment!.DangerousRelease();
            }
        };
    }

    private static bool Hold(SafeFileHandle? handle)
    {
        var held = false;
        handle?.DangerousAddRef(ref held);
        return held;
    }

    /// <summary>Begins a leaf list that comes before the chunks; it takes its name only when it is whole and right.</summary>
    /// <param name="resume">Goes on with the part of one that broke off.</param>
    public FileStream BeginLeaves(bool resume = false)
    {
        Directory.CreateDirectory(folder);
        return new FileStream(LeavesPath + ".part", resume ? FileMode.OpenOrCreate : FileMode.Create, FileAccess.ReadWrite, FileShare.None, 64 * 1024);
    }

    /// <summary>Takes a flushed list over.</summary>
    public void KeepLeaves()
    {
        _leaves?.Dispose();
        _leaves = null;
        File.Move(LeavesPath + ".part", LeavesPath, overwrite: true);
    }

    /// <summary>Makes the leaf list again from the chunks; false, and nothing is changed, when these do not make the root of the manifest.</summary>
    public bool RebuildLeaves(Manifest manifest)
    {
        if (!Directory.Exists(folder))
            return false;
        var tree = new TreeBuilder();
        var buffer = new byte[Chunk.StoredBytes];
        Span<byte> bytes = stackalloc byte[Digest.Length];
        using (var list = BeginLeaves())
        {
            try
            {
                for (var index = 0L; index < manifest.Chunks; index++)
                {
                    var chunk = buffer.AsSpan(0, LengthIn(manifest, index));
                    Read(index, chunk);
                    var leaf = TreeHash.Leaf(chunk);
                    tree.Add(leaf);
                    leaf.CopyTo(bytes);
                    list.Write(bytes);
                }
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                return false;
            }
            if (tree.Root != manifest.TreeRoot)
                return false;
            list.Flush(flushToDisk: true);
        }
        KeepLeaves();
        return true;
    }

    public FileStream OpenLeaves() => new(LeavesPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 64 * 1024);

    public void Dispose() => Close();

    private void Close()
    {
        _segment?.Dispose();
        _leaves?.Dispose();
        (_segment, _leaves, _number) = (null, null, -1);
        _segmentDirty = _leavesDirty = false;
    }

    // Chunks in the files, a short last one counted.
    private long Present()
    {
        for (var number = 0L; ; number++)
        {
            var length = File.Exists(SegmentPath(number)) ? new FileInfo(SegmentPath(number)).Length : 0;
            if (length < (long)PerSegment * Chunk.StoredBytes)
                return (number * PerSegment) + (length / Chunk.StoredBytes) + (length % Chunk.StoredBytes >= Chunk.Overhead ? 1 : 0);
        }
    }

    private SafeFileHandle Segment(long number, bool write)
    {
        if (_segment is not null && _number == number)
            return _segment;
        if (_segmentDirty)
            RandomAccess.FlushToDisk(_segment!);
        _segment?.Dispose();
        _segmentDirty = false;
        if (write)
            Directory.CreateDirectory(folder);
        _segment = File.OpenHandle(SegmentPath(number), write ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        _number = number;
        return _segment;
    }

    private SafeFileHandle Leaves()
    {
        if (_leaves is not null)
            return _leaves;
        Directory.CreateDirectory(folder);
        return _leaves = File.OpenHandle(LeavesPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
    }

    private string SegmentPath(long number) => Path.Combine(folder, number.ToString("000000", CultureInfo.InvariantCulture) + ".chunks");

    private static long Offset(long index) => index % PerSegment * Chunk.StoredBytes;

    private static void Shorten(string path, long length)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (RandomAccess.GetLength(handle) > length)
            RandomAccess.SetLength(handle, length);
    }
}
