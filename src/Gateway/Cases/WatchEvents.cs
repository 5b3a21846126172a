using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Cases;

/// <summary>The event stream: everything after a cursor, then as it happens. The cursor is the row, so a reconnect misses nothing and repeats nothing.</summary>
internal sealed class WatchEvents(Database database, Drain drain)
{
    private const int PerRead = 500;

    public async Task<Refusal?> Run(WatchRequest request, IServerStreamWriter<Event> stream, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, drain.Begun);
        var cursor = (long)Math.Min(request.Cursor, long.MaxValue);
        while (!either.IsCancellationRequested)
        {
            var committed = database.NextCommit;
            var events = database.Read(s => s.Query("SELECT cursor, time, kind, case_id, subject, text FROM events WHERE cursor > $1 ORDER BY cursor LIMIT $2",
                row => new Event
                {
                    Cursor = (ulong)row.GetInt64(0),
                    Time = DocumentWriter.FormatTime(row.Time(1)),
                    Kind = row.GetString(2),
                    CaseId = row.GetString(3),
                    Subject = row.GetString(4),
                    Text = row.GetString(5),
                }, cursor, PerRead));
            foreach (var one in events)
            {
                await stream.WriteAsync(one, cancellation);
                cursor = (long)one.Cursor;
            }
            if (events.Count == PerRead)
                continue;
            if (request.NoWait)
                return null;
            await committed.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return drain.Draining ? new(RefusalCode.ShuttingDown, "the gateway stops; reconnect with the last cursor") : null;
    }
}
