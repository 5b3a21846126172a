using System.Globalization;
using System.Runtime.CompilerServices;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Marks;

namespace Gateway.Cli.Evidence;

/// <summary>
/// An encrypted item in a folder of a disk: segments <c>NNNNNN.chunks</c> of 1024 chunks at a fixed stride (below the 4 GiB that FAT
/// allows a file), <c>leaves</c> with 32 bytes per chunk, and, once everything is there, <c>grant.cms</c> and <c>manifest.cms</c>.
/// Whoever finds the disk learns size, digests and what the manifest says, and opens nothing.
/// </summary>
internal sealed class PackedItem(string folder) : IDisposable
{
    private const int PerSegment = 1024;
    private const string LeavesName = "leaves";
    private const string ManifestName = "manifest.cms";
    private const string GrantName = "grant.cms";

    private FileStream? _segment;
    private long _number = -1;
    private FileStream? _leaves;

    public string Folder => folder;

    /// <summary>Whether a folder holds a finished item.</summary>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, ManifestName));

    /// <summary>Bytes that an earlier run left in a folder.</summary>
    public static long BytesIn(string folder) => Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length) : 0;

    /// <summary>Chunks from the first on that lie on the disk as they were made; what follows them is cut off.</summary>
    /// <param name="made">The leaves of the chunks that were made before.</param>
    public long Recover(IReadOnlyList<Digest> made)
    {
        Directory.CreateDirectory(folder);
        // Papers that a killed run was writing.
        foreach (var begun in Directory.EnumerateFiles(folder, ".*.partial"))
            File.Delete(begun);
        var buffer = new byte[Chunk.StoredBytes];
        var count = 0;
        while (count < made.Count && TryRead(count, buffer) is var length && length > 0 && TreeHash.Leaf(buffer.AsSpan(0, length)) == made[count])
            count++;
        Close();
        for (var number = count / PerSegment; File.Exists(SegmentPath(number)); number++)
            Cut(SegmentPath(number), Math.Max(0, count - (number * (long)PerSegment)) * Chunk.StoredBytes);
        // The last leaves may not have reached the disk: those of the chunks that did are known.
        _leaves = OwnerOnly.Anew(Path.Combine(folder, LeavesName));
        for (var i = 0; i < count; i++)
            _leaves.Write(made[i].ToArray());
        return count;
    }

    public void Append(EncryptedChunk chunk)
    {
        if (_number != chunk.Index / PerSegment)
        {
            _segment?.Flush(flushToDisk: true);
            _segment?.Dispose();
            _number = chunk.Index / PerSegment;
            _segment = OwnerOnly.OpenOrCreate(SegmentPath(_number));
        }
        _segment!.Position = chunk.Index % PerSegment * Chunk.StoredBytes;
        _segment.Write(chunk.Bytes.Span);
        _leaves ??= OwnerOnly.OpenOrCreate(Path.Combine(folder, LeavesName));
        _leaves.Position = chunk.Index * Digest.Length;
        _leaves.Write(chunk.Leaf.ToArray());
    }

    /// <summary>Everything else is on the disk before the manifest, which says that the item is whole; it is there under its name when this returns, and the journal may go.</summary>
    public void Finish(SignedItem papers)
    {
        _segment?.Flush(flushToDisk: true);
        _leaves?.Flush(flushToDisk: true);
        Close();
        OwnerOnly.Replace(Path.Combine(folder, GrantName), papers.Grant.Span);
        OwnerOnly.Replace(Path.Combine(folder, ManifestName), papers.Manifest.Der.Span);
    }

    /// <summary>The papers of a finished item. The manifest's mark is checked; whose it is, the gateway decides.</summary>
    public (SignedItem Papers, Manifest Manifest) Papers()
    {
        var signed = SignedDocument.Open(InputFile.Read(Path.Combine(folder, ManifestName))).OrStop();
        var manifest = Manifest.Read(signed.Content).OrStop();
        return (new SignedItem(signed, InputFile.Read(Path.Combine(folder, GrantName))), manifest);
    }

    /// <summary>The leaf list must make the root that the technician signed, so that a chunk is known to be good before it is sent.</summary>
    public async Task CheckLeavesAsync(Manifest manifest)
    {
        await using var leaves = File.OpenRead(Path.Combine(folder, LeavesName));
        if (await ChunkCheck.LeavesAsync(manifest, leaves) is { } refusal)
            throw StopException.No($"{Path.Combine(folder, LeavesName)}: {refusal.Detail}; the disk was damaged or changed");
    }

    /// <summary>The leaf list in pieces of at most so many bytes.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> LeavesAsync(int bytes, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var leaves = File.OpenRead(Path.Combine(folder, LeavesName));
        while (true)
        {
            var buffer = new byte[bytes];
            var read = await leaves.ReadAtLeastAsync(buffer, bytes, throwOnEndOfStream: false, cancel);
            if (read > 0)
                yield return buffer.AsMemory(0, read);
            if (read < bytes)
                yield break;
        }
    }

    /// <summary>Reads one chunk and compares it with its leaf.</summary>
    public ReadOnlyMemory<byte> Read(long index, byte[] buffer)
    {
        var length = TryRead(index, buffer);
        if (length == 0)
            throw StopException.No($"chunk {index} is missing on {folder}: the disk is not whole");
        return length > 0 && TreeHash.Leaf(buffer.AsSpan(0, length)) == Leaf(index)
            ? buffer.AsMemory(0, length)
            : throw StopException.No($"chunk {index} on {folder} is not as it was packed: the disk was damaged or changed; pack the item again");
    }

    public void Dispose() => Close();

    private Digest Leaf(long index)
    {
        _leaves ??= File.OpenRead(Path.Combine(folder, LeavesName));
        Span<byte> leaf = stackalloc byte[Digest.Length];
        _leaves.Position = index * Digest.Length;
        return _leaves.ReadAtLeast(leaf, Digest.Length, throwOnEndOfStream: false) == Digest.Length ? new Digest(leaf) : default;
    }

    private int TryRead(long index, byte[] buffer)
    {
        if (_number != index / PerSegment)
        {
            _segment?.Dispose();
            (_segment, _number) = (null, -1);
            if (!File.Exists(SegmentPath(index / PerSegment)))
                return 0;
            (_segment, _number) = (File.OpenRead(SegmentPath(index / PerSegment)), index / PerSegment);
        }
        _segment!.Position = index % PerSegment * Chunk.StoredBytes;
        return _segment.ReadAtLeast(buffer.AsSpan(0, Chunk.StoredBytes), Chunk.StoredBytes, throwOnEndOfStream: false);
    }

    private void Close()
    {
        _segment?.Dispose();
        _leaves?.Dispose();
        (_segment, _leaves, _number) = (null, null, -1);
    }

    private static void Cut(string path, long length)
    {
        if (!File.Exists(path))
            return;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        if (file.Length > length)
            file.SetLength(length);
    }

    private string SegmentPath(long number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number:000000}.chunks"));
}
