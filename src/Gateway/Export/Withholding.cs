using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Export;

/// <summary>
/// What an export leaves out: the documents that were named, and every part of a sealed message among them, wherever else it stands. A part of a message that goes along cannot be
/// left out: the seal is over the whole.
/// </summary>
internal sealed class Withholding
{
    private readonly HashSet<Digest> _named;
    private readonly HashSet<Digest> _carried;

    private Withholding(HashSet<Digest> named, HashSet<Digest> carried) => (_named, _carried) = (named, carried);

    /// <summary>Reads every message of the cases when something is named; refuses what would still be readable in another message.</summary>
    public static Outcome<Withholding> Of(Session s, CaseKeys keys, IEnumerable<string> cases, HashSet<Digest> named)
    {
        if (named.Count == 0)
            return new Withholding(named, []);
        // Every one is read, also what is withheld: what it carries is withheld with it.
        var covers = cases.SelectMany(id => s.Query("SELECT id, cover_sha256 FROM messages WHERE case_id = $1 AND body IS NOT NULL", r => (Case: id, Message: r.GetString(0), Sha256: r.Digest(1)), id))
            .Select(m => (m.Message, m.Sha256, Parts: Parts(s, keys, m.Case, m.Message))).ToList();
        var carried = covers.Where(c => named.Contains(c.Sha256)).SelectMany(c => c.Parts ?? []).ToHashSet();
        foreach (var (message, sha256, parts) in covers.Where(c => !named.Contains(c.Sha256)))
        {
            // Rotted, or of a form that this program does not know: others may well read it.
            if (parts is null)
                return new Refusal(RefusalCode.ArgumentNotValid, $"message {message} cannot be read here, so nobody can tell whether what is to be withheld lies in it: withhold {sha256} too", "withhold");
            if (parts.FirstOrDefault(part => named.Contains(part) || carried.Contains(part)) is var part && part != default)
                return new Refusal(RefusalCode.ArgumentNotValid, $"what is to be withheld, {part}, also lies in message {message}: withhold {sha256} too, or neither", "withhold");
        }
        return new Withholding(named, carried);
    }

    public bool LeavesOut(Digest sha256) => _named.Contains(sha256) || _carried.Contains(sha256);

    /// <summary>What was named and is neither among what was left out nor inside of it.</summary>
    public Digest? Stray(HashSet<Digest> leftOut) => _named.Where(d => !leftOut.Contains(d) && !_carried.Contains(d)).Select(d => (Digest?)d).FirstOrDefault();

    // Null when the message cannot be read.
    private static List<Digest>? Parts(Session s, CaseKeys keys, string caseId, string message)
    {
        var sealedBody = s.One("SELECT body FROM messages WHERE id = $1", r => r.Bytes(0), message)!;
        try
        {
            return SignedDocument.Open(keys.Open(caseId, $"message:{message}", sealedBody)).Then(signed => Cover.Read(signed.Content)).TryGet(out var cover, out _) ? [.. cover.Parts.Select(p => p.Sha256)] : null;
        }
        catch (LedgerBrokenException)
        {
            return null;
        }
    }
}
