using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Flow;

/// <summary>XA and XB after the ceremony, with the people of the main flow. Every helper acts as gatewayctl does: compose, sign locally, submit.</summary>
internal sealed class TwoStates : IAsyncDisposable
{
    private TwoStates(TestState asking, TestState asked, TestPerson dutyOfficer, TestPerson lawyer, TestPerson askedLawyer)
    {
        (Asking, Asked, DutyOfficer, Lawyer, AskedLawyer) = (asking, asked, dutyOfficer, lawyer, askedLawyer);
    }

    public TestState Asking { get; }

    public TestState Asked { get; }

    public TestPerson DutyOfficer { get; }

    public TestPerson Lawyer { get; }

    public TestPerson AskedLawyer { get; }

    public static async Task<TwoStates> Start(TestClock? clock = null, Action<JsonObject>? configure = null)
    {
        clock ??= new TestClock();
        var asking = await TestState.Running("XA", clock, configure);
        var asked = await TestState.Running("XB", clock, configure);
        await TestState.Introduce(asking, asked);
        return new TwoStates(
            asking,
            asked,
            await asking.AddUser("duty-officer", "XA-CP", "CONTACT_POINT_24_7"),
            await asking.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA"),
            await asked.AddUser("lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA"));
    }

    /// <summary>A sample as it lies in deploy/samples.</summary>
    public static string SampleText(string name) => File.ReadAllText(Sample(name));

    /// <summary>The fields of a sample in deploy/samples.</summary>
    public static JsonObject SampleFields(string name) => JsonNode.Parse(File.ReadAllText(Sample(name)))!.AsObject();

    /// <summary>A complete PRESERVE_DATA from the samples, addressed to XB's central authority.</summary>
    public static JsonObject Preserve(TimeProvider clock)
    {
        var fields = Fields("preserve-data.json");
        fields["estimatedDataLossAt"] = DocumentWriter.FormatLocalTime(clock.GetUtcNow().AddDays(10));
        return fields;
    }

    /// <summary>A sample, from XA's contact point to XB's central authority.</summary>
    public static JsonObject Fields(string sample)
    {
        var fields = JsonNode.Parse(File.ReadAllText(Sample(sample)))!.AsObject();
        fields["requestedAuthority"] = "XB-CA";
        fields["requestingAuthority"] = "XA-CP";
        return fields;
    }

    public Task<SubmitReply> SendPreserve(string? key = null) => Submit(Asking, DutyOfficer, "request", Preserve(Asking.Clock), key);

    /// <summary>Compose, sign, submit; what a person changes in between is changed before it is signed. After a start the heads of the chains are compared before acts are taken: that is waited for, unless it is to be refused.</summary>
    public static async Task<SubmitReply> Submit(TestState state, TestPerson person, string type, JsonObject fields, string? key = null, Func<ReadOnlyMemory<byte>, byte[]>? change = null, bool whileCompared = false)
    {
        if (!whileCompared)
            await Eventually.Holds(() => state.Get<LedgerGate>().Standing != LedgerStanding.COMPARING, () => state.Get<LedgerGate>().Why);
        var client = state.Client(person);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = type, FieldsJson = fields.ToJsonString() });
        Assert.True(composed.Problems.Count == 0, string.Join('\n', composed.Problems.Select(p => $"{p.Code} {p.Path}: {p.Detail}")));
        using var signer = person.Signing.Signer();
        var signed = SignedDocument.Sign(change is null ? composed.Document.Span : change(composed.Document.Memory), signer, state.Clock.GetUtcNow());
        var request = new SubmitRequest { SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = key ?? Ids.New() };
        if (type == "request")
            request.Attachments.AddRange(Documents(composed.Document));
        return await client.SubmitAsync(request);
    }

    // The documents that a sample names lie beside it.
    private static IEnumerable<Attachment> Documents(ByteString request)
    {
        using var fields = JsonDocument.Parse(request.Memory);
        var named = NamedDocuments.Of(fields.RootElement).Select(d => d.Sha256).ToHashSet();
        return [.. Directory.GetFiles(Sample("documents")).Order(StringComparer.Ordinal).Select(f => (Name: Path.GetFileName(f), Content: File.ReadAllBytes(f))).Where(f => named.Contains(Digest.Of(f.Content)))
            .Select(f => new Attachment { Name = f.Name, MediaType = "text/plain", Content = ByteString.CopyFrom(f.Content) })];
    }

    public static Task<SubmitReply> Act(TestState state, TestPerson person, string caseId, string kind, JsonObject? more = null, Func<Act, Act>? change = null, bool whileCompared = false)
    {
        var fields = more ?? [];
        fields["case"] = caseId;
        fields["kind"] = kind;
        return Submit(state, person, "act", fields, change: change is null ? null : bytes => change(Protocol.Acts.Act.Read(bytes).Value).Write(), whileCompared: whileCompared);
    }

    /// <summary>Waits until the case is open at the asked side, whoever sent it.</summary>
    public async Task Arrived(string caseId)
    {
        for (var i = 0; i < 2400; i++)
        {
            if ((await Asked.Client(AskedLawyer).ListCasesAsync(new ListCasesRequest())).Cases.Any(c => c.CaseId == caseId))
                return;
            await Task.Delay(50);
        }
        throw new Xunit.Sdk.XunitException($"{caseId} did not arrive");
    }

    /// <summary>Waits until both sides hold the same receipts of a case and nothing waits; returns the events in chain order per issuer.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<Receipt>>> Settled(string caseId, int expected)
    {
        for (var i = 0; i < 2400; i++)
        {
            var ours = await Chain(Asking, DutyOfficer, caseId);
            var theirs = await Chain(Asked, AskedLawyer, caseId);
            if (ours.Count >= expected && ours.Select(r => r.Sha256).ToHashSet().SetEquals(theirs.Select(r => r.Sha256)))
                return ours.Select(r => Receipt.Read(SignedDocument.Open(r.Der.ToByteArray()).Value.Content).Value)
                    .GroupBy(r => r.Issuer.State).ToDictionary(g => g.Key, g => (IReadOnlyList<Receipt>)[.. g.OrderBy(r => r.Seq)]);
            await Task.Delay(50);
        }
        var a = await Chain(Asking, DutyOfficer, caseId);
        var b = await Chain(Asked, AskedLawyer, caseId);
        throw new Xunit.Sdk.XunitException($"not settled: XA has {string.Join(", ", a.Select(r => $"{r.IssuerState}{r.Seq} {r.Event}"))}; XB has {string.Join(", ", b.Select(r => $"{r.IssuerState}{r.Seq} {r.Event}"))}");
    }

    public async ValueTask DisposeAsync()
    {
        await Asking.DisposeAsync();
        await Asked.DisposeAsync();
    }

    private static async Task<List<ReceiptView>> Chain(TestState state, TestPerson person, string caseId)
        => [.. (await state.Client(person).ListReceiptsAsync(new ListReceiptsRequest { CaseId = caseId })).Receipts];

    private static string Sample(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
                return Path.Combine(folder.FullName, "deploy", "samples", name);
        }
        throw new InvalidOperationException("the repository's root was not found");
    }
}
