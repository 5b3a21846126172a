using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Statistics;

/// <summary>What happened in one year between this State and a peer, on requests of one kind, seen from one side.</summary>
internal sealed record KindCount(string Peer, CaseSide Side, RequestKind Kind)
{
    private readonly List<TimeSpan> _acknowledged = [];
    private readonly List<TimeSpan> _answered = [];

    public int Requests { get; set; }

    public int Emergencies { get; set; }

    public int Returned { get; set; }

    public int Refused { get; set; }

    /// <summary>Preservations that were granted and whose period ended without a request that follows or prolongs them.</summary>
    public int Lapsed { get; set; }

    /// <summary>Acknowledged by the deadline of the acknowledgement.</summary>
    public int AcknowledgedInTime { get; set; }

    /// <summary>Members of the request that were asked back for, by the table of the kind, with their number.</summary>
    public SortedDictionary<string, int> Missing { get; } = new(StringComparer.Ordinal);

    /// <summary>Ground codes of what was refused in part, with their number.</summary>
    public SortedDictionary<string, int> PartialGrounds { get; } = new(StringComparer.Ordinal);

    /// <summary>What the reviews of emergencies found, with their number.</summary>
    public SortedDictionary<string, int> Reviews { get; } = new(StringComparer.Ordinal);

    /// <summary>Ground codes of refusals, with their number.</summary>
    public SortedDictionary<string, int> Grounds { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<TimeSpan> Acknowledged => _acknowledged;

    public IReadOnlyList<TimeSpan> Answered => _answered;

    public void AddAcknowledged(TimeSpan after) => _acknowledged.Add(after);

    public void AddAnswered(TimeSpan after) => _answered.Add(after);

    /// <summary>The value below which so many of a hundred lie, by nearest rank; null of nothing.</summary>
    public static TimeSpan? Percentile(IReadOnlyList<TimeSpan> values, int percent)
        => values.Count == 0 ? null : values.Order().ElementAt(Math.Max(0, ((values.Count * percent) + 99) / 100 - 1));
}

/// <summary>What happened in one year between this State and a peer, whatever the kind.</summary>
/// <param name="Rejections">What we rejected technically, by code.</param>
/// <param name="RejectedByPeer">What of ours the peer rejected technically, by code.</param>
/// <param name="BytesSent">Of evidence items that arrived whole.</param>
/// <param name="BytesReceived">Of evidence items that arrived whole.</param>
/// <param name="Mismatches">Content that was not what its digest says: at the hand-over, on arrival, and what was found later on the own disk.</param>
internal sealed record PeerCount(string Peer, IReadOnlyDictionary<string, int> Rejections, IReadOnlyDictionary<string, int> RejectedByPeer, long BytesSent, long BytesReceived, int Mismatches);

/// <summary>
/// Counts a year from the ledger: cases by the day they were opened, everything else by its own. Nothing about persons: kinds, times, codes and sizes only. Grounds of a refusal stand
/// in the act, which opens with the key of its case; an erased case is counted without them.
/// </summary>
internal static class YearCount
{
    // Codes that say that content is not what its digest says.
    private static readonly string[] Altered = [.. new[] { RefusalCode.ItemDigestMismatch, RefusalCode.TreeMismatch, RefusalCode.ChunkMismatch, RefusalCode.ManifestMismatch }.Select(RefusalFacts.Text)];

