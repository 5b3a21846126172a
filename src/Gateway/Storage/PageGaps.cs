using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Storage;

/// <summary>
/// Clears what SQLite leaves in the unused middle of its pages. <c>secure_delete</c> overwrites what a statement deletes, but when pages are split or merged, rows move
/// and the room that they leave is not overwritten: a copy of a row, a wrapped key among them, may outlive the row. Between the end of the cell pointers and the
/// beginning of the cells nothing is stored (SQLite file format, 1.6), so that zeros there are right at any moment and after any crash.
/// </summary>
/// <remarks>
/// Only by the writer, in between its transactions, with an empty write-ahead log: then the file holds the newest of every page and nobody else writes. One handle as
/// long as the database is open: closing it would take away the locks that SQLite holds on the same file.
/// </remarks>
internal sealed class PageGaps : IDisposable
{
    /// <summary>Pages that are looked at in one turn of the writer: 16 MiB of pages of 4 KiB.</summary>
    public const int PagesPerTurn = 4096;

    // A page that continues a large value begins with the number of the next one; below this its first byte is none of those that begin a page of a tree.
    private const long MaxPages = 0x02000000;

    private const int FileHeaderBytes = 100;
    private const long LockByte = 0x40000000;

    private readonly SafeFileHandle _file;

    private PageGaps(SafeFileHandle file) => _file = file;

    public static PageGaps Open(string database) => new(File.OpenHandle(database, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    /// <summary>How many turns a whole round takes; 0 when the file is too large to tell its pages apart.</summary>
    public int Turns
    {
        get
        {
            var pages = RandomAccess.GetLength(_file) / Layout().Page;
            return pages < MaxPages ? (int)((pages + PagesPerTurn - 1) / PagesPerTurn) : 0;
        }
    }

    /// <summary>One turn; returns how many pages had something left in them. Flushed.</summary>
    public int Clear(int turn)
    {
        var (page, usable) = Layout();
        var cleared = 0;
        var content = new byte[page];
        var zeros = new byte[page];
        for (var number = (long)turn * PagesPerTurn; number < (turn + 1L) * PagesPerTurn; number++)
        {
            var at = number * page;
            if (RandomAccess.Read(_file, content, at) < page)
                break;
            var (from, to) = at == LockByte / page * page ? (0, 0) : Gap(content.AsSpan(0, usable), number == 0 ? FileHeaderBytes : 0);
            if (!content.AsSpan(from, to - from).ContainsAnyExcept((byte)0))
                continue;
            RandomAccess.Write(_file, zeros.AsSpan(0, to - from), at + from);
            cleared++;
        }
        if (cleared > 0)
            RandomAccess.FlushToDisk(_file);
        return cleared;
    }

    public void Dispose() => _file.Dispose();

    private (int Page, int Usable) Layout()
    {
        Span<byte> header = stackalloc byte[FileHeaderBytes];
        if (RandomAccess.Read(_file, header, 0) < FileHeaderBytes)
            throw new InvalidDataException("the database file is shorter than its header");
        var page = (int)BinaryPrimitives.ReadUInt16BigEndian(header[16..]);
        page = page == 1 ? 65536 : page;
        return page >= 512 ? (page, page - header[20]) : throw new InvalidDataException("the database file has no page size");
    }

    /// <summary>The unused middle of a page of a tree; empty for other pages, and for one whose cells do not lie where it says: that is fsck's.</summary>
    private static (int From, int To) Gap(ReadOnlySpan<byte> page, int header)
    {
        var pointers = page[header] switch
        {
            2 or 5 => header + 12,
            10 or 13 => header + 8,
            _ => 0,
        };
        if (pointers == 0)
            return (0, 0);
        var cells = BinaryPrimitives.ReadUInt16BigEndian(page[(header + 3)..]);
        var to = (int)BinaryPrimitives.ReadUInt16BigEndian(page[(header + 5)..]);
        to = to == 0 ? 65536 : to;
        var from = pointers + 2 * cells;
        if (from > to || to > page.Length)
            return (0, 0);
        for (var i = 0; i < cells; i++)
        {
            var cell = BinaryPrimitives.ReadUInt16BigEndian(page[(pointers + 2 * i)..]);
            if (cell < to || cell >= page.Length)
                return (0, 0);
        }
        return (from, to);
    }
}
