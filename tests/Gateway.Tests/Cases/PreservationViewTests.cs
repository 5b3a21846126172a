using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>What both sides see of a preservation: kept, prolonged, replaced by a request for disclosure, lapsed.</summary>
public sealed class PreservationViewTests
{
    [Fact]
    public async Task Both_sides_see_a_preservation_prolonged_replaced_and_lapsed()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var (sent, other) = (await states.SendPreserve(), await states.SendPreserve());
        await states.Settled(other.CaseId, 3);
        await states.Settled(sent.CaseId, 3);
        await Both("", "");

        var first = DocumentWriter.FormatTime(clock.GetUtcNow().AddDays(60));
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = first });
        await states.Settled(sent.CaseId, 6);
        await Both("PRESERVED", first);

        var second = DocumentWriter.FormatTime(clock.GetUtcNow().AddDays(90));
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = second });
        await states.Settled(sent.CaseId, 9);
        await Both("EXTENDED", second);

        clock.Offset = TimeSpan.FromDays(91);
        await Both("LAPSED", second);

        // The link as a request for disclosure would leave it; only the database is looked at.
        foreach (var state in new[] { states.Asking, states.Asked })
            await state.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("INSERT INTO case_links (case_id, linked, relation) VALUES ($1, $2, 'FOLLOWS_PRESERVATION')", other.CaseId, sent.CaseId));
        await Both("SUPERSEDED", second);

        async Task Both(string preservation, string until)
        {
            foreach (var (state, person) in new[] { (states.Asking, states.Lawyer), (states.Asked, states.AskedLawyer) })
            {
                var view = await state.Client(person).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId });
                Assert.Equal((preservation, until), (view.Preservation, view.PreservedUntil));
            }
        }
    }
}
