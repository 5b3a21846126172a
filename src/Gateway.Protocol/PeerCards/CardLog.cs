using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.PeerCards;

/// <summary>
/// The keys of a State's log and witness. Every list holds the current one first, then the next or the one being retired; checkpoints
/// bear a line of each while both stand here. A State without this member has no log: nobody can witness what it recorded.
/// </summary>
/// <param name="Keys">Ed25519 public keys of the log, 32 bytes each.</param>
/// <param name="Cosigners">Ed25519 public keys under which the State cosigns the checkpoints of others; never a key of the log.</param>
/// <param name="Certificates">On P-256: the second signature of a checkpoint, for those who have openssl only.</param>
public sealed record CardLog(IReadOnlyList<ReadOnlyMemory<byte>> Keys, IReadOnlyList<ReadOnlyMemory<byte>> Cosigners, IReadOnlyList<Certificate> Certificates)
{
    /// <summary>Most keys of one kind.</summary>
    public const int MaxKeys = 3;

    /// <summary>The last log that the State began on purpose; null when it never did.</summary>
    public LogRenewal? Renewal { get; init; }

    /// <summary>The keys that verify a checkpoint of this State's log.</summary>
    /// <param name="origin">The checkpoint's first line, which the caller has found to name this State.</param>
    public IReadOnlyList<NoteKey> LogKeys(LogName origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        return
        [
            .. Keys.Select(k => NoteKey.Of(origin.Origin, NoteAlgorithm.Ed25519, k).Value),
            .. Certificates.Select(c => NoteKey.Of(origin.Origin, NoteAlgorithm.EcdsaP256, c.SubjectPublicKeyInfo).Value),
        ];
    }

    /// <summary>The keys that verify this State's cosignatures.</summary>
    public IReadOnlyList<NoteKey> CosignerKeys(string state) => [.. Cosigners.Select(k => NoteKey.Of(LogName.Witness(state), NoteAlgorithm.Cosignature, k).Value)];

    internal static CardLog Read(DocumentReader r)
    {
        var log = new CardLog(ReadKeys(r, "keys"), ReadKeys(r, "cosigners"), PeerCard.Certificates(r, "certificates")) { Renewal = r.OptionalObject("renewal", LogRenewal.Read) };
        if (!r.Failed && (log.Certificates.Count is 0 or > MaxKeys || log.Certificates.Any(c => c.Curve != NamedCurve.P256 || !c.MaySign)))
            r.Refuse(RefusalCode.CardNotValid, $"expected 1 to {MaxKeys} certificates on P-256 that may sign", "certificates");
        if (!r.Failed && log.Keys.Concat(log.Cosigners).Select(k => Convert.ToHexString(k.Span)).Distinct().Count() != log.Keys.Count + log.Cosigners.Count)
            r.Refuse(RefusalCode.CardNotValid, "a key does one thing and stands once", "cosigners");
        return log;
    }

    internal void Write(DocumentWriter w)
    {
        w.Texts("keys", Keys.Select(k => Convert.ToBase64String(k.Span)))
            .Texts("cosigners", Cosigners.Select(k => Convert.ToBase64String(k.Span)))
            .Texts("certificates", Certificates.Select(PeerCard.Base64));
        if (Renewal is { } renewal)
            w.Object("renewal", renewal.Write);
    }

    private static List<ReadOnlyMemory<byte>> ReadKeys(DocumentReader r, string name)
    {
        var keys = new List<ReadOnlyMemory<byte>>();
        foreach (var text in r.Texts(name, MaxKeys, 44))
        {
            if (NoteText.TryBase64(text, out var key) && Ed25519.IsKey(key))
                keys.Add(key);
            else
                r.Refuse(RefusalCode.DocumentValue, "expected Ed25519 public keys in base64", name);
        }
        if (!r.Failed && keys.Count == 0)
            r.Refuse(RefusalCode.CardNotValid, "expected at least one key", name);
        return keys;
    }
}
