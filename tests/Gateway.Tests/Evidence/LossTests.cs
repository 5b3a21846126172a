using System.Text.Json.Nodes;
using Gateway.Evidence;
using Gateway.Integrity;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Verification;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>What was released and does not come: an officer says so, the other side sees it, and the case can end.</summary>
public sealed class LossTests
{
    [Fact]
    public async Task A_parcel_that_is_lost_is_certified_and_its_item_goes_by_wire_after_all()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((3 * Chunk.PlainBytes) + 500);
        Assert.Equal(["V043"], await Problems(flow, flow.First, item, "PARCEL"));
        await ShipmentTests.Shipped(flow, item);
        // Who attached it, or only reads it, decides nothing; and no form states the parcel or the role of another.
        Assert.Equal(["V038"], await Problems(flow, flow.Technician, item, "PARCEL"));
        Assert.Equal(["T802"], await Problems(flow, flow.First, item, "PARCEL", ("role", "CENTRAL_AUTHORITY_MLA")));
        Assert.Equal(["T105"], await Problems(flow, flow.First, item, "PARCEL", ("shipment", new string('0', 64))));
        var composed = await flow.States.Asked.Client(flow.First).ComposeAsync(new ComposeRequest { Type = "loss", FieldsJson = (await Fields(flow, item, "PARCEL")).ToJsonString() });
        Assert.Empty(composed.Problems);

        await TwoStates.Submit(flow.States.Asked, flow.First, "loss", await Fields(flow, item, "PARCEL"));
        // The same parcel is lost once.
        Assert.Equal(["V043"], await Problems(flow, flow.Second, item, "PARCEL"));
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
        Assert.Equal(["V043"], await Problems(flow, flow.First, item, "ITEM"));

