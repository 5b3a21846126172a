using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Verification;

/// <summary>
/// What was due when, and whether it was done in time: by the same clock as in the gateways, with the profiles in the cards and the time
/// spent waiting for the other side. A missed date is a fact for people to weigh, never a contradiction.
/// </summary>
internal sealed class DeadlineCheck(Facts facts, TrustRing ring, CoverCheck covers, Findings findings)
{
    private static readonly Dictionary<DeadlineRule, string> Names = new()
    {
        [DeadlineRule.DECIDE] = "first decision",
        [DeadlineRule.EXECUTE] = "execution",
        [DeadlineRule.PROMISED] = "answer",
        [DeadlineRule.ANSWER_QUESTIONS] = "supplement",
        [DeadlineRule.STATUS_REPORT] = "status report",
    };

    public IReadOnlyList<DeadlineReport> All()
    {
        var reports = new List<DeadlineReport>();
        foreach (var cover in facts.Covers.Where(c => c.Request is not null && covers.About(c, ReceiptEvent.ContentConsignment).Any()))
        {
            Authorisation(cover);
            reports.AddRange(Of(cover));
        }
        return [.. reports.OrderBy(r => r.Case, StringComparer.Ordinal).ThenBy(r => r.Due)];
    }

    private IEnumerable<DeadlineReport> Of(CoverFact cover)
    {
        var request = cover.Request!.Document.Request;
        var delivered = covers.About(cover, ReceiptEvent.ContentConsignment).Min(r => r.Receipt!.Time);
        var (acts, state) = InForce(cover);
        var (asking, asked) = (CardOf(cover.Cover.Sender.State, delivered), CardOf(cover.Cover.Recipient.State, delivered));
        var clocked = new ClockedCase(request, delivered, state, [.. acts.Select(a => a.Act)])
        {
            Requesting = asking?.Profile,
            Requested = asked?.Profile,
            Calendar = WorkCalendar.Without(cover.Cover.Recipient.State, ZoneOf(asked?.Find(cover.Cover.Recipient.Authority))),
        };
        // Without the States' tables of holidays a term in working days is the earliest day on which it can have ended: nobody is blamed for it.
        var vague = new[] { asking, asked }.Any(card => card?.Profile.TermOf(request.Kind, request.Urgency) is { Unit: TermUnit.WORKING_DAYS });
        foreach (var deadline in LegalClock.Of(clocked))
        {
            if (!Names.TryGetValue(deadline.Rule, out var what))
                continue;
            var met = deadline.Met is { } time ? acts.Find(a => a.Act.By == deadline.By && a.Act.Act.Time == time).File : null;
            var report = new DeadlineReport(cover.Cover.Case, what, (deadline.By == CaseSide.Requested ? cover.Cover.Recipient : cover.Cover.Sender).Authority, deadline.Due, deadline.Met, deadline.Basis, met ?? cover.File);
            if (!vague || deadline.Rule != DeadlineRule.DECIDE)
                Judge(report, deadline.State);
            yield return report;
        }
    }

    private void Judge(DeadlineReport report, DeadlineState state)
    {
        if (report.Met is { } met && met > report.Due)
            findings.Add(FindingCode.DeadlineMissed, $"the {report.What} of {report.By} was due {TrustRing.Show(report.Due)} ({report.Basis}) and came {TrustRing.Show(met)}", report.File);
        else if (state == DeadlineState.RUNNING && facts.CaseFile?.Exported > report.Due)
            findings.Add(FindingCode.DeadlineMissed, $"the {report.What} of {report.By} was due {TrustRing.Show(report.Due)} ({report.Basis}) and is not here", report.File);
    }

    // What had an effect, and where the case stands by it; an act that is not possible is the other check's matter.
    private (List<(ClockedAct Act, string File)> Acts, CaseState State) InForce(CoverFact opening)
    {
        var history = CaseHistory.New;
        var acts = new List<(ClockedAct Act, string File)>();
        foreach (var (cover, entry) in LifeCycleCheck.Taken(facts, covers, opening))
        {
            if (!history.Take(entry).TryGet(out var next, out _))
                continue;
            history = next;
            acts.Add((new ClockedAct(cover.Act!.Document, entry.Side), cover.File));
        }
        acts.RemoveAll(a => history.Void.Contains(a.Act.Act.Id));
        return (acts, history.Standing.State);
    }

    // The card that was in force when the request came; the oldest when all were issued later.
    private PeerCard? CardOf(string state, DateTimeOffset time)
    {
        var cards = ring.CardsOf(state).Select(c => c.Signed.Card).ToList();
        return cards.FindLast(card => card.Issued <= time) ?? cards.FirstOrDefault();
    }

    private static TimeZoneInfo ZoneOf(CardAuthority? authority)
        => authority?.TimeZone is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;

    // The decision that a request relies on must be in force when the request is signed and sealed.
    private void Authorisation(CoverFact cover)
    {
        var request = cover.Request!;
        if (request.Document.AuthorisedUntil is { } until && (request.SigningTime > until || cover.Cover.Created > until))
            findings.Add(FindingCode.AuthorisationNotInForce, $"the judicial decision was valid until {TrustRing.Show(until)}; the request was sent {TrustRing.Show(cover.Cover.Created)}", cover.File);
    }
}

/// <summary>Every act in the order in which the other side took it, against the table of the life cycle.</summary>
internal sealed class LifeCycleCheck(Facts facts, CoverCheck covers, Findings findings)
{
    public void All()
    {
        // With acts left out on purpose the states between them are not known.
        if (facts.CaseFile?.Withheld.Count > 0)
            return;
        foreach (var opening in facts.Covers.Where(c => c.Request is not null && covers.About(c, ReceiptEvent.ContentConsignment).Any()))
        {
            var history = CaseHistory.New;
            foreach (var (cover, entry) in Taken(facts, covers, opening))
            {
                if (!history.Take(entry).TryGet(out var next, out var refusal))
                {
                    // What follows a wrong step would all be wrong: the first one says it.
                    findings.Add(FindingCode.ActOutOfOrder, $"{entry.Kind} was taken although the life cycle does not allow it: {refusal.Detail} Later acts are not judged.", cover.File);
                    break;
                }
                history = next;
            }
        }
    }

    /// <summary>The acts on a case that the other side took, in that order.</summary>
    public static IEnumerable<(CoverFact Cover, ActEntry Act)> Taken(Facts facts, CoverCheck covers, CoverFact opening)
        => facts.Covers.Where(c => c.Act is not null && c.Cover.Case == opening.Cover.Case)
            .Select(c => (Cover: c, Time: covers.About(c, ReceiptEvent.RelayAcceptance).Select(r => (DateTimeOffset?)r.Receipt!.Time).Min()))
            .Where(c => c.Time is not null).OrderBy(c => c.Time).ThenBy(c => c.Cover.Act!.Document.Time)
            .Select(c => (c.Cover, ActEntry.Of(c.Cover.Act!.Document, c.Cover.Cover.Sender.State == opening.Cover.Sender.State ? CaseSide.Requesting : CaseSide.Requested)));
}
