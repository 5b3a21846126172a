using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Tests.Infrastructure;
using Gateway.Witness;

namespace Gateway.Tests.Witness;

/// <summary>A log kept by hand, with the genuine keys of a State and a will of its own: it can fork, shrink and lie.</summary>
internal sealed class TestLog(LogKeys keys, string origin)
{
    private readonly List<Digest> _leaves = [];

    public string Origin { get; } = origin;

    public long Size => _leaves.Count;

    /// <summary>A second log of the State, which its gateway knows nothing of and so does not push.</summary>
    public static TestLog Of(TestState state, int number = 7) => new(state.Get<LogKeys>(), new LogName(state.State, 2026, number).Origin);

    public TestLog Grow(int leaves)
    {
        for (var i = 0; i < leaves; i++)
            _leaves.Add(Digest.Of(RandomNumberGenerator.GetBytes(32)));
        return this;
    }

    public TestLog With(IEnumerable<Digest> leafHashes)
    {
        _leaves.AddRange(leafHashes);
        return this;
    }

    /// <summary>The same log up to a size; what follows will be another story.</summary>
    public TestLog Fork(int upTo) => new TestLog(keys, Origin).With(_leaves.Take(upTo));

    public Digest Root(long size) => Tree(_leaves.Take((int)size)).Root;

    public byte[] Note(long? size = null)
    {
        var text = new Checkpoint(Origin, size ?? Size, Root(size ?? Size)).Write();
        return SignedNote.Compose(text, keys.SignCheckpoint(Origin, text)).Bytes.ToArray();
    }

    public CheckpointSubmission Submission(long old, long? size = null)
        => new(old, old == 0 || old > (size ?? Size) ? [] : ConsistencyProof.Build(old, size ?? Size, Node), Note(size));

    private Digest Node(int level, long index) => Tree(_leaves.Skip((int)(index << level)).Take(1 << level)).Root;

    private static TreeBuilder Tree(IEnumerable<Digest> leaves)
    {
        var tree = new TreeBuilder();
        foreach (var leaf in leaves)
            tree.Add(leaf);
        return tree;
    }
}

/// <summary>Calls the witness paths of a gateway as anybody with a certificate could.</summary>
internal sealed class WitnessCaller : IDisposable
{
    private readonly HttpClient _http;

    public WitnessCaller(TestState to, TestIdentity identity, bool asUser = false)
        => _http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [identity.X509],
                LocalCertificateSelectionCallback = (_, _, _, _, _) => identity.X509,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetRawCertData().AsSpan().SequenceEqual(to.Tls.X509.RawData),
            },
        })
        {
            BaseAddress = new Uri($"https://127.0.0.1:{(asUser ? to.OperatorPort : to.ExchangePort)}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    public Task<WitnessReply> Submit(CheckpointSubmission submission) => Submit(submission.Write());

    public async Task<WitnessReply> Submit(byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var response = await _http.PostAsync(new Uri("/witness/add-checkpoint", UriKind.Relative), content);
        return await Read(response);
    }

    /// <summary>Submits until the witness, just started, has compared what it remembers.</summary>
    public async Task<WitnessReply> SubmitWhenReady(CheckpointSubmission submission)
    {
        for (var i = 0; ; i++)
        {
            var reply = await Submit(submission);
            // Slower than the limit of calls is filled up again.
            if (reply.Status is not (503 or 429) || i == 240)
                return reply;
            await Task.Delay(500);
        }
    }

    public async Task<WitnessReply> Get(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative));
        return await Read(response);
    }

    public Task<WitnessReply> Copy(string origin) => Get(PeerCopies.PathOf(origin));

    public void Dispose() => _http.Dispose();

    private static async Task<WitnessReply> Read(HttpResponseMessage response)
        => new((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType ?? "");
}