    /// <summary>Counts by peer, side and kind.</summary>
    /// <param name="session">The ledger.</param>
    /// <param name="keys">Keys of the cases.</param>
    /// <param name="year">The year, UTC.</param>
    /// <param name="now">What ended by now has ended.</param>
    /// <param name="reader">Who asks: a measure with a need-to-know list is counted for those on it only.</param>
    public static List<KindCount> Kinds(Session session, CaseKeys keys, int year, DateTimeOffset now, Digest reader)
    {
        var counts = new Dictionary<(string, CaseSide, RequestKind), KindCount>();
        var cases = new Dictionary<string, (KindCount Count, DateTimeOffset Opened)>(StringComparer.Ordinal);
        var (from, to) = Bounds(year);
        session.Each($"SELECT id, side, peer, kind, urgency, opened FROM cases WHERE opened >= $1 AND opened < $2 AND {Known("cases.id")} ORDER BY peer, side, kind", row =>
        {
            var (side, peer, kind) = (row.Word<CaseSide>(1), row.GetString(2), row.Word<RequestKind>(3));
            if (!counts.TryGetValue((peer, side, kind), out var count))
                counts.Add((peer, side, kind), count = new KindCount(peer, side, kind));
            count.Requests++;
            count.Emergencies += row.Word<Urgency>(4) == Urgency.EMERGENCY ? 1 : 0;
            cases.Add(row.GetString(0), (count, row.Time(5)));
        }, from, to, reader);
        foreach (var id in Lapsed(session, from, to, now).Where(cases.ContainsKey))
            cases[id].Count.Lapsed++;
        foreach (var (id, result) in Reviews(session, from, to).Where(r => cases.ContainsKey(r.Case)))
            Add(cases[id].Count.Reviews, result);
        foreach (var act in First(session, from, to).Where(a => cases.ContainsKey(a.Case)))
        {
            var (count, opened) = cases[act.Case];
            switch (act.Kind)
            {
                case ActKind.RETURNED_FOR_INFO:
                    count.Returned++;
                    break;
                case ActKind.REFUSED:
                    count.Refused++;
                    foreach (var code in Grounds(Read(session, keys, act)))
                        Add(count.Grounds, code);
                    break;
                default:
                    break;
            }
        }
        // By the clock's own rules: any first act of a person acknowledges, and what answers depends on the kind.
        foreach (var acts in ByPersons(session, from, to).Where(a => cases.ContainsKey(a.Case)).GroupBy(a => a.Case, StringComparer.Ordinal))
        {
            var (count, opened) = cases[acts.Key];
            var first = acts.MinBy(act => act.Time)!;
            count.AddAcknowledged(first.Time - opened);
            count.AcknowledgedInTime += first.InTime ? 1 : 0;
            var answers = LegalClock.AnswersTo(count.Kind);
            if (acts.Where(act => answers.Contains(act.Kind)).MinBy(act => act.Time) is { } answer)
                count.AddAnswered(answer.Time - opened);
        }
        foreach (var act in Repeated(session, from, to).Where(a => cases.ContainsKey(a.Case)))
        {
            var count = cases[act.Case].Count;
            var read = Read(session, keys, act);
            foreach (var member in act.Kind == ActKind.RETURNED_FOR_INFO ? Members(read, count.Kind) : [])
                Add(count.Missing, member);
            foreach (var code in act.Kind == ActKind.RETURNED_FOR_INFO ? [] : Grounds(read))
                Add(count.PartialGrounds, code);
        }
        return [.. counts.Values];
    }

    // A list that does not name the person hides the case in every number, also in those of bytes and failures.
    private static string Known(string caseId)
        => $"(NOT EXISTS (SELECT 1 FROM case_readers AS l WHERE l.case_id = {caseId}) OR EXISTS (SELECT 1 FROM case_readers AS l WHERE l.case_id = {caseId} AND l.reader = $3))";

