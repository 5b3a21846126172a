using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Custody;

/// <summary>Custody events of persons and of gateways: first what is refused, then the chain, its way to the other side, and the bundle.</summary>
public sealed class CustodyFlowTests
{
    [Fact]
    public async Task What_a_person_may_not_say_is_refused()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(1000);
        Assert.Equal(["V001", "V001", "V001", "V001", "V001"], await Problems(flow, flow.Technician, new JsonObject { ["item"] = item.Id, ["event"] = "STORED" }));
        Assert.Equal(["T802"], await Problems(flow, flow.Technician, Form(item, "DISCLOSED", ("disclosedTo", "COURT"), ("decision", "7/2026"), ("part", "all"))));
        Assert.Equal(["T802"], await Problems(flow, flow.States.AskedLawyer, Form(item, "IDENTIFIED", ("howFound", "search"))));
        Assert.Equal(["T804"], await Problems(flow, flow.Technician, Form(item, "STORED", ("storagePlace", "safe"), ("accessClass", "B"), ("item", Ids.New()))));
        Assert.Equal(["T804"], await Problems(flow, flow.Technician, Form(item, "CORRECTION", ("corrects", Digest.Of("x"u8).ToString()))));
        // What only a gateway can know no officer writes by hand, whatever the role.
        JsonObject Transport(string kind, JsonObject also)
        {
            var form = Form(item, kind, ("message", Ids.New()), ("from", "XA-CP"), ("to", "XA-CP"));
            (form["chunks"], form["chunksInAll"]) = (1, 1);
            return Also(form, also);
        }
        static JsonObject Also(JsonObject form, JsonObject also)
        {
            foreach (var (name, value) in also)
                form[name] = value?.DeepClone();
            return form;
        }
        foreach (var form in (JsonObject[])[
            Transport("SENT", []), Transport("RECEIVED", []), Transport("VERIFIED", new() { ["computed"] = Digest.Of("x"u8).ToString() }),
            Form(item, "ENCRYPTED_FOR", ("to", "XA-CP"), ("keyId", Digest.Of("x"u8).ToString())), Also(Form(item, "RELEASED", ("legalBasis", "art. 9")), new() { ["approvers"] = new JsonArray("X", "Y") })])
            Assert.Equal(["T802"], await Problems(flow, flow.First, form));
        // Another laboratory of the same State did not attach it, and nobody gave it to it.
        var other = await flow.States.Asked.AddUser("other-lab", "XB-CA", "FORENSIC_LAB");
        Assert.Equal(["T804"], await Problems(flow, other, Stored(item)));
        await Refused.By(async () => await flow.States.Asked.Client(other).FetchCustodyAsync(new FetchCustodyRequest { Item = item.Id }), "T804");
        await TwoStates.Submit(flow.States.Asked, flow.Technician, "custodyEvent", Form(item, "MOVED", ("storagePlace", "van"), ("accessClass", "B"), ("from", "XB-LAB"), ("to", "XB-CA")));
        Assert.Empty(await Problems(flow, other, Stored(item)));
    }

    [Fact]
    public async Task One_event_that_arrives_several_times_at_once_is_recorded_once_and_answered_each_time()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(1000);
        var client = flow.States.Asked.Client(flow.Technician);
        var before = (await client.FetchCustodyAsync(new FetchCustodyRequest { Item = item.Id })).Events.Count;
        for (var round = 1; round <= 10; round++)
        {
            var composed = await client.ComposeAsync(new ComposeRequest { Type = "custodyEvent", FieldsJson = Stored(item).ToJsonString() });
            using var signer = flow.Technician.Signing.Signer();
            var request = new SubmitRequest { SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, flow.States.Asked.Clock.GetUtcNow())), IdempotencyKey = Ids.New() };
            // As after a line that broke before the first answer.
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.SubmitAsync(request).ResponseAsync));
            Assert.Equal(before + round, (await client.FetchCustodyAsync(new FetchCustodyRequest { Item = item.Id })).Events.Count);
        }
    }

    [Fact]
    public async Task Of_two_events_composed_at_once_the_second_is_composed_again()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(1000);
        var client = flow.States.Asked.Client(flow.Technician);
        async Task<byte[]> Signed()
        {
            var composed = await client.ComposeAsync(new ComposeRequest { Type = "custodyEvent", FieldsJson = Stored(item).ToJsonString() });
            using var signer = flow.Technician.Signing.Signer();
            return SignedDocument.Sign(composed.Document.Span, signer, flow.States.Asked.Clock.GetUtcNow());
        }
        var (first, second) = (await Signed(), await Signed());
        await client.SubmitAsync(new SubmitRequest { SignedDocument = ByteString.CopyFrom(first), IdempotencyKey = Ids.New() });
        await Refused.By(async () => await client.SubmitAsync(new SubmitRequest { SignedDocument = ByteString.CopyFrom(second), IdempotencyKey = Ids.New() }), "T805");
        await client.SubmitAsync(new SubmitRequest { SignedDocument = ByteString.CopyFrom(await Signed()), IdempotencyKey = Ids.New() });
        // What one person composed, another cannot sign.
        var third = await client.ComposeAsync(new ComposeRequest { Type = "custodyEvent", FieldsJson = Stored(item).ToJsonString() });
        using var officer = flow.First.Signing.Signer();
        var stolen = SignedDocument.Sign(third.Document.Span, officer, flow.States.Asked.Clock.GetUtcNow());
        await Refused.By(async () => await flow.States.Asked.Client(flow.First).SubmitAsync(new SubmitRequest { SignedDocument = ByteString.CopyFrom(stolen), IdempotencyKey = Ids.New() }), "T805");
        var chain = await Events(flow.States.Asked, flow.Technician, item);
        Assert.Equal([1L, 2L], chain.Select(e => e.Event.Seq));
        Assert.Equal(chain[0].Sha256, chain[1].Event.Previous);
    }

    [Fact]
    public async Task Acts_yield_their_events_and_what_persons_said_travels_and_stands_in_both_bundles()
    {
        await using var flow = await EvidenceFlow.Start();
        var states = flow.States;
        var item = await flow.Attached((2 * Chunk.PlainBytes) + 17);
        await TwoStates.Submit(states.Asked, flow.Technician, "custodyEvent", Stored(item));
        await TwoStates.Submit(states.Asked, flow.First, "custodyEvent", Form(item, "RETENTION_SET", ("until", "2027-01-01"), ("ground", "rule 4")));
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE");
        await flow.Reaches(states.Asked, flow.First, item, "CONSIGNED");
        var (_, found, manifest, sha256) = await flow.Download(states.Lawyer, item);
        var digests = new JsonArray([.. found.Digests.Select(d => (JsonNode)new JsonObject { ["algorithm"] = d.Algorithm, ["value"] = d.Value })]);
        await TwoStates.Submit(states.Asking, states.Lawyer, "handOver", new JsonObject { ["itemId"] = item.Id, ["manifestSha256"] = sha256.ToString(), ["case"] = manifest.Case, ["outcome"] = "AGREED", ["digests"] = digests });

        Assert.Equal([CustodyKind.STORED, CustodyKind.RETENTION_SET, CustodyKind.RELEASED, CustodyKind.ENCRYPTED_FOR, CustodyKind.SENT],
            (await Events(states.Asked, flow.First, item)).Where(e => e.Event.State == "XB").Select(e => e.Event.Event));
        var there = await Wait(() => Events(states.Asking, states.Lawyer, item), events => events.Exists(e => e.Event.State == "XB"));
        Assert.Equal([CustodyKind.RECEIVED, CustodyKind.ACCESSED, CustodyKind.VERIFIED], there.Where(e => e.Event.State == "XA").Select(e => e.Event.Event));
        // The retention rule is the other State's own business; its number is not used again.
        Assert.Equal([(CustodyKind.STORED, 1L)], there.Where(e => e.Event.State == "XB").Select(e => (e.Event.Event, e.Event.Seq)));
        await TwoStates.Submit(states.Asking, states.Lawyer, "custodyEvent", Form(item, "DISCLOSED", ("disclosedTo", "DEFENCE"), ("decision", "12/2026"), ("part", "the whole item")));
        await flow.Reaches(states.Asked, flow.First, item, "HANDED_OVER");

        var bundles = new Dictionary<TestState, string>();
        foreach (var (state, person) in new[] { (states.Asking, flow.Auditor), (states.Asked, states.AskedLawyer) })
        {
            var report = await Judged(flow, state, person, sha256 => bundles[state] = sha256);
            Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
            Assert.Contains(report.Custody, row => row.Event == "STORED");
            Assert.Equal(state == states.Asking, report.Custody.Any(row => row.Event == "DISCLOSED"));
        }

        // Each says with which receipt the other side can be held to it.
        var receipts = (await states.Asking.Client(states.Lawyer).ListReceiptsAsync(new ListReceiptsRequest { CaseId = flow.Sent.CaseId })).Receipts.Where(r => r.Item == item.Id).ToDictionary(r => r.Event, r => r.Sha256);
        var (mine, theirs) = (await Events(states.Asking, states.Lawyer, item), await Events(states.Asked, flow.First, item));
        Assert.Equal([(CustodyKind.SENT, receipts["ContentConsignment"]), (CustodyKind.RECEIVED, receipts["ContentConsignment"]), (CustodyKind.VERIFIED, receipts["ContentHandover"])],
            theirs.Concat(mine).Where(e => e.Event.Event is CustodyKind.SENT or CustodyKind.RECEIVED or CustodyKind.VERIFIED).Select(e => (e.Event.Event, e.Event.Text("receipt") ?? "none")));
        // Who took the papers, and in which bundle.
        var left = Assert.Single(mine, e => e.Event.Event == CustodyKind.EXPORTED).Event;
        Assert.Equal(("auditor", "XA-CA"), (left.Actor.Name, left.Actor.Authority));
        Assert.Equal(bundles[states.Asking], left.Text("document"));
        Assert.Equal(bundles[states.Asked], Assert.Single(theirs, e => e.Event.Event == CustodyKind.EXPORTED).Event.Text("document"));
        var again = await Judged(flow, states.Asking, flow.Auditor);
        Assert.True(again.Verdict == Verdict.VALID, string.Join('\n', again.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.Contains(again.Custody, row => row.Event == "EXPORTED");
    }

    [Fact]
    public async Task What_the_other_side_must_not_send_is_rejected_with_its_code()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, asking) = (flow.States.Asked, flow.States.Asking);
        var item = await flow.Attached(1000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(asking, flow.States.Lawyer, item, "COMPLETE");
        var manifest = Digest.Of((await asked.Client(flow.First).FetchManifestAsync(new FetchManifestRequest { Item = item.Id })).Manifest.Span);
        using var technician = flow.Technician.Signing.Signer();
        byte[] Event(JsonObject form, Signer signer, string by = "technician", Digest? of = null, long seq = 1, string authority = "XB-LAB")
        {
            var context = new CustodyContext(item.Id, flow.Sent.CaseId, of ?? manifest, seq, of ?? manifest, new Actor(by, by == "gateway" ? "XB-CA" : authority), asked.Clock.GetUtcNow());
            using var fields = System.Text.Json.JsonDocument.Parse(form.ToJsonString());
            return SignedDocument.Sign(CustodyComposer.Compose(fields.RootElement, context).Document, signer, asked.Clock.GetUtcNow());
        }

        var retention = Form(item, "RETENTION_SET", ("until", "2027-01-01"), ("ground", "rule 4"));
        Assert.Equal("V035", await Sent(flow));
        Assert.Equal("T110", await Sent(flow, Event(retention, technician)));
        Assert.Equal("T705", await Sent(flow, Event(Stored(item), technician, of: Digest.Of("x"u8))));
        // A gateway says under its seal only what gateways record.
        Assert.Equal("T210", await Sent(flow, Event(Stored(item), asked.Get<Keys.KeyRing>().Seal("XB-CA"), by: "gateway")));
        // By its own card a contact point is no hand that unseals; what the verifier would say in every bundle is said on arrival.
        Assert.Equal("T802", await Sent(flow, Event(Unsealed(item), technician, authority: "XB-CP")));
        Assert.Equal("", await Sent(flow, Event(Stored(item), technician)));
        // Another event with the same number: the chain was split.
        Assert.Equal("T771", await Sent(flow, Event(Stored(item), technician)));
        Assert.Equal("T771", await Sent(flow, Event(Stored(item), technician, seq: 2)));
        Assert.Single(await Events(asking, flow.States.Lawyer, item), e => e.Event.State == "XB");
    }

    // The code with which the other side rejected it; empty when it took it.
    private static async Task<string> Sent(EvidenceFlow flow, params byte[][] events)
    {
        var asked = flow.States.Asked;
        var row = asked.Get<Database>().Read(s => CaseRow.Find(s, flow.Sent.CaseId))!;
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.CUSTODY, "CUSTODY", row.Urgency, row.RequestMessage,
            [.. events.Select((der, i) => Part.Of(PartRole.custody, $"{i}.cms", "application/pkcs7-mime", der))]);
        Assert.True((await asked.Get<SendMessage>().Send(message, _ => { })).Succeeded);
        var view = await Wait(async () => (await asked.Client(flow.First).ListMessagesAsync(new ListMessagesRequest { CaseId = row.Id, Limit = 50 })).Messages.First(m => m.Message == message.Id),
            found => found.State is "DELIVERED" or "REJECTED");
        return view.Refusal?.Code ?? "";
    }

    [Fact]
    public async Task What_the_card_does_not_let_an_authority_sign_its_own_person_does_not_sign()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(1000);
        // Police by the word of the administrator; by the State's card a contact point.
        var posing = await flow.States.Asked.AddUser("posing", "XB-CP", "CONTACT_POINT_24_7", "LAW_ENFORCEMENT");
        await flow.States.Asked.Client(flow.States.AskedLawyer).HandOverCaseAsync(new HandOverCaseRequest { CaseId = flow.Sent.CaseId, To = "XB-CP", Part = "TASK", Reason = "night duty" });
        Assert.Equal(["T802"], await Problems(flow, posing, Unsealed(item)));
        Assert.Empty(await Problems(flow, posing, Stored(item)));
        Assert.Empty(await Problems(flow, flow.First, Unsealed(item)));
    }

    private static JsonObject Unsealed(TestItem item)
    {
        var form = Form(item, "UNSEALED", ("sealNumber", "S-1"));
        form["present"] = new JsonArray("A. Porter");
        return form;
    }

    private static JsonObject Stored(TestItem item) => Form(item, "STORED", ("storagePlace", "safe 3"), ("accessClass", "B"));

    private static JsonObject Form(TestItem item, string kind, params (string Name, string Value)[] members)
    {
        var form = new JsonObject { ["item"] = item.Id, ["event"] = kind, ["place"] = "Birk, room 4", ["reason"] = "as ordered", ["hashNotApplicable"] = "the medium stayed sealed" };
        foreach (var (name, value) in members)
            form[name] = value;
        return form;
    }

    private static async Task<IReadOnlyList<string>> Problems(EvidenceFlow flow, TestPerson person, JsonObject form)
        => [.. (await flow.States.Asked.Client(person).ComposeAsync(new ComposeRequest { Type = "custodyEvent", FieldsJson = form.ToJsonString() })).Problems.Select(p => p.Code)];

    private static async Task<List<(CustodyEvent Event, Digest Sha256)>> Events(TestState state, TestPerson person, TestItem item)
        => [.. (await state.Client(person).FetchCustodyAsync(new FetchCustodyRequest { Item = item.Id })).Events.Select(der => SignedDocument.Open(der.ToByteArray()).Value)
            .Select(signed => (CustodyEvent.Read(signed.Content).Value, signed.Sha256))];

    private static async Task<T> Wait<T>(Func<Task<T>> look, Predicate<T> good)
    {
        for (var i = 0; i < 2400; i++)
        {
            var found = await look();
            if (good(found))
                return found;
            await Task.Delay(50);
        }
        throw new Xunit.Sdk.XunitException("it did not come");
    }

    internal static async Task<BundleReport> Judged(EvidenceFlow flow, TestState state, TestPerson person, Action<string>? told = null)
    {
        var bundle = new MemoryStream();
        using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = flow.Sent.CaseId, Purpose = " " });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        told?.Invoke(Digest.Of(bundle.ToArray()).ToString());
        bundle.Position = 0;
        return BundleCheck.Run(bundle, [Anchor(flow.States.Asking), Anchor(flow.States.Asked)]);
    }

    private static TrustAnchor Anchor(TestState state) => TrustAnchor.Fingerprint($"{state.State}:{state.Card.CardKey}", "test") ?? throw new InvalidOperationException("not a fingerprint");
}
