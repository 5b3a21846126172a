using System.Globalization;
using Gateway.Backups;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Erasures;

/// <summary>
/// After an erasure: empties the write-ahead logs, clears what SQLite left in the gaps of its pages, and deletes the copies of a killed backup, so that nothing old is
/// left in the data folder. A reader that holds an old snapshot (a backup, a check of all records, a long export) keeps the pages in their files, and no ordinary
/// checkpoint overwrites them: so the wish is kept with the erasure, and tried again until it is fulfilled, each time from where it stopped.
/// </summary>
internal sealed class EmptyLogs(string dataFolder, Database database, CaseKeys caseKeys, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock, ILogger<EmptyLogs> log) : BackgroundService
{
    // Nobody may have to wait long for the keys; the rounds hold up nobody, and come again.
    private const int Tries = 50;
    private const int TriesOfRound = 10;
    private const string Fact = "erasure.pages";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // How far the database is cleared, and of what that was asked for; only the rounds use them.
    private (string Asked, GapSweep Sweep)? _under;

    /// <summary>In the transaction of the erasure: since when the logs are to be emptied, and a mark for each erasure since.</summary>
    public static void Ask(Session session, DateTimeOffset now)
        => session.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = value || '+'", Fact, DocumentWriter.FormatTime(now));

    /// <summary>When the key of a case was destroyed: leaves nothing of it beside the other keys, without which the rest says little, and lets a round clear the database at once.</summary>
    public async Task Now()
    {
        if (!await caseKeys.ForgetDeleted(Tries))
        {
            log.LogWarning("old pages of a destroyed key stay in the data folder until a backup or another reader ends; it is tried again");
            // A round may have seen to all that was asked for before the key was gone.
            await database.Write(Lane.Bulk, s => Ask(s, clock.GetUtcNow()));
        }
        Interlocked.Exchange(ref _wake, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private async Task Round(CancellationToken stop)
    {
        if (database.Read(s => s.One("SELECT value FROM facts WHERE name = $1", row => row.GetString(0), Fact)) is not { } asked)
            return;
        // Of an erasure that was committed meanwhile something may lie in pages that are cleared already.
        if (_under?.Asked != asked)
            _under = (asked, new GapSweep());
        if (!(await caseKeys.ForgetDeleted(TriesOfRound, stop) & await database.ForgetDeleted(_under.Value.Sweep, TriesOfRound, stop) & BackupSpool.Clear(dataFolder)))
        {
            var since = asked.TrimEnd('+');
            if (clock.GetUtcNow() - DateTimeOffset.Parse(since, CultureInfo.InvariantCulture) >= Patience)
                alarms.Raise(AlarmCode.ERASURE_PAGES, "erasure", Why(since));
            return;
        }
        _under = null;
        // Only what was asked for before: an erasure that was committed meanwhile has added its mark.
        if (await database.Write(Lane.Bulk, s => s.Run("DELETE FROM facts WHERE name = $1 AND value = $2", Fact, asked)) == 1)
            alarms.Clear(AlarmCode.ERASURE_PAGES, "erasure");
    }

    private string Why(string since) => database.IsTooLargeToClear
        ? $"old pages of what was erased at {since} may still be in {Database.FileName}: the file is too large for the gateway to clear the gaps of its pages; nothing that ends by itself holds it up"
        : $"old pages of what was erased at {since} are still in the data folder: a backup, a check or an export has been reading, or reads without a pause keep the gateway from clearing them, for longer than an hour";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        // At once: a start may have finished an erasure. Not before the ports open, since a large file takes some seconds.
        while (!stop.IsCancellationRequested)
        {
            var woken = Volatile.Read(ref _wake).Task;
            await rounds.Run("emptying the write-ahead logs after an erasure", () => Round(stop.Token), stop.Token);
            await Task.WhenAny(Task.Delay(Period, clock, stop.Token), woken);
        }
    }
}
