using System.Collections.Concurrent;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Marks;

/// <summary>
/// Certificates already read, by SHA-256 of their DER: a peer's seal certificate comes with every message. Two generations of bounded size,
/// so that strangers with ever new certificates cost parsing, not memory. Holds no judgement: reading is all that is saved.
/// </summary>
internal static class CertificateCache
{
    public const int GenerationSize = 512;

    private static readonly Lock Turn = new();
    private static ConcurrentDictionary<Digest, Certificate> s_young = new();
    private static ConcurrentDictionary<Digest, Certificate> s_old = new();

    /// <summary>Certificates held now; at most two generations, and what threads add while they change.</summary>
    public static int Count => s_young.Count + s_old.Count;

    public static Outcome<Certificate> Read(ReadOnlySpan<byte> der)
    {
        var digest = Digest.Of(der);
        if (s_young.TryGetValue(digest, out var known))
            return known;
        if (!s_old.TryGetValue(digest, out known))
        {
            // A copy of its own: a slice would keep the whole message alive as long as the certificate.
            if (!Certificate.Read(der.ToArray()).TryGet(out known, out var refusal))
                return refusal;
        }

        if (s_young.Count >= GenerationSize)
        {
            lock (Turn)
            {
                if (s_young.Count >= GenerationSize)
                    (s_old, s_young) = (s_young, new());
            }
        }

        s_young.TryAdd(digest, known);
        return known;
    }
}
