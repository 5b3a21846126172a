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
internal sealed class CallOut(Database database, NotificationOptions options, NotifySender sender, TimeProvider clock, ILogger<CallOut> log) : IDisposable
{
    private const int Attempts = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(2);

    // No redirect: it would lead to where nobody allowed it.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, ConnectTimeout = Patience }) { Timeout = Patience };
    private readonly SemaphoreSlim _places = new(16);

    // Two hundred reminders that fall due at the end of the working day hold up no emergency that comes behind them.
    private readonly SemaphoreSlim _placesOfDeadlines = new(4);

    /// <summary>Begins all calls of an alarm; the task ends when all are done, and is false when the gateway's end cut one short.</summary>
    /// <param name="again">They were called before: the mailbox has its letter.</param>
    public async Task<bool> Start(AlertRow alert, bool again = false)
    {
        var calls = new List<Task<bool>>();
        foreach (var hook in options.Webhooks)
            calls.Add(Try(alert, "WEBHOOK", new Uri(hook.Address).Authority, hook.Confirms, stop => Post(hook, alert, stop)));
        if (options.Mail.Host.Length > 0 && alert.Kind != AlertRow.Test && !again)
            calls.Add(Try(alert, "MAIL", options.Mail.Host, confirms: false, stop => Send(alert, stop)));
        if (options.Command.Program.Length > 0)
            calls.Add(Try(alert, "COMMAND", Path.GetFileName(options.Command.Program), options.Command.Confirms, stop => RunProgram(alert, stop)));
        return (await Task.WhenAll(calls)).All(done => done);
    }

    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
        _placesOfDeadlines.Dispose();
    }

    private async Task<bool> Try(AlertRow alert, string way, string target, bool confirms, Func<CancellationToken, Task> call)
    {
        var places = alert.Kind == AlertRow.Deadline ? _placesOfDeadlines : _places;
        await places.WaitAsync();
        try
        {
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                var outcome = "OK";
                try
                {
                    using var limit = new CancellationTokenSource(Patience);
                    await call(limit.Token);
                }
                catch (Exception e) when (e is HttpRequestException or SmtpException or OperationCanceledException or IOException or InvalidOperationException or System.ComponentModel.Win32Exception)
                {
                    outcome = e is OperationCanceledException ? "no answer in time" : e.GetType().Name;
                    log.LogWarning("{Way} to {Target} failed, attempt {Attempt}: {Outcome}", way, target, attempt, outcome);
                }
                await database.Write(Lane.Ordinary, s => AlertRow.Called(s, alert.Id, clock.GetUtcNow(), way, target, outcome));
                if (outcome == "OK")
                {
                    // That one of ours was rejected, a person must read: no answer of a machine ends it.
                    if (confirms && alert.Kind is (AlertRow.Request or AlertRow.Test))
                        await sender.Reached(alert, $"{way.ToLowerInvariant()} {target}");
                    return true;
                }
                if (attempt < Attempts)
                    await Task.Delay(BetweenAttempts * attempt, clock);
            }
            return true;
        }
        catch (Exception e) when (e is Microsoft.Data.Sqlite.SqliteException or Receipts.LedgerShutException or ObjectDisposedException)
        {
            log.LogError(e, "{Way} to {Target}: what came of it could not be kept", way, target);
            return false;
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

    private static string Subject(AlertRow alert) => alert.Kind switch { AlertRow.Deadline => " deadline", AlertRow.Sending => " not delivered or not heard", _ => "" };

    private static string Body(AlertRow alert) => alert.Kind switch { AlertRow.Deadline => "Something is due or ends", AlertRow.Sending => "A message of ours has not arrived, or reached nobody; take the telephone: it stands", _ => "A message waits" };

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
