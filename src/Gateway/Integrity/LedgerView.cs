using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Storage;

namespace Gateway.Integrity;

/// <summary>What all checks share: one snapshot of the database and what is so now, the case keys, the leaves, the cards of that time and what erasures cover.</summary>
internal sealed class LedgerView
{
    private readonly Dictionary<string, List<SignedCard>> _cards = new(StringComparer.Ordinal);
    private readonly HashSet<string> _doubtful = new(StringComparer.Ordinal);
    private readonly HashSet<string> _lost = new(StringComparer.Ordinal);

    private readonly LedgerSnapshot _ledger;

    public LedgerView(LedgerSnapshot ledger, LedgerReport report)
    {
        var session = ledger.Session;
        (_ledger, Report) = (ledger, report);
        OwnState = session.One("SELECT state FROM peers WHERE status = 'OWN'", row => row.GetString(0)) ?? throw new DatabaseNotUsableException("the database holds no card of our own: run 'gateway init' to its end");
        Leaves = new LedgerLeaves(session);
        report.Count("leaves", Leaves.Count);
        session.Each("SELECT c.state, c.version, c.der, p.card_key FROM peer_cards c JOIN peers p ON p.state = c.state ORDER BY c.state, c.version", row =>
        {
            report.Count("cards");
            var (state, version) = (row.GetString(0), row.GetInt64(1));
            if (SignedCard.Open(row.Bytes(2)).TryGet(out var card, out var refusal) && card.Card.State == state && card.Card.Version == version)
                (_cards.TryGetValue(state, out var list) ? list : _cards[state] = []).Add(card);
            else
            {
                Doubt($"cards of {state}");
                report.Add(LedgerFault.CARD_ALTERED, $"card {state} {version}", null, null, refusal?.Detail ?? "it is another State's or version's card");
            }
        });
        Erased = new ErasedRecords(this);
        session.Each("SELECT idx, body FROM audit_records WHERE act = $1 ORDER BY idx", row =>
        {
            // Only what stands in the log explains that something is gone.
            if (Leaves.At(row.GetInt64(0)) is { } leaf && leaf.Sha256 == Digest.Of(row.Bytes(1)) && DocumentReader.Read(row.Bytes(1), AuditRecord.Type, 1, AuditRecord.Read) is { Succeeded: true, Value: var record })
                _lost.Add(record.Subject);
        }, LostMessage);
    }

    /// <summary>The act of a record that a message was lost with a database and came back from nobody; its subject is the message.</summary>
    public const string LostMessage = "ledger.message.lost";

    public Session Session => _ledger.Session;

    public CaseKeys Keys => _ledger.Keys;

    public string ItemsFolder => _ledger.ItemsFolder;

    public LedgerReport Report { get; }

    public LedgerLeaves Leaves { get; }

    public string OwnState { get; }

    /// <summary>What may be absent.</summary>
    public ErasedRecords Erased { get; }

    /// <summary>Messages that a record in the log says are lost.</summary>
    public IReadOnlySet<string> Lost => _lost;

    /// <summary>Whether any card that was ever in force names this certificate as the authority's seal. A card that was altered is a finding of its own.</summary>
    public bool IsSealOf(string authority, Certificate signer)
        => IsDoubtful($"cards of {Ids.StateOf(authority)}") || _cards.TryGetValue(Ids.StateOf(authority), out var cards) && cards.Any(c => c.Card.Find(authority)?.Seal.Any(s => s.Sha256 == signer.Sha256) == true);

    /// <summary>The keys of a log that any card of its State has named; none where a card of it was altered.</summary>
    public IReadOnlyList<NoteKey> LogKeys(LogName name) => Keyed(name.State, log => log.LogKeys(name));

    /// <summary>The keys under which a State cosigns, by the name that its lines bear, that any card of it has named.</summary>
    public IReadOnlyList<NoteKey> CosignerKeys(string witness) => _cards.Keys.FirstOrDefault(s => LogName.Witness(s) == witness) is { } state ? Keyed(state, log => log.CosignerKeys(state)) : [];

    private IReadOnlyList<NoteKey> Keyed(string state, Func<CardLog, IReadOnlyList<NoteKey>> keys) => _cards.TryGetValue(state, out var cards) && !IsDoubtful($"cards of {state}")
        ? [.. cards.SelectMany(c => c.Card.Log is { } log ? keys(log) : []).Distinct()]
        : [];

    /// <summary>What is so now, of which the snapshot may know nothing yet.</summary>
    public T Now<T>(Func<Session, T> read) => _ledger.Now(read);

    /// <summary>
    /// Whether the case was erased since the snapshot: by an erasure of our own that stands behind the leaves of that moment. What else it must be
    /// is for the next check; what it destroyed is no finding of this one.
    /// </summary>
    public bool IsErasedSince(string caseId) => Now(s => s.Query("SELECT der FROM erasures WHERE case_id = $1 AND issuer = $2", row => row.Bytes(0), caseId, OwnState)
        .Any(der => SignedDocument.Open(der).TryGet(out var signed, out _) && Erasure.Read(signed.Content).TryGet(out var erasure, out _) && erasure.Case == caseId && IsSealOf(erasure.Authority.Authority, signed.Signer)
            && s.Number("SELECT count(*) FROM log_leaves WHERE kind = $1 AND sha256 = $2 AND idx >= $3", LeafKind.erasure, Digest.Of(der), Leaves.Count) > 0));

    /// <summary>Whether the key of the case was destroyed by an erasure since the snapshot. The erasure is committed before the key goes.</summary>
    public bool IsKeyErasedSince(string caseId) => !Keys.Has(caseId) && IsErasedSince(caseId);

    /// <summary>A case, or one of its records, with which something was found wrong: what follows from that is not another finding.</summary>
    public void Doubt(string subject) => _doubtful.Add(subject);

    public bool IsDoubtful(string subject) => _doubtful.Contains(subject);
}
