using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Gateway.Cases;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Deadlines;

/// <summary>Reads a case from what is stored, as the pure clock needs it: the request, the acts in force, when it was delivered.</summary>
internal sealed class CaseClock(Database database, CaseKeys caseKeys, PeerDirectory peers, Calendars calendars)
{
    // What a long case said long ago does not change: it is not opened again for each message. Of an act only what dates are reckoned by is remembered, no words. Enough for the cases
    // on which something happens now; what is forgotten is read again.
    private const int MostRemembered = 50_000;
    private static readonly string[] s_reckoned = ["until", "reviewOn"];
    private readonly ConcurrentDictionary<string, Act> _remembered = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ReceivedItem> _kept = new(StringComparer.Ordinal);

    /// <summary>The case with all that decides about its deadlines; null while it is not delivered, and when its content is gone.</summary>
    public ClockedCase? Read(string caseId)
    {
        if (database.Read(s => Stored(s, caseId)) is not { Request: { } body } stored)
            return null;
        var row = stored.Row;
        var papers = stored.Papers is { } records ? Papers(row, records) : null;
        if ((papers?.Delivered(row.RequestMessage) ?? stored.Delivered) is not { } delivered || Content(row, row.RequestMessage, body, PartRole.request) is not { } signed || !Request.Read(signed).TryGet(out var request, out _))
            return null;
        var acts = ImmutableArray.CreateBuilder<ClockedAct>();
        var written = stored.Papers?.ToHashSet(StringComparer.Ordinal);
        var (history, messages) = (stored.Acts.History, stored.Acts.All.ToDictionary(a => a.Entry.Id, a => a.Message, StringComparer.Ordinal));
        // Of acts that crossed each side had its own first: both reckon in the order that both compute.
        foreach (var entry in history.Ordered.Where(a => !history.Void.Contains(a.Id)))
        {
            var message = messages[entry.Id];
            var act = written?.Contains(message) == true ? papers!.Said(entry.Id) : papers is null ? Submitted(row, message) : Opened(row, message);
            // What was signed for paper reached nobody before it left; that we closed the case needs nobody's hearing it.
            if (papers is not null && entry.Side == row.Side && act is { Kind: not (ActKind.COMPLETED or ActKind.WITHDRAWN) })
                act = papers.Left(message) is { } left ? act with { Time = left } : null;
            if (act is not null)
                acts.Add(new ClockedAct(act, entry.Side));
        }
        // Known here alone: the other side was not told.
        foreach (var original in stored.Originals)
        {
            if (database.Read(s => LateOriginals.Open(s, caseKeys, caseId, original.Id)) is { } der && Act.Read(SignedDocument.Open(der).Value.Content).TryGet(out var kept, out _))
                acts.Add(new ClockedAct(kept with { Time = original.Time }, row.Side));
        }
        var (requesting, requested) = row.Side == CaseSide.Requesting ? (peers.OwnCard.Card.State, row.Peer) : (row.Peer, peers.OwnCard.Card.State);
        var card = CardOf(row, requested, delivered);
        var asked = card?.Profile;
        // That the request arrived shows only with the reply; what is due runs all the same.
        return new ClockedCase(request, delivered, papers is not null && row.State == CaseState.SENT ? CaseState.DELIVERED : row.State, acts.ToImmutable())
        {
            OnPaper = papers is not null,
            // Whoever asks goes by what the requested State wanted when it arrived there, as a verifier does; what was kept when it was sent is that State's word of then.
            OriginalBy = papers is null && row.Side == CaseSide.Requesting ? request.OriginalDue(asked, delivered) : stored.OriginalBy ?? request.OriginalBy,
            OriginalHanded = stored.OriginalHanded,
            CameOnPaper = papers is not null && row.Side == CaseSide.Requested,
            Requesting = CardOf(row, requesting, delivered)?.Profile,
            Requested = asked,
            Calendar = calendars.Of(requested, card, request.RequestedAuthority),
            FollowUps = stored.FollowUps,
            ApprovedTreaties = stored.Approved,
            Reviewed = stored.Reviewed,
            // What the other State keeps is its own to review and to hold.
            Own = row.Side,
            RetentionReviews = stored.Retention,
            HeldBy = stored.HeldBy,
            Items = [.. stored.Items.Select(item => Received(row.Id, item))],
        };
    }

