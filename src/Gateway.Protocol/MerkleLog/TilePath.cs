using System.Text;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>
/// The path of a tile below a log's prefix (C2SP tlog-tiles): <c>tile/0/x001/x234/067</c>, <c>tile/1/000.p/17</c>,
/// <c>tile/entries/003</c>. A path is one spelling.
/// </summary>
/// <param name="Level">0 to 7 for hashes: a hash of level l covers 256^l leaves; <see cref="Entries"/> for a bundle of entries.</param>
/// <param name="Index">Tiles of this level before it.</param>
/// <param name="Width">Hashes or entries in it; 256 when it is full.</param>
public readonly record struct TilePath(int Level, long Index, int Width)
{
    /// <summary>The level that stands for bundles of entries.</summary>
    public const int Entries = -1;

    /// <summary>Hashes or entries of a full tile.</summary>
    public const int FullWidth = 256;

    /// <summary>Bits of a leaf's index that one level stands for.</summary>
    internal const int Height = 8;

    // 256^7 leaves are more than 2^55: no log of ours reaches the level above.
    internal const int MaxLevel = 7;

    /// <summary>Whether the tile will never grow.</summary>
    public bool IsFull => Width == FullWidth;

    /// <summary>Whether a log of this size has the tile, with at least this width.</summary>
    public bool ExistsIn(long size)
    {
        var hashes = size >> (Height * (Level == Entries ? 0 : Level));
        return Index <= (hashes - Width) / FullWidth && (Index * FullWidth) + Width <= hashes;
    }

    /// <summary>Reads a path without leading slash.</summary>
    public static Outcome<TilePath> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var parts = path.Length <= 64 ? path.Split('/') : [];
        if (parts.Length < 3 || parts[0] != "tile")
            return Bad();
        var level = Entries;
        if (parts[1] != "entries")
        {
            if (!NoteText.TryNumber(parts[1], out var number) || number > MaxLevel)
                return Bad();
            level = (int)number;
        }
        var width = (long)FullWidth;
        var last = parts.Length - 1;
        if (parts[last - 1].EndsWith(".p", StringComparison.Ordinal))
        {
            if (!NoteText.TryNumber(parts[last], out width))
                return Bad();
            parts[--last] = parts[last][..^2];
        }
        var index = 0L;
        for (var i = 2; i <= last; i++)
        {
            var group = i < last && parts[i].StartsWith('x') ? parts[i][1..] : i == last ? parts[i] : "";
            if (group.Length != 3 || !group.All(char.IsAsciiDigit) || index > (long.MaxValue - 999) / 1000)
                return Bad();
            index = (index * 1000) + int.Parse(group, System.Globalization.CultureInfo.InvariantCulture);
        }
        // Written again: leading groups of zeros, ".p/256" and the like are second spellings.
        return width is >= 1 and <= FullWidth && new TilePath(level, index, (int)width) is var tile && tile.ToString() == path ? tile : Bad();
    }

    /// <summary>The tiles of one level of a log of this size, full ones first, a partial one last.</summary>
    public static IEnumerable<TilePath> Of(int level, long size)
    {
        var hashes = size >> (Height * (level == Entries ? 0 : level));
        for (var index = 0L; index < hashes / FullWidth; index++)
            yield return new TilePath(level, index, FullWidth);
        if (hashes % FullWidth != 0)
            yield return new TilePath(level, hashes / FullWidth, (int)(hashes % FullWidth));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder("tile/").Append(Level == Entries ? "entries" : NoteText.Number(Level)).Append('/');
        var digits = NoteText.Number(Index);
        digits = digits.PadLeft((digits.Length + 2) / 3 * 3, '0');
        for (var i = 0; i < digits.Length; i += 3)
            text.Append(i + 3 < digits.Length ? "x" : "").Append(digits, i, 3).Append(i + 3 < digits.Length ? "/" : "");
        if (!IsFull)
            text.Append(".p/").Append(NoteText.Number(Width));
        return text.ToString();
    }

    private static Refusal Bad() => new(RefusalCode.LogEntryMalformed, "not the path of a tile");
}
