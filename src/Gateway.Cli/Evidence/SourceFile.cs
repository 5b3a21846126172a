using System.Security.Cryptography;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Evidence;

/// <summary>
/// The file that is attached, read once from beginning to end. Takes the SHA-256 of every chunk of plaintext on the way; where an
/// earlier run already sent a chunk, the file must still hold the same, else the item would be a mixture of two files.
/// </summary>
internal sealed class SourceFile(Stream file, ChunkRecords records, long sent, Action<long> progress) : ForwardStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<Digest> _made = new();
    private long _position;
    private long _chunk;
    private int _inChunk;
    private bool _ended;

    /// <summary>The SHA-256 of the next chunk's plaintext, in the order of the chunks that were not sent before.</summary>
    public Digest NextPlain() => _made.Dequeue();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended || buffer.IsEmpty)
            return 0;
        // Never across the border of a chunk, so that the digest is that of one chunk.
        var read = await file.ReadAsync(buffer[..Math.Min(buffer.Length, Chunk.PlainBytes - _inChunk)], cancellationToken);
        _hash.AppendData(buffer.Span[..read]);
        _position += read;
        _inChunk += read;
        _ended = read == 0;
        if (_inChunk == Chunk.PlainBytes || (_ended && (_inChunk > 0 || _position == 0)))
            EndChunk();
        progress(_position);
        return read;
    }

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            file.Dispose();
        }
        base.Dispose(disposing);
    }

    private void EndChunk()
    {
        var digest = new Digest(_hash.GetHashAndReset());
        if (_chunk >= sent)
            _made.Enqueue(digest);
        else if (records.Plain(_chunk) != digest)
            throw Changed(_chunk);
        _chunk++;
        _inChunk = 0;
    }

    public static StopException Changed(long chunk)
        => StopException.Refused(new Refusal(RefusalCode.SourceChanged, $"the source was changed after part of it had been read (chunk {chunk}); begin a new item with --new"));
}
