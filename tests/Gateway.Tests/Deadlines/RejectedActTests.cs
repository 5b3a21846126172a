using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Deadlines;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Deadlines;

/// <summary>An act of ours that the other side rejected has done nothing: what it met is due again, what it moved goes back.</summary>
public sealed class RejectedActTests
{
    [Fact]
    public async Task A_preservation_that_was_rejected_answers_nothing()
    {
        await using var states = await TwoStates.Start();
        var caseId = await Accepted(states);
        var before = Due(states, caseId, DeadlineRule.DECIDE);
        var kept = await Act(states, caseId, "PRESERVED", new JsonObject { ["until"] = In(states, TimeSpan.FromDays(60)) });
        Assert.Equal(DeadlineState.MET, Due(states, caseId, DeadlineRule.DECIDE)!.State);
        Assert.NotNull(Due(states, caseId, DeadlineRule.PRESERVATION_ENDS));
        await Rejected(states, caseId, kept);
        Assert.Equal(before, Due(states, caseId, DeadlineRule.DECIDE));
        Assert.Equal(DeadlineState.RUNNING, before!.State);
        Assert.Null(Due(states, caseId, DeadlineRule.PRESERVATION_ENDS));
    }

    [Fact]
    public async Task A_notice_of_delay_that_was_rejected_moves_no_date()
    {
        await using var states = await TwoStates.Start();
        var caseId = await Accepted(states);
        var before = Due(states, caseId, DeadlineRule.DECIDE)!;
        var notice = await Act(states, caseId, "DELAY_NOTICE", new JsonObject { ["text"] = "The provider asks for a week.", ["dueAt"] = DocumentWriter.FormatTime(before.Due.AddDays(5)) });
        Assert.True(Due(states, caseId, DeadlineRule.DECIDE)!.Due > before.Due);
        await Rejected(states, caseId, notice);
        Assert.Equal(before, Due(states, caseId, DeadlineRule.DECIDE));
    }

    private static async Task<string> Accepted(TwoStates states)
    {
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await Act(states, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = In(states, TimeSpan.FromHours(20)) });
        await Act(states, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = In(states, TimeSpan.FromHours(20)) });
        return sent.CaseId;
    }

    private static async Task<string> Act(TwoStates states, string caseId, string kind, JsonObject fields)
    {
        var sent = await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, kind, fields);
        await Eventually.Holds(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1 AND state = 'DELIVERED'", sent.Message)) == 1);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        return sent.Message;
    }

    // As when the other side's answer says so.
    private static async Task Rejected(TwoStates states, string caseId, string message)
    {
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => CaseRow.Find(s, caseId)!.Answered(s, message, rejected: true, states.Asked.Clock.GetUtcNow()));
        await states.Asked.Get<ClockLoop>().LookAtAll();
    }

    private static Deadline? Due(TwoStates states, string caseId, DeadlineRule rule)
        => states.Asked.Get<Database>().Read(s => DeadlineRows.OfCase(s, caseId)).Find(d => d.Deadline.Rule == rule)?.Deadline;

    private static string In(TwoStates states, TimeSpan time) => DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow() + time);
}
