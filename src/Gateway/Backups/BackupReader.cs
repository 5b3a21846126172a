using System.Buffers.Binary;
using System.Security.Cryptography;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Refusals;

namespace Gateway.Backups;

/// <summary>Reads what <see cref="BackupWriter"/> wrote. Nothing is given out before its chunk was authenticated; a cut, changed, reordered or lengthened file ends in <see cref="InvalidDataException"/>.</summary>
internal sealed class BackupReader : Stream
{
    private readonly Stream _file;
    private readonly AesGcm _aes;
    private readonly byte[] _plain = new byte[BackupWriter.ChunkBytes];
    private readonly byte[] _stored = new byte[BackupWriter.ChunkBytes + BackupWriter.TagBytes];
    private int _filled;
    private int _given;
    private long _number;
    private bool _ended;

    private BackupReader(Stream file, BackupHeader header)
    {
        (_file, Header) = (file, header);
        _aes = new AesGcm(header.Key, BackupWriter.TagBytes);
    }

    public BackupHeader Header { get; }

    public static Outcome<BackupReader> Open(Stream file, BackupKind kind, Decryptor key)
    {
        Span<byte> start = stackalloc byte[BackupWriter.FirstLine.Length + sizeof(int)];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.StartsWith(BackupWriter.FirstLine))
            return new Refusal(RefusalCode.BackupNotValid, "the file is not a backup of a gateway");
        var length = BinaryPrimitives.ReadInt32BigEndian(start[BackupWriter.FirstLine.Length..]);
        if (length is <= 0 or > 64 * 1024)
            return new Refusal(RefusalCode.BackupNotValid, "the file is not a backup of a gateway");
        var envelope = new byte[length];
        if (file.ReadAtLeast(envelope, length, throwOnEndOfStream: false) < length)
            return new Refusal(RefusalCode.BackupNotValid, "the file is cut");
        if (!Envelope.Open(envelope, key).TryGet(out var document, out var refusal))
            return new Refusal(RefusalCode.BackupNotValid, $"the key given does not open it: {refusal.Detail}");
        if (!BackupHeader.Read(document).TryGet(out var header, out refusal))
            return new Refusal(RefusalCode.BackupNotValid, refusal.Detail);
        return header.Kind == kind
            ? new BackupReader(file, header)
            : new Refusal(RefusalCode.BackupNotValid, $"the file holds {header.Kind}, not {kind}: the two files are swapped");
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (_given == _filled)
        {
            if (_ended)
                return 0;
            NextChunk();
        }
        var take = Math.Min(buffer.Length, _filled - _given);
        _plain.AsSpan(_given, take).CopyTo(buffer);
        _given += take;
        return take;
    }

    /// <summary>Reads to the mark of the end: what stands after the content must be authentic too.</summary>
    public void Drain()
    {
        var rest = new byte[64 * 1024];
        while (Read(rest) > 0)
        {
        }
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _aes.Dispose();
            CryptographicOperations.ZeroMemory(_plain);
            CryptographicOperations.ZeroMemory(Header.Key);
        }
        base.Dispose(disposing);
    }

    private void NextChunk()
    {
        Span<byte> prefix = stackalloc byte[BackupWriter.PrefixBytes];
        Span<byte> nonce = stackalloc byte[BackupWriter.NonceBytes];
        if (_file.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
            throw new InvalidDataException($"the backup is cut after {_number} MiB");
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix[1..]);
        if (length is < 0 or > BackupWriter.ChunkBytes)
            throw new InvalidDataException($"the backup was changed or rotted at {_number} MiB");
        var stored = _stored.AsSpan(0, length + BackupWriter.TagBytes);
        if (_file.ReadAtLeast(stored, stored.Length, throwOnEndOfStream: false) < stored.Length)
            throw new InvalidDataException($"the backup is cut after {_number} MiB");
        BackupWriter.Nonce(nonce, _number);
        try
        {
            _aes.Decrypt(nonce, stored[..length], stored[length..], _plain.AsSpan(0, length), prefix);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new InvalidDataException($"the backup was changed or rotted at {_number} MiB", e);
        }
        (_filled, _given) = (length, 0);
        _number++;
        _ended = prefix[0] == 1;
        if (_ended && _file.ReadByte() >= 0)
            throw new InvalidDataException("something stands behind the end of the backup");
    }
}
