using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Benchmarks.Harness;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Benchmarks.Exchange;

/// <summary>What a ministry's system does before it submits: composes a request with an id and a reference of its own, and lets the person's key sign it.</summary>
internal sealed class RequestSource : IDisposable
{
    private readonly JsonDocument _fields;
    private readonly Signer _signer;
    private readonly string _person;
    private int _number;

    /// <param name="person">Name of the person for whom the system acts.</param>
    /// <param name="signer">The person's signing key.</param>
    /// <param name="kind">The sample that is sent.</param>
    public RequestSource(string person, Signer signer, string kind = "preserve-data")
    {
        (_person, _signer) = (person, signer);
        var sample = JsonNode.Parse(File.ReadAllText(Path.Combine(Programs.Repository, "deploy", "samples", $"{kind}.json")))!.AsObject();
        sample["requestingAuthority"] = "XA-CA";
        sample["requestedAuthority"] = "XB-CA";
        if (sample.ContainsKey("estimatedDataLossAt"))
            sample["estimatedDataLossAt"] = DocumentWriter.FormatLocalTime(DateTimeOffset.UtcNow.AddDays(30));
        _fields = JsonDocument.Parse(sample.ToJsonString());
    }

    /// <summary>A new request for a new case, signed now.</summary>
    public SubmitRequest Next()
    {
        var now = DateTimeOffset.UtcNow;
        var context = new RequestContext(now, ["CENTRAL_AUTHORITY_MLA"], ["CENTRAL_AUTHORITY_MLA"], null)
        {
            SenderAuthority = "XA-CA",
            Reference = string.Create(CultureInfo.InvariantCulture, $"RQ-XA-{now.Year}-{Interlocked.Increment(ref _number):000000}"),
        };
        var composed = RequestComposer.Compose(_fields.RootElement, context);
        var document = composed.Document ?? throw new MeasurementFailedException($"the sample request is not good: {string.Join("; ", composed.Problems)}");
        return new SubmitRequest
        {
            SignedDocument = UnsafeByteOperations.UnsafeWrap(SignedDocument.Sign(document, _signer, now)),
            IdempotencyKey = Ids.New(),
            ActingFor = _person,
        };
    }

    public void Dispose()
    {
        _fields.Dispose();
        _signer.Dispose();
    }
}
