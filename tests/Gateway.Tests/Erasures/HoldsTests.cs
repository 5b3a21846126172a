using System.Text;
using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>Several legal holds of one case: what a State declared and what persons set stand beside each other, and each is lifted by itself.</summary>
public sealed class HoldsTests
{
    [Fact]
    public async Task Holds_of_the_other_State_and_of_several_persons_neither_replace_nor_lift_each_other()
    {
        await using var states = await TwoStates.Start();
        var (second, _) = await ErasureFlowTests.People(states);
        var (first, other) = (states.Asked.Client(states.AskedLawyer), states.Asked.Client(second));
        var caseId = await Declared(states);
        Task<CaseView> Hold(Operator.OperatorClient client, string reason, string until = "") => client.HoldCaseAsync(new HoldCaseRequest { CaseId = caseId, Reason = reason, Until = until }).ResponseAsync;
        Task<CaseView> Unhold(Operator.OperatorClient client, uint number, string reason = "decided") => client.UnholdCaseAsync(new HoldCaseRequest { CaseId = caseId, Reason = reason, Number = number }).ResponseAsync;

        await Hold(first, "complaint 3/26", "2031-12-31");
        await Hold(other, "appeal 7/26");
        await Hold(other, "appeal 8/26");
        await Refused.By(() => Hold(other, "appeal 8/26"), "T805");
        foreach (var day in new[] { "31.12.2031", "2020-01-01", "soon" })
            await Refused.By(() => Hold(other, "a third one", day), "T806");
        var view = await first.ShowCaseAsync(new ShowCaseRequest { CaseId = caseId });
        Assert.Equal([(1u, "XA-CA", ""), (2u, states.AskedLawyer.Name, "2031-12-31"), (3u, second.Name, ""), (4u, second.Name, "")], view.Holds.Select(h => (h.Number, h.By, h.Until)));
        Assert.Equal(["declared in the request (handling.legalHold)", "complaint 3/26", "appeal 7/26", "appeal 8/26"], view.Holds.Select(h => h.Reason));
        Assert.All(view.Holds, h => Assert.NotEmpty(h.Since));

        // Whoever lifts one says which, and the others stand.
        Assert.Contains("1 (XA-CA); 2 (", (await Refused.By(() => Unhold(first, 0), "T806")).Detail, StringComparison.Ordinal);
        await Refused.By(() => Unhold(first, 5), "T805");
        Assert.Equal([1u, 2u, 4u], (await Unhold(other, 3)).Holds.Select(h => h.Number));
        await Refused.By(() => Unhold(other, 3), "T805");
        // Its number is given to no other.
        Assert.Equal([1u, 2u, 4u, 5u], (await Hold(first, "appeal 7/26")).Holds.Select(h => h.Number));
        foreach (var number in new uint[] { 2, 5, 1 })
        {
            Assert.Contains("T550", await Problems(states, caseId));
            await Unhold(first, number);
        }
        Assert.Contains(second.Name, view.Hold, StringComparison.Ordinal);
        Assert.Contains("T550", await Problems(states, caseId));
        Assert.Equal([(caseId, 4u)], (await first.ListCasesAsync(new ListCasesRequest { HeldOnly = true })).Cases.Select(c => (c.CaseId, c.Holds.Single().Number)));
        // Without a number nobody lifts what another one set, even when it is the only one left.
        Assert.Contains($"4 ({second.Name})", (await Refused.By(() => Unhold(first, 0), "T806")).Detail, StringComparison.Ordinal);
        Assert.Empty((await Unhold(other, 0)).Holds);
        Assert.DoesNotContain("T550", await Problems(states, caseId));
        Assert.Empty((await first.ListCasesAsync(new ListCasesRequest { HeldOnly = true })).Cases);

        // Which one was lifted, by whom and why.
        var lifted = states.Asked.Get<Database>().Read(s => s.Query("SELECT body FROM audit_records WHERE case_id = $1 AND act = 'case.unheld' ORDER BY idx", r => Encoding.UTF8.GetString(r.Bytes(0)), caseId));
        Assert.Contains($"hold 3 of {second.Name}: decided", lifted[0], StringComparison.Ordinal);
        Assert.Equal(5, lifted.Count);
    }

