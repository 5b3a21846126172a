using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Verification;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Evidence;

/// <summary>Evidence from one State's laboratory to the other State's lawyer, and the bundle that proves it.</summary>
public sealed class EvidenceExchangeTests
{
    [Fact]
    public async Task An_item_is_attached_released_sent_handed_over_and_proved_by_the_bundle()
    {
        await using var flow = await EvidenceFlow.Start();
        var states = flow.States;
        var item = await flow.Attached((5 * Chunk.PlainBytes) + 1234);
        await flow.Decide(flow.First, item, "PROPOSE");
        var released = await flow.Decide(flow.Second, item, "APPROVE");
        Assert.Single(released.Receipts);
        var arrived = await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE");
        Assert.Equal((6UL, 6UL), (arrived.Chunks, arrived.ChunksStored));
        await flow.Reaches(states.Asked, flow.First, item, "CONSIGNED");

        var (content, found, manifest, sha256) = await flow.Download(states.Lawyer, item);
        Assert.True(found.Agrees);
        Assert.Equal(item.Content, content);
        var digests = new JsonArray([.. found.Digests.Select(d => (JsonNode)new JsonObject { ["algorithm"] = d.Algorithm, ["value"] = d.Value })]);
        JsonObject Fields() => new() { ["itemId"] = item.Id, ["manifestSha256"] = sha256.ToString(), ["case"] = manifest.Case, ["outcome"] = "AGREED", ["digests"] = digests.DeepClone() };
        var handed = await TwoStates.Submit(states.Asking, states.Lawyer, "handOver", Fields());
        Assert.Contains(handed.Receipts, r => Receipt.Read(Protocol.Marks.SignedDocument.Open(r.ToByteArray()).Value.Content).Value.Event == ReceiptEvent.ContentHandover);
        await flow.Reaches(states.Asked, flow.First, item, "HANDED_OVER");
        var again = await TwoStates.Submit(states.Asking, states.Lawyer, "handOver", Fields());
        Assert.Equal(handed.Receipts.Count, again.Receipts.Count);

        await states.Settled(flow.Sent.CaseId, 7);
        foreach (var (state, person) in new[] { (states.Asking, flow.Auditor), (states.Asked, states.AskedLawyer) })
        {
            var bundle = await Export(state, person, flow.Sent.CaseId);
            var report = BundleCheck.Run(bundle, [Anchor(states.Asking), Anchor(states.Asked)]);
            Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        }
    }

    [Theory]
    [InlineData("COMPLETED", 0)]
    [InlineData("WITHDRAWN", 1)]
    public async Task What_is_decrypted_after_the_end_of_its_case_is_handed_over_and_breaks_no_bundle(string end, int receipts)
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, caseId) = (flow.States, flow.Sent.CaseId);
        var item = await flow.Attached(1000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE");
        await flow.Reaches(states.Asked, flow.First, item, "CONSIGNED");
        var (_, found, manifest, sha256) = await flow.Download(states.Lawyer, item);
        if (end == "COMPLETED")
            await flow.Completed();
        else
            await TwoStates.Act(states.Asking, states.DutyOfficer, caseId, end, new JsonObject { ["text"] = "The accused confessed." });
        await Eventually.Holds(() => Count("SELECT count(*) FROM outbox WHERE state = 'QUEUED'") == 0);

        var digests = new JsonArray([.. found.Digests.Select(d => (JsonNode)new JsonObject { ["algorithm"] = d.Algorithm, ["value"] = d.Value })]);
        await TwoStates.Submit(states.Asking, states.Lawyer, "handOver", new JsonObject { ["itemId"] = item.Id, ["manifestSha256"] = sha256.ToString(), ["case"] = manifest.Case, ["outcome"] = "AGREED", ["digests"] = digests });
        await flow.Reaches(states.Asking, states.Lawyer, item, "HANDED_OVER");
        Assert.Equal(receipts, Count("SELECT count(*) FROM receipts WHERE event = 'ContentHandover'"));
        var report = BundleCheck.Run(await Export(states.Asking, flow.Auditor, caseId), [Anchor(states.Asking), Anchor(states.Asked)]);
        Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));

        long Count(string sql) => states.Asking.Get<Storage.Database>().Read(s => s.Number(sql));
    }

    [Fact]
    public async Task The_leaf_list_that_proves_single_chunks_makes_the_root_and_is_not_for_everybody()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((5 * Chunk.PlainBytes) + 1234);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        var (_, _, manifest, _) = await flow.Download(flow.States.Lawyer, item);
        Assert.Equal(manifest.TreeRoot, await Root(flow.States.Lawyer));
        await Refused.By(() => Root(flow.Auditor), "T802");

        async Task<Digest> Root(TestPerson person)
        {
            var tree = new TreeBuilder();
            using var call = flow.States.Asking.Client(person).FetchLeaves(new DownloadEvidenceRequest { Item = item.Id });
            while (await call.ResponseStream.MoveNext(default))
            {
                Assert.Equal((ulong)tree.Count, call.ResponseStream.Current.Index);
                for (var leaves = call.ResponseStream.Current.Data.Memory; leaves.Length > 0; leaves = leaves[Digest.Length..])
                    tree.Add(new Digest(leaves.Span[..Digest.Length]));
            }
            return tree.Root;
        }
    }

    [Fact]
    public async Task A_transfer_that_the_peer_leaves_goes_on_where_it_was()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached((40 * Chunk.PlainBytes) + 5);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        for (var i = 0; i < 400 && await Stored(flow, item) < 5; i++)
            await Task.Delay(10);
        await flow.States.Asking.Stop();
        await flow.States.Asking.Start();
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        var chains = await flow.States.Settled(flow.Sent.CaseId, 6);
        Assert.Single(chains["XA"], r => r.Event == ReceiptEvent.ContentConsignment && r.Subject.Item == item.Id);
    }

    private static async Task<ulong> Stored(EvidenceFlow flow, TestItem item)
        => (await flow.States.Asking.Client(flow.States.Lawyer).ListItemsAsync(new ListItemsRequest())).Items.FirstOrDefault(i => i.Item == item.Id)?.ChunksStored ?? 0;

    internal static TrustAnchor Anchor(TestState state) => TrustAnchor.Fingerprint($"{state.State}:{state.Card.CardKey}", "test") ?? throw new InvalidOperationException("not a fingerprint");

    internal static async Task<MemoryStream> Export(TestState state, TestPerson person, string caseId)
    {
        var bundle = new MemoryStream();
        using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = caseId, WithLinked = true });
        var announced = "";
        while (await call.ResponseStream.MoveNext(default))
        {
            bundle.Write(call.ResponseStream.Current.Data.Span);
            announced = call.ResponseStream.Current.Sha256;
        }
        bundle.Position = 0;
        Assert.Equal(announced, Convert.ToHexStringLower(await SHA256.HashDataAsync(bundle)));
        bundle.Position = 0;
        return bundle;
    }
}
