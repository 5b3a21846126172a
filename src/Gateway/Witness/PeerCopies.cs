using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;

namespace Gateway.Witness;

/// <summary>What a peer holds of a log; null when nothing.</summary>
internal sealed record PeerCopy(SignedNote? Note);

/// <summary>Asks a peer's gateway what it holds of a log: its own newest checkpoint, or what it cosigned of others.</summary>
internal sealed class PeerCopies(PeerChannels channels, WitnessOptions options, TimeProvider clock)
{
    /// <summary>Where witnesses listen, below the peer's endpoint.</summary>
    public const string Prefix = "/witness";

    /// <summary>Where a gateway shows its own newest checkpoint.</summary>
    public const string OwnPath = "/log/checkpoint";

    /// <summary>The monitoring path of a log (C2SP tlog-witness): hex SHA-256 of its origin.</summary>
    public static string PathOf(string origin) => $"{Prefix}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)))}/checkpoint";

    /// <summary>The peer's copy of a log's checkpoint, if it has one.</summary>
    public Task<Outcome<PeerCopy>> Fetch(string state, string path, CancellationToken cancellation)
        => Call<PeerCopy>(state, (http, stop) => http.GetAsync(new Uri(path, UriKind.Relative), stop), static async (response, token) =>
        {
            if (response.StatusCode == HttpStatusCode.NotFound)
                return new PeerCopy(null);
            if (response.StatusCode != HttpStatusCode.OK)
                return new Refusal(RefusalCode.PeerUnreachable, $"answered {(int)response.StatusCode}");
            return SignedNote.Read(await response.Content.ReadAsByteArrayAsync(token)).Then<PeerCopy>(note => new PeerCopy(note));
        }, cancellation);

    /// <summary>Submits a checkpoint; the answer as it came, read as UTF-8 whatever character set it names.</summary>
    public Task<Outcome<WitnessReply>> Submit(string state, CheckpointSubmission submission, CancellationToken cancellation)
        => Call<WitnessReply>(state, (http, stop) =>
        {
            var content = new ByteArrayContent(submission.Write());
            content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
            return http.PostAsync(new Uri($"{Prefix}/add-checkpoint", UriKind.Relative), content, stop);
        }, static async (response, token) => new WitnessReply((int)response.StatusCode, Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(token)), response.Content.Headers.ContentType?.MediaType ?? ""), cancellation);

    private async Task<Outcome<T>> Call<T>(string state, Func<HttpClient, CancellationToken, Task<HttpResponseMessage>> send, Func<HttpResponseMessage, CancellationToken, Task<Outcome<T>>> read, CancellationToken cancellation)
    {
        if (!channels.HttpToState(state).TryGet(out var http, out var refusal))
            return refusal;
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(options.PatienceSeconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            using var response = await send(http, either.Token);
            return await read(response, either.Token);
        }
        catch (Exception e) when (e is HttpRequestException or ObjectDisposedException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return new Refusal(RefusalCode.PeerUnreachable, e is OperationCanceledException ? $"no answer within {options.PatienceSeconds} seconds" : "does not answer");
        }
    }
}
