using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Mail;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Notification;

/// <summary>
/// Reaches people by other ways than a screen: webhooks, mail, a local program. They hear that something of this urgency waits, or is due, and a number; no content, no State,
/// no kind of request. Each is tried three times, beside the loop, so that a host that hangs delays nobody.
/// </summary>
internal sealed class CallOut(Database database, NotificationOptions options, Ways ways, NotifySender sender, TimeProvider clock, ILogger<CallOut> log) : IDisposable
{
    private const int Attempts = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(2);

    // No redirect: it would lead to where nobody allowed it.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, ConnectTimeout = Patience }) { Timeout = Patience };
    private readonly SemaphoreSlim _places = new(16);

    // Two hundred reminders that fall due at the end of the working day hold up no emergency that comes behind them.
    private readonly SemaphoreSlim _placesOfDeadlines = new(4);

    /// <summary>Begins all calls of an alarm; the task ends when all are done.</summary>
    /// <param name="again">They were called before: the mailbox has its letter.</param>
    public async Task<CallOutcome> Start(AlertRow alert, bool again = false)
    {
        var calls = new List<Task<CallOutcome>>();
        foreach (var (hook, way) in options.Webhooks.Zip(ways.Webhooks))
            calls.Add(Try(alert, way, stop => Post(hook, alert, stop)));
        if (ways.Mail is { } mail && !again)
            calls.Add(Try(alert, mail, stop => Send(alert, stop)));
        if (ways.Command is { } program)
            calls.Add(Try(alert, program, stop => RunProgram(alert, stop)));
        var came = await Task.WhenAll(calls);
        return came.Contains(CallOutcome.NotKept) ? CallOutcome.NotKept
            : came.Length == 0 || came.Contains(CallOutcome.Done) ? CallOutcome.Done : CallOutcome.NobodyReached;
    }

    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
        _placesOfDeadlines.Dispose();
    }

    private async Task<CallOutcome> Try(AlertRow alert, Way way, Func<CancellationToken, Task> call)
    {
        var (kind, target) = (way.Kind, way.Target);
        var places = alert.Kind == AlertRow.Deadline ? _placesOfDeadlines : _places;
        await places.WaitAsync();
        try
        {
            // Of a way that is known to be dead, deadlines by the hundred ask once only.
            var attempts = alert.Kind == AlertRow.Deadline && ways.IsDead(way) ? 1 : Attempts;
            var outcome = "";
            for (var attempt = 1; attempt <= attempts; attempt++)
            {
                outcome = "OK";
                try
                {
                    using var limit = new CancellationTokenSource(Patience);
                    await call(limit.Token);
                }
                catch (Exception e) when (e is HttpRequestException or SmtpException or OperationCanceledException or IOException or InvalidOperationException or System.ComponentModel.Win32Exception)
                {
                    outcome = e is OperationCanceledException ? "no answer in time" : e.GetType().Name;
                    log.LogWarning("{Way} to {Target} failed, attempt {Attempt}: {Outcome}", kind, target, attempt, outcome);
                }
                await database.Write(Lane.Ordinary, s => AlertRow.Called(s, alert.Id, clock.GetUtcNow(), kind, target, outcome));
                if (outcome == "OK")
                {
                    await ways.Worked(way);
                    // That one of ours was rejected, a person must read: no answer of a machine ends it.
                    if (way.Confirms && alert.Kind is (AlertRow.Request or AlertRow.Act or AlertRow.Test))
                        await sender.Reached(alert, $"{kind.ToLowerInvariant()} {target}");
                    return CallOutcome.Done;
                }
                if (attempt < attempts)
                    await Task.Delay(BetweenAttempts * attempt, clock);
            }
            await ways.Failed(way, outcome);
            return CallOutcome.NobodyReached;
        }
        catch (Exception e) when (e is Microsoft.Data.Sqlite.SqliteException or Receipts.LedgerShutException or ObjectDisposedException)
        {
            log.LogError(e, "{Way} to {Target}: what came of it could not be kept", kind, target);
            return CallOutcome.NotKept;
        }
        finally
        {
            places.Release();
        }
    }

    private async Task Post(WebhookOptions hook, AlertRow alert, CancellationToken stop)
    {
        using var answer = await _http.PostAsJsonAsync(hook.Address, new { alert = alert.Id, kind = alert.Kind, urgency = alert.Urgency.ToString(), level = alert.Level, raised = alert.Raised }, stop);
        answer.EnsureSuccessStatusCode();
    }

    private async Task Send(AlertRow alert, CancellationToken stop)
    {
        using var client = new SmtpClient(options.Mail.Host, options.Mail.Port) { Timeout = (int)Patience.TotalMilliseconds };
        using var mail = new MailMessage { From = new MailAddress(options.Mail.From), Subject = $"Gateway: {alert.Urgency}{Subject(alert)}", Body = $"{Body(alert)} at the gateway. Number: {alert.Id}\r\n" };
        foreach (var to in options.Mail.To)
            mail.To.Add(to);
        await client.SendMailAsync(mail, stop);
    }

    private static string Subject(AlertRow alert) => alert.Kind switch { AlertRow.Deadline => " deadline", AlertRow.Sending => " not delivered or not heard", AlertRow.Act => " answered or asked by the other side", AlertRow.Test => " (self-test)", _ => "" };

    private static string Body(AlertRow alert) => alert.Kind switch { AlertRow.Deadline => "Something is due or ends", AlertRow.Sending => "A message of ours has not arrived, or reached nobody; take the telephone: it stands", AlertRow.Act => "The other side acted on an emergency, and nobody has opened it yet", AlertRow.Test => "The self-test of the shift, nothing waits", _ => "A message waits" };

    // No shell, a clean environment, two arguments of our own making.
    private async Task RunProgram(AlertRow alert, CancellationToken stop)
    {
        var start = new ProcessStartInfo(options.Command.Program, [alert.Kind switch { AlertRow.Test => "TEST", AlertRow.Sending => "NOT_DELIVERED", _ => alert.Urgency.ToString() }, alert.Id]) { UseShellExecute = false, RedirectStandardInput = true };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("the program did not start");
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException("the program ended with another code than 0");
    }
}

/// <summary>What came of the calls about one alarm.</summary>
internal enum CallOutcome
{
    /// <summary>At least one way worked, or none is configured: there are the screens.</summary>
    Done,

    /// <summary>Every way failed.</summary>
    NobodyReached,

    /// <summary>The gateway's end cut one short.</summary>
    NotKept,
}
