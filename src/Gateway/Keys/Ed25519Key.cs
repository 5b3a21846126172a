using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gateway.Protocol.MerkleLog;

namespace Gateway.Keys;

/// <summary>
/// An Ed25519 private key that signs through libcrypto, the library of OpenSSL that .NET itself has loaded: .NET 10 has no type of
/// its own for the algorithm. This is the only native code of the product. Safe to use from several threads: OpenSSL only reads the key.
/// </summary>
internal sealed partial class Ed25519Key : IDisposable
{
    private const string Library = "libcrypto";
    private const int Ed25519Type = 1087; // NID_ED25519
    private const int SeedBytes = 32;

    // PKCS #8 (RFC 8410 §7) before the seed: version 0, OID 1.3.101.112, an octet string inside an octet string.
    private static readonly byte[] s_pkcs8 = Convert.FromHexString("302e020100300506032b657004220420");

    private readonly KeyHandle _key;

    static Ed25519Key() => NativeLibrary.SetDllImportResolver(typeof(Ed25519Key).Assembly, Resolve);

    private Ed25519Key(ReadOnlySpan<byte> seed)
    {
        _key = EVP_PKEY_new_raw_private_key(Ed25519Type, 0, seed, (nuint)seed.Length);
        var publicKey = new byte[Ed25519.KeyLength];
        var length = (nuint)publicKey.Length;
        if (_key.IsInvalid || EVP_PKEY_get_raw_public_key(_key, publicKey, ref length) != 1 || length != (nuint)publicKey.Length)
            throw Failed();
        PublicKey = publicKey;
    }

    /// <summary>32 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The private key of a new pair as PKCS #8 in PEM: <c>openssl pkey</c> reads it.</summary>
    public static string CreatePem()
    {
        var seed = RandomNumberGenerator.GetBytes(SeedBytes);
        byte[] der = [.. s_pkcs8, .. seed];
        try
        {
            return PemEncoding.WriteString("PRIVATE KEY", der) + "\n";
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(der);
        }
    }

    /// <summary>Reads what <see cref="CreatePem"/> or <c>openssl genpkey -algorithm ed25519</c> made. Throws <see cref="CryptographicException"/> for anything else.</summary>
    public static Ed25519Key FromPem(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var block) || pem[block.Label] != "PRIVATE KEY")
            throw new CryptographicException("the file holds no PKCS #8 private key in PEM");
        var der = Convert.FromBase64String(pem[block.Base64Data]);
        try
        {
            return der.Length == s_pkcs8.Length + SeedBytes && der.AsSpan().StartsWith(s_pkcs8)
                ? new Ed25519Key(der.AsSpan(s_pkcs8.Length))
                : throw new CryptographicException("the private key is not an Ed25519 key");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    /// <summary>64 bytes; the same for the same message, always.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        using var context = EVP_MD_CTX_new();
        var signature = new byte[Ed25519.SignatureLength];
        var length = (nuint)signature.Length;
        return !context.IsInvalid && EVP_DigestSignInit(context, 0, 0, 0, _key) == 1
            && EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length) == 1 && length == (nuint)signature.Length
            ? signature
            : throw Failed();
    }

    /// <summary>Signs the second vector of RFC 8032 §7.1 and verifies it in managed code. Throws when the library is absent or does something else: no log is kept then.</summary>
    public static void SelfTest()
    {
        byte[] message = [0x72];
        try
        {
            using var key = new Ed25519Key(Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
            var signature = key.Sign(message);
            if (Convert.ToHexStringLower(signature.AsSpan(0, 8)) != "92a009a9f0d4cab8" || !Ed25519.Verify(key.PublicKey.Span, message, signature))
                throw new CryptographicException("libcrypto signs the test vector of Ed25519 wrongly");
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new CryptographicException("libcrypto (OpenSSL 3) is not on this machine, and the log is signed through it", e);
        }
    }

    public void Dispose() => _key.Dispose();

    private static CryptographicException Failed()
    {
        // What stands in the thread's queue is nobody else's business.
        ERR_clear_error();
        return new CryptographicException("libcrypto could not use the Ed25519 key");
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
            return 0;
        foreach (var file in new[] { "libcrypto.so.3", "libcrypto.so", "libcrypto.3.dylib" })
        {
            if (NativeLibrary.TryLoad(file, out var library))
                return library;
        }
        return 0;
    }

    [LibraryImport(Library)]
    private static partial KeyHandle EVP_PKEY_new_raw_private_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_get_raw_public_key(KeyHandle key, Span<byte> publicKey, ref nuint length);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    private static partial ContextHandle EVP_MD_CTX_new();

    [LibraryImport(Library)]
    private static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSignInit(ContextHandle context, nint keyContext, nint digest, nint engine, KeyHandle key);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSign(ContextHandle context, Span<byte> signature, ref nuint length, ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Library)]
    private static partial void ERR_clear_error();

    private sealed class KeyHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            EVP_PKEY_free(handle);
            return true;
        }
    }

    private sealed class ContextHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            EVP_MD_CTX_free(handle);
            return true;
        }
    }
}
