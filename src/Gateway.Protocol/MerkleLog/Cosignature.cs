using System.Buffers.Binary;
using System.Text;

namespace Gateway.Protocol.MerkleLog;

/// <summary>
/// The bytes of a timestamped Ed25519 cosignature (C2SP tlog-cosignature): eight bytes of time, then a signature over a line with that
/// time and the checkpoint's text. It says: at this time this was the largest checkpoint of the log that I had seen, and consistent
/// with all before.
/// </summary>
public static class Cosignature
{
    private const int TimeBytes = 8;

    /// <summary>Bytes of time and signature.</summary>
    public const int Length = TimeBytes + Ed25519.SignatureLength;

    /// <summary>What the witness signs, with its Ed25519 key and no other use of that key.</summary>
    /// <param name="time">Whole seconds count.</param>
    /// <param name="text">The note's text with its last line feed.</param>
    public static byte[] Message(DateTimeOffset time, ReadOnlySpan<byte> text)
        => [.. Encoding.ASCII.GetBytes($"cosignature/v1\ntime {NoteText.Number(time.ToUnixTimeSeconds())}\n"), .. text];

    /// <summary>The bytes after the key identifier in a signature line.</summary>
    /// <param name="time">As in <see cref="Message"/>; not before 1970-01-01T00:00:01Z.</param>
    /// <param name="signature">64 bytes.</param>
    public static byte[] Compose(DateTimeOffset time, ReadOnlySpan<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(signature.Length, Ed25519.SignatureLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(time.ToUnixTimeSeconds(), 1);
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, time.ToUnixTimeSeconds());
        signature.CopyTo(bytes.AsSpan(TimeBytes));
        return bytes;
    }

    internal static bool TryRead(ReadOnlySpan<byte> bytes, out DateTimeOffset time, out ReadOnlySpan<byte> signature)
    {
        time = default;
        signature = default;
        if (bytes.Length != Length)
            return false;
        var seconds = BinaryPrimitives.ReadInt64BigEndian(bytes);
        // 0 would mean "no time"; the upper bound is the year 9999.
        if (seconds < 1 || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return false;
        time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        signature = bytes[TimeBytes..];
        return true;
    }
}