    /// <summary>Counts by peer; <paramref name="reader"/> as for <see cref="Kinds"/>.</summary>
    public static List<PeerCount> Peers(Session session, int year, Digest reader)
    {
        var (from, to) = Bounds(year);
        // On the channel, where nothing is known of a case, and in cases.
        var rejections = session.Query($"""
            SELECT peer, direction, refusal, sum(n) FROM (
              SELECT j.peer, 'IN' AS direction, j.refusal, count(*) AS n FROM rejections AS j JOIN receipts AS r ON r.chain = j.chain AND r.seq = j.seq AND r.issuer <> j.peer
              WHERE r.time >= $1 AND r.time < $2 GROUP BY j.peer, j.refusal
              UNION ALL
              SELECT substr(CASE m.direction WHEN 'IN' THEN m.sender ELSE m.recipient END, 1, 2), m.direction, m.refusal, count(*) FROM messages AS m
              WHERE m.state = 'REJECTED' AND m.refusal IS NOT NULL AND m.created >= $1 AND m.created < $2 AND {Known("m.case_id")} GROUP BY 1, 2, 3)
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """, row => (Peer: row.GetString(0), Ours: row.GetString(1) == "IN", Code: row.GetString(2), Count: row.GetInt32(3)), from, to, reader);
        var items = session.Query($"""
            SELECT c.peer, i.direction, sum(i.size_bytes) FROM items AS i JOIN cases AS c ON c.id = i.case_id
            WHERE i.created >= $1 AND i.created < $2 AND i.size_bytes IS NOT NULL AND EXISTS (SELECT 1 FROM receipts AS r WHERE r.item = i.id AND r.event IN ('ContentConsignment', 'ContentHandover')) AND {Known("c.id")}
            GROUP BY c.peer, i.direction
            """, row => (Peer: row.GetString(0), Direction: row.GetString(1), Bytes: row.GetInt64(2)), from, to, reader);
        var failures = session.Query($"""
            SELECT c.peer, r.event, r.der FROM receipts AS r JOIN cases AS c ON c.id = r.chain
            WHERE r.event IN ('ContentHandoverFailure', 'ContentConsignmentFailure') AND r.time >= $1 AND r.time < $2 AND {Known("c.id")} GROUP BY r.sha256
            """, row => (Peer: row.GetString(0), IsMismatch: row.GetString(1) == nameof(ReceiptEvent.ContentHandoverFailure) || IsMismatch(row.Bytes(2))), from, to, reader)
            .Where(failure => failure.IsMismatch).Select(failure => failure.Peer)
            // What a later look at the disk found: once for each item and each time that something new was found.
            .Concat(session.Query($"SELECT c.peer FROM audit_records AS a JOIN cases AS c ON c.id = a.case_id WHERE a.act = 'item.damaged' AND a.time >= $1 AND a.time < $2 AND {Known("c.id")}", row => row.GetString(0), from, to, reader))
            .CountBy(peer => peer).Select(count => (Peer: count.Key, Count: count.Value)).ToList();
        return
        [
            .. rejections.Select(r => r.Peer).Concat(items.Select(i => i.Peer)).Concat(failures.Select(f => f.Peer)).Distinct().Order(StringComparer.Ordinal).Select(peer => new PeerCount(
                peer,
                rejections.Where(r => r.Peer == peer && r.Ours).ToDictionary(r => r.Code, r => r.Count, StringComparer.Ordinal),
                rejections.Where(r => r.Peer == peer && !r.Ours).ToDictionary(r => r.Code, r => r.Count, StringComparer.Ordinal),
                items.Where(i => i.Peer == peer && i.Direction == "OUT").Sum(i => i.Bytes),
                items.Where(i => i.Peer == peer && i.Direction == "IN").Sum(i => i.Bytes),
                failures.Where(f => f.Peer == peer).Sum(f => f.Count))),
        ];
    }

    // That an officer refused a message that waited is no mismatch.
    private static bool IsMismatch(byte[] receipt)
        => SignedDocument.Open(receipt).Then(signed => Receipt.Read(signed.Content)).TryGet(out var read, out _) && read.Reasons.Any(code => Altered.Contains(code));

    // The first act of each kind on each case opened in the year, whenever it came.
    private static List<CountedAct> First(Session session, string from, string to) => session.Query("""
        SELECT a.case_id, a.kind, min(m.created), m.id, m.body
        FROM case_acts AS a JOIN cases AS c ON c.id = a.case_id JOIN messages AS m ON m.case_id = a.case_id AND m.id = a.message
        WHERE c.opened >= $1 AND c.opened < $2 AND a.rejected = 0 AND a.kind IN ('RETURNED_FOR_INFO', 'REFUSED') GROUP BY a.case_id, a.kind
        """, row => new CountedAct(row.GetString(0), row.Word<ActKind>(1), row.Time(2), row.GetString(3), row.BytesOrNull(4), InTime: false), from, to);

    // What persons of the requested side did, the first of each kind; whether it was in time as the clock kept it, and where it has not looked yet, by the date itself.
    private static List<CountedAct> ByPersons(Session session, string from, string to) => [.. session.Query("""
        SELECT a.case_id, a.kind, min(m.created), c.acknowledged_in_time, (SELECT d.due FROM deadlines AS d WHERE d.case_id = a.case_id AND d.rule = 'ACKNOWLEDGE')
        FROM case_acts AS a JOIN cases AS c ON c.id = a.case_id JOIN messages AS m ON m.case_id = a.case_id AND m.id = a.message
        WHERE c.opened >= $1 AND c.opened < $2 AND a.rejected = 0 AND a.side = 'Requested' GROUP BY a.case_id, a.kind
        """, row => new CountedAct(row.GetString(0), row.Word<ActKind>(1), row.Time(2), "", null, row.IsDBNull(3) ? !row.IsDBNull(4) && row.Time(2) <= row.Time(4) : row.GetInt64(3) == 1), from, to).Where(act => !Transitions.IsAutomatic(act.Kind))];

