using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Custody;

/// <summary>
/// Sends events that travel, and records, to the other side, several events or signatures over one record in one sealed message, once their item was announced there and as long as the case is open. What
/// waits is a mark on the event's own row, taken away in the transaction that queues the message: nothing is forgotten and nothing told twice.
/// </summary>
internal sealed class TellCustody(Database database, CaseKeys caseKeys, SendMessage send, Drain drain, TimeProvider clock, ILogger<TellCustody> log) : BackgroundService
{
    private const int EventsPerMessage = 40;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongPause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        var later = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (database.Read(AnyOfClosed))
                    await database.Write(Lane.Bulk, Rest);
                foreach (var row in database.Read(Waiting).Where(row => later.GetValueOrDefault(row.Id) <= clock.GetUtcNow()))
                {
                    if (!await Tell(row) || !await TellRecord(row))
                        later[row.Id] = clock.GetUtcNow() + LongPause;
                }
            }
            catch (Exception e) when (Rounds.GoesOnAfter(e, stop.Token))
            {
                log.LogError(e, "custody events could not be sent; trying again");
            }
            await Task.Delay(Pause, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The cases that have something to tell. A closed case takes no more messages; what is written down later stays with the side that did.</summary>
    internal static List<CaseRow> Waiting(Session s)
        => [.. s.Query(WaitingSql, row => row.GetString(0)).Select(id => CaseRow.Find(s, id)).OfType<CaseRow>()];

    internal const string WaitingSql = $"""
            SELECT c.id FROM (
              SELECT e.case_id FROM custody_events e JOIN items i ON i.id = e.item WHERE e.tell = 1 AND i.message IS NOT NULL
              UNION SELECT r.case_id FROM item_records r JOIN items i ON i.id = r.item WHERE r.tell = 1 AND i.message IS NOT NULL) w
            JOIN cases c ON c.id = w.case_id WHERE c.state NOT IN {CaseRow.Final}
            """;

    /// <summary>Whether something waits in a case that was closed meanwhile.</summary>
    internal static bool AnyOfClosed(Session s) => s.Number(AnyOfClosedSql) > 0;

    internal const string AnyOfClosedSql = $"""
        SELECT EXISTS (SELECT 1 FROM custody_events e JOIN cases c ON c.id = e.case_id WHERE e.tell = 1 AND c.state IN {CaseRow.Final})
          OR EXISTS (SELECT 1 FROM item_records r JOIN cases c ON c.id = r.case_id WHERE r.tell = 1 AND c.state IN {CaseRow.Final})
        """;

    /// <summary>What a closed case keeps waits no more, so that nobody walks it every two seconds for years; a case that opens anew has it wait again (<see cref="CaseRow"/>).</summary>
    internal static void Rest(Session s)
    {
        foreach (var sql in RestSql)
            s.Run(sql);
    }

    internal static readonly string[] RestSql =
    [
        $"UPDATE custody_events SET tell = 2 WHERE tell = 1 AND EXISTS (SELECT 1 FROM cases c WHERE c.id = custody_events.case_id AND c.state IN {CaseRow.Final})",
        $"UPDATE item_records SET tell = 2 WHERE tell = 1 AND EXISTS (SELECT 1 FROM cases c WHERE c.id = item_records.case_id AND c.state IN {CaseRow.Final})",
    ];

    private async Task<bool> Tell(CaseRow row)
    {
        var events = database.Read(s => s.Query(
            "SELECT c.item, c.state, c.seq, c.document FROM custody_events c JOIN items i ON i.id = c.item WHERE c.case_id = $1 AND c.tell = 1 AND i.message IS NOT NULL ORDER BY c.leaf LIMIT $2",
            r => CustodyRows.Open(caseKeys, row.Id, r.GetString(0), r.GetString(1), r.GetInt64(2), r.Bytes(3)), row.Id, EventsPerMessage));
        if (events.Count == 0)
            return true;
        return await Send(row, [.. events.Select(kept => kept.Signed)], "custody", s =>
        {
            foreach (var kept in events)
                s.RunOne("UPDATE custody_events SET tell = 0 WHERE item = $1 AND state = $2 AND seq = $3 AND tell = 1", kept.Event.Item, kept.Event.State, kept.Event.Seq);
        });
    }

    // By itself: a signature that the other side cannot decide keeps its own record waiting, and nothing else.
    private async Task<bool> TellRecord(CaseRow row)
    {
        var waiting = database.Read(s => s.Query(
            "SELECT r.item, r.sha256, r.record, r.document FROM item_records r JOIN items i ON i.id = r.item WHERE r.case_id = $1 AND r.tell = 1 AND i.message IS NOT NULL ORDER BY r.leaf LIMIT $2",
            r => (Item: r.GetString(0), Sha256: r.Digest(1), Record: r.Digest(2), Document: r.Bytes(3)), row.Id, RecordRows.MaxSignatures));
        if (waiting.Count == 0)
            return true;
        var one = waiting.Where(r => r.Item == waiting[0].Item && r.Record == waiting[0].Record).Select(r => RecordRows.Open(caseKeys, row.Id, r.Item, r.Sha256, r.Document)).ToList();
        // As many as one message holds; the others follow in the next. A certificate is never more than that: half of one is no certificate.
        while (one.Count > 1 && one[0].Record.Form != RecordForms.CustodianCertificate && one.Sum(kept => (long)kept.Signed.Der.Length) > RecordRows.MaxBytes)
            one.RemoveAt(one.Count - 1);
        return await Send(row, one.ConvertAll(kept => kept.Signed), "record", s =>
        {
            foreach (var kept in one)
                s.RunOne("UPDATE item_records SET tell = 0 WHERE item = $1 AND sha256 = $2 AND tell = 1", kept.Record.Item, kept.Signed.Sha256);
        });
    }

    private async Task<bool> Send(CaseRow row, IReadOnlyList<SignedDocument> documents, string name, Action<Session> told)
    {
        var parts = documents.Select((signed, i) => Part.Of(PartRole.custody, $"{name}-{i + 1}.cms", "application/pkcs7-mime", signed.Der.ToArray())).ToList();
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.CUSTODY, ReadCustody.Kind, row.Urgency, row.RequestMessage, parts);
        try
        {
            var sent = await send.Send(message, s =>
            {
                // The chain of a case that was closed meanwhile takes nothing more.
                if (CaseRow.Find(s, row.Id) is not { } now || now.State.IsFinal())
                    throw new CaseMovedException();
                told(s);
            });
            if (sent.Refusal is { } refusal)
                log.LogWarning("custody of {Case} waits: {Refusal}", row.Id, refusal.Code.Text());
            return sent.Succeeded;
        }
        catch (ChainBehindException)
        {
            // Until the other side's receipts are back; the other cases do not wait for it.
            return false;
        }
    }
}
