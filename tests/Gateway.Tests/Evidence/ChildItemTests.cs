using Gateway.Evidence;
using Gateway.Integrity;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>An item that was derived from another of its case: first what is refused and what is only said, at the laboratory and on arrival, then both through two gateways.</summary>
public sealed class ChildItemTests
{
    private const string Exhibit = "EX-2026-17/4";

    [Fact]
    public async Task A_parent_of_another_case_of_another_root_or_derived_from_the_child_is_refused_before_the_first_chunk_and_one_that_is_not_whole_yet_is_not()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, database) = (flow.States.Asked, flow.States.Asked.Get<Database>());
        var (parent, child, early) = (await flow.Attached(1000), await TestItem.Make(500), await TestItem.Make(700));
        var (elsewhere, unfinished) = (Ids.New(), await TestItem.Make(3000));
        await database.Write(Lane.Bulk, s => s.RunOne("INSERT INTO items (id, case_id, direction, state, exhibit, root_exhibit, derivation, manifest_sha256, created) VALUES ($1, $2, 'OUT', 'ATTACHED', 'EX-1', 'EX-2026-17', 'ORIGINAL', $3, '2026-01-01T00:00:00.000Z')",
            elsewhere, Ids.NewCase("XA"), Digest.Of("x"u8)));
        await Refused.By(() => flow.Attach(unfinished, 0, 0, manifest: null), "T708");

        Task Said(Func<Manifest, Manifest> change)
        {
            var stated = change(Derived(child.Manifest(flow.Sent.CaseId, flow.Sent.Message), parent.Id));
            return Begin(flow, child, b => (b.ParentItem, b.RootExhibit) = (stated.ParentItem, stated.RootExhibitNumber));
        }
        Task Signed(Func<Manifest, Manifest> change) => Begin(flow, child, b => b.Papers = Papers(flow, child, flow.SignedManifest(child, m => change(Derived(m, parent.Id)))));
        async Task Misfits(Func<Task> call, string path, string says)
        {
            var refused = await Refused.By(call, "T748");
            Assert.Equal(path, refused.Path);
            Assert.Contains(says, refused.Detail, StringComparison.Ordinal);
            Assert.Contains("leave 'parentItem' out", refused.Remedy, StringComparison.Ordinal);
            Assert.False(asked.Get<ChunkStore>().Exists(child.Id));
        }
        await Misfits(() => Said(m => m with { ParentItem = elsewhere }), "parentItem", "is in this case");
        await Misfits(() => Said(m => m with { RootExhibitNumber = Exhibit }), "rootExhibitNumber", "has the root exhibit EX-2026-17");
        await database.Write(Lane.Bulk, s => s.RunOne("UPDATE items SET parent_item = $2 WHERE id = $1", parent.Id, child.Id));
        foreach (var call in (Func<Task>[])[() => Said(m => m), () => Signed(m => m)])
            await Misfits(call, "parentItem", "is itself derived from this item");
        await database.Write(Lane.Bulk, s => s.RunOne("UPDATE items SET parent_item = NULL WHERE id = $1", parent.Id));
        // Nothing speaks against these, or they are signed and cannot be changed any more; the chunk is still to come.
        foreach (var parentLater in (Func<Manifest, Manifest>[])[m => m, m => m with { ParentItem = Ids.New() }, m => m with { ParentItem = unfinished.Id }])
            await Refused.By(() => Said(parentLater), "T708");
        foreach (var signedBefore in (Func<Manifest, Manifest>[])[m => m with { ParentItem = Ids.New() }, m => m with { ParentItem = unfinished.Id }, m => m with { ParentItem = elsewhere }, m => m with { RootExhibitNumber = Exhibit }])
            await Refused.By(() => Signed(signedBefore), "T708");

        // The extract is attached before its whole, and that is said.
        var attached = (await flow.Attach(early, 0, 1, flow.SignedManifest(early, m => Derived(m, unfinished.Id))))[^1].Committed;
        Assert.Equal(("ATTACHED", unfinished.Id, ""), (attached.State, attached.ParentItem, attached.ParentExhibit));
        Assert.Equal(1, Told(asked, "item.attached", early, "is not here, or not whole"));
        Assert.Equal("ATTACHED", (await flow.Attach(child, 0, 1, flow.SignedManifest(child, m => Derived(m, parent.Id))))[^1].Committed.State);
        Assert.Equal(0, Told(asked, "item.attached", child, "derived"));
    }

    [Fact]
    public async Task On_arrival_only_two_items_that_are_derived_from_each_other_are_rejected_and_the_rest_is_recorded()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asking, database) = (flow.States.Asking, flow.States.Asking.Get<Database>());
        var (first, second, third, fourth, elsewhere) = (await TestItem.Make(500), await TestItem.Make(600), await TestItem.Make(700), await TestItem.Make(800), Ids.New());
        await database.Write(Lane.Bulk, s => s.RunOne("INSERT INTO items (id, case_id, direction, state, exhibit, root_exhibit, derivation, manifest_sha256, created) VALUES ($1, $2, 'IN', 'COMPLETE', 'EX-1', 'EX-2026-17', 'ORIGINAL', $3, '2026-01-01T00:00:00.000Z')",
            elsewhere, Ids.NewCase("XA"), Digest.Of("x"u8)));
        Task<string> Sent(TestItem item, Func<Manifest, Manifest> change) => EvidenceCoverTests.Sent(flow, Released(flow, item, change));

        // The whole need not have been released: an extract of it is taken, and says of what it is one.
        Assert.Equal("", await Sent(first, m => Derived(m, second.Id)));
        var here = await View(asking, flow, flow.States.Lawyer, first);
        Assert.Equal((second.Id, "", "EXTRACT", "EX-2026-17"), (here.ParentItem, here.ParentExhibit, here.Derivation, here.RootExhibit));
        Assert.Equal(1, Told(asking, "item.lineage", first, "is not here"));
        Assert.Equal("T748", await Sent(second, m => Derived(m, first.Id)));
        // Announced once more, what is here is as good as it was, whatever is said of its parent meanwhile.
        var parts = Released(flow, third, m => Derived(m, first.Id) with { RootExhibitNumber = "EX-9" });
        Assert.Equal("", await EvidenceCoverTests.Sent(flow, parts));
        Assert.Equal(1, Told(asking, "item.lineage", third, "has the root exhibit EX-2026-17; this item says EX-9"));
        await database.Write(Lane.Bulk, s => s.RunOne("UPDATE items SET parent_item = $2 WHERE id = $1", first.Id, third.Id));
        Assert.Equal("", await EvidenceCoverTests.Sent(flow, parts));
        await database.Write(Lane.Bulk, s => s.RunOne("UPDATE items SET parent_item = $2 WHERE id = $1", first.Id, second.Id));
        Assert.Equal("", await Sent(fourth, m => Derived(m, elsewhere)));
        Assert.Equal(1, Told(asking, "item.lineage", fourth, "is in this case"));
        Assert.Equal("", await Sent(second, m => m));
        Assert.Equal(0, Told(asking, "item.lineage", second, ""));
        Assert.Equal("EX-2026-17/3", (await View(asking, flow, flow.States.Lawyer, first)).ParentExhibit);
    }

    [Fact]
    public async Task A_parent_and_its_child_go_through_and_both_sides_show_what_was_derived_from_what()
    {
        await using var flow = await EvidenceFlow.Start();
        var parent = await flow.Attached(1000);
        var child = await TestItem.Make(Chunk.PlainBytes + 5);
        await flow.Attach(child, 0, 2, flow.SignedManifest(child, m => Derived(m, parent.Id)));
        foreach (var item in new[] { parent, child })
        {
            await flow.Decide(flow.First, item, "PROPOSE");
            await flow.Decide(flow.Second, item, "APPROVE");
            await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        }
        Assert.Equal(child.Content, (await flow.Download(flow.States.Lawyer, child)).Content);
        foreach (var (state, person) in new[] { (flow.States.Asked, flow.First), (flow.States.Asking, flow.States.Lawyer) })
        {
            foreach (var items in new[] { (await state.Client(person).ListItemsAsync(new ListItemsRequest())).Items, (await state.Client(person).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId })).Items })
            {
                var (of, made) = (items.Single(i => i.Item == parent.Id), items.Single(i => i.Item == child.Id));
                Assert.Equal(("", "", "FORENSIC_IMAGE", "EX-2026-17"), (of.ParentItem, of.ParentExhibit, of.Derivation, of.RootExhibit));
                Assert.Equal((parent.Id, "EX-2026-17/3", "EXTRACT", "EX-2026-17"), (made.ParentItem, made.ParentExhibit, made.Derivation, made.RootExhibit));
            }
            Assert.Equal("EX-2026-17/3", (await state.Client(person).FetchCustodyAsync(new FetchCustodyRequest { Item = child.Id })).ParentExhibit);
            // Of items of before, the manifest says it.
            await state.Get<Database>().Write(Lane.Bulk, s => s.Run("UPDATE items SET parent_item = NULL, derivation = NULL, root_exhibit = NULL"));
            Assert.Equal((parent.Id, "EX-2026-17/3", "EXTRACT", "EX-2026-17"), await View(state, flow, person, child) is var old ? (old.ParentItem, old.ParentExhibit, old.Derivation, old.RootExhibit) : default);
            var ledger = CheckLedger.Run(state.DataFolder, chunks: true);
            Assert.True(ledger.Good, string.Join('\n', ledger.Findings));
        }
        await Eventually.Holds(() => flow.States.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM outbox WHERE state = 'QUEUED'")) == 0);
        var report = BundleCheck.Run(await EvidenceExchangeTests.Export(flow.States.Asking, flow.Auditor, flow.Sent.CaseId), [EvidenceExchangeTests.Anchor(flow.States.Asking), EvidenceExchangeTests.Anchor(flow.States.Asked)]);
        Assert.DoesNotContain(report.Findings, f => f.Severity == Protocol.Bundles.Severity.Broken);
        // What a column says and the signed manifest does not is found.
        await flow.States.Asking.Get<Database>().Write(Lane.Bulk, s => s.RunOne("UPDATE items SET parent_item = NULL, derivation = 'ORIGINAL', root_exhibit = 'EX-2026-17' WHERE id = $1", child.Id));
        Assert.Contains(CheckLedger.Run(flow.States.Asking.DataFolder, chunks: false).Findings, f => f.Fault == LedgerFault.ITEM_ALTERED && f.Record == $"item {child.Id}");
    }

    private static long Told(TestState state, string kind, TestItem item, string text)
        => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM events WHERE kind = $1 AND subject = $2 AND instr(text, $3) > 0", kind, item.Id, text));

    private static Manifest Derived(Manifest m, string parent) => m with { ExhibitNumber = Exhibit, ParentItem = parent, Derivation = Derivation.EXTRACT };

    private static Part[] Released(EvidenceFlow flow, TestItem item, Func<Manifest, Manifest> change)
    {
        var manifest = flow.SignedManifest(item, change);
        var now = flow.States.Asked.Clock.GetUtcNow();
        Part Release(TestPerson person, ReleaseDecision decision)
        {
            using var signer = person.Signing.Signer();
            return EvidenceCoverTests.Of(PartRole.release, SignedDocument.Sign(new Release(item.Id, item.Id, Digest.Of(manifest), flow.Sent.CaseId, "XB-PO", Role.COMPETENT_AUTHORITY, decision, "order 12/2026", now).Write(), signer, now));
        }
        return [EvidenceCoverTests.Of(PartRole.manifest, manifest), Release(flow.First, ReleaseDecision.PROPOSE), Release(flow.Second, ReleaseDecision.APPROVE)];
    }

    private static AttachCommit Papers(EvidenceFlow flow, TestItem item, byte[] manifest)
    {
        var authority = Certificate.Read(flow.States.Asked.Get<Gateway.Keys.KeyRing>().Evidence("XB-CA")[0].Certificate.Der).Value;
        return new AttachCommit { Manifest = ByteString.CopyFrom(manifest), Grant = ByteString.CopyFrom(item.Grant(manifest, authority, flow.States.Asked.Clock.GetUtcNow())) };
    }

    private static async Task Begin(EvidenceFlow flow, TestItem item, Action<AttachBegin> said)
    {
        var begin = new AttachBegin { Item = item.Id, CaseId = flow.Sent.CaseId };
        said(begin);
        using var call = flow.States.Asked.Client(flow.Technician).AttachEvidence();
        await call.RequestStream.WriteAsync(new AttachFrame { Begin = begin });
        Assert.True(await call.ResponseStream.MoveNext(default));
        await call.RequestStream.CompleteAsync();
        while (await call.ResponseStream.MoveNext(default))
        {
        }
    }

    private static async Task<ItemView> View(TestState state, EvidenceFlow flow, TestPerson person, TestItem item)
        => Assert.Single((await state.Client(person).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId, Item = item.Id })).Items);
}
