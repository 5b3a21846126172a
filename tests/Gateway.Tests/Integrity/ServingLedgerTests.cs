using Gateway.Evidence;
using Gateway.Integrity;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Erasures;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Tests.Integrity;

/// <summary>The check beside a gateway that serves: what its snapshot does not know yet is no damage, and damage is damage.</summary>
public sealed class ServingLedgerTests
{
    [Fact]
    public async Task What_begins_ends_and_is_erased_while_the_check_runs_is_no_finding()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, asked) = (flow.States, flow.States.Asked);
        await ErasureFlowTests.Closed(flow);
        var (second, _) = await ErasureFlowTests.People(states);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var other = flow.InCase(sent);
        var old = await TestItem.Make((1 << 20) + 5);
        await Refused.By(() => other.Attach(old, 0, 1, manifest: null), "T708");
        await asked.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE items SET created = '2020-01-01T00:00:00.000Z' WHERE id = $1", old.Id));
        Assert.Empty(CheckLedger.Run(asked.DataFolder, chunks: true).Findings);

        using var ledger = LedgerSnapshot.Open(asked.DataFolder);
        ledger.Pin();
        var begun = await other.Attached(40);
        await ErasureFlowTests.Decide(states, states.AskedLawyer, flow.Sent.CaseId, "PROPOSE");
        await ErasureFlowTests.Decide(states, second, flow.Sent.CaseId, "APPROVE");
        await Eventually.Holds(() => !asked.Get<CaseKeys>().Has(flow.Sent.CaseId));
        asked.Clock.Pass(TimeSpan.FromDays(31));
        await asked.Get<ExpireItems>().Run(default);
        asked.Clock.Pass(TimeSpan.FromMinutes(61));
        await asked.Get<ExpireItems>().Run(default);
        Assert.False(asked.Get<ChunkStore>().Exists(old.Id));
        Assert.True(asked.Get<ChunkStore>().Exists(begun.Id));

        var report = Check(ledger);
        Assert.Empty(report.Findings);
        Assert.Equal(1, report.Checked["cases erased meanwhile"]);
        // Nothing was passed over that the next check would find.
        Assert.Empty(CheckLedger.Run(asked.DataFolder, chunks: true).Findings);
    }

    [Fact]
    public async Task What_goes_missing_or_appears_without_a_record_while_the_check_runs_is_found()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, asked) = (flow.States, flow.States.Asked);
        var item = await flow.Attached((1 << 20) + 5);
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);

        using var ledger = LedgerSnapshot.Open(asked.DataFolder);
        ledger.Pin();
        File.Delete(Path.Combine(asked.DataFolder, "items", item.Id[..2], item.Id, "000000.chunks"));
        var stray = Ids.New();
        using (var files = asked.Get<ChunkStore>().Of(stray))
            files.Write(0, new byte[100]);
        using (var keys = Database.Connect(Path.Combine(asked.DataFolder, CaseKeys.FolderName, CaseKeys.FileName), SqliteOpenMode.ReadWrite))
            Assert.Equal(1, keys.Run("DELETE FROM case_keys WHERE case_id = $1", sent.CaseId));

        Assert.Equal(
            [(LedgerFault.CASE_KEY_MISSING, $"case {sent.CaseId}"), (LedgerFault.CHUNK_MISSING, $"chunk 0 of {item.Id}"), (LedgerFault.CHUNK_MISSING, $"chunk 1 of {item.Id}"), (LedgerFault.CHUNKS_WITHOUT_ITEM, $"item {stray}")],
            Check(ledger).Findings.Select(f => (f.Fault, f.Record)));
    }

    [Fact]
    public async Task While_chunks_are_read_the_write_ahead_log_can_be_emptied()
    {
        await using var flow = await EvidenceFlow.Start();
        var asked = flow.States.Asked;
        await flow.Attached(40);
        using var ledger = LedgerSnapshot.Open(asked.DataFolder);
        ledger.Pin();
        Assert.False(await asked.Get<Database>().ForgetDeleted(new GapSweep(), tries: 3));

        var check = new CheckLedger(ledger, chunks: true);
        check.Records();
        Assert.True(await asked.Get<Database>().ForgetDeleted(new GapSweep(), tries: 600));
        Assert.DoesNotContain("chunks", check.Report.Checked.Keys);
        check.Files();
        Assert.Equal(1, check.Report.Checked["chunks"]);
        Assert.Empty(check.Report.Findings);
    }

    private static LedgerReport Check(LedgerSnapshot ledger)
    {
        var check = new CheckLedger(ledger, chunks: true);
        check.Records();
        check.Files();
        return check.Report;
    }
}
