using Gateway.Cli.Output;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Cli.Sources;

/// <summary>
/// Reads a source of known length from beginning to end. Where the medium fails, it reads again in ever smaller blocks, down to a
/// sector; what still does not come is zero and is noted. What an earlier run could not read is not tried again, so that a resumed item
/// holds the same bytes.
/// </summary>
internal sealed class SectorStream(SafeFileHandle handle, long from, long length, UnreadRanges unread) : ForwardStream
{
    private const int SectorBytes = 512;
    private const int Probes = 16;

    // A medium may well end in bad sectors; that many look like a cable that was pulled.
    private const long MostAtTheEnd = 256 * 1024;

    // Blocks between whole reads and sectors: that of a page of the system's cache, and of most media.
    private static readonly int[] s_blocks = [64 * 1024, 4096, SectorBytes];

    private long _position;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var wanted = (int)Math.Min(buffer.Length, length - _position);
        if (wanted <= 0)
        {
            if (buffer.Length > 0)
                RequireEnd();
            return 0;
        }
        var (known, zeros) = unread.At(_position);
        wanted = (int)Math.Min(wanted, known);
        var read = wanted;
        if (zeros)
            buffer.Span[..wanted].Clear();
        else
        {
            try
            {
                read = await RandomAccess.ReadAsync(handle, buffer[..wanted], from + _position, cancellationToken);
            }
            catch (IOException)
            {
                read = Math.Min(wanted, s_blocks[0]);
                ReadInBlocks(buffer.Span[..read], _position, 1);
            }
            if (read == 0)
                throw SourceReader.Changed("the source became shorter and");
        }
        _position += read;
        return read;
    }

    // What the system makes while it is read (/proc) tells a length that says nothing: the item would be cut off there.
    private void RequireEnd()
    {
        Span<byte> next = stackalloc byte[1];
        try
        {
            if (RandomAccess.Read(handle, next, from + length) == 0)
                return;
        }
        catch (IOException)
        {
            return;
        }
        throw RandomAccess.GetLength(handle) > from + length
            ? SourceReader.Changed("the source became longer and")
            : StopException.No($"the source gives more bytes than its length of {length}, as files in /proc do; write what it gives into a file and take that");
    }

    private void ReadInBlocks(Span<byte> buffer, long position, int level)
    {
        for (var done = 0; done < buffer.Length;)
        {
            // Blocks lie at multiples of their length, as they do on the medium.
            var block = (int)Math.Min(buffer.Length - done, s_blocks[level] - ((from + position + done) % s_blocks[level]));
            var piece = buffer.Slice(done, block);
            if (!TryRead(piece, position + done))
            {
                if (level + 1 < s_blocks.Length)
                    ReadInBlocks(piece, position + done, level + 1);
                else
                {
                    RequireAlive(position + done);
                    piece.Clear();
                    unread.Add(position + done, piece.Length);
                }
            }
            done += block;
        }
    }

    private bool TryRead(Span<byte> buffer, long position)
    {
        try
        {
            for (var done = 0; done < buffer.Length;)
            {
                var read = RandomAccess.Read(handle, buffer[done..], from + position + done);
                if (read == 0)
                    throw SourceReader.Changed("the source became shorter and");
                done += read;
            }
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    // A disk whose cable was pulled fails everywhere: that is no reason to write zeros for the rest of it. Asked ahead only, where nothing was read: what was read
    // before, the system still answers from its cache.
    private void RequireAlive(long at)
    {
        var rest = length - at;
        if (rest <= MostAtTheEnd)
            return;
        Span<byte> sector = stackalloc byte[SectorBytes];
        for (var i = Probes; i > 0; i--)
        {
            var place = at + (rest / Probes * i) - SectorBytes;
            if (place > at && TryRead(sector, place))
                return;
        }
        throw StopException.Incomplete($"the source does not answer from byte {at} to its end, {rest} bytes: connect it again and run the same command; if the medium itself ends there, image what can be read into a file (ddrescue) and take that");
    }

    public override long Length => length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            handle.Dispose();
        base.Dispose(disposing);
    }
}
