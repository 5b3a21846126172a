using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Tests.Evidence;

/// <summary>Two States with a case that waits for evidence, and the people who handle it.</summary>
internal sealed class EvidenceFlow : IAsyncDisposable
{
    private EvidenceFlow(TwoStates states, SubmitReply sent, TestPerson technician, TestPerson first, TestPerson second, TestPerson auditor)
        => (States, Sent, Technician, First, Second, Auditor) = (states, sent, technician, first, second, auditor);

    public TwoStates States { get; }

    public SubmitReply Sent { get; }

    public TestPerson Technician { get; }

    public TestPerson First { get; }

    public TestPerson Second { get; }

    public TestPerson Auditor { get; }

    /// <param name="configure">Changes the configuration of both States before their cards are issued.</param>
    /// <param name="sample">Another request than the usual one.</param>
    /// <param name="clock">The clock of both States.</param>
    /// <param name="send">Sends the request; the duty officer of XA does so otherwise.</param>
    public static async Task<EvidenceFlow> Start(Action<JsonObject>? configure = null, string? sample = null, TestClock? clock = null, Func<TwoStates, Task<SubmitReply>>? send = null)
    {
        var states = await TwoStates.Start(clock, configure);
        var fields = sample is null ? TwoStates.Preserve(states.Asking.Clock) : TwoStates.Fields(sample);
        var sent = await (send is null ? TwoStates.Submit(states.Asking, states.DutyOfficer, "request", fields) : send(states));
        await (send is null ? states.Settled(sent.CaseId, 3) : states.Arrived(sent.CaseId));
        return new EvidenceFlow(states, sent,
            await states.Asked.AddUser("technician", "XB-LAB", "FORENSIC_LAB"),
            await states.Asked.AddUser("first-officer", "XB-PO", "COMPETENT_AUTHORITY"),
            await states.Asked.AddUser("second-officer", "XB-PO", "COMPETENT_AUTHORITY"),
            await states.Asking.AddUser("auditor", "XA-CA", "AUDITOR"));
    }

    /// <summary>The same States and people in another case, which was submitted meanwhile. Only one of the two is disposed of.</summary>
    public EvidenceFlow InCase(SubmitReply sent) => new(States, sent, Technician, First, Second, Auditor);

    public byte[] SignedManifest(TestItem item, Func<Manifest, Manifest>? change = null)
    {
        using var signer = Technician.Signing.Signer();
        var manifest = item.Manifest(Sent.CaseId, Sent.Message);
        return SignedDocument.Sign((change?.Invoke(manifest) ?? manifest).Write(), signer, States.Asked.Clock.GetUtcNow());
    }

    /// <summary>Sends chunks from <paramref name="from"/> to <paramref name="to"/> and, with a manifest, the commit; gives all acknowledgements.</summary>
    public async Task<List<AttachAck>> Attach(TestItem item, int from, int to, byte[]? manifest, ItemKey? granted = null, Action<AttachBegin>? begin = null)
    {
        using var call = States.Asked.Client(Technician).AttachEvidence();
        var first = new AttachBegin { Item = item.Id, CaseId = Sent.CaseId };
        begin?.Invoke(first);
        await call.RequestStream.WriteAsync(new AttachFrame { Begin = first });
        var acks = new List<AttachAck>();
        if (!await call.ResponseStream.MoveNext(default))
            return acks;
        acks.Add(call.ResponseStream.Current);
        for (var i = from; i < to; i++)
            await call.RequestStream.WriteAsync(new AttachFrame { Chunk = new EvidenceData { Index = (ulong)i, Data = ByteString.CopyFrom(item.Chunks[i]) } });
        if (manifest is not null)
        {
            var authority = Certificate.Read(acks[0].EvidenceCertificate.Memory).Value;
            var grant = item.Grant(manifest, authority, States.Asked.Clock.GetUtcNow(), granted);
            await call.RequestStream.WriteAsync(new AttachFrame { Commit = new AttachCommit { Manifest = ByteString.CopyFrom(manifest), Grant = ByteString.CopyFrom(grant) } });
        }
        await call.RequestStream.CompleteAsync();
        while (await call.ResponseStream.MoveNext(default))
            acks.Add(call.ResponseStream.Current);
        return acks;
    }

    public async Task<TestItem> Attached(int bytes)
    {
        var item = await TestItem.Make(bytes);
        await Attach(item, 0, item.Chunks.Count, SignedManifest(item));
        return item;
    }

    public async Task<SubmitReply> Decide(TestPerson person, TestItem item, string decision, params (string Member, string Value)[] more)
        => await TwoStates.Submit(States.Asked, person, "release", await Fields(item, decision, more));

    /// <summary>Composes a decision and gives the problems.</summary>
    public async Task<IReadOnlyList<string>> Problems(TestPerson person, TestItem item, string decision, params (string Member, string Value)[] more)
    {
        var fields = await Fields(item, decision, more);
        return [.. (await States.Asked.Client(person).ComposeAsync(new ComposeRequest { Type = "release", FieldsJson = fields.ToJsonString() })).Problems.Select(p => p.Code)];
    }