        Assert.Equal(["RELEASED", "SHIPPED", "ENCRYPTED_FOR", "LOST", "SENT"], (await ShipmentTests.Events(flow.States.Asked, flow.First, item)).Select(e => e.Event.ToString()));
        Assert.Contains("the parcel is lost", (await View(flow, flow.States.Asking, flow.States.Lawyer, item)).Lost, StringComparison.Ordinal);
        var chains = await flow.States.Settled(flow.Sent.CaseId, 10);
        var lost = Assert.Single(chains["XB"], r => r.Event == ReceiptEvent.RelayToNonERDSFailure);
        Assert.Equal((item.Id, "T747"), (lost.Subject.Item, Assert.Single(lost.Reasons)));
        await Verified(flow, item, VerdictOf: flow.States.Asking);
    }

    [Fact]
    public async Task An_item_that_is_given_up_holds_no_case_open_and_is_received_when_its_parcel_comes_after_all()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((2 * Chunk.PlainBytes) + 500);
        await ShipmentTests.Shipped(flow, item);
        await TwoStates.Submit(flow.States.Asked, flow.First, "loss", await Fields(flow, item, "ITEM"));
        await flow.Reaches(flow.States.Asked, flow.First, item, "GIVEN_UP");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "GIVEN_UP");
        Assert.Contains("the carrier has no trace of it", (await View(flow, flow.States.Asking, flow.States.Lawyer, item)).Lost, StringComparison.Ordinal);
        Assert.Equal(0, flow.States.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM item_transfers WHERE state <> 'DONE'")));
        await Refused.By(() => flow.Download(flow.States.Lawyer, item), "T708");

        // A porter finds the bag behind a shelf.
        var acks = await ShipmentTests.Import(flow, item, await ShipmentTests.Fetched(flow, item));
        Assert.Equal("COMPLETE", acks[^1].Committed.State);
        await flow.Reaches(flow.States.Asked, flow.First, item, "CONSIGNED");
        Assert.Equal(item.Content, (await flow.Download(flow.States.Lawyer, item)).Content);
        Assert.Equal(["RELEASED", "SHIPPED", "ENCRYPTED_FOR", "LOST", "DELIVERED_PHYSICAL"], (await ShipmentTests.Events(flow.States.Asked, flow.First, item)).Select(e => e.Event.ToString()));
        var chains = await flow.States.Settled(flow.Sent.CaseId, 10);
        Assert.Single(chains["XB"], r => r.Event == ReceiptEvent.RelayToNonERDSFailure);
        Assert.Equal([ReceiptEvent.ReceivedFromNonERDS, ReceiptEvent.ContentConsignment], chains["XA"].Where(r => r.Subject.Item == item.Id).Select(r => r.Event));
        await Verified(flow, item, VerdictOf: flow.States.Asking);
    }

    // Killed between the record and the deletion: chunks on which nothing counts, and the next look takes them.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_had_come_of_an_item_that_is_given_up_gives_its_room_back_in_an_hour_also_after_a_kill(bool killed)
    {
        await using var flow = await EvidenceFlow.Start();
        var (asking, database, store) = (flow.States.Asking, flow.States.Asking.Get<Database>(), flow.States.Asking.Get<ChunkStore>());
        var item = await flow.Attached((3 * Chunk.PlainBytes) + 500);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        var message = (await flow.Decide(flow.Second, item, "APPROVE")).Message;
        await flow.Reaches(asking, flow.States.Lawyer, item, "RECEIVING");
        await Eventually.Holds(() => flow.States.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1 AND state = 'DELIVERED'", message)) == 1);
        await Brought(flow, item, message, chunks: 2);
        Assert.Equal(2, database.Read(s => ItemRow.Stored(s, item.Id)));
        await asking.Get<ExpireItems>().Run(default);
        Assert.Equal(2, database.Read(s => ItemRow.Stored(s, item.Id)));

        await TwoStates.Submit(flow.States.Asked, flow.First, "loss", await Fields(flow, item, "ITEM"));
        await flow.Reaches(asking, flow.States.Lawyer, item, "GIVEN_UP");
        if (killed)
            await database.Write(Lane.Bulk, s => ItemRow.Record(s, item.Id, 0));
        Assert.True(CheckLedger.Run(asking.DataFolder, chunks: true).Good);
        await asking.Get<ExpireItems>().Run(default);
        Assert.True(store.Exists(item.Id));
        ExpireItemsTests.Age(asking, item.Id, TimeSpan.FromMinutes(61));
        await asking.Get<ExpireItems>().Run(default);
        Assert.False(store.Exists(item.Id));
        Assert.Equal(0, database.Read(s => ItemRow.Stored(s, item.Id)));
        Assert.Equal("GIVEN_UP", (await View(flow, asking, flow.States.Lawyer, item)).State);
        // What the laboratory attached stays with its own State.
        await flow.States.Asked.Get<ExpireItems>().Run(default);
        Assert.True(flow.States.Asked.Get<ChunkStore>().Exists(item.Id));

        // It comes after all, from its first chunk on.
        var acks = await ShipmentTests.Import(flow, item, await ShipmentTests.Fetched(flow, item), frames:
            [new AttachFrame { Leaves = ByteString.CopyFrom(item.LeafList) }, .. item.Chunks.Select((chunk, i) => new AttachFrame { Chunk = new EvidenceData { Index = (ulong)i, Data = ByteString.CopyFrom(chunk) } })]);
        Assert.Equal("COMPLETE", acks[^1].Committed.State);
        Assert.Equal(1, database.Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'item.expired' AND case_id = $1", flow.Sent.CaseId)));
        foreach (var state in new[] { asking, flow.States.Asked })
        {
            var ledger = CheckLedger.Run(state.DataFolder, chunks: true);
            Assert.True(ledger.Good, string.Join('\n', ledger.Findings));
        }
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("another case", false)]
    [InlineData("another issuer", false)]
    [InlineData("another manifest", false)]
    public async Task Only_the_State_to_which_it_went_reopens_an_item_that_was_given_up_and_one_question_settles_it(string wrong, bool reopened)
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(500);
        var now = flow.States.Asked.Clock.GetUtcNow();
        var states = await flow.States.Asked.Get<Database>().Write(Lane.Bulk, s =>
        {
            TransferRow.Begin(s, item.Id, "XA", now);
            Assert.False(TransferRow.EndGivenUp(s, item.Id, "no"));
            s.RunOne("UPDATE items SET state = 'GIVEN_UP' WHERE id = $1", item.Id);
            TransferRow.Done(s, item.Id);
            var manifest = wrong == "another manifest" ? Digest.Of("x"u8) : ItemRow.Find(s, item.Id)!.ManifestSha256;
            TransferRow.ReopenGivenUp(s, wrong == "another case" ? Ids.NewCase("XA") : flow.Sent.CaseId, wrong == "another issuer" ? "XC" : "XA", new ReceiptSubject(Ids.New(), null, null, item.Id, manifest), now);
            var after = Stands(s);
            TransferRow.EndGivenUp(s, item.Id, "no");
            return (after, Stands(s));
        });
        Assert.Equal((reopened ? "WAITING" : "DONE", "DONE"), states);

        string Stands(Session s) => s.One("SELECT state FROM item_transfers WHERE item = $1", r => r.GetString(0), item.Id)!;
    }

    [Fact]
    public async Task What_rotted_on_the_senders_disk_is_given_up_and_the_case_ends()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((2 * Chunk.PlainBytes) + 500);
        await TransferTests.Hold(flow, item);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "RECEIVING");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(flow.States.Asked.DataFolder, "items", item.Id[..2], item.Id), "*.chunks"))
            File.WriteAllBytes(file, new byte[new FileInfo(file).Length]);
        var scrub = flow.States.Asked.Get<ScrubItems>();
        await scrub.Ask(item.Id);
        await Eventually.Holds(() => flow.States.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EVIDENCE_DAMAGED && a.Subject == item.Id));
        await TransferTests.LetGo(flow);
        await flow.Executed();
        // As long as it is on the way the case cannot be completed.
        await Refused.By(() => TwoStates.Act(flow.States.Asking, flow.States.DutyOfficer, flow.Sent.CaseId, "COMPLETED"), "T708");
        Assert.Equal(["V043"], await Problems(flow, flow.First, item, "PARCEL"));
        await TwoStates.Submit(flow.States.Asked, flow.First, "loss", await Fields(flow, item, "ITEM"));
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "GIVEN_UP");
        // It is still evidence of this side, and damaged.
        flow.States.Asked.Get<ScrubItems>().ShowAlarms();
        Assert.Contains(flow.States.Asked.Get<Alarms>().All, a => a.Code == AlarmCode.EVIDENCE_DAMAGED && a.Subject == item.Id);
        var faults = CheckLedger.Run(flow.States.Asked.DataFolder, chunks: true);
        Assert.Contains(faults.Findings, f => f.Record.EndsWith(item.Id, StringComparison.Ordinal));
        await TwoStates.Act(flow.States.Asking, flow.States.DutyOfficer, flow.Sent.CaseId, "COMPLETED");
        await Eventually.Holds(() => flow.States.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE event = 'GatewayCaseClosed'")) == 2);
        var chains = await flow.States.Settled(flow.Sent.CaseId, 10);
        Assert.DoesNotContain(chains["XB"], r => r.Event == ReceiptEvent.RelayToNonERDSFailure);
        await Verified(flow, item, VerdictOf: flow.States.Asking);
    }

    [Fact]
    public async Task A_loss_of_what_was_not_announced_or_that_no_officer_who_releases_signed_is_rejected_on_arrival()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(5000);
        await ShipmentTests.Shipped(flow, item);
        // Its gateway knows nothing of the losses that are made up below: it would ask again, and so have the item received again.
        await flow.States.Asked.Get<Database>().Write(Lane.Bulk, s => TransferRow.Done(s, item.Id));
        var manifest = Digest.Of(await ShipmentTests.Fetched(flow, item));
        var now = flow.States.Asked.Clock.GetUtcNow();
        Part Loss(TestPerson person, Func<Loss, Loss> change)
        {
            using var signer = person.Signing.Signer();
            var loss = change(new Loss(Ids.New(), item.Id, manifest, flow.Sent.CaseId, "XB-PO", Role.COMPETENT_AUTHORITY, LossWhat.ITEM, null, "gone", now));
            return EvidenceCoverTests.Of(PartRole.loss, SignedDocument.Sign(loss.Write(), signer, now));
        }
        foreach (var (code, part) in new (string, Part)[]
        {
            ("T703", Loss(flow.First, l => l with { ItemId = Ids.New() })),
            ("T703", Loss(flow.First, l => l with { ManifestSha256 = Digest.Of("x"u8) })),
            ("T703", Loss(flow.First, l => l with { Shipment = Digest.Of("x"u8) })),
            ("V038", Loss(flow.Technician, l => l with { Authority = "XB-LAB", Role = Role.FORENSIC_LAB })),
            ("V038", Loss(flow.First, l => l with { Role = Role.CENTRAL_AUTHORITY_MLA })),
            ("V038", Loss(flow.First, l => l with { Authority = "XB-CP", Role = Role.CONTACT_POINT_24_7 })),
            ("V045", Loss(flow.First, l => l with { Time = now.AddHours(1) })),
        })
            Assert.Equal(code, await EvidenceCoverTests.Sent(flow, [part]));
        Assert.Equal("RECEIVING", (await View(flow, flow.States.Asking, flow.States.Lawyer, item)).State);
        Assert.Equal("", await EvidenceCoverTests.Sent(flow, [Loss(flow.First, l => l)]));
        Assert.Equal("GIVEN_UP", (await View(flow, flow.States.Asking, flow.States.Lawyer, item)).State);
    }

    // Leaves, then some chunks by hand; then the line breaks.
    private static async Task Brought(EvidenceFlow flow, TestItem item, string message, int chunks)
    {
        using var call = flow.States.Asking.ExchangeClient(flow.States.Asked.Tls).SendEvidence();
        await call.RequestStream.WriteAsync(new EvidenceFrame { Begin = new BeginTransfer { Item = item.Id, Message = message, Grant = ByteString.CopyFromUtf8("opened by nobody here") } });
        await call.RequestStream.WriteAsync(new EvidenceFrame { Leaves = ByteString.CopyFrom(item.LeafList) });
        for (var i = 0; i < chunks; i++)
            await call.RequestStream.WriteAsync(new EvidenceFrame { Chunk = new EvidenceChunk { Index = (ulong)i, Data = ByteString.CopyFrom(item.Chunks[i]) } });
        await call.RequestStream.CompleteAsync();
        await Refused.By(async () =>
        {
            while (await call.ResponseStream.MoveNext(default))
            {
            }
        }, "T708");
    }

    private static async Task Verified(EvidenceFlow flow, TestItem item, TestState VerdictOf)
    {
        foreach (var state in new[] { flow.States.Asking, flow.States.Asked })
        {
            var ledger = CheckLedger.Run(state.DataFolder, chunks: state == VerdictOf && item.Content.Length > 0);
            Assert.True(ledger.Good, string.Join('\n', ledger.Findings));
        }
        await Eventually.Holds(() => VerdictOf.Get<Database>().Read(s => s.Number("SELECT count(*) FROM outbox WHERE state = 'QUEUED'")) == 0);
        var report = BundleCheck.Run(await EvidenceExchangeTests.Export(VerdictOf, flow.Auditor, flow.Sent.CaseId), [EvidenceExchangeTests.Anchor(flow.States.Asking), EvidenceExchangeTests.Anchor(flow.States.Asked)]);
        Assert.True(report.Verdict is Verdict.VALID or Verdict.CONSISTENT, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.DoesNotContain(report.Findings, f => f.Severity == Protocol.Bundles.Severity.Broken);
    }

    private static async Task<ItemView> View(EvidenceFlow flow, TestState state, TestPerson person, TestItem item)
        => Assert.Single((await state.Client(person).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId, Item = item.Id })).Items);

    internal static async Task<JsonObject> Fields(EvidenceFlow flow, TestItem item, string what) => new()
    {
        ["itemId"] = item.Id,
        ["manifestSha256"] = Digest.Of(await ShipmentTests.Fetched(flow, item)).ToString(),
        ["case"] = flow.Sent.CaseId,
        ["what"] = what,
        ["reason"] = "the carrier has no trace of it",
    };

    private static async Task<IReadOnlyList<string>> Problems(EvidenceFlow flow, TestPerson person, TestItem item, string what, params (string Member, string Value)[] more)
    {
        var fields = await Fields(flow, item, what);
        foreach (var (member, value) in more)
            fields[member] = value;
        return [.. (await flow.States.Asked.Client(person).ComposeAsync(new ComposeRequest { Type = "loss", FieldsJson = fields.ToJsonString() })).Problems.Select(p => p.Code)];
    }
}
