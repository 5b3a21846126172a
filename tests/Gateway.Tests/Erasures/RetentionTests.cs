using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>Received personal data are not forgotten: somebody is told that they are to be looked at or erased, by which command, until it is done.</summary>
public sealed class RetentionTests
{
    private const string Reason = "The judgment is not final yet.";

    [Fact]
    public async Task What_is_to_be_erased_is_due_and_named_with_its_command_until_two_persons_did_it_and_the_other_side_was_told()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var asking = states.Asking;
        var second = await asking.AddUser("second-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var caseId = await Executed(states, handling =>
        {
            handling["retention"] = "UNTIL_DATE";
            handling["retainUntil"] = clock.GetUtcNow().AddDays(10).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            handling.Remove("retainDays");
        });
        Assert.Equal(("RUNNING", ""), await Due(states, caseId, "RETENTION"));
        clock.Offset = TimeSpan.FromDays(12);
        Assert.Equal(("MISSED", $"gatewayctl request confirm {caseId}"), await Due(states, caseId, "RETENTION"));
        await TwoStates.Act(asking, states.Lawyer, caseId, "COMPLETED");
        await Eventually.Holds(() => asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM outbox WHERE case_id = $1 AND state = 'QUEUED'", caseId)) == 0);
        Assert.Equal(("MISSED", $"gatewayctl case erase {caseId}"), await Due(states, caseId, "RETENTION"));

        var client = asking.Client(states.Lawyer);
        await client.HoldCaseAsync(new HoldCaseRequest { CaseId = caseId, Reason = "appeal pending" });
        Assert.Equal(("SUSPENDED", ""), await Due(states, caseId, "RETENTION"));
        await client.UnholdCaseAsync(new HoldCaseRequest { CaseId = caseId, Reason = "appeal decided" });
        Assert.Equal(("MISSED", $"gatewayctl case erase {caseId}"), await Due(states, caseId, "RETENTION"));

        await Decide(asking, states.Lawyer, caseId, "PROPOSE");
        Assert.Equal(("MISSED", $"gatewayctl case erase {caseId} --approve"), await Due(states, caseId, "RETENTION"));
        await Decide(asking, second, caseId, "APPROVE");
        Assert.Equal(("", ""), await Due(states, caseId, "RETENTION"));
        await Eventually.Holds(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM erasures WHERE issuer = 'XA' AND case_id = $1", caseId)) == 1);
    }

    [Fact]
    public async Task A_review_says_that_the_data_are_needed_or_from_when_on_they_are_not()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var client = states.Asking.Client(states.Lawyer);
        var caseId = await Executed(states, _ => { });
        Assert.Equal(("RUNNING", ""), await Due(states, caseId, "RETENTION_REVIEW"));

        await Refused.By(() => Review(client, caseId, "no"), "T806");
        await Refused.By(() => Review(client, caseId, Reason, "31.12.2031"), "T806");
        // The day that a program sends when it means none.
        await Refused.By(() => Review(client, caseId, Reason, "0001-01-01"), "T806");
        await Refused.By(() => Review(client, caseId, Reason, "9999-12-31"), "T806");
        await Refused.By(() => Review(client, Ids.NewCase("XA"), Reason), "T804");
        await Refused.By(() => Review(states.Asking.Client(states.DutyOfficer), caseId, Reason), "T802");
        var preserved = await states.SendPreserve();
        await states.Settled(preserved.CaseId, 3);
        // What was given is kept, or not, by whoever received it.
        await Refused.By(() => Review(states.Asked.Client(states.AskedLawyer), caseId, Reason), "T805");
        // It lies with the contact point, for which the central authority answers; its prosecutors see the copy.
        await Refused.By(() => Review(client, preserved.CaseId, Reason), "T805");
        var prosecutor = await states.Asking.AddUser("prosecutor", "XA-PO", "COMPETENT_AUTHORITY");
        await Refused.By(() => Review(states.Asking.Client(prosecutor), preserved.CaseId, Reason), "T802");

        clock.Offset = TimeSpan.FromDays(182);
        Assert.Equal(("MISSED", $"gatewayctl case review {caseId} --reason TEXT [--erase-on DAY]"), await Due(states, caseId, "RETENTION_REVIEW"));
        await Review(client, caseId, Reason);
        Assert.Equal(("RUNNING", ""), await Due(states, caseId, "RETENTION_REVIEW"));
        var stored = states.Asking.Get<Database>().Read(s => s.Query("SELECT reason FROM retention_reviews WHERE case_id = $1", r => r.Bytes(0), caseId));
        Assert.True(Assert.Single(stored).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Reason)) < 0);

        await Review(client, caseId, "The judgment is final since today.", clock.GetUtcNow().AddDays(30).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Assert.Equal(("RUNNING", ""), await Due(states, caseId, "RETENTION"));
        clock.Offset = TimeSpan.FromDays(213);
        Assert.Equal(("MISSED", $"gatewayctl request confirm {caseId}"), await Due(states, caseId, "RETENTION"));
    }

    // A request that went without an erasure: nobody can say any more what is due, nor until when its data might be kept.
    [Fact]
    public async Task A_request_that_is_lost_is_alarmed_and_neither_its_deadlines_nor_its_day_are_forgotten()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var asking = states.Asking;
        var second = await asking.AddUser("second-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        var caseId = await Executed(states, handling =>
        {
            handling["retention"] = "UNTIL_DATE";
            handling["retainUntil"] = clock.GetUtcNow().AddDays(10).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            handling.Remove("retainDays");
        });
        Assert.Equal(("RUNNING", ""), await Due(states, caseId, "RETENTION"));
        var database = asking.Get<Database>();
        await database.Write(Lane.Ordinary, s => s.Run("UPDATE messages SET body = NULL WHERE id = (SELECT request_message FROM cases WHERE id = $1)", caseId));
        await TwoStates.Act(asking, states.Lawyer, caseId, "COMPLETED");
        Assert.NotEqual("", (await Due(states, caseId, "RETENTION")).State);
        var alarm = Assert.Single(asking.Get<Alarms>().All, a => a.Code == AlarmCode.LEDGER_DAMAGED);
        Assert.Equal(caseId, alarm.CaseId);

        await Eventually.Holds(() => database.Read(s => s.Number("SELECT count(*) FROM outbox WHERE case_id = $1 AND state = 'QUEUED'", caseId)) == 0);
        await Decide(asking, states.Lawyer, caseId, "PROPOSE");
        var refused = await Refused.By(() => Decide(asking, second, caseId, "APPROVE"), "T551");
        Assert.Contains("cannot be read any more", refused.Detail, StringComparison.Ordinal);
    }

    private static Task Review(Operator.OperatorClient client, string caseId, string reason, string eraseOn = "")
        => client.ReviewRetentionAsync(new ReviewRetentionRequest { CaseId = caseId, Reason = reason, EraseOn = eraseOn }).ResponseAsync;

    // The last of its rule, after the clock has looked.
    private static async Task<(string State, string NextStep)> Due(TwoStates states, string caseId, string rule)
    {
        await states.Asking.Get<ClockLoop>().LookAtAll();
        var rows = (await states.Asking.Client(states.Lawyer).ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId, Rule = rule })).Deadlines;
        return rows.Count == 0 ? ("", "") : (rows[^1].State, rows[^1].NextStep);
    }

    private static async Task<string> Executed(TwoStates states, Action<JsonObject> handling)
    {
        var fields = TwoStates.SampleFields("further-use-consent.json");
        handling(fields["handling"]!.AsObject());
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await Arrives(states, sent.CaseId, "DELIVERED");
        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2));
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "IN_EXECUTION");
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "FULL", ["text"] = "The statements are enclosed." });
        await Arrives(states, sent.CaseId, "EXECUTED");
        return sent.CaseId;
    }

    private static async Task Decide(TestState state, TestPerson person, string caseId, string decision)
        => await TwoStates.Submit(state, person, "erasureDecision", new JsonObject { ["case"] = caseId, ["decision"] = decision, ["reason"] = "RETENTION_ENDED", ["legalBasis"] = "retention ended: date of the request" });

    private static async Task Arrives(TwoStates states, string caseId, string state)
    {
        var (seen, client) = ("", states.Asking.Client(states.Lawyer));
        for (var i = 0; i < 2400 && (seen = (await client.ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State) != state; i++)
            await Task.Delay(50);
        Assert.Equal(state, seen);
    }
}