    private async Task<JsonObject> Fields(TestItem item, string decision, (string Member, string Value)[] more)
    {
        var manifest = await States.Asked.Client(Technician).FetchManifestAsync(new FetchManifestRequest { Item = item.Id });
        var fields = new JsonObject { ["itemId"] = item.Id, ["manifestSha256"] = Digest.Of(manifest.Manifest.Span).ToString(), ["case"] = Sent.CaseId, ["decision"] = decision, ["legalBasis"] = "art. 40; order 12/2026" };
        foreach (var (member, value) in more)
            fields[member] = value;
        return fields;
    }

    public async Task<ItemView> Reaches(TestState state, TestPerson person, TestItem item, string wanted)
    {
        ItemView? view = null;
        for (var i = 0; i < 2400; i++)
        {
            view = (await state.Client(person).ListItemsAsync(new ListItemsRequest { CaseId = Sent.CaseId })).Items.FirstOrDefault(v => v.Item == item.Id);
            if (view?.State == wanted)
                return view;
            await Task.Delay(50);
        }
        throw new Xunit.Sdk.XunitException($"the item is {view?.State ?? "not there"}, not {wanted}");
    }

    /// <summary>Key, chunks, plaintext: as gatewayctl does.</summary>
    public async Task<(byte[] Content, DecryptedItem Found, Manifest Manifest, Digest ManifestSha256)> Download(TestPerson person, TestItem item, string purpose = "CRIMINAL_PROCEEDINGS: trial", params Sensitivity[] acknowledged)
    {
        var client = States.Asking.Client(person);
        var now = States.Asking.Clock.GetUtcNow();
        var signed = SignedDocument.Open((await client.FetchManifestAsync(new FetchManifestRequest { Item = item.Id })).Manifest.ToByteArray()).Value;
        var manifest = Manifest.Read(signed.Content).Value;
        using var receiver = Decryptor.Ephemeral("test", now);
        using var signer = person.Signing.Signer();
        var request = SignedDocument.Sign(new GrantRequest(item.Id, purpose, receiver.Certificate.Der.ToArray(), now) { Acknowledged = acknowledged }.Write(), signer, now);
        var envelope = await client.RequestGrantAsync(new RequestGrantRequest { SignedRequest = ByteString.CopyFrom(request) });
        using var key = KeyGrant.Read(Envelope.Open(envelope.Grant.ToByteArray(), receiver).Value).Value.KeyFor(manifest, signed.Sha256).Value;
        using var decryptor = ItemDecryptor.Begin(manifest, key).Value;
        var content = new MemoryStream();
        using var call = client.DownloadEvidence(new DownloadEvidenceRequest { Item = item.Id });
        while (await call.ResponseStream.MoveNext(default))
            content.Write((await decryptor.NextAsync(call.ResponseStream.Current.Data.ToByteArray())).Value.Span);
        return (content.ToArray(), (await decryptor.CompleteAsync()).Value, manifest, signed.Sha256);
    }

    /// <summary>The manifest as it came over.</summary>
    public async Task<(Manifest Manifest, Digest Sha256)> ManifestOf(TestPerson person, TestItem item)
    {
        var signed = SignedDocument.Open((await States.Asking.Client(person).FetchManifestAsync(new FetchManifestRequest { Item = item.Id })).Manifest.ToByteArray()).Value;
        return (Manifest.Read(signed.Content).Value, signed.Sha256);
    }

    /// <summary>As if the key had come for an evidence key that the recipient never had.</summary>
    public Task SpoilGrant(TestItem item)
    {
        using var stranger = Decryptor.Ephemeral("stranger", States.Asking.Clock.GetUtcNow());
        var grant = item.Grant([], stranger.Certificate, States.Asking.Clock.GetUtcNow());
        return States.Asking.Get<Database>().Write(Lane.Bulk, s => s.RunOne("UPDATE items SET grant_envelope = $1 WHERE id = $2", States.Asking.Get<CaseKeys>().Seal(Sent.CaseId, $"grant:{item.Id}", grant), item.Id));
    }

    /// <summary>The asked State executes the request, and the asking one has heard of it.</summary>
    public async Task Executed()
    {
        var due = DocumentWriter.FormatTime(States.Asked.Clock.GetUtcNow().AddDays(2));
        await TwoStates.Act(States.Asked, States.AskedLawyer, Sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await TwoStates.Act(States.Asked, States.AskedLawyer, Sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await TwoStates.Act(States.Asked, States.AskedLawyer, Sent.CaseId, "IN_EXECUTION");
        await TwoStates.Act(States.Asked, States.AskedLawyer, Sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "NOTHING_TO_ADD" });
        await Eventually.Holds(() => States.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases WHERE state = 'EXECUTED'")) == 1);
    }

    /// <summary>The asking State completes the case, and both chains are closed.</summary>
    public async Task Completed()
    {
        await Executed();
        await TwoStates.Act(States.Asking, States.DutyOfficer, Sent.CaseId, "COMPLETED");
        await Eventually.Holds(() => States.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE event = 'GatewayCaseClosed'")) == 2);
    }

    public async ValueTask DisposeAsync() => await States.DisposeAsync();
}