    [Fact]
    public async Task The_legal_clock_names_everybody_who_holds_and_goes_on_when_the_last_hold_is_lifted()
    {
        await using var states = await TwoStates.Start();
        var caseId = await Declared(states);
        var client = states.Asked.Client(states.AskedLawyer);
        await client.HoldCaseAsync(new HoldCaseRequest { CaseId = caseId, Reason = "complaint" });
        async Task<string> Basis()
        {
            await states.Asked.Get<ClockLoop>().LookAtAll();
            return Assert.Single((await client.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId, Rule = "RETENTION" })).Deadlines).Basis;
        }
        Assert.EndsWith($"; legal hold by XA-CA, {states.AskedLawyer.Name}", await Basis(), StringComparison.Ordinal);
        await client.UnholdCaseAsync(new HoldCaseRequest { CaseId = caseId, Reason = "done", Number = 2 });
        Assert.EndsWith("; legal hold by XA-CA", await Basis(), StringComparison.Ordinal);
        await client.UnholdCaseAsync(new HoldCaseRequest { CaseId = caseId, Reason = "done", Number = 1 });
        Assert.DoesNotContain("legal hold", await Basis(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upgrade_keeps_the_hold_that_stood_and_sets_what_was_declared_before_it_but_not_what_was_lifted()
    {
        await using var states = await TwoStates.Start();
        var asked = states.Asked;
        var (hidden, lifted, before, erased) = (await Declared(states), await Declared(states), await Declared(states), (await states.SendPreserve()).CaseId);
        await states.Settled(erased, 3);
        await asked.Client(states.AskedLawyer).UnholdCaseAsync(new HoldCaseRequest { CaseId = lifted, Reason = "the sender lifted it by letter", Number = 1 });
        await asked.Stop();
        // As schema 39 had it: one hold of a case, and the one that an officer set kept out the one that was declared; of the third nobody knew.
        using (var s = Database.Connect(Path.Combine(asked.DataFolder, Database.FileName), SqliteOpenMode.ReadWrite))
        {
            s.Raw("""
                DROP TABLE case_holds;
                CREATE TABLE case_holds (case_id TEXT PRIMARY KEY, by TEXT NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL) STRICT, WITHOUT ROWID;
                ALTER TABLE cases DROP COLUMN holds;
                """);
            s.RunOne("INSERT INTO case_holds (case_id, by, reason, since) VALUES ($1, 'asked-lawyer', 'appeal pending', '2026-11-20T10:00:00.000Z')", hidden);
            s.Run("DELETE FROM audit_records WHERE case_id IN ($1, $2) AND act LIKE '%.held'", hidden, before);
            s.Raw(Migration());
        }
        await asked.Start();
        async Task<List<(uint, string, string)>> Holds(string caseId) => [.. (await asked.Client(states.AskedLawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).Holds.Select(h => (h.Number, h.By, h.Reason))];
        const string Declaration = "declared in the request (handling.legalHold)";
        Assert.Equal([(1u, "asked-lawyer", "appeal pending"), (2u, "XA-CA", Declaration)], await Holds(hidden));
        Assert.Equal([(1u, "XA-CA", Declaration)], await Holds(before));
        Assert.Empty(await Holds(lifted));
        Assert.Empty(await Holds(erased));
        Assert.Equal(0, asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM facts WHERE name = 'holds.toDeclare'")));
        // Once: what is lifted from now on stays lifted.
        await asked.Client(states.AskedLawyer).UnholdCaseAsync(new HoldCaseRequest { CaseId = before, Reason = "done", Number = 1 });
        await asked.Stop();
        await asked.Start();
        Assert.Empty(await Holds(before));
    }

    private static string Migration()
    {
        var assembly = typeof(Database).Assembly;
        var name = assembly.GetManifestResourceNames().Single(n => n.EndsWith(".0040.sql", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static async Task<string> Declared(TwoStates states)
    {
        var fields = TwoStates.SampleFields("spontaneous-information.json");
        fields["handling"] = TwoStates.SampleFields("emergency-disclosure.json")["handling"]!.DeepClone();
        fields["handling"]!["legalHold"] = true;
        fields["handling"]!["retention"] = "UNTIL_DATE";
        fields["handling"]!["retainUntil"] = "2031-12-31";
        fields["handling"]!.AsObject().Remove("retainDays");
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await states.Arrived(sent.CaseId);
        return sent.CaseId;
    }

    private static async Task<IEnumerable<string>> Problems(TwoStates states, string caseId)
        => (await states.Asked.Client(states.AskedLawyer).ComposeAsync(new ComposeRequest { Type = "erasureDecision", FieldsJson = new JsonObject { ["case"] = caseId, ["decision"] = "PROPOSE", ["reason"] = "ORDERED", ["legalBasis"] = "law of data 4" }.ToJsonString() })).Problems.Select(p => p.Code);
}
