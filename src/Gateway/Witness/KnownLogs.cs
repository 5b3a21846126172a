using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>A log that is witnessed here.</summary>
/// <param name="Origin">Its origin line.</param>
/// <param name="State">Whose it is.</param>
/// <param name="Keys">The keys that the State's card lists for it.</param>
internal sealed record KnownLog(string Origin, string State, IReadOnlyList<NoteKey> Keys)
{
    /// <summary>Longest note that is kept of a log: its text and its own lines.</summary>
    public const int MaxNoteBytes = 4096;

    private const int MaxLines = 8;

    /// <summary>Whether a signature line names one of the log's keys.</summary>
    public bool Made(NoteSignature line) => Keys.Any(k => k.Name == line.Name && k.Id == line.KeyId);

    /// <summary>The log's own lines of a note; whatever else was on it is nobody's word.</summary>
    public IEnumerable<NoteSignature> LinesOf(SignedNote note) => note.Signatures.Where(Made).Take(MaxLines);

    /// <summary>The note with the log's own lines alone: enough to prove what the log signed.</summary>
    public ReadOnlyMemory<byte> Kept(VerifiedCheckpoint checkpoint) => SignedNote.Compose(checkpoint.Note.Text, LinesOf(checkpoint.Note)).Bytes;

    /// <summary>Whether a note is longer than anything a log has to say.</summary>
    public bool IsTooLong(VerifiedCheckpoint checkpoint) => Kept(checkpoint).Length > MaxNoteBytes;
}

/// <summary>
/// Whose checkpoints are cosigned here, and whose cosignatures count for us: what the cards of approved peers say today. An origin
/// names its State, and only that State's card has keys for it: no card can speak for the log of another one.
/// </summary>
internal sealed class KnownLogs(PeerDirectory peers, Database database, TimeProvider clock)
{
    public string OwnState => peers.OwnCard.Card.State;

    /// <summary>Approved peers with a card in force.</summary>
    public IEnumerable<Peer> Peers => peers.All.Where(p => p.RefuseAt(clock.GetUtcNow()) is null);

    /// <summary>The peers that can cosign: those whose card lists a cosigner key.</summary>
    public IEnumerable<Peer> Witnesses => Peers.Where(p => p.Card.Card.Log is not null);

    /// <summary>The peers whose cosignatures count towards our quorum: also those whose card has expired, or the quorum would shrink by nobody's decision. One that is gone for good is blocked.</summary>
    public IEnumerable<Peer> Counted => peers.All.Where(p => p.Status == PeerStatus.APPROVED && p.Card.Card.Log is not null);

    /// <summary>The keys under which we cosign, as our card lists them.</summary>
    public IReadOnlyList<NoteKey> OwnCosigner => peers.OwnCard.Card.Log?.CosignerKeys(OwnState) ?? [];

    /// <summary>The log of this origin: a peer's, if it is approved, or our own.</summary>
    public KnownLog? Find(string origin)
    {
        if (!LogName.TryParse(origin, out var name))
            return null;
        var card = name.State == OwnState ? peers.OwnCard.Card : Peers.FirstOrDefault(p => p.State == name.State)?.Card.Card;
        return card?.Log is { } log ? new KnownLog(origin, name.State, log.LogKeys(name)) : null;
    }

    /// <summary>The logs of approved peers of which we have cosigned a checkpoint; <paramref name="since"/> a time, if given.</summary>
    public IReadOnlyList<KnownLog> Witnessed(DateTimeOffset? since = null)
        => [.. database.Read(WitnessRows.All).Where(l => since is null || l.Time >= since).Select(l => Find(l.Origin)).OfType<KnownLog>()];

    /// <summary>The log with every key that a card of its State has named for it: what was signed before a change of keys stays signed. Nothing new is cosigned under a former key.</summary>
    public KnownLog WithFormerKeys(KnownLog log) => LogName.TryParse(log.Origin, out var name)
        ? log with { Keys = [.. log.Keys.Concat(database.Read(s => PeerRows.LogKeys(s, name))).Distinct()] }
        : log;

    /// <summary>What a card of its State says of a log that it began on purpose; null where none does, as after a loss, or where somebody with its log keys began it.</summary>
    public LogRenewal? Begun(LogName log) => peers.RenewalsOf(log.State).Select(r => r.Renewal).LastOrDefault(r => r.Begun == log);

    /// <summary>What a card of its State says of how a log ended on purpose; null where none does.</summary>
    public LogRenewal? Ended(LogName log) => peers.RenewalsOf(log.State).Select(r => r.Renewal).FirstOrDefault(r => r.Ended == log);

    /// <summary>When the first card was issued that says so of this log; null where none does.</summary>
    public DateTimeOffset? SaidSince(LogName begun) => peers.RenewalsOf(begun.State).LastOrDefault(r => r.Renewal.Begun == begun)?.Since;

    /// <summary>The keys under which a peer cosigns.</summary>
    public static IReadOnlyList<NoteKey> KeysOf(Peer peer) => peer.Card.Card.Log?.CosignerKeys(peer.State) ?? [];
}
