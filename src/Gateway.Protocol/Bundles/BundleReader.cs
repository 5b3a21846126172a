using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.Bundles;

/// <summary>One file of a bundle.</summary>
/// <param name="Name">Its name; relative, with forward slashes, ASCII.</param>
/// <param name="Place">What it is, by its name.</param>
/// <param name="Size">Its bytes, as the directory states them; reading checks it.</param>
public sealed record BundleEntry(string Name, BundlePlace Place, long Size)
{
    /// <summary>Flags, method, time and date, as in the directory.</summary>
    internal ulong Header { get; init; }

    /// <summary>The name as it stands in both headers; null when its characters are its bytes (Latin-1).</summary>
    internal byte[]? RawName { get; init; }
    internal long Offset { get; init; }
    internal long DataOffset { get; set; }
    internal long Compressed { get; init; }
    internal uint Crc { get; init; }
    internal uint Attributes { get; init; }
    internal ushort Flags => (ushort)(Header & ushort.MaxValue);
    internal ushort Method => (ushort)(Header >> 16 & ushort.MaxValue);
}

/// <summary>
/// Reads a bundle that may come from anyone: bounded memory and time whatever its bytes are. Nothing is ever unpacked to disk.
/// Safe for several threads.
/// </summary>
public sealed class BundleReader
{
    private const int ChunkBytes = 1 << 18;
    private const string WrongCrc = "the bytes do not have the CRC that the directory states";

    private readonly BundleBytes _bytes;
    private readonly BundleLimits _limits;
    private readonly Findings _findings;

    private BundleReader(BundleBytes bytes, BundleLimits limits, Findings findings, bool foreign = false)
    {
        _bytes = bytes;
        _limits = limits;
        _findings = findings;
        Entries = ZipDirectory.Read(bytes, limits, findings, foreign);
    }

    /// <summary>The files that can be read, in the order of the archive.</summary>
    public IReadOnlyList<BundleEntry> Entries { get; }

    /// <summary>What is wrong with the container so far; reading may add to it.</summary>
    public IReadOnlyList<Finding> Problems => _findings.Sorted();

    /// <summary>Reads the directory of a bundle.</summary>
    /// <param name="bundle">A stream that can seek; it stays open and is used from several threads under a lock.</param>
    /// <param name="limits">Bounds; the default is that of docs/protocol.md.</param>
    public static BundleReader Open(Stream bundle, BundleLimits? limits = null) => Open(bundle, limits ?? BundleLimits.Default, new Findings());

    /// <summary>
    /// Reads the directory of a container that is no bundle of ours (ASiC): other names and a comment are allowed, everything else is as strict. <see cref="BundleLimits.MaxTotalBytes"/> bounds
    /// all its files together.
    /// </summary>
    public static BundleReader OpenForeign(Stream container, BundleLimits limits) => new(new BundleBytes(container), limits, new Findings(), foreign: true);

    /// <summary>A stream over one file, once <see cref="Copy"/> has shown that it is whole: it ends where the directory says.</summary>
    public Stream OpenStream(BundleEntry entry)
    {
        Stream raw = new BundleSlice(_bytes, entry.DataOffset, entry.Compressed);
        return entry.Method == ZipFormat.Deflated ? new DeflateStream(raw, CompressionMode.Decompress) : raw;
    }

    internal static BundleReader Open(Stream bundle, BundleLimits limits, Findings findings) => new(new BundleBytes(bundle), limits, findings);

    /// <summary>The content of a file that is read into memory; null when it is damaged (<see cref="Problems"/> says how).</summary>
    public byte[]? Read(BundleEntry entry)
    {
        if (entry.Size > BundleLimits.MaxBytes(BundlePlace.ManifestSeal))
            throw new ArgumentException("evidence is streamed, never read into memory", nameof(entry));
        // The size is a claim until the bytes are there: a hostile one costs no more than the file itself times the ratio.
        if (entry.Size is >= 0 and <= ChunkBytes && entry.Method == ZipFormat.Stored && entry.Compressed == entry.Size)
        {
            // Nearly all of them: in one step, into the array that is handed out.
            var whole = _bytes.Read(entry.DataOffset, (int)entry.Size);
            return Crc32.Append(0, whole) == entry.Crc || Damaged(entry, FindingCode.FileDamaged, WrongCrc) ? whole : null;
        }
        if (entry.Size is >= 0 and <= ChunkBytes)
        {
            var (bytes, at) = (new byte[entry.Size], 0);
            return Copy(entry, chunk =>
            {
                chunk.CopyTo(bytes.AsSpan(at));
                at += chunk.Length;
            }) ? bytes : null;
        }
        var content = new ArrayBufferWriter<byte>(ChunkBytes);
        if (!Copy(entry, chunk => content.Write(chunk)))
            return null;
        return content.WrittenSpan.ToArray();
    }

    /// <summary>Streams a file; false when it is damaged.</summary>
    public bool Copy(BundleEntry entry, ReadOnlySpanAction sink)
    {
        var crc = 0u;
        var copied = 0L;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, Math.Max(1, entry.Size)));
        try
        {
            using Stream raw = new BundleSlice(_bytes, entry.DataOffset, entry.Compressed);
            using var content = entry.Method == ZipFormat.Deflated ? new DeflateStream(raw, CompressionMode.Decompress) : raw;
            int read;
            while ((read = content.Read(buffer)) > 0)
            {
                copied += read;
                if (copied > entry.Size)
                    return Damaged(entry, FindingCode.FileDamaged, "the file is longer than the directory says");
                if (copied > (1 << 20) && copied / _limits.MaxRatio > entry.Compressed)
                    return Damaged(entry, FindingCode.LimitExceeded, $"the file inflates to more than {_limits.MaxRatio} times its size");
                crc = Crc32.Append(crc, buffer.AsSpan(0, read));
                sink(buffer.AsSpan(0, read));
            }
        }
        catch (InvalidDataException)
        {
            return Damaged(entry, FindingCode.FileDamaged, "the file cannot be inflated");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return copied == entry.Size && crc == entry.Crc
            || Damaged(entry, FindingCode.FileDamaged, copied == entry.Size ? WrongCrc : "the file is shorter than the directory says");
    }

    /// <summary>Takes the next bytes of a file.</summary>
    public delegate void ReadOnlySpanAction(ReadOnlySpan<byte> bytes);

    /// <summary>SHA-256 of a file, streamed; null when it is damaged.</summary>
    public Digest? Hash(BundleEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        return Copy(entry, hash.AppendData) ? new Digest(hash.GetHashAndReset()) : null;
    }

    private bool Damaged(BundleEntry entry, FindingCode code, string text)
    {
        _findings.Add(code, text, entry.Name);
        return false;
    }
}
