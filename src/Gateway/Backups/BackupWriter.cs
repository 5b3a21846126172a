using System.Buffers.Binary;
using System.Security.Cryptography;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;

namespace Gateway.Backups;

/// <summary>
/// Writes a backup file: one line that says what it is, the envelope with the header, then chunks of 1 MiB, each encrypted with AES-256-GCM under
/// the header's key with its number as nonce. The last is marked, so that a cut file cannot pass for a whole one.
/// </summary>
internal sealed class BackupWriter : Stream
{
    public const int ChunkBytes = 1 << 20;
    public const int TagBytes = 16;
    public const int NonceBytes = 12;
    public const int PrefixBytes = 5;

    private readonly Stream _file;
    private readonly AesGcm _aes;
    private readonly byte[] _plain = new byte[ChunkBytes];
    private readonly byte[] _stored = new byte[ChunkBytes + TagBytes];
    private int _filled;
    private long _number;

    public BackupWriter(Stream file, BackupHeader header, Certificate recipient)
    {
        _file = file;
        _aes = new AesGcm(header.Key, TagBytes);
        var document = header.Write();
        var envelope = Envelope.Encrypt(document, recipient);
        CryptographicOperations.ZeroMemory(document);
        file.Write(FirstLine);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, envelope.Length);
        file.Write(length);
        file.Write(envelope);
    }

    public static ReadOnlySpan<byte> FirstLine => "gateway backup v1\n"u8;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => (_number * ChunkBytes) + _filled;
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            // A full chunk is written only when more follows: the last one, full or not, is the one marked.
            if (_filled == ChunkBytes)
                WriteChunk(last: false);
            var take = Math.Min(buffer.Length, ChunkBytes - _filled);
            buffer[..take].CopyTo(_plain.AsSpan(_filled));
            _filled += take;
            buffer = buffer[take..];
        }
    }

    /// <summary>Writes the last chunk. Without it the file is refused.</summary>
    public void Complete() => WriteChunk(last: true);

    public override void Flush()
    {
        // Chunks are written when they are full.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>What precedes each chunk and is authenticated with it: the mark of the last, and the length of its plaintext.</summary>
    public static void Prefix(Span<byte> prefix, bool last, int length)
    {
        prefix[0] = last ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], length);
    }

    public static void Nonce(Span<byte> nonce, long number)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[(NonceBytes - sizeof(long))..], number);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _aes.Dispose();
            CryptographicOperations.ZeroMemory(_plain);
        }
        base.Dispose(disposing);
    }

    private void WriteChunk(bool last)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Prefix(prefix, last, _filled);
        Nonce(nonce, _number);
        _aes.Encrypt(nonce, _plain.AsSpan(0, _filled), _stored.AsSpan(0, _filled), _stored.AsSpan(_filled, TagBytes), prefix);
        _file.Write(prefix);
        _file.Write(_stored.AsSpan(0, _filled + TagBytes));
        _filled = 0;
        _number++;
    }
}
