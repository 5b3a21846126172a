using System.Globalization;
using Gateway.Peers;
using Gateway.Protocol.Evidence;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>Releases by one person stand on the board until another has reviewed them; who is late is told once more, as an event.</summary>
internal sealed class WatchReviews(Database database, PeerDirectory peers, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock) : BackgroundService
{
    private const string Overdue = "release.reviewOverdue";

    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        await rounds.Every(TimeSpan.FromMinutes(1), "the watch over reviews of releases", Look, clock, stop.Token);
    }

    /// <summary>When the review of a lone release is due.</summary>
    public static DateTimeOffset Due(DateTimeOffset released, PeerDirectory peers) => released.AddHours(peers.OwnCard.Card.Profile.LoneReleaseReviewHours ?? ReleaseRules.DefaultReviewHours);

    /// <summary>One look.</summary>
    public async Task Look()
    {
        var now = clock.GetUtcNow();
        var waiting = database.Read(s => s.Query(
            $"SELECT d.item, d.user, d.time, i.exhibit, i.case_id FROM item_decisions d JOIN items i ON i.id = d.item WHERE i.direction = 'OUT' AND {Decision.UnreviewedAlone}",
            row => (Item: row.GetString(0), User: row.GetString(1), Time: row.Time(2), Exhibit: row.GetString(3), Case: row.GetString(4))));
        foreach (var one in waiting)
        {
            var due = Due(one.Time, peers);
            var late = now > due;
            alarms.Raise(AlarmCode.RELEASE_UNREVIEWED, one.Item, string.Create(CultureInfo.InvariantCulture,
                $"{one.Exhibit} was released by {one.User} alone; another officer must review it {(late ? "and is late: it was due" : "")} by {due:yyyy-MM-dd HH:mm} UTC ('gatewayctl release uphold' or 'object')"), one.Case);
            if (late && _told.Add(one.Item))
                await database.Write(Lane.Ordinary, s =>
                {
                    if (s.Number("SELECT count(*) FROM events WHERE subject = $1 AND kind = $2", one.Item, Overdue) == 0)
                        Events.Append(s, now, Overdue, one.Case, one.Item, $"the release of {one.Exhibit} by {one.User} alone was not reviewed in time");
                });
        }
        foreach (var done in alarms.All.Where(a => a.Code == AlarmCode.RELEASE_UNREVIEWED && waiting.TrueForAll(w => w.Item != a.Subject)))
            alarms.Clear(done.Code, done.Subject);
    }
}
