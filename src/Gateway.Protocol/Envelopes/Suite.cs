using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Envelopes;

/// <summary>
/// The name of a set of encryption algorithms, as it stands inside the seal: key agreement, content encryption, key derivation. Because the sealed name is compared with what really
/// opened the envelope, nobody on the way can lower it.
/// </summary>
/// <param name="Name">For example <c>P256-A256GCM-SHA256</c>.</param>
public sealed record Suite(string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The suites known to this version, weakest first.</summary>
public static class Suites
{
    /// <summary>ECDH on P-256, X9.63 KDF with SHA-256, AES-256 key wrap, AES-256-GCM.</summary>
    public static readonly Suite P256 = new("P256-A256GCM-SHA256");

    /// <summary>The same with ECDH on P-384.</summary>
    public static readonly Suite P384 = new("P384-A256GCM-SHA256");

    /// <summary>
    /// In the cover of a message to a State that no gateway serves: sealed when nobody knows yet to which key, if any, it will be encrypted. It leaves as a file, and never
    /// from gateway to gateway; what comes from a peer under this name is refused like any unknown one.
    /// </summary>
    public const string OnPaper = "PAPER";

    /// <summary>Every suite, weakest first.</summary>
    public static IReadOnlyList<Suite> All { get; } = [P256, P384];

    /// <summary>The weakest suite accepted where an administrator has not chosen a stronger one.</summary>
    public static Suite Minimum => P256;

    /// <summary>The suite that encrypting to this certificate uses, or null when its key cannot receive envelopes.</summary>
    public static Suite? For(Certificate recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        return recipient.MayAgreeKeys && recipient.Curve is { } curve ? For(curve) : null;
    }

    /// <summary>Whether <paramref name="suite"/> is known and not weaker than <paramref name="minimum"/>.</summary>
    public static bool AtLeast(Suite suite, Suite minimum) => Rank(suite) is >= 0 and var rank && Rank(minimum) is >= 0 and var least && rank >= least;

    /// <summary>
    /// Judges the name inside the seal: known, not below <paramref name="minimum"/>, and the one that opened the envelope. Refuses with <see cref="RefusalCode.EnvelopeSuite"/>.
    /// </summary>
    public static Outcome<Suite> Check(string nameInSeal, Suite opened, Suite minimum)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(minimum);
        var suite = new Suite(nameInSeal);
        if (Rank(suite) < 0)
            return new Refusal(RefusalCode.EnvelopeSuite, "the suite named inside the seal is not known here");
        if (!AtLeast(suite, minimum))
            return new Refusal(RefusalCode.EnvelopeSuite, $"suite {suite} is weaker than {minimum}, the least accepted here");
        return suite == opened ? suite : new Refusal(RefusalCode.EnvelopeSuite, $"the seal names suite {suite}, the envelope used {opened}");
    }

    internal static Suite For(NamedCurve curve) => curve == NamedCurve.P384 ? P384 : P256;

    private static int Rank(Suite suite)
    {
        for (var i = 0; i < All.Count; i++)
            if (All[i] == suite)
                return i;
        return -1;
    }
}
