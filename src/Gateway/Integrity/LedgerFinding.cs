using System.Globalization;

namespace Gateway.Integrity;

/// <summary>What can be wrong with what is stored. The names are what operators and programs see; docs/operations.md says what to do.</summary>
internal enum LedgerFault
{
    DATABASE_DAMAGED,
    CARD_ALTERED,
    LEAF_MISSING,
    LEAF_ALTERED,
    LEAF_WITHOUT_RECORD,
    RECEIPT_ALTERED,
    RECEIPT_MISSING,
    RECEIPT_MISPLACED,
    RECEIPT_WITHOUT_LEAF,
    CHAIN_BROKEN,
    HEAD_ALTERED,
    RECORD_ALTERED,
    RECORD_MISSING,
    RECORD_WITHOUT_LEAF,
    CASE_ALTERED,
    CASE_MISSING,
    CASE_KEY_MISSING,
    CASE_KEY_ALTERED,
    MESSAGE_ALTERED,
    MESSAGE_MISSING,
    MESSAGE_WITHOUT_RECEIPT,
    ITEM_ALTERED,
    ITEM_MISSING,
    DECISION_ALTERED,
    DECISION_MISSING,
    CUSTODY_ALTERED,
    CUSTODY_MISSING,
    CHUNK_ALTERED,
    CHUNK_MISSING,
    CHUNKS_WITHOUT_ITEM,
    TILE_ALTERED,
    TILE_MISSING,
    CHECKPOINT_ALTERED,
    CHECKPOINT_MISSING,
    COSIGNATURE_ALTERED,
    TIME_STAMP_ALTERED,
    WITNESSED_ALTERED,
    CONFLICT_ALTERED,
    FORK_ALTERED,
    ERASURE_ALTERED,
    ERASURE_INCOMPLETE,
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Fault">What.</param>
/// <param name="Record">Which record: <c>receipt XB 4</c>, <c>message ID</c>, <c>chunk 17 of ID</c>.</param>
/// <param name="Case">The case it belongs to, where it belongs to one.</param>
/// <param name="Index">Its place in the log, where it has one.</param>
/// <param name="Text">What differs, in one sentence.</param>
internal sealed record LedgerFinding(LedgerFault Fault, string Record, string? Case, long? Index, string Text)
{
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Fault} {Record}{(Case is null ? "" : $" in {Case}")}{(Index is { } index ? $" (leaf {index})" : "")}: {Text}");
}

/// <summary>What a check found and how much it looked at.</summary>
internal sealed class LedgerReport
{
    // A ruined database has one finding for each of its records; nobody reads more than this, and it must fit into memory.
    private const int MaxFindings = 10_000;

    private readonly List<LedgerFinding> _findings = [];
    private readonly SortedDictionary<string, long> _checked = new(StringComparer.Ordinal);

    public IReadOnlyList<LedgerFinding> Findings => _findings;

    /// <summary>Findings beyond those kept.</summary>
    public long Further { get; private set; }

    public bool Good => _findings.Count == 0;

    /// <summary>How many of each kind were recomputed.</summary>
    public IReadOnlyDictionary<string, long> Checked => _checked;

    public void Add(LedgerFault fault, string record, string? caseId, long? index, string text)
    {
        if (_findings.Count < MaxFindings)
            _findings.Add(new LedgerFinding(fault, record, caseId, index, text));
        else
            Further++;
    }

    public void Count(string what, long more = 1) => _checked[what] = _checked.GetValueOrDefault(what) + more;
}
