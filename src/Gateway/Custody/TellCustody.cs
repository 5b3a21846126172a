using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Custody;

/// <summary>
/// Sends events that travel to the other side, several in one sealed message, once their item was announced there and as long as the case is open. What
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
                foreach (var row in database.Read(Waiting).Where(row => later.GetValueOrDefault(row.Id) <= clock.GetUtcNow()))
                {
                    if (!await Tell(row))
                        later[row.Id] = clock.GetUtcNow() + LongPause;
                }
            }
            catch (Exception e) when (e is IOException or Microsoft.Data.Sqlite.SqliteException or CaseMovedException)
            {
                log.LogError(e, "custody events could not be sent; trying again");
            }
            await Task.Delay(Pause, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A closed case takes no more messages; what is written down later stays with the side that did.
    private static List<CaseRow> Waiting(Session s)
        => [.. s.Query("SELECT DISTINCT c.case_id FROM custody_events c JOIN items i ON i.id = c.item WHERE c.tell = 1 AND i.message IS NOT NULL LIMIT 100", row => row.GetString(0))
            .Select(id => CaseRow.Find(s, id)).OfType<CaseRow>().Where(row => !row.State.IsFinal())];

    private async Task<bool> Tell(CaseRow row)
    {
        var events = database.Read(s => s.Query(
            "SELECT c.item, c.state, c.seq, c.document FROM custody_events c JOIN items i ON i.id = c.item WHERE c.case_id = $1 AND c.tell = 1 AND i.message IS NOT NULL ORDER BY c.leaf LIMIT $2",
            r => CustodyRows.Open(caseKeys, row.Id, r.GetString(0), r.GetString(1), r.GetInt64(2), r.Bytes(3)), row.Id, EventsPerMessage));
        if (events.Count == 0)
            return true;
        var parts = events.Select((kept, i) => Part.Of(PartRole.custody, $"custody-{i + 1}.cms", "application/pkcs7-mime", kept.Signed.Der.ToArray())).ToList();
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.CUSTODY, ReadCustody.Kind, row.Urgency, row.RequestMessage, parts);
        var sent = await send.Send(message, s =>
        {
            foreach (var kept in events)
                s.RunOne("UPDATE custody_events SET tell = 0 WHERE item = $1 AND state = $2 AND seq = $3 AND tell = 1", kept.Event.Item, kept.Event.State, kept.Event.Seq);
        });
        if (sent.Refusal is { } refusal)
            log.LogWarning("custody events of {Case} wait: {Refusal}", row.Id, refusal);
        return sent.Succeeded;
    }
}
