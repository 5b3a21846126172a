using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Gateway.Protocol.Envelopes;

/// <summary>AES key wrap, RFC 3394 §2.2, for keys of whole 64-bit blocks. The framework offers only the padded variant (RFC 5649).</summary>
internal static class KeyWrap
{
    /// <summary>Octets that wrapping adds.</summary>
    public const int Overhead = 8;

    private const ulong InitialValue = 0xa6a6a6a6a6a6a6a6; // RFC 3394 §2.2.3.1

    public static byte[] Wrap(ReadOnlySpan<byte> keyEncryptionKey, ReadOnlySpan<byte> key)
    {
        if (key.Length < 16 || key.Length % 8 != 0)
            throw new ArgumentException($"a key of {key.Length} bytes cannot be wrapped", nameof(key));
        var wrapped = new byte[key.Length + Overhead];
        key.CopyTo(wrapped.AsSpan(Overhead));
        BinaryPrimitives.WriteUInt64BigEndian(wrapped, InitialValue);
        var block = new byte[16];
        using var cipher = Cipher(keyEncryptionKey);
        using var encryptor = cipher.CreateEncryptor();
        var blocks = key.Length / 8;
        for (var t = 1; t <= 6 * blocks; t++)
        {
            var register = wrapped.AsSpan(8 * ((t - 1) % blocks + 1), 8);
            wrapped.AsSpan(0, 8).CopyTo(block);
            register.CopyTo(block.AsSpan(8));
            encryptor.TransformBlock(block, 0, 16, block, 0);
            BinaryPrimitives.WriteUInt64BigEndian(wrapped, BinaryPrimitives.ReadUInt64BigEndian(block) ^ (ulong)t);
            block.AsSpan(8).CopyTo(register);
        }

        CryptographicOperations.ZeroMemory(block);
        return wrapped;
    }

    /// <summary>Unwraps into <paramref name="key"/>; false when the integrity check fails or the lengths do not fit. The key is zeroed then.</summary>
    public static bool TryUnwrap(ReadOnlySpan<byte> keyEncryptionKey, ReadOnlySpan<byte> wrapped, Span<byte> key)
    {
        if (key.Length < 16 || key.Length % 8 != 0 || wrapped.Length != key.Length + Overhead)
            return false;
        wrapped[8..].CopyTo(key);
        var check = BinaryPrimitives.ReadUInt64BigEndian(wrapped);
        var block = new byte[16];
        using var cipher = Cipher(keyEncryptionKey);
        using var decryptor = cipher.CreateDecryptor();
        var blocks = key.Length / 8;
        for (var t = 6 * blocks; t >= 1; t--)
        {
            var register = key.Slice(8 * ((t - 1) % blocks), 8);
            BinaryPrimitives.WriteUInt64BigEndian(block, check ^ (ulong)t);
            register.CopyTo(block.AsSpan(8));
            decryptor.TransformBlock(block, 0, 16, block, 0);
            check = BinaryPrimitives.ReadUInt64BigEndian(block);
            block.AsSpan(8).CopyTo(register);
        }

        CryptographicOperations.ZeroMemory(block);
        if (check == InitialValue)
            return true;
        CryptographicOperations.ZeroMemory(key);
        return false;
    }

    private static Aes Cipher(ReadOnlySpan<byte> key)
    {
        var aes = Aes.Create();
        aes.SetKey(key);
        // RFC 3394 is defined over single AES blocks: ECB is the bare block cipher here, not a mode for data.
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        return aes;
    }
}
