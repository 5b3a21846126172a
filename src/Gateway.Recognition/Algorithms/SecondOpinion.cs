namespace Gateway.Recognition.Algorithms;

/// <summary>
/// Whether this process may ask libcrypto (and its gost engine, when installed) about GOST, SM2 and EdDSA signatures besides computing them itself. Off until an
/// executable that may load native code turns it on at its start; the offline verifier never does.
/// </summary>
public static class SecondOpinion
{
    private static volatile bool s_on;

    /// <summary>True after <see cref="TurnOn"/> found a library.</summary>
    public static bool IsOn => s_on;

    /// <summary>Loads the library. Where there is none, managed code stands alone, with the same verdicts.</summary>
    /// <returns>What was found, for the log: <c>libcrypto</c>, <c>libcrypto and gost engine</c>, or null.</returns>
    public static string? TurnOn()
    {
        if (!Libcrypto.IsPresent)
            return null;
        s_on = true;
        return Libcrypto.HasGost ? "libcrypto and gost engine" : "libcrypto";
    }
}
