using System.Text.Json.Nodes;
using Gateway.Evidence;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>A text that says nothing is refused where it is composed, handed in or arrives; what was kept before holds nothing up.</summary>
public sealed class SaidTextTests
{
    [Fact]
    public async Task Nobody_decides_ships_or_declares_lost_with_a_text_that_says_nothing()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(500);
        foreach (var blank in new[] { " ", "\t", "\u00a0" })
        {
            Assert.Equal(["V001"], await flow.Problems(flow.First, item, "PROPOSE", ("legalBasis", blank)));
            Assert.Equal(["V001"], await flow.Problems(flow.First, item, "PROPOSE", ("conditions", blank)));
        }
        // Signed without asking what the gateway thinks of it.
        var manifest = Digest.Of(await ShipmentTests.Fetched(flow, item));
        var release = new Release(Ids.New(), item.Id, manifest, flow.Sent.CaseId, "XB-PO", Protocol.Requests.Role.COMPETENT_AUTHORITY, ReleaseDecision.PROPOSE, " ", flow.States.Asked.Clock.GetUtcNow());
        using (var signer = flow.First.Signing.Signer())
        {
            var signed = SignedDocument.Sign(release.Write(), signer, flow.States.Asked.Clock.GetUtcNow());
            await Refused.By(async () => await flow.States.Asked.Client(flow.First).SubmitAsync(new SubmitRequest { SignedDocument = Google.Protobuf.ByteString.CopyFrom(signed), IdempotencyKey = Ids.New() }), "V001");
        }
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        foreach (var member in new[] { "carrier", "sealNumber", "media", "tracking" })
        {
            var shipment = await ShipmentTests.Fields(flow, item);
            shipment[member] = " ";
            Assert.Contains("V001", await Problems(flow, "shipment", shipment));
        }
        var loss = await LossTests.Fields(flow, item, "ITEM");
        loss["reason"] = " \n";
        Assert.Equal(["V001"], await Problems(flow, "loss", loss));
    }

    [Fact]
    public async Task A_notice_that_says_nothing_is_rejected_on_arrival_and_one_that_was_kept_before_holds_no_disk_up()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asking, item) = (flow.States.Asking, await flow.Attached((2 * Chunk.PlainBytes) + 500));
        await ShipmentTests.Shipped(flow, item);
        var manifest = await ShipmentTests.Fetched(flow, item);
        var now = flow.States.Asked.Clock.GetUtcNow();
        var notice = new Shipment(Ids.New(), item.Id, Digest.Of(manifest), flow.Sent.CaseId, "XB-LAB", "Courier Ltd", "B-004711", "SSD", null, now);
        Assert.Equal("V001", await EvidenceCoverTests.Sent(flow, [Part(notice with { Carrier = " " })]));
        Assert.Equal("V001", await EvidenceCoverTests.Sent(flow, [Part(notice with { Tracking = " " })]));
        Assert.Equal("V001", await EvidenceCoverTests.Sent(flow, [Part(notice with { SealNumber = "\u2003" })]));

        // As an older version took it.
        var kept = SignedDocument.Open(Signed(notice with { Carrier = " ", Tracking = " " })).Value;
        await asking.Get<Database>().Write(Lane.Bulk, s => new Decision(Decision.Shipped, "technician", kept).Append(s, asking.Get<CaseKeys>(), ItemRow.Find(s, item.Id)!, now));
        Assert.Equal("COMPLETE", (await ShipmentTests.Import(flow, item, manifest))[^1].Committed.State);
        var opened = Assert.Single(await ShipmentTests.Events(asking, flow.States.Lawyer, item), e => e.Event == CustodyKind.DELIVERED_PHYSICAL);
        Assert.Equal(("not stated", ""), (opened.Text("carrier"), opened.Text("tracking") ?? ""));

        byte[] Signed(Shipment shipment)
        {
            using var signer = flow.Technician.Signing.Signer();
            return SignedDocument.Sign(shipment.Write(), signer, now);
        }

        Part Part(Shipment shipment) => EvidenceCoverTests.Of(PartRole.shipment, Signed(shipment));
    }

    private static async Task<IReadOnlyList<string>> Problems(EvidenceFlow flow, string type, JsonObject fields)
        => [.. (await flow.States.Asked.Client(type == "loss" ? flow.First : flow.Technician).ComposeAsync(new ComposeRequest { Type = type, FieldsJson = fields.ToJsonString() })).Problems.Select(p => p.Code)];
}
