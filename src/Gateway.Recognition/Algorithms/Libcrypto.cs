using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Recognition.Algorithms;

/// <summary>
/// The second way to verify: EVP_DigestVerify of OpenSSL 3's libcrypto, the one that .NET itself uses on Linux. Only keys that were read and checked in managed code come here.
/// GOST goes through the engine <c>gost</c>; nothing of it is made a default of the process, so that nothing else in it changes. Engines end with OpenSSL 4: then <see cref="HasGost"/> is false.
/// </summary>
internal static class Libcrypto
{
    private const string Library = "libcrypto.so.3";

    private static readonly Lazy<bool> s_present = new(() => OperatingSystem.IsLinux() && NativeLibrary.TryLoad(Library, out _));
    private static readonly Lazy<nint> s_gost = new(LoadGost);

    public static bool IsPresent => s_present.Value;

    public static bool HasGost => IsPresent && s_gost.Value != 0;

    /// <summary>Ed25519 and Ed448.</summary>
    public static bool? VerifyEdwards(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        => IsPresent ? Verify(key, 0, 0, null, message, signature) : null;

    /// <summary>SM2 with SM3.</summary>
    public static bool? VerifySm2(PublicKey key, string id, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        => IsPresent ? Verify(key, EVP_get_digestbyname("SM3"), 0, Encoding.UTF8.GetBytes(id), message, signature) : null;

    /// <summary>GOST R 34.10-2012 with Streebog of the same length.</summary>
    public static bool? VerifyGost(PublicKey key, int bits, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (!HasGost)
            return null;
        var digest = ENGINE_get_digest(s_gost.Value, OBJ_sn2nid(bits == 256 ? "md_gost12_256" : "md_gost12_512"));
        return Verify(key, digest, s_gost.Value, null, message, signature);
    }

    private static bool? Verify(PublicKey key, nint digest, nint engine, byte[]? sm2Id, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        nint decoded = 0, keyContext = 0, context = 0;
        try
        {
            decoded = Decode(key.Encoded.ToArray());
            context = EVP_MD_CTX_new();
            if (decoded == 0 || context == 0)
                return null;
            if (sm2Id is not null)
            {
                keyContext = EVP_PKEY_CTX_new(decoded, 0);
                if (keyContext == 0 || EVP_PKEY_CTX_set1_id(keyContext, sm2Id, sm2Id.Length) != 1)
                    return null;
                EVP_MD_CTX_set_pkey_ctx(context, keyContext);
            }

            if (EVP_DigestVerifyInit(context, 0, digest, engine, decoded) != 1)
                return null;
            return EVP_DigestVerify(context, signature.ToArray(), (nuint)signature.Length, message.ToArray(), (nuint)message.Length) == 1;
        }
        finally
        {
            // A context that was given from outside is not freed with the one that uses it.
            EVP_MD_CTX_free(context);
            EVP_PKEY_CTX_free(keyContext);
            EVP_PKEY_free(decoded);
            ERR_clear_error(); // other users of this thread must not find our errors
        }
    }

    private static nint Decode(byte[] encoded)
    {
        var pinned = GCHandle.Alloc(encoded, GCHandleType.Pinned);
        try
        {
            var at = pinned.AddrOfPinnedObject();
            return d2i_PUBKEY(0, ref at, new CLong(encoded.Length));
        }
        finally
        {
            pinned.Free();
        }
    }

    private static nint LoadGost()
    {
        try
        {
            // A first use of the framework's cryptography, so that its own set-up of the library comes before ours.
            SHA256.HashData([]);
            var engine = ENGINE_by_id("gost");
            if (engine != 0 && ENGINE_init(engine) == 1
                && ENGINE_register_pkey_asn1_meths(engine) == 1 && ENGINE_register_pkey_meths(engine) == 1)
                return engine;
        }
        catch (EntryPointNotFoundException)
        {
            // a library without engines: GOST is verified in managed code alone
            return 0;
        }

        ERR_clear_error();
        return 0;
    }

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint d2i_PUBKEY(nint target, ref nint source, CLong length);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void EVP_PKEY_free(nint key);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint EVP_PKEY_CTX_new(nint key, nint engine);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void EVP_PKEY_CTX_free(nint context);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_PKEY_CTX_set1_id(nint context, byte[] id, int length);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint EVP_MD_CTX_new();

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void EVP_MD_CTX_free(nint context);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void EVP_MD_CTX_set_pkey_ctx(nint context, nint keyContext);

    [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint EVP_get_digestbyname(string name);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_DigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_DigestVerify(nint context, byte[] signature, nuint signatureLength, byte[] message, nuint messageLength);

    [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OBJ_sn2nid(string name);

    [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ENGINE_by_id(string id);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ENGINE_init(nint engine);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ENGINE_register_pkey_asn1_meths(nint engine);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ENGINE_register_pkey_meths(nint engine);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ENGINE_get_digest(nint engine, int number);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ERR_clear_error();
}
