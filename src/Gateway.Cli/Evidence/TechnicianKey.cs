using System.Security.Cryptography;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

/// <summary>
/// Wraps item keys to the technician: an ephemeral key agrees with the person's signing key (ECDH, as RFC 5753 §3.1 does it), HKDF-SHA256
/// makes of it the key for AES-256-GCM. Opening needs the private key, or the token that holds it, and nothing else that lies beside
/// the journal. Layout: length of the ephemeral SubjectPublicKeyInfo (2 bytes, big-endian) ‖ it ‖ nonce ‖ ciphertext ‖ tag.
/// </summary>
internal sealed class TechnicianKey : IDisposable
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int MostSpkiBytes = 200;

    private readonly ECDiffieHellman _key;

    private TechnicianKey(ECDiffieHellman key) => _key = key;

    /// <summary>From the file of the signing key that the context names: PEM, or PKCS #12 without a password.</summary>
    public static TechnicianKey Open(Context context)
    {
        // The same checks, and the same words about what is wrong, as for signing.
        PersonKeys.Signing(context).Dispose();
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportFromPem(PersonKeys.SigningKey(context));
            return new TechnicianKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    public byte[] Wrap(ItemKey key, string itemId)
    {
        using var ephemeral = ECDiffieHellman.Create(_key.ExportParameters(includePrivateParameters: false).Curve);
        var spki = ephemeral.PublicKey.ExportSubjectPublicKeyInfo();
        var wrapping = Derive(ephemeral, _key.PublicKey, spki, itemId);
        var plain = key.ToArray();
        var wrapped = new byte[2 + spki.Length + NonceBytes + plain.Length + TagBytes];
        (wrapped[0], wrapped[1]) = ((byte)(spki.Length >> 8), (byte)spki.Length);
        spki.CopyTo(wrapped, 2);
        var sealedKey = wrapped.AsSpan(2 + spki.Length);
        RandomNumberGenerator.Fill(sealedKey[..NonceBytes]);
        using (var aes = new AesGcm(wrapping, TagBytes))
            aes.Encrypt(sealedKey[..NonceBytes], plain, sealedKey.Slice(NonceBytes, plain.Length), sealedKey[^TagBytes..], Convert.FromHexString(itemId));
        CryptographicOperations.ZeroMemory(plain);
        CryptographicOperations.ZeroMemory(wrapping);
        return wrapped;
    }

    /// <summary>Stops when it was wrapped to another person's key, or was changed.</summary>
    public ItemKey Unwrap(ReadOnlySpan<byte> wrapped, string itemId)
    {
        try
        {
            var length = wrapped.Length < 2 ? 0 : (wrapped[0] << 8) | wrapped[1];
            if (length is 0 or > MostSpkiBytes || wrapped.Length != 2 + length + NonceBytes + ItemKey.Length + TagBytes)
                throw new CryptographicException("the wrapped key has a wrong length");
            var spki = wrapped.Slice(2, length);
            using var ephemeral = ECDiffieHellman.Create();
            ephemeral.ImportSubjectPublicKeyInfo(spki, out _);
            var wrapping = Derive(_key, ephemeral.PublicKey, spki, itemId);
            var sealedKey = wrapped[(2 + length)..];
            Span<byte> plain = stackalloc byte[ItemKey.Length];
            using var aes = new AesGcm(wrapping, TagBytes);
            aes.Decrypt(sealedKey[..NonceBytes], sealedKey.Slice(NonceBytes, ItemKey.Length), sealedKey[^TagBytes..], plain, Convert.FromHexString(itemId));
            CryptographicOperations.ZeroMemory(wrapping);
            var key = ItemKey.From(plain);
            CryptographicOperations.ZeroMemory(plain);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            throw StopException.Incomplete($"the key of item {itemId} was wrapped to another person's key, or its file was changed; go on as that person, or begin a new item with --new", e);
        }
    }

    public void Dispose() => _key.Dispose();

    // The ephemeral key and the item are in the derivation: a wrapped key fits one item only.
    private static byte[] Derive(ECDiffieHellman own, ECDiffieHellmanPublicKey other, ReadOnlySpan<byte> spki, string itemId)
    {
        var secret = own.DeriveRawSecretAgreement(other);
        byte[] info = [.. "gateway/journal/v1"u8, .. Convert.FromHexString(itemId), .. spki];
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, outputLength: 32, info: info);
        CryptographicOperations.ZeroMemory(secret);
        return key;
    }
}