    /// <summary>What is due on a request of ours that the other side took and has not opened, which its receipts say; null when there is nothing of the kind.</summary>
    public Deadline? Unopened(string caseId) => database.Read(s => CaseRow.Find(s, caseId) is { Side: CaseSide.Requesting, State: CaseState.PENDING_RECOGNITION } row
        && s.Query("SELECT time FROM receipts WHERE message = $1 AND event = $2 AND chain = $3 AND issuer = $4 ORDER BY time LIMIT 1", r => (DateTimeOffset?)r.Time(0), row.RequestMessage, ReceiptEvent.RelayAcceptance, row.Id, row.Peer).FirstOrDefault() is { } taken
        ? LegalClock.Recognition(row.Urgency, taken) : null);

    /// <summary>A message by which the case is reckoned, whose content is gone without an erasure of ours or a rejection; null when all is there.</summary>
    public string? Lost(string caseId) => database.Read(s => s.One(LostSql, r => r.GetString(0), caseId, peers.OwnCard.Card.State));

    // From the messages without content: mostly there are none.
    internal const string LostSql = """
        SELECT m.id FROM messages m INDEXED BY messages_gone
        WHERE m.case_id = $1 AND m.body IS NULL AND NOT (m.direction = 'IN' AND m.state = 'REJECTED') AND NOT EXISTS (SELECT 1 FROM erasures WHERE case_id = $1 AND issuer = $2)
          AND (EXISTS (SELECT 1 FROM cases c WHERE c.id = $1 AND c.request_message = m.id) OR EXISTS (SELECT 1 FROM case_acts a WHERE a.message = m.id AND a.case_id = $1)) LIMIT 1
        """;

    /// <summary>What is due about breaches in the case, also when its content is gone.</summary>
    public IReadOnlyList<Deadline> Breaches(string caseId) => database.Read(s => CaseRow.Find(s, caseId) is { } row
        ? s.Query("SELECT row_number() OVER (ORDER BY recorded, id), found, told FROM breaches WHERE case_id = $1", r => BreachTerm.Of(row.Side, r.GetInt32(0), r.Time(1), r.IsDBNull(2) ? null : r.Time(2)), caseId) : []);

