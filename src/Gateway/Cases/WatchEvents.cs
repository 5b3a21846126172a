using Gateway.Access;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Cases;

/// <summary>The event stream: everything after a cursor, then as it happens. The cursor is the row, so a reconnect misses nothing and repeats nothing.</summary>
internal sealed class WatchEvents(Database database, NeedToKnow access, Drain drain)
{
    private const int PerRead = 500;

    // The next events in their order, of which those are left out that concern a case that the user may not see. Events of no case are open to all, but for those of the channel between two
    // States about a message of a case: that it was rejected there would say that there is one.
    private static readonly string Seen = $"""
        SELECT e.cursor, e.time, e.kind, e.case_id, e.subject, e.text
        FROM (SELECT cursor, time, kind, case_id, subject, text FROM events WHERE cursor > $1 ORDER BY cursor LIMIT $2) AS e
        LEFT JOIN cases c ON c.id = e.case_id
        WHERE CASE e.case_id
          WHEN '' THEN NOT EXISTS (SELECT 1 FROM messages m LEFT JOIN cases k ON k.id = m.case_id WHERE m.id = e.subject AND NOT {Reach.Sees("m.case_id", "coalesce(k.kind, m.kind)", 3)})
          ELSE {Reach.Sees("e.case_id", "coalesce(c.kind, '')", 3)} END
        ORDER BY e.cursor
        """;

    public async Task<Refusal?> Run(WatchRequest request, IServerStreamWriter<Event> stream, User by, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, drain.Begun);
        var cursor = (long)Math.Min(request.Cursor, long.MaxValue);
        while (!either.IsCancellationRequested)
        {
            var committed = database.NextCommit;
            // The database is asked anew each time: who is handed a case sees it from then on.
            var reach = by.Refuse(Permission.ReadReceipts) is null ? access.Of(by, Permission.ReadReceipts) : Reach.OfNone(by);
            var (last, events) = database.Read(s => (s.Number("SELECT max(cursor) FROM (SELECT cursor FROM events WHERE cursor > $1 ORDER BY cursor LIMIT $2)", cursor, PerRead), s.Query(Seen,
                row => new Event
                {
                    Cursor = (ulong)row.GetInt64(0),
                    Time = DocumentWriter.FormatTime(row.Time(1)),
                    Kind = row.GetString(2),
                    CaseId = row.GetString(3),
                    Subject = row.GetString(4),
                    Text = row.GetString(5),
                }, reach.With(cursor, PerRead))));
            foreach (var one in events)
                await stream.WriteAsync(one, cancellation);
            if (last > cursor)
            {
                cursor = last;
                continue;
            }
            if (request.NoWait)
                return null;
            await committed.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return drain.Draining ? new(RefusalCode.ShuttingDown, "the gateway stops; reconnect with the last cursor") : null;
    }
}
