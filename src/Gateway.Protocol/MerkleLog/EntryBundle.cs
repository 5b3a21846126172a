using System.Buffers.Binary;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>Up to 256 entries one after the other, each behind its length in two bytes, big-endian (C2SP tlog-tiles).</summary>
public static class EntryBundle
{
    private const int LengthBytes = 2;

    /// <summary>Puts entries together; each has at most 65,535 bytes.</summary>
    public static byte[] Write(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Count, TilePath.FullWidth);
        var bytes = new byte[entries.Sum(e => LengthBytes + e.Length)];
        var at = 0;
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), checked((ushort)entry.Length));
            entry.CopyTo(bytes.AsMemory(at + LengthBytes));
            at += LengthBytes + entry.Length;
        }
        return bytes;
    }

    /// <summary>Takes a bundle apart; refuses a cut one and one with another number of entries than its path says.</summary>
    public static Outcome<IReadOnlyList<ReadOnlyMemory<byte>>> Read(TilePath path, ReadOnlyMemory<byte> bytes)
    {
        var entries = new List<ReadOnlyMemory<byte>>(TilePath.FullWidth);
        while (bytes.Length > 0)
        {
            if (entries.Count == path.Width || bytes.Length < LengthBytes)
                return Bad();
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes.Span);
            if (bytes.Length < LengthBytes + length)
                return Bad();
            entries.Add(bytes.Slice(LengthBytes, length));
            bytes = bytes[(LengthBytes + length)..];
        }
        return entries.Count == path.Width ? entries : Bad();
    }

    private static Refusal Bad() => new(RefusalCode.LogEntryMalformed, "the bundle is cut, or does not hold the entries that its path says");
}
