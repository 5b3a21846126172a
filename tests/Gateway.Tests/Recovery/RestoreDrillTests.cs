using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Evidence;
using Gateway.Integrity;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Verification;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Tests.Backups;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Gateway.Witness;
using Xunit;

namespace Gateway.Tests.Recovery;

/// <summary>The whole of a restore: receipts, log, items and their chunks, until a court could use what is there.</summary>
public sealed class RestoreDrillTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_item_of_evidence_survives_the_loss_of_the_disk_with_its_proofs(bool withChunks)
    {
        await using var flow = await EvidenceFlow.Start(json => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 });
        var (states, caseId) = (flow.States, flow.Sent.CaseId);
        using var recipient = RestoreTests.Recipient(states.Asking);
        var item = await flow.Attached((2 << 20) + 77);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE");
        await flow.Reaches(states.Asked, flow.First, item, "CONSIGNED");
        var file = Path.Combine(states.Asking.Folder, "backup");
        string[] arguments = ["backup", "--config", states.Asking.ConfigurationFile, "--out", file, .. withChunks ? [] : new[] { "--without-evidence" }];
        Assert.Equal(0, (await RestoreTests.Run(arguments)).Code);

        // After the backup the case goes on, and the peer cosigns the log of it.
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await Eventually.Holds(() => Acts(states.Asking, caseId) == 1);
        await Eventually.Holds(() => Witnessed(states.Asking));
        await RestoreTests.Gone(states.Asking);
        Assert.InRange((await RestoreTests.Restore(states.Asking, file)).Code, 0, withChunks ? 0 : 1);
        await states.Asking.Start();

        await Eventually.Holds(() => states.Asking.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => states.Asking.Get<LedgerGate>().Why);
        await Eventually.Holds(() => Acts(states.Asking, caseId) == 1);
        if (!withChunks)
        {
            await states.Asking.Get<ScrubItems>().Ask(item.Id);
            await Eventually.Holds(() => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM item_scrubs WHERE item = $1 AND next = 0 AND ended > '2000'", item.Id)) == 1);
        }
        await Eventually.Holds(() => !states.Asking.Get<Database>().Read(s => ItemDamage.Any(s, item.Id)));
        await Eventually.Holds(() => CheckLedger.Run(states.Asking.DataFolder, chunks: true).Good, () => string.Join('\n', CheckLedger.Run(states.Asking.DataFolder, chunks: true).Findings));
        var (content, found, manifest, sha256) = await flow.Download(states.Lawyer, item);
        Assert.True(found.Agrees);
        Assert.Equal(item.Content, content);
        await TwoStates.Submit(states.Asking, states.Lawyer, "handOver", new JsonObject
        {
            ["itemId"] = item.Id,
            ["manifestSha256"] = sha256.ToString(),
            ["case"] = manifest.Case,
            ["outcome"] = "AGREED",
            ["digests"] = new JsonArray([.. found.Digests.Select(d => (JsonNode)new JsonObject { ["algorithm"] = d.Algorithm, ["value"] = d.Value })]),
        });
        await flow.Reaches(states.Asked, flow.First, item, "HANDED_OVER");

        // Days later each receipt, event and act has its proof on both sides.
        await Eventually.Holds(() => Witnessed(states.Asking) && Witnessed(states.Asked));
        states.Asking.Clock.Offset += TimeSpan.FromHours(80);
        foreach (var (state, person) in new[] { (states.Asking, flow.Auditor), (states.Asked, states.AskedLawyer) })
        {
            var report = BundleCheck.Run(await Export(state, person, caseId), [.. new[] { states.Asking, states.Asked }.Select(s => TrustAnchor.Fingerprint($"{s.State}:{s.Card.CardKey}", "test")!)]);
            Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
            Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.ProofPending or FindingCode.ProofLate or FindingCode.ProofMissing);
        }
    }

    private static long Acts(TestState state, string caseId)
        => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND about = 'ACT' AND body IS NOT NULL", caseId));

    private static bool Witnessed(TestState state)
        => state.Get<OwnLog>().Newest() is { Row.Witnessed: not null } newest && newest.Epoch.First + newest.Size == state.Get<Database>().Read(Leaves.Count);

    private static async Task<Stream> Export(TestState state, TestPerson person, string caseId)
    {
        var bundle = new MemoryStream();
        using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = caseId, Purpose = "supervision" });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        bundle.Position = 0;
        return bundle;
    }
}
