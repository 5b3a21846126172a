using System.Globalization;
using System.Text;

namespace Gateway.Cli.Sources;

/// <summary>What a tar archive says of one member.</summary>
/// <param name="Path">Its name.</param>
/// <param name="Type">The type flag: <c>0</c> a file, <c>5</c> a folder, <c>2</c> a link.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Offset">Where they begin.</param>
/// <param name="Target">Where a link leads.</param>
internal sealed record TarMember(string Path, char Type, long Size, long Offset, string Target);

/// <summary>
/// Reads the headers of a POSIX.1-2001 (pax) archive and nothing of its contents. Written by others: every length is bounded before it is
/// believed, and what does not fit ends in <see cref="InvalidDataException"/>.
/// </summary>
internal static class TarMembers
{
    private const int MaxExtendedBytes = 1 << 20;
    private const string Links = "123456";

    /// <summary>The members in order. The stream may be moved between two of them.</summary>
    public static IEnumerable<TarMember> Of(Stream archive)
    {
        var (block, length) = (new byte[TarHeader.BlockBytes], archive.Length);
        var extended = new Dictionary<string, string>(StringComparer.Ordinal);
        for (long at = 0; ;)
        {
            Read(archive, at, block);
            if (!block.AsSpan().ContainsAnyExcept((byte)0))
                yield break;
            RequireChecksum(block, at);
            at += TarHeader.BlockBytes;
            var (type, size) = ((char)block[156], Octal(block.AsSpan(124, 12)));
            if (type is 'x' or 'g')
            {
                if (size > MaxExtendedBytes)
                    throw new InvalidDataException($"the extended header at byte {at} has {size} bytes");
                var records = new byte[size];
                Read(archive, at, records);
                if (type == 'x')
                    TakeRecords(records, extended);
            }
            else
            {
                if (extended.GetValueOrDefault("size") is { } text && (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size)))
                    throw new InvalidDataException($"the member at byte {at} has no size");
                if (Links.Contains(type, StringComparison.Ordinal))
                    size = 0;
                if (size > length - at)
                    throw new InvalidDataException($"the member at byte {at} is longer than the archive");
                yield return new TarMember(extended.GetValueOrDefault("path") ?? Name(block), type == '\0' ? '0' : type, size, at, extended.GetValueOrDefault("linkpath") ?? Text(block.AsSpan(157, 100)));
                extended.Clear();
            }
            at += size + TarHeader.Padding(size);
        }
    }

    private static void Read(Stream archive, long at, byte[] destination)
    {
        archive.Position = at;
        if (archive.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) < destination.Length)
            throw new InvalidDataException($"it ends at byte {at} without its end");
    }

    private static void RequireChecksum(byte[] block, long at)
    {
        var sum = 8 * ' ';
        for (var i = 0; i < block.Length; i++)
            sum += i is >= 148 and < 156 ? 0 : block[i];
        if (Octal(block.AsSpan(148, 8)) != sum)
            throw new InvalidDataException($"the header at byte {at} does not have its checksum");
    }

    private static string Name(byte[] block)
        => Text(block.AsSpan(345, 155)) is { Length: > 0 } prefix ? $"{prefix}/{Text(block.AsSpan(0, 100))}" : Text(block.AsSpan(0, 100));

    private static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is var end and >= 0 ? field[..end] : field);

    private static long Octal(ReadOnlySpan<byte> field)
    {
        long value = 0;
        foreach (var digit in field.Trim((ReadOnlySpan<byte>)[(byte)' ', 0]))
            value = digit is >= (byte)'0' and <= (byte)'7' ? (8 * value) + digit - '0' : throw new InvalidDataException("a header holds a number that is none");
        return value;
    }

    // "LENGTH KEY=VALUE\n", where LENGTH counts itself.
    private static void TakeRecords(ReadOnlySpan<byte> records, Dictionary<string, string> extended)
    {
        while (records.Length > 0)
        {
            var space = records.IndexOf((byte)' ');
            if (space < 0 || !int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length <= space + 1 || length > records.Length)
                throw new InvalidDataException("an extended header holds a record without its length");
            var record = Encoding.UTF8.GetString(records[(space + 1)..(length - 1)]);
            var equals = record.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                extended[record[..equals]] = record[(equals + 1)..];
            records = records[length..];
        }
    }
}
