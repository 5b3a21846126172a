using System.Buffers;
using System.Net.Http.Headers;

namespace Gateway.Judging;

/// <summary>
/// HTTP to the addresses of the configuration and to no others: no redirect, no cookies, every answer bounded in size and, as a whole, in time. A body that comes drop by drop ends
/// with the time, since the client's own limit ends with the headers.
/// </summary>
internal sealed class TrustHttp : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly JudgingOptions _options;
    private readonly TimeProvider _clock;

    public TrustHttp(JudgingOptions options, TimeProvider clock) => (_options, _clock) = (options, clock);

    /// <summary>Whether this says that the other side did not deliver, or not in time.</summary>
    public static bool IsUnavailable(Exception e, CancellationToken stop) => e is HttpRequestException or IOException or InvalidDataException || (e is OperationCanceledException && !stop.IsCancellationRequested);

    public Task<byte[]> Get(string url, CancellationToken stop)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url));
        return Send(request, _options.MaxFetchMiB * 1024 * 1024, stop);
    }

    public Task<byte[]> Post(string url, byte[] body, string type, int maxBytes, CancellationToken stop)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return Send(request, maxBytes, stop);
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> Send(HttpRequestMessage request, int max, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(_options.FetchSeconds), _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        using (request)
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (!response.IsSuccessStatusCode)
                throw new HttpRequestException($"the answer is {(int)response.StatusCode}");
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            return await Read(body, max, either.Token);
        }
    }

    private static async Task<byte[]> Read(Stream body, int max, CancellationToken stop)
    {
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
}
