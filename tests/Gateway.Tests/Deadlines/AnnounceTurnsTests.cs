using Gateway.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Deadlines;

/// <summary>Deadlines that cannot be told keep no other one from being told.</summary>
public sealed class AnnounceTurnsTests
{
    [Fact]
    public async Task Sixty_cases_of_which_nothing_can_be_told_silence_no_other_one()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        var database = states.Asked.Get<Database>();
        var columns = database.Read(s => s.Query("SELECT name FROM pragma_table_info('cases') WHERE name <> 'id'", r => r.GetString(0)));
        await database.Write(Lane.Ordinary, s =>
        {
            for (var i = 0; i < 60; i++)
            {
                // A State that issued two receipts under one number: nothing is sent in the case any more.
                var id = Ids.NewCase("XA");
                s.RunOne($"INSERT INTO cases (id, {string.Join(", ", columns)}) SELECT $1, {string.Join(", ", columns)} FROM cases WHERE id = $2", id, sent.CaseId);
                s.RunOne("INSERT INTO receipt_forks (chain, issuer, seq, der, seen) VALUES ($1, 'XA', 1, $2, $3)", id, new byte[] { 1 }, states.Asked.Clock.GetUtcNow());
                s.RunOne("INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis, passed) SELECT $1, rule, number, side, began, $3, 'RUNNING', basis, $3 FROM deadlines WHERE case_id = $2 AND rule = 'ACKNOWLEDGE'",
                    id, sent.CaseId, states.Asked.Clock.GetUtcNow());
            }
        });
        states.Asked.Clock.Offset = TimeSpan.FromHours(5);
        for (var i = 0; i < 5; i++)
            await states.Asked.Get<ClockLoop>().LookAtAll();
        Assert.Equal(60, Announced("IS NULL"));
        Assert.True(database.Read(s => s.Number("SELECT count(*) FROM deadlines WHERE case_id = $1 AND rule = 'ACKNOWLEDGE' AND announced IS NOT NULL", sent.CaseId)) == 1, "the other side was not told");
        // When the fork is settled it is told after all.
        await database.Write(Lane.Ordinary, s => s.Run("DELETE FROM deadlines WHERE passed IS NOT NULL AND announced IS NULL AND case_id <> (SELECT min(case_id) FROM deadlines WHERE passed IS NOT NULL AND announced IS NULL)"));
        await database.Write(Lane.Ordinary, s => s.Run("DELETE FROM receipt_forks"));
        states.Asked.Clock.Offset += TimeSpan.FromHours(2);
        await states.Asked.Get<ClockLoop>().LookAtAll();
        Assert.Equal(0, Announced("IS NULL"));

        long Announced(string how) => database.Read(s => s.Number($"SELECT count(*) FROM deadlines WHERE passed IS NOT NULL AND announced {how}"));
    }
}
