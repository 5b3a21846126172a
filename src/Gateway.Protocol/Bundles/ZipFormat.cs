using System.Buffers.Binary;

namespace Gateway.Protocol.Bundles;

/// <summary>The numbers of the ZIP format (APPNOTE 6.3) that the writer and the reader share.</summary>
internal static class ZipFormat
{
    public const uint LocalHeader = 0x04034b50;
    public const uint CentralHeader = 0x02014b50;
    public const uint DataDescriptor = 0x08074b50;
    public const uint EndRecord = 0x06054b50;
    public const uint End64Record = 0x06064b50;
    public const uint End64Locator = 0x07064b50;

    public const int LocalHeaderBytes = 30;
    public const int CentralHeaderBytes = 46;
    public const int EndRecordBytes = 22;
    public const int End64RecordBytes = 56;
    public const int End64LocatorBytes = 20;

    public const ushort Stored = 0;
    public const ushort Deflated = 8;
    public const ushort SizesFollow = 0x0008;
    public const ushort Zip64Extra = 0x0001;

    /// <summary>1980-01-01 00:00, the first date that the format can say: a bundle has no times of its own outside its signed documents.</summary>
    public const ushort Date = 0x0021;

    /// <summary>Version 4.5, made on Unix, whatever the machine: the same case gives the same bytes.</summary>
    public const ushort MadeBy = 0x032D;
    public const ushort NeedsPlain = 20;
    public const ushort NeedsZip64 = 45;

    /// <summary>A regular file, rw-r--r--.</summary>
    public const uint Attributes = 0x81A40000;

    /// <summary>The archive comment. A file that carries it must be byte for byte as <see cref="ZipWriter"/> writes it.</summary>
    public static ReadOnlySpan<byte> Comment => "gateway bundle 1"u8;
}

/// <summary>CRC-32 as in ZIP (polynomial EDB88320), eight bytes at a time. It guards against accidents; SHA-256 against people.</summary>
internal static class Crc32
{
    private static readonly uint[] Tables = Build();

    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        var t = Tables;
        crc = ~crc;
        while (data.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = t[(7 * 256) + (int)(low & 0xFF)] ^ t[(6 * 256) + (int)((low >> 8) & 0xFF)]
                ^ t[(5 * 256) + (int)((low >> 16) & 0xFF)] ^ t[(4 * 256) + (int)(low >> 24)]
                ^ t[(3 * 256) + (int)(high & 0xFF)] ^ t[(2 * 256) + (int)((high >> 8) & 0xFF)]
                ^ t[256 + (int)((high >> 16) & 0xFF)] ^ t[(int)(high >> 24)];
            data = data[8..];
        }
        foreach (var b in data)
            crc = t[(int)((crc ^ b) & 0xFF)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] Build()
    {
        var tables = new uint[8 * 256];
        for (uint n = 0; n < 256; n++)
        {
            var c = n;
            for (var k = 0; k < 8; k++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            tables[n] = c;
        }
        for (var n = 0; n < 256; n++)
        {
            for (var k = 1; k < 8; k++)
            {
                var c = tables[((k - 1) * 256) + n];
                tables[(k * 256) + n] = tables[(int)(c & 0xFF)] ^ (c >> 8);
            }
        }
        return tables;
    }
}
