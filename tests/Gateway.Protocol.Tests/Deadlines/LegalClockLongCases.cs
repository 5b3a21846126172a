using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Deadlines;

/// <summary>Cases in which much was asked: what ended each question is found in one pass, and is what looking behind each of them finds.</summary>
public partial class LegalClockTests
{
    [Fact]
    public void What_ended_a_question_is_the_first_such_act_behind_it()
    {
        ActKind[] kinds =
        [
            ActKind.RETURNED_FOR_INFO, ActKind.SUPPLEMENTED, ActKind.CONDITIONS_PROPOSED, ActKind.CONDITIONS_ACCEPTED, ActKind.CONFIDENTIALITY_NOT_POSSIBLE, ActKind.CONFIDENTIALITY_WAIVED, ActKind.STATUS_QUERY,
            ActKind.STATUS_REPORT, ActKind.CONSULTATION_OPENED, ActKind.CONSULTATION_CLOSED, ActKind.POSTPONED, ActKind.ACCEPTED, ActKind.REFUSED, ActKind.EXECUTED, ActKind.REMINDER,
        ];
        var (met, open) = (0, 0);
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            ClockedAct[] acts = [.. Enumerable.Range(0, random.Next(60)).Select(i => Act(kinds[random.Next(kinds.Length)], Time(At("2026-11-20T10:00:00Z").AddHours(i)), (CaseSide)random.Next(2), Time(At("2027-01-01T00:00:00Z").AddHours(i))))];
            var all = Of("stored-content-data", "2026-11-20T10:00:00Z", Table(), CaseState.ACKNOWLEDGED, acts: acts);
            var expected = Questions(acts).ToList();
            Assert.Equal(expected.Order(), all.Where(d => expected.Exists(e => e.Rule == d.Rule)).Select(d => (d.Rule, d.Number, d.From, d.Met)).Order());
            (met, open) = (met + expected.Count(e => e.Met is not null), open + expected.Count(e => e.Met is null));
        }
        Assert.True(met > 1000 && open > 500, $"{met} met, {open} open");
    }

    // As it reads in the rules: behind each question everything is looked at.
    private static IEnumerable<(DeadlineRule Rule, int Number, DateTimeOffset From, DateTimeOffset? Met)> Questions(ClockedAct[] acts)
    {
        var (asked, queried, consulted) = (0, 0, 0);
        for (var i = 0; i < acts.Length; i++)
        {
            var (act, by) = (acts[i].Act, acts[i].By);
            DateTimeOffset? First(Func<ClockedAct, bool> such) => acts[(i + 1)..].FirstOrDefault(such)?.Act.Time;
            switch (act.Kind)
            {
                case ActKind.RETURNED_FOR_INFO:
                    yield return (DeadlineRule.ANSWER_QUESTIONS, ++asked, act.Time, First(a => a.Act.Kind == ActKind.SUPPLEMENTED));
                    yield return (DeadlineRule.MAY_CLOSE, asked, act.Time, First(a => a.Act.Kind == ActKind.SUPPLEMENTED));
                    break;
                case ActKind.CONDITIONS_PROPOSED when by == CaseSide.Requested:
                    yield return (DeadlineRule.ANSWER_QUESTIONS, ++asked, act.Time, First(a => a.Act.Kind == ActKind.CONDITIONS_ACCEPTED));
                    break;
                case ActKind.CONFIDENTIALITY_NOT_POSSIBLE when by == CaseSide.Requested:
                    yield return (DeadlineRule.ANSWER_QUESTIONS, ++asked, act.Time, First(a => a.Act.Kind == ActKind.CONFIDENTIALITY_WAIVED));
                    break;
                case ActKind.STATUS_QUERY when by == CaseSide.Requesting:
                    yield return (DeadlineRule.STATUS_REPORT, ++queried, act.Time, First(a => a.By == CaseSide.Requested && a.Act.Kind is ActKind.STATUS_REPORT or ActKind.EXECUTED));
                    break;
                case ActKind.CONSULTATION_OPENED:
                    yield return (DeadlineRule.CONSULTATION, ++consulted, act.Time, First(a => a.Act.Kind is ActKind.CONSULTATION_CLOSED or ActKind.REFUSED or ActKind.POSTPONED or ActKind.EXECUTED));
                    break;
            }
        }
    }
}
