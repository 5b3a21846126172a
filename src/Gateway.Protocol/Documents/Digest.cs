using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Protocol.Documents;

/// <summary>A SHA-256 value: 32 bytes, written as 64 lower-case hexadecimal digits. A value type, so that it can be a key.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Digest
{
    /// <summary>Bytes in a digest.</summary>
    public const int Length = 32;

    private static readonly SearchValues<byte> s_digits = SearchValues.Create("0123456789abcdef"u8);

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

    /// <summary>The order of the bytes, which is that of the hexadecimal digits.</summary>
    internal static IComparer<Digest> Order { get; } = Comparer<Digest>.Create((a, b) => MemoryMarshal.AsBytes(new ReadOnlySpan<Digest>(in a)).SequenceCompareTo(MemoryMarshal.AsBytes(new ReadOnlySpan<Digest>(in b))));

    /// <summary>Reads 64 lower-case hexadecimal digits.</summary>
    public static bool TryParse(string? hex, out Digest digest)
    {
        Span<byte> ascii = stackalloc byte[2 * Length];
        digest = default;
        return hex is { Length: 2 * Length } && Ascii.FromUtf16(hex, ascii, out _) == OperationStatus.Done && TryParseAscii(ascii, out digest);
    }

    /// <summary>Reads 64 lower-case hexadecimal digits in ASCII.</summary>
    internal static bool TryParseAscii(ReadOnlySpan<byte> hex, out Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Length];
        digest = default;
        if (hex.Length != 2 * Length || hex.ContainsAnyExcept(s_digits) || Convert.FromHexString(hex, bytes, out _, out _) != OperationStatus.Done)
            return false;
        digest = new Digest(bytes);
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
