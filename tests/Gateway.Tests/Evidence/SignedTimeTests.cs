using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>What a person signs about an item bears the time at which it is signed: an officer's own client dates nothing otherwise.</summary>
public sealed class SignedTimeTests
{
    [Fact]
    public async Task A_manifest_from_a_machine_that_is_ahead_is_refused_and_one_that_waited_on_a_disk_is_not()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await TestItem.Make(1000);
        await Refused.By(() => flow.Attach(item, 0, 1, flow.SignedManifest(item, m => m with { Time = flow.States.Asked.Clock.GetUtcNow().AddMinutes(6) })), "V045");
        Assert.Equal("ATTACHED", (await flow.Attach(item, 1, 1, flow.SignedManifest(item, m => m with { Time = m.Time.AddMinutes(4) })))[^1].Committed.State);
    }

    [Fact]
    public async Task A_decision_a_notice_of_shipment_and_a_hand_over_are_dated_when_they_are_signed()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, asking) = (flow.States.Asked, flow.States.Asking);
        var item = await flow.Attached(1000);
        await Dated(asked, flow.First, Form(flow, item, "release", "PROPOSE", await Manifest(flow, item)), bytes => Release.Read(bytes).Value, (release, time) => (release with { Time = time }).Write());
        await flow.Decide(flow.First, item, "PROPOSE");
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(asking, flow.States.Lawyer, item, "RECEIVING");
        await Dated(asked, flow.Technician, Form(flow, item, "shipment", "", await Manifest(flow, item)), bytes => Shipment.Read(bytes).Value, (shipment, time) => (shipment with { Time = time }).Write());
        await TransferTests.LetGo(flow);
        await flow.Reaches(asking, flow.States.Lawyer, item, "COMPLETE");
        await flow.Download(flow.States.Lawyer, item);
        await Dated(asking, flow.States.Lawyer, Form(flow, item, "handOver", "UNREADABLE", await Manifest(flow, item)), bytes => HandOver.Read(bytes).Value, (handOver, time) => (handOver with { Time = time }).Write());
    }

    // Composed by the gateway, dated otherwise by the client that signs it.
    private static async Task Dated<T>(TestState state, TestPerson person, (string Type, JsonObject Fields) form, Func<byte[], T> read, Func<T, DateTimeOffset, byte[]> at)
    {
        var client = state.Client(person);
        ComposeReply? composed = null;
        // The announcement has to arrive before its item is shipped.
        await Eventually.Holds(() => (composed = client.Compose(new ComposeRequest { Type = form.Type, FieldsJson = form.Fields.ToJsonString() })).Problems.Count == 0, () => string.Join(", ", composed?.Problems.Select(p => p.Code) ?? []));
        using var signer = person.Signing.Signer();
        foreach (var minutes in (int[])[-16, 6, 60 * 24 * 365])
        {
            var now = state.Clock.GetUtcNow();
            var signed = SignedDocument.Sign(at(read(composed!.Document.ToByteArray()), now.AddMinutes(minutes)), signer, now);
            await Refused.By(async () => await client.SubmitAsync(new SubmitRequest { SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = Ids.New() }), "V045");
        }
    }

    private static (string Type, JsonObject Fields) Form(EvidenceFlow flow, TestItem item, string type, string word, Digest manifest)
    {
        var fields = new JsonObject { ["itemId"] = item.Id, ["manifestSha256"] = manifest.ToString(), ["case"] = flow.Sent.CaseId };
        foreach (var (name, value) in type switch
        {
            "release" => (IEnumerable<(string, JsonNode)>)[("decision", word), ("legalBasis", "art. 40")],
            "shipment" => [("carrier", "Courier Ltd"), ("sealNumber", "B-1"), ("media", "SSD")],
            _ => [("outcome", word), ("digests", new JsonArray())],
        })
            fields[name] = value;
        return (type, fields);
    }

    private static async Task<Digest> Manifest(EvidenceFlow flow, TestItem item)
        => Digest.Of((await flow.States.Asked.Client(flow.Technician).FetchManifestAsync(new FetchManifestRequest { Item = item.Id })).Manifest.Span);
}
