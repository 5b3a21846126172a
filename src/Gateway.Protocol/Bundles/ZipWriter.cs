using System.Buffers;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.Bundles;

/// <summary>
/// Writes a ZIP to a stream that cannot seek. Stored, never compressed: the bytes are then the same on every machine and runtime, and a
/// reader has nothing to inflate. <c>ZipArchive</c> promises neither, and writes synchronously.
/// </summary>
internal sealed class ZipWriter(Stream output)
{
    private const int CopyBytes = 1 << 20;
    private readonly List<ZipRecord> _entries = [];
    private long _position;

    public async ValueTask<Digest> AddAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var entry = new ZipRecord(name, Crc32.Append(0, content.Span), content.Length, _position, false);
        await WriteAsync(ZipHeaders.Local(entry), cancellation);
        await WriteAsync(content, cancellation);
        _entries.Add(entry);
        return Digest.Of(content.Span);
    }

    /// <summary>Copies a stream whose length the caller knows; a stream of another length is a fault of the caller's store.</summary>
    public async ValueTask<Digest> AddAsync(string name, Stream content, long length, CancellationToken cancellation)
    {
        var start = _position;
        await WriteAsync(ZipHeaders.Local(new ZipRecord(name, 0, length, start, true)), cancellation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        var crc = 0u;
        var copied = 0L;
        try
        {
            int read;
            while ((read = await content.ReadAsync(buffer, cancellation)) > 0)
            {
                crc = Crc32.Append(crc, buffer.AsSpan(0, read));
                hash.AppendData(buffer, 0, read);
                copied += read;
                if (copied > length)
                    break;
                await WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (copied != length)
            throw new InvalidDataException($"'{name}' has another length than the {length} bytes announced");
        var entry = new ZipRecord(name, crc, length, start, true);
        await WriteAsync(ZipHeaders.Descriptor(entry), cancellation);
        _entries.Add(entry);
        return new Digest(hash.GetHashAndReset());
    }

    public async ValueTask FinishAsync(CancellationToken cancellation)
    {
        var start = _position;
        foreach (var entry in _entries)
            await WriteAsync(ZipHeaders.Central(entry), cancellation);
        await WriteAsync(ZipHeaders.End(_entries.Count, start, _position - start), cancellation);
        await output.FlushAsync(cancellation);
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await output.WriteAsync(bytes, cancellation);
        _position += bytes.Length;
    }
}
