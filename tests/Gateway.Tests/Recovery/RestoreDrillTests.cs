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
using Gateway.Tests.Erasures;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.TimeStamps;
using Gateway.TimeStamps;
using Gateway.V1;
using Gateway.Witness;
using Xunit;
using static Gateway.Tests.Witness.LogOfState;

namespace Gateway.Tests.Recovery;

/// <summary>The whole of a restore: receipts, log, items and their chunks, until a court could use what is there.</summary>
public sealed class RestoreDrillTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_item_of_evidence_survives_the_loss_of_the_disk_with_its_proofs(bool withChunks)
    {
        await using var flow = await EvidenceFlow.Start(EverySecond);
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
        await Eventually.Holds(() => IsWitnessed(states.Asking));
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
        await Eventually.Holds(() => IsWitnessed(states.Asking) && IsWitnessed(states.Asked));
        states.Asking.Clock.Offset += TimeSpan.FromHours(80);
        foreach (var (state, person) in new[] { (states.Asking, flow.Auditor), (states.Asked, states.AskedLawyer) })
        {
            var report = BundleCheck.Run(await Export(state, person, caseId), [.. new[] { states.Asking, states.Asked }.Select(s => TrustAnchor.Fingerprint($"{s.State}:{s.Card.CardKey}", "test")!)]);
            Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
            Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.ProofPending or FindingCode.ProofLate or FindingCode.ProofMissing);
            // The log that began after the restore is said to have begun anew, and shows where the one before ended.
            Assert.Equal(state == states.Asking, report.Findings.Any(f => f.Code == FindingCode.LogBegunAnew));
        }
    }

    [Fact]
    public async Task A_witness_time_stamps_and_an_erasure_made_after_the_backup_come_through_the_loss_of_the_disk()
    {
        await using var authority = new TestAuthority();
        await using var states = await TwoStates.Start(null, json => Stamped(json, authority));
        await using var witness = await TestState.Running("XC", states.Asked.Clock, EverySecond);
        await TestState.Introduce(states.Asking, witness);
        await TestState.Introduce(states.Asked, witness);
        var asked = states.Asked;
        using var recipient = RestoreTests.Recipient(asked);
        var (second, auditor) = await ErasureFlowTests.People(states);
        var (kept, erased) = ((await states.SendPreserve()).CaseId, (await states.SendPreserve()).CaseId);
        await states.Settled(kept, 3);
        await states.Settled(erased, 3);
        await ErasureFlowTests.Close(states, erased);
        var (older, newer) = (Path.Combine(asked.Folder, "older"), Path.Combine(asked.Folder, "newer"));
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", asked.ConfigurationFile, "--out", older)).Code);
        // After the backup one case goes on, the other is erased; both are stamped and cosigned, and lost.
        await ErasureFlowTests.Decide(states, states.AskedLawyer, erased, "PROPOSE");
        await ErasureFlowTests.Decide(states, second, erased, "APPROVE");
        var due = DocumentWriter.FormatTime(asked.Clock.GetUtcNow().AddDays(2));
        await TwoStates.Act(asked, states.AskedLawyer, kept, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await Eventually.Holds(() => Acts(states.Asking, kept) == 1 && Erasures(states.Asking, erased) == 1);
        await Eventually.Holds(() => IsWitnessed(asked));
        Assert.Equal(0, (await RestoreTests.Run("backup", "--config", asked.ConfigurationFile, "--out", newer)).Code);
        await RestoreTests.Gone(asked);
        string Of(string extension) => Path.Combine(asked.Folder, $"backup-recipient.{extension}");
        // 1: the keys know of an erasure that the data do not; the start makes up for it.
        var (code, said, why) = await RestoreTests.Run("restore", "--config", asked.ConfigurationFile, "--from", older, "--keys-from", newer + ".keys", "--key", Of("key"), "--cert", Of("crt"));
        Assert.True(code is 0 or 1, said + why);
        await asked.Start();

        await Eventually.Holds(() => asked.Get<LedgerGate>().Standing == LedgerStanding.OPEN, () => asked.Get<LedgerGate>().Why);
        Assert.Equal(1, Erasures(asked, erased));
        Assert.DoesNotContain(erased, asked.Get<CaseKeys>().Cases());
        await Eventually.Holds(() => Acts(asked, kept) == 1);
        await TwoStates.Act(asked, states.AskedLawyer, kept, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await Eventually.Holds(() => Acts(states.Asking, kept) == 2);
        Assert.Equal(0, asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND body IS NOT NULL", erased)));
        await Eventually.Holds(() => CheckLedger.Run(asked.DataFolder, chunks: true).Good, () => string.Join('\n', CheckLedger.Run(asked.DataFolder, chunks: true).Findings));
        var supervisor = await states.Asking.AddUser("supervisor", "XA-CA", "AUDITOR");

        // Days later all that was recorded has its proof, above it a checkpoint that both other States cosigned, and a time-stamp.
        asked.Clock.Offset += TimeSpan.FromMinutes(2);
        foreach (var state in new[] { states.Asking, asked })
        {
            await Eventually.Holds(() => IsWitnessed(state));
            var size = state.Get<OwnLog>().Newest()!.Size;
            await Eventually.Holds(() => { state.Get<StampLoop>().Round(CancellationToken.None).GetAwaiter().GetResult(); return Stamps(state).Any(s => s.Size >= size); });
        }
        asked.Clock.Offset += TimeSpan.FromHours(80);
        var anchors = new[] { states.Asking, asked, witness }.Select(s => TrustAnchor.Fingerprint($"{s.State}:{s.Card.CardKey}", "test")!).ToArray();
        foreach (var (state, person, caseId) in new[] { (asked, auditor, kept), (asked, auditor, erased), (states.Asking, supervisor, kept), (states.Asking, supervisor, erased) })
        {
            await Eventually.Holds(() => IsWitnessed(state));
            var report = BundleCheck.Run(await Export(state, person, caseId), anchors, at: asked.Clock.GetUtcNow().AddMinutes(1), timeStamps: (reply, stamped) => authority.Verifies(stamped.ToArray(), reply.ToArray())
                ? new TimeStampJudgement(Stamps(state)[0].Time, "tsa-1", null, null)
                : new TimeStampJudgement(null, null, "openssl does not accept it", null));
            Assert.True(report.Verdict == Verdict.VALID, $"{state.State} {caseId}: {string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}"))}");
            Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.ProofPending or FindingCode.ProofLate or FindingCode.ProofMissing or FindingCode.QuorumLacking or FindingCode.NotWitnessed
                or FindingCode.TimeStampNotConfirmed or FindingCode.TimeStampBroken);
            Assert.Contains(report.Logs, l => l.Stamps.Count > 0);
        }
    }

    private static void Stamped(JsonObject json, TestAuthority authority)
    {
        EverySecond(json);
        json["TimeStamps"] = new JsonObject { ["Authorities"] = new JsonArray(new JsonObject { ["Name"] = "tsa-1", ["Url"] = authority.Url, ["Roots"] = new JsonArray(authority.Root) }), ["EveryMinutes"] = 1 };
    }

    private static IReadOnlyList<TimeStampRow> Stamps(TestState state)
        => state.Get<Database>().Read(s => LogEpoch.Current(s) is { } epoch ? TimeStampRows.Newest(s, epoch.Name.Origin) : []);

    private static long Erasures(TestState state, string caseId) => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM erasures WHERE case_id = $1 AND issuer = 'XB'", caseId));

    private static long Acts(TestState state, string caseId)
        => state.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE case_id = $1 AND about = 'ACT' AND body IS NOT NULL", caseId));

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
