using System.Text;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Receipts;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Paper;

/// <summary>XA with a gateway, and XC without one: its central authority has perhaps a certificate, and openssl.</summary>
internal sealed class OnPaper : IAsyncDisposable
{
    private OnPaper(TestState state, TestPerson officer, TestPerson lawyer) => (State, Officer, Lawyer) = (state, officer, lawyer);

    public TestState State { get; }

    public TestPerson Officer { get; }

    public TestPerson Lawyer { get; }

    public Operator.OperatorClient Client => State.Client(Officer);

    /// <summary>What an administrator writes about XC.</summary>
    public static string Description(string address = "12 Harbour Road, Cedar, XC; mla@justice.xc.example") => new JsonObject
    {
        ["State"] = "XC",
        ["Source"] = "note verbale 12/2026 of the embassy of XC",
        ["Authorities"] = new JsonArray(new JsonObject
        {
            ["Id"] = "XC-CA",
            ["Name"] = "Ministry of Justice of XC",
            ["Roles"] = new JsonArray("CENTRAL_AUTHORITY_MLA", "CONTACT_POINT_24_7"),
            ["Address"] = address,
        }),
        ["Profile"] = new JsonObject { ["Languages"] = new JsonArray("en", "fr") },
    }.ToJsonString();

    public static async Task<OnPaper> Start(Action<JsonObject>? configure = null)
    {
        var state = await TestState.Running("XA", null, configure);
        var paper = new OnPaper(state, await state.AddUser("duty-officer", "XA-CP", "CONTACT_POINT_24_7"), await state.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA"));
        await paper.Describe(state.Administrator, Description());
        await paper.Describe(state.Deputy, Description());
        await Eventually.Holds(() => state.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => state.Get<LedgerGate>().Why);
        return paper;
    }

    public async Task<PaperStateView> Describe(TestPerson person, string document)
        => await State.Client(person).SetPaperStateAsync(new SetPaperStateRequest { Document = ByteString.CopyFromUtf8(document) });

    /// <summary>A complete PRESERVE_DATA to XC.</summary>
    public JsonObject Fields()
    {
        var fields = TwoStates.Preserve(State.Clock);
        fields["requestedAuthority"] = "XC-CA";
        return fields;
    }

    public Task<SubmitReply> Send() => TwoStates.Submit(State, Officer, "request", Fields());

    /// <summary>The sealed message, as an officer opens it.</summary>
    public async Task<byte[]> Sealed(string message) => (await Client.OpenMessageAsync(new OpenMessageRequest { Message = message })).SealedCover.ToByteArray();

    public static JsonObject Left(SubmitReply sent, byte[] file, Digest? encryptedTo, string? message = null) => new()
    {
        ["case"] = sent.CaseId,
        ["way"] = "SENT",
        ["channel"] = "COURIER",
        ["message"] = message ?? sent.Message,
        ["person"] = "Courier Ltd, J. Doe",
        ["reference"] = "CR-4711",
        ["files"] = new JsonArray(File("request.p7m", "application/pkcs7-mime", file)),
        ["encryptedTo"] = encryptedTo?.ToString() ?? "",
    };

    public static JsonObject Came(SubmitReply sent, string? says, params (string Name, string Type, byte[] Content)[] files)
    {
        var fields = new JsonObject
        {
            ["case"] = sent.CaseId,
            ["way"] = "RECEIVED",
            ["channel"] = "EMAIL",
            ["message"] = sent.Message,
            ["person"] = "K. Registrar",
            ["files"] = new JsonArray([.. files.Select(f => (JsonNode)File(f.Name, f.Type, f.Content))]),
        };
        if (says is not null)
            fields["says"] = says;
        return fields;
    }

    /// <summary>Compose, sign, submit, with the files beside it.</summary>
    public async Task<SubmitReply> Record(JsonObject fields, TestPerson? person = null, string? key = null, params (string Name, string Type, byte[] Content)[] files)
        => await Submit(await Composed(fields, person ?? Officer), person ?? Officer, key, files);

    public async Task<byte[]> Composed(JsonObject fields, TestPerson person)
    {
        var composed = await State.Client(person).ComposeAsync(new ComposeRequest { Type = "paperRecord", FieldsJson = fields.ToJsonString() });
        Assert.True(composed.Problems.Count == 0, string.Join('\n', composed.Problems.Select(p => $"{p.Code} {p.Path}: {p.Detail}")));
        return composed.Document.ToByteArray();
    }

    public async Task<SubmitReply> Submit(byte[] document, TestPerson person, string? key = null, params (string Name, string Type, byte[] Content)[] files)
    {
        using var signer = person.Signing.Signer();
        var request = new SubmitRequest { SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(document, signer, State.Clock.GetUtcNow())), IdempotencyKey = key ?? Ids.New() };
        request.Attachments.AddRange(files.Select(f => new Attachment { Name = f.Name, MediaType = f.Type, Content = ByteString.CopyFrom(f.Content) }));
        return await State.Client(person).SubmitAsync(request);
    }

    public async Task<List<string>> Problems(JsonObject fields, TestPerson? person = null)
        => [.. (await State.Client(person ?? Officer).ComposeAsync(new ComposeRequest { Type = "paperRecord", FieldsJson = fields.ToJsonString() })).Problems.Select(p => p.Code)];

    public async Task<List<string>> Events(string caseId) => [.. (await Client.ListReceiptsAsync(new ListReceiptsRequest { CaseId = caseId })).Receipts.Select(r => r.Event)];

    public async Task<string> CaseState(string caseId) => (await Client.ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State;

    public async ValueTask DisposeAsync() => await State.DisposeAsync();

    public static byte[] Letter(string text) => Encoding.UTF8.GetBytes($"%PDF-1.7\n{text}\n%%EOF\n");

    private static JsonObject File(string name, string type, byte[] content) => new() { ["name"] = name, ["mediaType"] = type, ["size"] = content.Length, ["sha256"] = Digest.Of(content).ToString() };
}