    // What may come more than once on a case and says something each time.
    private static List<CountedAct> Repeated(Session session, string from, string to) => session.Query("""
        SELECT a.case_id, a.kind, m.created, m.id, m.body
        FROM case_acts AS a JOIN cases AS c ON c.id = a.case_id JOIN messages AS m ON m.case_id = a.case_id AND m.id = a.message
        WHERE c.opened >= $1 AND c.opened < $2 AND a.rejected = 0 AND (a.kind IN ('RETURNED_FOR_INFO', 'PARTIALLY_ANSWERED') OR (a.kind = 'EXECUTED' AND a.outcome = 'PARTIAL'))
        """, row => new CountedAct(row.GetString(0), row.Word<ActKind>(1), row.Time(2), row.GetString(3), row.BytesOrNull(4), InTime: false), from, to);

    // Granted, ended, not released by the requested side, and neither followed by a request for the data nor prolonged while it lasted: by one that was at the other side by then, not by one
    // that waited to leave. When a letter arrived nobody certifies; it counts from when it was entered, once it left. A prolongation is followed by what follows the case that it prolongs.
    private static List<string> Lapsed(Session session, string from, string to, DateTimeOffset now) => session.Query("""
        SELECT c.id FROM cases AS c
        WHERE c.opened >= $1 AND c.opened < $2 AND c.kind IN ('PRESERVE_DATA', 'PRESERVE_EXTENSION') AND c.preserved_until <= $3
          AND NOT EXISTS (SELECT 1 FROM case_acts AS a WHERE a.case_id = c.id AND a.kind = 'PRESERVATION_RELEASED' AND a.rejected = 0)
          AND NOT EXISTS (
            SELECT 1 FROM case_links AS l JOIN cases AS f ON f.id = l.case_id
            WHERE (l.linked = c.id OR l.linked IN (SELECT x.linked FROM case_links AS x WHERE x.case_id = c.id AND x.relation = 'EXTENDS'))
              AND f.id <> c.id AND f.state <> 'REJECTED_TECHNICAL'
              AND (EXISTS (SELECT 1 FROM receipts AS r WHERE r.message = f.request_message AND r.event = 'ContentConsignment' AND r.time <= c.preserved_until)
                OR (f.opened <= c.preserved_until AND EXISTS (SELECT 1 FROM paper_cases AS p JOIN messages AS m ON m.id = f.request_message WHERE p.case_id = f.id AND m.state <> 'TO_CARRY')))
              AND (l.relation = 'FOLLOWS_PRESERVATION' OR (l.relation = 'EXTENDS' AND f.opened > c.opened)))
        """, row => row.GetString(0), from, to, now);

    private static List<(string Case, string Result)> Reviews(Session session, string from, string to) => session.Query(
        "SELECT c.id, r.result FROM case_reviews AS r JOIN cases AS c ON c.id = r.case_id WHERE c.opened >= $1 AND c.opened < $2", row => (row.GetString(0), row.GetString(1)), from, to);

    private static IEnumerable<string> Grounds(Act? act) => act is null ? [] : act.Grounds.Select(g => g.Code).Distinct(StringComparer.Ordinal);

    // A question names a member in a person's words: only what stands in the table of the kind is counted by name.
    private static IEnumerable<string> Members(Act? act, RequestKind kind)
    {
        if (act?.Document is not { } document || !document.TryGetProperty("questions", out var questions) || questions.ValueKind != JsonValueKind.Array)
            return [];
        var known = RequestKinds.Of(kind).AllFields.Select(field => field.Name).ToHashSet(StringComparer.Ordinal);
        return questions.EnumerateArray().Select(q => q.TryGetProperty("path", out var path) && path.GetString() is { } text && known.TryGetValue(text.Split('.', '[')[0], out var member) ? member : "other").Distinct(StringComparer.Ordinal);
    }

    private static void Add(SortedDictionary<string, int> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;

    private static Act? Read(Session session, CaseKeys keys, CountedAct act)
    {
        if (act.Body is null || session.Number("SELECT count(*) FROM erasures WHERE case_id = $1", act.Case) > 0)
            return null;
        var cover = keys.Open(act.Case, $"message:{act.Message}", act.Body);
        if (!SignedDocument.Open(cover).Then(signed => Cover.Read(signed.Content)).TryGet(out var opened, out _) || opened.In(PartRole.act).FirstOrDefault() is not { } part)
            return null;
        return SignedDocument.Open(part.Content).Then(signed => Act.Read(signed.Content)).TryGet(out var read, out _) ? read : null;
    }

    private static (string From, string To) Bounds(int year)
    {
        static string First(int year) => DocumentWriter.FormatTime(new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return (First(year), First(year + 1));
    }

    private sealed record CountedAct(string Case, ActKind Kind, DateTimeOffset Time, string Message, byte[]? Body, bool InTime);
}
