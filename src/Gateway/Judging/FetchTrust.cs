using System.Buffers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Judgements;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Judging;

/// <summary>
/// Fetches newer trusted lists and revocation lists from the addresses that the configuration names for each State, and from nowhere else: no address out of a certificate or list is ever
/// followed, no redirect. Size and time are bounded. What does not verify is refused with an alarm, and the last good one stays.
/// </summary>
internal sealed class FetchTrust(JudgingOptions options, ImportTrust import, TrustStore trust, Database database, Alarms alarms, Drain drain, TimeProvider clock, ILogger<FetchTrust> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = Timeout.InfiniteTimeSpan };
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.RefreshMinutes), clock);
        try
        {
            do
            {
                foreach (var source in options.Sources)
                    await Fetch(http, source, stop.Token);
                trust.Look();
            }
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task Fetch(HttpClient http, TrustSource source, CancellationToken stop)
    {
        try
        {
            // The client's own limit ends with the headers; a body that comes drop by drop must not hold up the other sources.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.FetchSeconds), clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
            var bytes = await Read(http, source.Url, either.Token);
            var refusal = source.Kind == "CRL" ? await TakeRevocationList(bytes, source) : (await import.TakeList(bytes, source.State, "gateway", byPerson: false)).Refusal;
            if (refusal is null)
                alarms.Clear(AlarmCode.TRUST_LIST_REFUSED, source.Url);
            else
                alarms.Raise(AlarmCode.TRUST_LIST_REFUSED, source.Url, $"what {source.Url} offers is refused: {refusal.Code.Text()}; the last good one stays in use");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or Microsoft.Data.Sqlite.SqliteException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            // Not available, or not to be stored now, is not refused: the expiry of what is in use decides when that hurts.
            log.LogWarning("{Url} of {State} cannot be fetched: {Reason}", source.Url, source.State, e.Message);
        }
    }

    private async Task<byte[]> Read(HttpClient http, string url, CancellationToken stop)
    {
        var max = options.MaxFetchMiB * 1024 * 1024;
        using var response = await http.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead, stop);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"the answer is {(int)response.StatusCode}");
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        using var copy = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
            {
                if (copy.Length + read > max)
                    throw new InvalidDataException($"the answer is larger than {max} bytes");
                copy.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return copy.ToArray();
    }

    // A revocation list is signed by the authority that it is about; the engine verifies it when it is used.
    private async Task<Refusal?> TakeRevocationList(byte[] bytes, TrustSource source)
    {
        var files = new TrustFiles();
        if (!files.AddMaterial(bytes) || files.Material.RevocationLists is not [var list])
            return new Refusal(RefusalCode.TrustListNotReadable, "the answer is no revocation list");
        var now = clock.GetUtcNow();
        var row = new TrustRow(Digest.Of(list.Span), source.State, TrustKind.CRL, source.Url, now.ToUnixTimeSeconds(), null, TrustStatus.IN_USE, "gateway", null, now, list.ToArray());
        var isNew = await database.Write(Lane.Bulk, s =>
        {
            if (TrustRow.InUse(s, source.State, TrustKind.CRL, source.Url)?.Sha256 == row.Sha256)
                return false;
            row.Store(s);
            return true;
        });
        if (isNew)
            trust.Reload();
        return null;
    }
}
