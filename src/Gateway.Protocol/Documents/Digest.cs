using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Gateway.Protocol.Documents;

/// <summary>A SHA-256 value: 32 bytes, written as 64 lower-case hexadecimal digits. A value type, so that it can be a key.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Digest
{
    /// <summary>Bytes in a digest.</summary>
    public const int Length = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>Takes exactly 32 bytes; anything else throws <see cref="ArgumentException"/>.</summary>
    public Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"a SHA-256 value has 32 bytes, not {bytes.Length}", nameof(bytes));
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        (_a, _b, _c, _d) = (words[0], words[1], words[2], words[3]);
    }

    /// <summary>SHA-256 of <paramref name="content"/>.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Length];
        SHA256.HashData(content, hash);
        return new Digest(hash);
    }

    /// <summary>Reads 64 lower-case hexadecimal digits.</summary>
    public static bool TryParse(string? hex, out Digest digest)
    {
        digest = default;
        if (hex is null || hex.Length != 2 * Length || !Ids.IsHex(hex))
            return false;
        digest = new Digest(Convert.FromHexString(hex));
        return true;
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        var self = this;
        MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref self, 1)).CopyTo(destination);
    }

    /// <summary>The 32 bytes as a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
