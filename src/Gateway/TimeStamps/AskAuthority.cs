using System.Net;
using System.Net.Http.Headers;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;

namespace Gateway.TimeStamps;

/// <summary>One call to a time-stamp authority (RFC 3161 §3.4, HTTP). Only the addresses of the configuration are called; no redirect, no proxy.</summary>
internal sealed class AskAuthority : IDisposable
{
    private const int MaxReplyBytes = 64 * 1024;
    private const string QueryType = "application/timestamp-query";
    private const string ReplyType = "application/timestamp-reply";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    public AskAuthority(TimeProvider clock)
    {
        _clock = clock;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            MaxResponseContentBufferSize = MaxReplyBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("gateway", Telemetry.Version));
    }

    /// <summary>The reply as it came; nothing in it is believed yet.</summary>
    public async Task<Outcome<byte[]>> Run(TimeStampAuthorityOptions authority, TimeStampRequest request, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(Patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        using var content = new ByteArrayContent(request.Encode());
        content.Headers.ContentType = new MediaTypeHeaderValue(QueryType);
        try
        {
            using var response = await _http.PostAsync(new Uri(authority.Url), content, either.Token);
            if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != ReplyType)
                return Failed($"{authority.Name} answers {(int)response.StatusCode} {response.Content.Headers.ContentType?.MediaType}");
            return await response.Content.ReadAsByteArrayAsync(either.Token);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return Failed(e is HttpRequestException ? $"{authority.Name} does not answer: {e.Message}" : $"{authority.Name} does not answer within {Patience.TotalSeconds:0} seconds");
        }
    }

    public void Dispose() => _http.Dispose();

    private static Refusal Failed(string text) => new(RefusalCode.TimeStampMissing, text);
}
