using Gateway.AuditLog;
using Gateway.Runtime;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Integrity;

/// <summary>Checks the records while the gateway serves, in a thread of its own at the lowest priority; what it finds is an alarm and a record in the log.</summary>
internal sealed class IntegrityLoop(Database database, string dataFolder, IntegrityOptions options, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock, ILogger<IntegrityLoop> log) : BackgroundService
{
    private const int Told = 20;
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan GivenBack = TimeSpan.FromHours(1);

    private DateTimeOffset _last = clock.GetUtcNow();
    private DateTimeOffset _lastWithChunks = clock.GetUtcNow();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Look, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var now = clock.GetUtcNow();
            var chunks = options.EvidenceEveryHours > 0 && now - _lastWithChunks >= TimeSpan.FromHours(options.EvidenceEveryHours);
            if (stop.IsCancellationRequested || (!chunks && (options.EveryHours == 0 || now - _last < TimeSpan.FromHours(options.EveryHours))))
                continue;
            _last = now;
            if (chunks)
                _lastWithChunks = now;
            await rounds.Run("the integrity check", () => CheckOrSay(chunks), stop.Token);
        }
    }

    private async Task CheckOrSay(bool chunks)
    {
        try
        {
            await Check(chunks);
        }
        catch (Exception e) when (e is IOException or SqliteException or DatabaseNotUsableException)
        {
            log.LogError(e, "the integrity check could not be completed");
            alarms.Raise(AlarmCode.LEDGER_DAMAGED, "check", $"the integrity check could not be completed: {e.Message}");
        }
    }

    /// <summary>One check.</summary>
    public async Task<LedgerReport> Check(bool chunks)
    {
        var report = await OnOwnThread(() => CheckLedger.Run(dataFolder, chunks));
        log.LogInformation("integrity check: {Findings} findings", report.Findings.Count + report.Further);
        if (report.Good)
        {
            alarms.Clear(AlarmCode.LEDGER_DAMAGED, "check");
            await RecordLosses(report);
            return report;
        }
        foreach (var finding in report.Findings.Take(Told))
            log.LogCritical("integrity check: {Finding}", finding);
        alarms.Raise(AlarmCode.LEDGER_DAMAGED, "check", $"{report.Findings.Count + report.Further} stored records are not what they were; the first: {report.Findings[0]}. Run 'gateway fsck'.", report.Findings[0].Case);
        await database.Write(Lane.Bulk, s => new AuditRecord("ledger.damaged", "gateway", "fsck", Detail: $"{report.Findings.Count + report.Further} findings, the first: {report.Findings[0].Fault} {report.Findings[0].Record}").Append(s, clock.GetUtcNow()));
        await RecordLosses(report);
        return report;
    }

    // After a restore or a rollback peers bring back what they hold. What nobody has brought within the hour is lost: said once, under our log's signature, so
    // that from then on only what goes missing anew is a finding.
    private async Task RecordLosses(LedgerReport report)
    {
        var now = clock.GetUtcNow();
        if (database.Read(s => s.One("SELECT value FROM facts WHERE name = $1", r => r.GetString(0), Database.ReopenedFact)) is not { } reopened
            || !DateTimeOffset.TryParse(reopened, System.Globalization.CultureInfo.InvariantCulture, out var since) || now - since < GivenBack)
            return;
        var lost = report.Findings.Where(f => f.Fault == LedgerFault.MESSAGE_MISSING).ToList();
        await database.Write(Lane.Bulk, s =>
        {
            foreach (var finding in lost)
                new AuditRecord(LedgerView.LostMessage, "gateway", finding.Record.Split(' ')[^1], finding.Case, "named by receipts, and no peer has brought it back").Append(s, now);
            s.Run("DELETE FROM facts WHERE name = $1", Database.ReopenedFact);
        });
        log.LogWarning("{Count} messages are recorded as lost", lost.Count);
    }

    private static Task<LedgerReport> OnOwnThread(Func<LedgerReport> check)
    {
        var done = new TaskCompletionSource<LedgerReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                done.SetResult(check());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }) { IsBackground = true, Priority = ThreadPriority.Lowest, Name = "integrity check" }.Start();
        return done.Task;
    }
}
