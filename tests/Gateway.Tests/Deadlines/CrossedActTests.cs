using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Protocol.Deadlines;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Deadlines;

/// <summary>Acts that cross are reckoned in the order that both sides compute, whichever came first here.</summary>
public sealed class CrossedActTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_report_that_crosses_a_query_does_not_answer_it_on_either_side(bool queryFirst)
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "STATUS_REPORT", new JsonObject { ["text"] = "The provider was asked." });
        await states.Settled(sent.CaseId, 6);
        await TwoStates.Act(states.Asking, states.DutyOfficer, sent.CaseId, "STATUS_QUERY", new JsonObject { ["text"] = "How does it stand?" });
        await states.Settled(sent.CaseId, 9);
        foreach (var state in new[] { states.Asking, states.Asked })
        {
            var database = state.Get<Database>();
            await database.Write(Lane.Ordinary, s =>
            {
                // Whoever asked did not know of the report; and his own question stands first where it was asked.
                s.RunOne("UPDATE case_acts SET after = NULL WHERE case_id = $1 AND kind = 'STATUS_QUERY'", sent.CaseId);
                if (queryFirst)
                {
                    var (report, query) = (Position("STATUS_REPORT"), Position("STATUS_QUERY"));
                    s.RunOne("UPDATE case_acts SET position = $2 WHERE position = $1", report, query + 1);
                    s.RunOne("UPDATE case_acts SET position = $2 WHERE position = $1", query, report);
                }
                long Position(string kind) => s.Number("SELECT position FROM case_acts WHERE case_id = $1 AND kind = $2", sent.CaseId, kind);
            });
            var due = LegalClock.Of(state.Get<CaseClock>().Read(sent.CaseId)!).Single(d => d.Rule == DeadlineRule.STATUS_REPORT);
            Assert.Equal(DeadlineState.RUNNING, due.State);
        }
    }
}