    private static StoredCase? Stored(Session s, string caseId)
    {
        if (CaseRow.Find(s, caseId) is not { } row)
            return null;
        return new(row,
            CaseCards.Delivered(s, row),
            s.One("SELECT body FROM messages WHERE id = $1 AND body IS NOT NULL", r => r.Bytes(0), row.RequestMessage),
            row.Acts(s),
            PaperCases.Has(s, caseId) ? s.Query("SELECT id FROM messages WHERE case_id = $1 AND about = $2 AND direction = 'OUT' AND body IS NOT NULL ORDER BY position", r => r.GetString(0), caseId, CoverAbout.PAPER) : null,
            FollowUps.Of(s, caseId),
            s.Query("SELECT time FROM case_reviews WHERE case_id = $1", r => (DateTimeOffset?)r.Time(0), caseId).FirstOrDefault(),
            ApproveTreaties.Approved(s),
            s.Query("SELECT time, erase_on FROM retention_reviews WHERE case_id = $1 ORDER BY seq", r => new RetentionReview(r.Time(0), r.TextOrNull(1) is { } day ? DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null), caseId),
            CaseHolds.Of(s, caseId) is { Count: > 0 } holds ? string.Join(", ", holds.Select(hold => hold.By).Distinct()) : null,
            LateOriginals.Of(s, caseId),
            CaseFacts.Of(s, caseId).OriginalBy,
            s.One("SELECT original_handed FROM cases WHERE id = $1 AND original_handed IS NOT NULL", r => r.GetString(0), caseId) is { } handed ? DateOnly.ParseExact(handed, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null,
            s.Query("SELECT i.id, i.message, r.time FROM items i JOIN receipts r ON r.item = i.id AND r.event = $2 AND r.chain = i.case_id AND r.issuer = $3 WHERE i.case_id = $1 AND i.direction = 'IN' AND i.message IS NOT NULL ORDER BY r.time, i.id",
                r => new StoredItem(r.GetString(0), r.GetString(1), r.Time(2)), caseId, ReceiptEvent.ContentConsignment, Ids.StateOf(row.OwnAuthority)));
    }

    // What an item's manifest says about its keeping does not change; it is not opened again for each message of a case with many of them.
    private ReceivedItem Received(string caseId, StoredItem item)
    {
        if (_kept.TryGetValue(item.Id, out var known))
            return known;
        if (database.Read(s => KeptDocuments.Read(s, caseKeys, caseId, item.Message, PartRole.manifest)) is not { } bytes)
            return new ReceivedItem(item.Consigned, null);
        var read = new ReceivedItem(item.Consigned, Manifest.Read(bytes).TryGet(out var manifest, out _) && manifest.Handling is { } handling
            ? Keeping.Of(handling.Members) : null);
        if (_kept.Count >= MostRemembered)
            _kept.Clear();
        return _kept[item.Id] = read;
    }

    // An act by wire, with the time by which it is reckoned: what its author wrote into it could lie before the deadline that it missed.
    private Act? Submitted(CaseRow row, string message)
    {
        if (_remembered.TryGetValue(message, out var known))
            return known;
        if (Opened(row, message) is not { } act)
            return null;
        var (submitted, created) = database.Read(s => s.Query("SELECT sender, cover_sha256, created FROM messages WHERE id = $1", r => (Sender: r.GetString(0), Cover: r.Digest(1), Created: r.Time(2)), message)[0] is var sent
            ? (Submitted(s, message, Ids.StateOf(sent.Sender), sent.Cover), sent.Created) : default);
        var read = act with { Time = submitted ?? created, Text = "", Reference = "", Document = act.Only(s_reckoned) };
        // Without the receipt, which comes with the message or after it, the time is not the last word.
        if (submitted is not null)
        {
            if (_remembered.Count >= MostRemembered)
                _remembered.Clear();
            _remembered[message] = read;
        }
        return read;
    }

    private Act? Opened(CaseRow row, string message)
        => database.Read(s => s.One("SELECT body FROM messages WHERE id = $1 AND body IS NOT NULL", r => r.Bytes(0), message)) is { } body
            && Content(row, message, body, PartRole.act) is { } bytes && Act.Read(bytes).TryGet(out var read, out _) ? read : null;

    // The receipt must name the sealed message itself: one that a State made earlier, about something else under the same id, dates nothing.
    private static DateTimeOffset? Submitted(Session s, string message, string sender, Digest cover)
        => s.Query("SELECT der FROM receipts WHERE message = $1 AND event = $2 AND issuer = $3 ORDER BY time", r => r.Bytes(0), message, ReceiptEvent.SubmissionAcceptance, sender)
            .Select(der => Receipt.Read(SignedDocument.Open(der).Value.Content).Value).FirstOrDefault(receipt => receipt.Subject.CoverSha256 == cover)?.Time;

    private byte[]? Content(CaseRow row, string message, byte[] body, PartRole role)
    {
        if (caseKeys.OpenUnlessErased(row.Id, $"message:{message}", body) is not { } opened)
            return null;
        var seal = SignedDocument.Open(opened).Value;
        return Cover.Read(seal.Content).Value.In(role).FirstOrDefault() is { } part && SignedDocument.Open(part.Content).TryGet(out var signed, out _) ? signed.Content.ToArray() : null;
    }

    // Letters are scans: one is opened after the other, for what its record says.
    private PaperTimes Papers(CaseRow row, IReadOnlyList<string> messages)
    {
        var (records, came) = (new List<PaperRecord>(), (DateTimeOffset?)null);
        foreach (var message in messages)
        {
            if (database.Read(s => s.One("SELECT body FROM messages WHERE id = $1 AND body IS NOT NULL", r => r.Bytes(0), message)) is { } body
                && Content(row, message, body, PartRole.paper) is { } bytes)
            {
                if (PaperRecord.Read(bytes).TryGet(out var record, out _))
                    records.Add(record);
                else if (PaperRequest.Read(bytes).TryGet(out var request, out _))
                    came = request.At;
            }
        }
        return new PaperTimes(records, row.PeerAuthority, came);
    }

    private PeerCard? CardOf(CaseRow row, string state, DateTimeOffset delivered) => database.Read(s => CaseCards.Of(s, peers, row, state, delivered));

    private sealed record StoredCase(CaseRow Row, DateTimeOffset? Delivered, byte[]? Request, CaseActs Acts, IReadOnlyList<string>? Papers, IReadOnlyList<FollowUp> FollowUps, DateTimeOffset? Reviewed, IReadOnlySet<string> Approved, IReadOnlyList<RetentionReview> Retention, string? HeldBy, IReadOnlyList<LateOriginal> Originals, DateOnly? OriginalBy, DateOnly? OriginalHanded, IReadOnlyList<StoredItem> Items);

    private sealed record StoredItem(string Id, string Message, DateTimeOffset Consigned);
}
