using System.Text;
using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>Documents that go with an act: listed in what the person signs, there when it leaves and when it arrives, in a language that the other State reads.</summary>
public sealed class ActDocumentsTests
{
    private const string French = "La demande est refusée : elle porte atteinte à la sécurité de XB.";

    [Fact]
    public async Task A_refusal_leaves_with_its_translation_and_not_without_it()
    {
        await using var states = await TwoStates.Start(configure: json =>
        {
            if (json["Gateway"]!["State"]!.GetValue<string>() == "XA")
                json["Profile"] = new JsonObject { ["Languages"] = new JsonArray("fr"), ["OriginalFollowUp"] = "NEVER" };
        });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "1", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(1)) });
        var client = states.Asked.Client(states.AskedLawyer);
        var file = new Attachment { Name = "refus.txt", MediaType = "text/plain", Content = ByteString.CopyFromUtf8(French) };

        // XA reads French only; a translation that names nothing translates what nobody knows; a program is no document.
        Assert.Equal([("V023", "languages")], await Problems(client, Refusal(sent.CaseId, new JsonObject { ["authoritative"] = "en" })));
        Assert.Equal([("V024", "attachments[0].translationOf"), ("V023", "languages")], await Problems(client, Refusal(sent.CaseId, new JsonObject { ["authoritative"] = "en" }, Listed(file))));
        var program = Listed(file);
        program["mediaType"] = "application/x-msdownload";
        Assert.Contains(("V044", "attachments[0].mediaType"), await Problems(client, Refusal(sent.CaseId, Languages(), program)));

        var composed = await client.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = Refusal(sent.CaseId, Languages(), Listed(file)).ToJsonString() });
        Assert.True(composed.Problems.Count == 0, string.Join('\n', composed.Problems));
        using var signer = states.AskedLawyer.Signing.Signer();
        var signed = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, states.Asked.Clock.GetUtcNow()));
        SubmitRequest Request(params Attachment[] files) => new() { SignedDocument = signed, IdempotencyKey = Ids.New(), Attachments = { files } };
        var missing = await Refused.By(() => client.SubmitAsync(Request()).ResponseAsync, "V035");
        Assert.Equal($"The act names 1 documents by their digest, 0 of them are with it. Missing: \"attachments[0].sha256\" (SHA-256 {Digest.Of(Encoding.UTF8.GetBytes(French))}).", missing.Detail);
        await Refused.By(() => client.SubmitAsync(Request(new Attachment(file) { Content = ByteString.CopyFromUtf8(French + " ") })).ResponseAsync, "V035");

        var refused = await client.SubmitAsync(Request(file));
        await states.Settled(sent.CaseId, 9);
        var opened = await states.Asking.Client(states.DutyOfficer).OpenMessageAsync(new OpenMessageRequest { Message = refused.Message });
        Assert.Equal(French, Assert.Single(opened.Parts, p => p.Role == "attachment").Content.ToStringUtf8());
        Assert.Contains("\"type\":\"TRANSLATION\"", Encoding.UTF8.GetString(SignedDocument.Open(opened.Parts.Single(p => p.Role == "act").Content.Memory).Value.Content.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_approves_sends_the_documents_that_were_signed_and_no_others()
    {
        await using var states = await TwoStates.Start(configure: json => json["Approval"] = JsonNode.Parse("""{ "Acts": ["STATUS_REPORT"] }"""));
        var second = await states.Asked.AddUser("second-lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA");
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var proof = new Attachment { Name = "proof.txt", MediaType = "text/plain", Content = ByteString.CopyFromUtf8("Handed over.") };
        var other = new Attachment { Name = "other.txt", MediaType = "text/plain", Content = ByteString.CopyFromUtf8("Nobody signed this.") };
        var listed = Listed(proof);
        listed["type"] = "SERVICE_PROOF";
        var composed = await states.Asked.Client(states.AskedLawyer).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "STATUS_REPORT", ["text"] = "Served.", ["attachments"] = new JsonArray(listed) }.ToJsonString() });
        using var signer = states.AskedLawyer.Signing.Signer();
        var signed = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, states.Asked.Clock.GetUtcNow()));
        SubmitRequest Request(params Attachment[] files) => new() { SignedDocument = signed, IdempotencyKey = Ids.New(), SignedBy = states.AskedLawyer.Name, Attachments = { files } };
        var client = states.Asked.Client(second);
        await Refused.By(() => client.SubmitAsync(Request()).ResponseAsync, "V035");
        await Refused.By(() => client.SubmitAsync(Request(proof, other)).ResponseAsync, "T806");
        Assert.Equal(sent.CaseId, (await client.SubmitAsync(Request(proof))).CaseId);
        await states.Settled(sent.CaseId, 6);
    }

    [Fact]
    public async Task An_act_that_arrives_without_a_document_that_it_names_is_rejected()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var file = new Attachment { Name = "map.txt", MediaType = "text/plain", Content = ByteString.CopyFromUtf8("A map.") };
        var listed = Listed(file);
        listed["type"] = "OTHER";
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "STATUS_QUERY", ["text"] = "How far is it?", ["attachments"] = new JsonArray(listed) }.ToJsonString() });
        Assert.True(composed.Problems.Count == 0, string.Join('\n', composed.Problems));

        // XA's own gateway would not let it go.
        var (now, keys) = (states.Asking.Clock.GetUtcNow(), states.Asking.Get<KeyRing>());
        var chains = (await states.Asking.Client(states.DutyOfficer).ListReceiptsAsync(new ListReceiptsRequest { CaseId = sent.CaseId })).Receipts.ToLookup(r => r.IssuerState);
        using var person = states.DutyOfficer.Signing.Signer();
        var cover = new Cover(Ids.New(), sent.CaseId, Suites.P256.Name, now, Party.Of("XA-CP"), Party.Of("XB-CA"), CoverAbout.ACT, sent.Message,
            [Part.Of(PartRole.act, "act.cms", "application/pkcs7-mime", SignedDocument.Sign(composed.Document.Span, person, now))]);
        var sealedCover = SignedDocument.Sign(cover.Write(), keys.Seal("XA-CP"), now);
        Digest Last(string state) => Digest.Of(chains[state].OrderBy(r => r.Seq).Last().Der.Span);
        var receipt = new Receipt(ReceiptEvent.SubmissionAcceptance, cover.Sender, cover.Recipient, ReceiptChannel.@case, sent.CaseId, 2, Last("XA"), 2, Last("XB"),
            new ReceiptSubject(cover.Message, Digest.Of(sealedCover)), [], new DateTimeOffset(now.UtcTicks / 10_000 * 10_000, TimeSpan.Zero), false, Ids.New());
        var reply = await Courier.Deliver(states, new DeliverRequest
        {
            Message = cover.Message, CaseId = sent.CaseId, Sender = "XA-CP", Recipient = "XB-CA", FirstReceipt = 2, NextExpected = 3,
            Envelope = ByteString.CopyFrom(Envelope.Encrypt(sealedCover, states.Asked.Card.Card.Find("XB-CA")!.Encryption[0])),
            Receipts = { ByteString.CopyFrom(SignedDocument.Sign(receipt.Write(), keys.Seal("XA-CP"), now)) },
        });
        Assert.Equal("V035", reply.Rejection?.Code);
        Assert.Contains("The act names 1 documents by their digest", reply.Rejection!.Detail, StringComparison.Ordinal);
    }

    private static JsonObject Refusal(string caseId, JsonObject languages, params JsonObject[] attachments) => new()
    {
        ["case"] = caseId, ["kind"] = "REFUSED", ["finality"] = "FINAL", ["consultationWaivedReason"] = "Nothing can be added.",
        ["grounds"] = new JsonArray(new JsonObject { ["code"] = "RF-ESSENTIAL-SECURITY", ["provision"] = "Act of XB, section 4", ["reasons"] = "The security of XB." }),
        ["languages"] = languages,
        ["attachments"] = attachments.Length == 0 ? null : new JsonArray([.. attachments.Select(a => a.DeepClone())]),
    };

    private static JsonObject Languages() => new() { ["authoritative"] = "en", ["translations"] = new JsonArray("fr") };

    private static JsonObject Listed(Attachment file) => new()
    {
        ["name"] = file.Name, ["type"] = "TRANSLATION", ["mediaType"] = file.MediaType, ["sizeBytes"] = file.Content.Length, ["sha256"] = Digest.Of(file.Content.Span).ToString(), ["language"] = "fr",
    };

    private static async Task<List<(string, string)>> Problems(Operator.OperatorClient client, JsonObject fields)
        => [.. (await client.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = fields.ToJsonString() })).Problems.Select(p => (p.Code, p.Path))];
}
