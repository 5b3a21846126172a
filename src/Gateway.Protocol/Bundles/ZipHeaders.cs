using System.Buffers.Binary;
using System.Text;

namespace Gateway.Protocol.Bundles;

/// <summary>What the headers of one stored file say; <c>SizesFollow</c> when a data descriptor stands behind the data.</summary>
internal readonly record struct ZipRecord(string Name, uint Crc, long Size, long Offset, bool SizesFollow);

/// <summary>The one spelling of the headers: <see cref="ZipWriter"/> writes it, <see cref="ZipDirectory"/> compares with it.</summary>
internal static class ZipHeaders
{
    /// <summary>Room for either header of a file of this name.</summary>
    public static int Room(string name) => ZipFormat.CentralHeaderBytes + name.Length + 4 + (3 * sizeof(long));

    private static bool Large(long value) => value >= uint.MaxValue;

    private static uint Clamp(long value) => Large(value) ? uint.MaxValue : (uint)value;

    // APPNOTE 4.3.7; with bit 3, CRC and sizes are zero here and follow the data (4.4.4), all ones when they are 64 bits wide.
    public static byte[] Local(ZipRecord e)
    {
        var header = new byte[Room(e.Name)];
        return header[..Local(e, header)];
    }

    /// <summary>Writes the header; returns its length. The reader compares one for every file, and keeps none.</summary>
    public static int Local(ZipRecord e, Span<byte> buffer)
    {
        var large = Large(e.Size);
        var b = buffer[..(ZipFormat.LocalHeaderBytes + e.Name.Length + (large ? 20 : 0))];
        b.Clear();
        var size = large ? uint.MaxValue : e.SizesFollow ? 0 : (uint)e.Size;
        BinaryPrimitives.WriteUInt32LittleEndian(b, ZipFormat.LocalHeader);
        Common(b[4..], e, large);
        BinaryPrimitives.WriteUInt32LittleEndian(b[14..], e.SizesFollow ? 0 : e.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(b[18..], size);
        BinaryPrimitives.WriteUInt32LittleEndian(b[22..], size);
        BinaryPrimitives.WriteUInt16LittleEndian(b[26..], (ushort)e.Name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(b[28..], (ushort)(large ? 20 : 0));
        Encoding.ASCII.GetBytes(e.Name, b[ZipFormat.LocalHeaderBytes..]);
        if (large)
            Zip64(b[(ZipFormat.LocalHeaderBytes + e.Name.Length)..], e.SizesFollow ? [0, 0] : [e.Size, e.Size]);
        return b.Length;
    }

    public static byte[] Descriptor(ZipRecord e)
    {
        var wide = Large(e.Size) ? 8 : 4;
        var b = new byte[8 + (2 * wide)];
        BinaryPrimitives.WriteUInt32LittleEndian(b, ZipFormat.DataDescriptor);
        BinaryPrimitives.WriteUInt32LittleEndian(b.AsSpan(4), e.Crc);
        for (var i = 0; i < 2; i++)
        {
            if (wide == 8)
                BinaryPrimitives.WriteInt64LittleEndian(b.AsSpan(8 + (8 * i)), e.Size);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(b.AsSpan(8 + (4 * i)), (uint)e.Size);
        }
        return b;
    }

    public static byte[] Central(ZipRecord e)
    {
        var header = new byte[Room(e.Name)];
        return header[..Central(e, header)];
    }

    /// <inheritdoc cref="Local(ZipRecord, Span{byte})"/>
    public static int Central(ZipRecord e, Span<byte> buffer)
    {
        Span<long> wide = [e.Size, e.Size, e.Offset];
        wide = wide[(Large(e.Size) ? 0 : 2)..(Large(e.Offset) ? 3 : 2)];
        var extra = wide.IsEmpty ? 0 : 4 + (8 * wide.Length);
        var b = buffer[..(ZipFormat.CentralHeaderBytes + e.Name.Length + extra)];
        b.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(b, ZipFormat.CentralHeader);
        BinaryPrimitives.WriteUInt16LittleEndian(b[4..], ZipFormat.MadeBy);
        Common(b[6..], e, !wide.IsEmpty);
        BinaryPrimitives.WriteUInt32LittleEndian(b[16..], e.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(b[20..], Clamp(e.Size));
        BinaryPrimitives.WriteUInt32LittleEndian(b[24..], Clamp(e.Size));
        BinaryPrimitives.WriteUInt16LittleEndian(b[28..], (ushort)e.Name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(b[30..], (ushort)extra);
        BinaryPrimitives.WriteUInt32LittleEndian(b[38..], ZipFormat.Attributes);
        BinaryPrimitives.WriteUInt32LittleEndian(b[42..], Clamp(e.Offset));
        Encoding.ASCII.GetBytes(e.Name, b[ZipFormat.CentralHeaderBytes..]);
        if (extra > 0)
            Zip64(b[(ZipFormat.CentralHeaderBytes + e.Name.Length)..], wide);
        return b.Length;
    }

    // Version needed, flags, method, time, date: the same ten bytes in both headers.
    private static void Common(Span<byte> b, ZipRecord e, bool zip64)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(b, zip64 ? ZipFormat.NeedsZip64 : ZipFormat.NeedsPlain);
        BinaryPrimitives.WriteUInt16LittleEndian(b[2..], e.SizesFollow ? ZipFormat.SizesFollow : (ushort)0);
        BinaryPrimitives.WriteUInt16LittleEndian(b[4..], ZipFormat.Stored);
        BinaryPrimitives.WriteUInt16LittleEndian(b[8..], ZipFormat.Date);
    }

    private static void Zip64(Span<byte> b, ReadOnlySpan<long> values)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(b, ZipFormat.Zip64Extra);
        BinaryPrimitives.WriteUInt16LittleEndian(b[2..], (ushort)(8 * values.Length));
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(b[(4 + (8 * i))..], values[i]);
    }

    public static byte[] End(long entries, long start, long length)
    {
        var zip64 = entries >= ushort.MaxValue || Large(start) || Large(length);
        var comment = ZipFormat.Comment;
        var b = new byte[(zip64 ? ZipFormat.End64RecordBytes + ZipFormat.End64LocatorBytes : 0) + ZipFormat.EndRecordBytes + comment.Length];
        var end = b.AsSpan();
        if (zip64)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(b, ZipFormat.End64Record);
            BinaryPrimitives.WriteInt64LittleEndian(b.AsSpan(4), ZipFormat.End64RecordBytes - 12);
            BinaryPrimitives.WriteUInt16LittleEndian(b.AsSpan(12), ZipFormat.MadeBy);
            BinaryPrimitives.WriteUInt16LittleEndian(b.AsSpan(14), ZipFormat.NeedsZip64);
            BinaryPrimitives.WriteInt64LittleEndian(b.AsSpan(24), entries);
            BinaryPrimitives.WriteInt64LittleEndian(b.AsSpan(32), entries);
            BinaryPrimitives.WriteInt64LittleEndian(b.AsSpan(40), length);
            BinaryPrimitives.WriteInt64LittleEndian(b.AsSpan(48), start);
            var locator = b.AsSpan(ZipFormat.End64RecordBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(locator, ZipFormat.End64Locator);
            BinaryPrimitives.WriteInt64LittleEndian(locator[8..], start + length);
            BinaryPrimitives.WriteUInt32LittleEndian(locator[16..], 1);
            end = locator[ZipFormat.End64LocatorBytes..];
        }
        var count = (ushort)Math.Min(entries, ushort.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(end, ZipFormat.EndRecord);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], Clamp(length));
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], Clamp(start));
        BinaryPrimitives.WriteUInt16LittleEndian(end[20..], (ushort)comment.Length);
        comment.CopyTo(end[ZipFormat.EndRecordBytes..]);
        return b;
    }
}
