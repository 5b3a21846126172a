using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Algorithms;

/// <summary>
/// Whether this process may ask libcrypto (and its gost engine, when installed) about GOST, SM2 and EdDSA signatures besides computing them itself. Off until an
/// executable that may load native code turns it on at its start. Where both differ over one signature nothing is known, and whoever listens is told.
/// </summary>
public static class SecondOpinion
{
    private static readonly Lazy<bool> s_works = new(Works);
    private static volatile bool s_on;

    /// <summary>The two ways differed over a signature: the scheme's name and the two answers. One of them is wrong, and somebody must look.</summary>
    public static event Action<string>? Differed;

    /// <summary>True after <see cref="TurnOn"/> found a library.</summary>
    public static bool IsOn => s_on;

    /// <summary>Loads the library. Where there is none, managed code stands alone, with the same verdicts.</summary>
    /// <returns>What was found, for the log: <c>libcrypto</c>, <c>libcrypto and gost engine</c>, or null.</returns>
    public static string? TurnOn()
    {
        if (!s_works.Value)
            return null;
        s_on = true;
        return Libcrypto.HasGost ? "libcrypto and gost engine" : "libcrypto";
    }

    // RFC 8032 §7.1, test 2: a library that does not know this signature, or is not what it seems, is not asked at all.
    private static bool Works()
    {
        try
        {
            var key = new Asn1Reader(Convert.FromHexString("302a300506032b65700321003d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
            return Libcrypto.VerifyEdwards(PublicKey.Read(ref key), [0x72],
                Convert.FromHexString("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")) == true;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return false; // another library under that name: managed code stands alone
        }
    }

    /// <summary>Tells whoever listens, and says it in words.</summary>
    internal static string Tell(string scheme, bool managed, bool native)
    {
        var text = $"{scheme}: managed code says {Word(managed)}, libcrypto says {Word(native)} of the same signature";
        Differed?.Invoke(text);
        return text;

        static string Word(bool valid) => valid ? "valid" : "not valid";
    }
}
