using System.Globalization;
using Gateway.Backups;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Erasures;

/// <summary>
/// After an erasure: empties the write-ahead logs, clears what SQLite left in the gaps of its pages, and deletes the copies of a killed backup, so that nothing old is
/// left in the data folder. A reader that holds an old snapshot (a backup, a check of all records, a long export) keeps the pages in their files, and no ordinary
/// checkpoint overwrites them: so the wish is kept with the erasure, and tried again until it is fulfilled.
/// </summary>
internal sealed class EmptyLogs(string dataFolder, Database database, CaseKeys caseKeys, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock, ILogger<EmptyLogs> log) : BackgroundService
{
    private const int Tries = 50;
    private const string Fact = "erasure.pages";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>In the transaction of the erasure: since when the logs are to be emptied, and a mark for each erasure since.</summary>
    public static void Ask(Session session, DateTimeOffset now)
        => session.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = value || '+'", Fact, DocumentWriter.FormatTime(now));

    /// <summary>Empties them if that is asked for; when a reader keeps it from that for some seconds, the rounds try again.</summary>
    public Task Now() => Try(Tries);

    private async Task Try(int tries)
    {
        if (database.Read(s => s.One("SELECT value FROM facts WHERE name = $1", row => row.GetString(0), Fact)) is not { } asked)
            return;
        // The keys first: they are few, and without them the rest says little.
        if (!(await caseKeys.ForgetDeleted(tries) & await database.ForgetDeleted(tries) & BackupSpool.Clear(dataFolder)))
        {
            var since = DateTimeOffset.Parse(asked.TrimEnd('+'), CultureInfo.InvariantCulture);
            if (tries > 1)
                log.LogWarning("old pages of what was erased stay in the data folder until a backup or another reader ends; it is tried again");
            if (clock.GetUtcNow() - since >= Patience)
                alarms.Raise(AlarmCode.ERASURE_PAGES, "erasure", $"old pages of what was erased at {asked.TrimEnd('+')} are still in the data folder: a backup, a check or an export has read for longer than an hour");
            return;
        }
        // Only what was asked for before: an erasure that was committed meanwhile has added its mark.
        if (await database.Write(Lane.Bulk, s => s.Run("DELETE FROM facts WHERE name = $1 AND value = $2", Fact, asked)) == 1)
            alarms.Clear(AlarmCode.ERASURE_PAGES, "erasure");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        // At once: a start may have finished an erasure. Not before the ports open, since a large file takes some seconds.
        while (!stop.IsCancellationRequested)
        {
            await rounds.Run("emptying the write-ahead logs after an erasure", () => Try(1), stop.Token);
            await Task.Delay(Period, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
