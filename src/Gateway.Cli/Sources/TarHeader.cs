using System.Globalization;
using System.Text;
using Gateway.Protocol.Parts;

namespace Gateway.Cli.Sources;

/// <summary>
/// Headers of POSIX.1-2001 (pax) archives, the same bytes for the same entry always: an item that is resumed must come out as it was.
/// The framework's writer puts the number of the process into them.
/// </summary>
internal static class TarHeader
{
    public const int BlockBytes = 512;

    private const int NameBytes = 100;
    private const long MaxOctalSize = (1L << 33) - 1;

    /// <summary>The header blocks of one entry.</summary>
    public static byte[] Of(string path, FileKind kind, long size, DateTimeOffset modified, string? target = null)
    {
        var (name, link) = (Encoding.UTF8.GetBytes(path), Encoding.UTF8.GetBytes(target ?? ""));
        var extended = new List<byte>();
        if (!Fits(name))
            extended.AddRange(Record("path", name));
        if (!Fits(link))
            extended.AddRange(Record("linkpath", link));
        if (size > MaxOctalSize)
            extended.AddRange(Record("size", Encoding.ASCII.GetBytes(size.ToString(CultureInfo.InvariantCulture))));
        var type = kind switch { FileKind.FILE => '0', FileKind.FOLDER => '5', FileKind.LINK => '2', FileKind.SPECIAL => throw new ArgumentException("nothing of it is archived", nameof(kind)) };
        var own = Block(Fits(name) ? name : "pax"u8, type, Math.Min(size, MaxOctalSize), modified, Fits(link) ? link : "pax"u8);
        if (extended.Count == 0)
            return own;
        return [.. Block("pax"u8, 'x', extended.Count, DateTimeOffset.UnixEpoch, []), .. extended, .. new byte[Padding(extended.Count)], .. own];
    }

    /// <summary>Zeros that fill the last block of so many bytes.</summary>
    public static int Padding(long bytes) => (int)((BlockBytes - (bytes % BlockBytes)) % BlockBytes);

    private static bool Fits(ReadOnlySpan<byte> text) => text.Length <= NameBytes && Ascii.IsValid(text);

    private static byte[] Block(ReadOnlySpan<byte> name, char type, long size, DateTimeOffset modified, ReadOnlySpan<byte> link)
    {
        var block = new byte[BlockBytes];
        name.CopyTo(block);
        Octal(block.AsSpan(100, 8), type == '5' ? 0b111_101_101 : 0b110_100_100);
        Octal(block.AsSpan(108, 8), 0);
        Octal(block.AsSpan(116, 8), 0);
        Octal(block.AsSpan(124, 12), size);
        Octal(block.AsSpan(136, 12), Math.Clamp(modified.ToUnixTimeSeconds(), 0, MaxOctalSize));
        block.AsSpan(148, 8).Fill((byte)' ');
        block[156] = (byte)type;
        link.CopyTo(block.AsSpan(157));
        "ustar\00000"u8.CopyTo(block.AsSpan(257));
        Octal(block.AsSpan(329, 8), 0);
        Octal(block.AsSpan(337, 8), 0);
        var sum = 0;
        foreach (var b in block)
            sum += b;
        Octal(block.AsSpan(148, 7), sum);
        return block;
    }

    // Digits, then a zero byte.
    private static void Octal(Span<byte> field, long value)
    {
        for (var i = field.Length - 2; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
        field[^1] = 0;
    }

    // "LENGTH KEY=VALUE\n", where LENGTH counts itself.
    private static byte[] Record(string key, ReadOnlySpan<byte> value)
    {
        var rest = 1 + key.Length + 1 + value.Length + 1;
        var length = rest + 1;
        while (length != rest + length.ToString(CultureInfo.InvariantCulture).Length)
            length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        return [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length} {key}=")), .. value, (byte)'\n'];
    }
}
