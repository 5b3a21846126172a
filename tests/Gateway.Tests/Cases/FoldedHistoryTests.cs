using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>Where a long case stands does not depend on how often somebody looked on the way.</summary>
public sealed class FoldedHistoryTests
{
    private static readonly ActKind[] Kinds =
    [
        ActKind.ACKNOWLEDGED, ActKind.REMINDER, ActKind.STATUS_QUERY, ActKind.STATUS_REPORT, ActKind.RETURNED_FOR_INFO, ActKind.SUPPLEMENTED, ActKind.CONSULTATION_OPENED, ActKind.CONSULTATION_CLOSED,
        ActKind.CONDITIONS_PROPOSED, ActKind.CONDITIONS_ACCEPTED, ActKind.POSTPONED, ActKind.ACCEPTED, ActKind.IN_EXECUTION, ActKind.AMENDMENT, ActKind.DELAY_NOTICE,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_long_case_is_folded_on_from_where_it_was_and_stands_where_all_its_acts_put_it(int seed)
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var database = states.Asking.Get<Database>();
        var random = new Random(seed);
        var (model, folded, crossed) = (CaseHistory.New, 0, 0);
        for (var tries = 0; model.Acts.Count < 260 && tries < 20_000; tries++)
        {
            var side = random.Next(2) == 0 ? CaseSide.Requested : CaseSide.Requesting;
            var other = side == CaseSide.Requested ? CaseSide.Requesting : CaseSide.Requested;
            var theirs = model.Acts.Where(a => a.Side == other).Select(a => a.Id).ToList();
            // Sometimes without the newest of the other side: it crosses.
            var after = theirs.Count == 0 ? null : theirs[Math.Max(0, theirs.Count - 1 - (random.Next(3) == 0 ? random.Next(3) : 0))];
            var act = new ActEntry(Ids.New(), side, Kinds[random.Next(Kinds.Length)], after) { Waived = true };
            if (!model.Take(act).TryGet(out var next, out _))
                continue;
            crossed += after == theirs.LastOrDefault() ? 0 : 1;
            model = next;
            await database.Write(Lane.Ordinary, s => s.RunOne("INSERT INTO case_acts (case_id, id, message, side, kind, after, waived, original_agrees) VALUES ($1, $2, $3, $4, $5, $6, 1, 0)", sent.CaseId, act.Id, Ids.New(), act.Side, act.Kind, act.After));
            // Sometimes the other side rejects what stands last.
            if (random.Next(20) == 0)
            {
                model = model.Without(act.Id);
                await database.Write(Lane.Ordinary, s => s.RunOne("UPDATE case_acts SET rejected = 1 WHERE case_id = $1 AND id = $2", sent.CaseId, act.Id));
            }
            if (random.Next(3) > 0)
                continue;
            var (looked, whole) = database.Read(s => (CaseRow.Find(s, sent.CaseId)!.History(s), CaseHistory.Of(CaseState.DELIVERED, model.Acts)));
            Assert.Equal(whole.Standing, looked.Standing);
            Assert.True(whole.Void.SetEquals(looked.Void));
            Assert.Equal(whole.Acts.Select(a => a.Id), looked.Acts.Select(a => a.Id));
            Assert.Equal((whole.LastOf(side), whole.LastOf(other)), (looked.LastOf(side), looked.LastOf(other)));
            folded++;
        }
        Assert.True(model.Acts.Count == 260 && folded > 50, $"{model.Acts.Count} acts, {folded} looks");
        Assert.True(crossed > 5, $"{crossed} crossed");
    }
}
