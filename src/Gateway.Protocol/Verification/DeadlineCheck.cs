using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Paper;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Verification;

/// <summary>
/// What was due when, and whether it was done in time: by the same clock as in the gateways, with the profiles in the cards and the time
/// spent waiting for the other side. A missed date is a fact for people to weigh, never a contradiction.
/// </summary>
internal sealed class DeadlineCheck(Facts facts, TrustRing ring, CoverCheck covers, BundleLimits limits, Findings findings)
{
    // Reviews and the retention of data are an authority's own and known within its walls.
    private static readonly Dictionary<DeadlineRule, string> Names = new()
    {
        [DeadlineRule.DECIDE] = "first decision",
        [DeadlineRule.EXECUTE] = "execution",
        [DeadlineRule.PROMISED] = "answer",
        [DeadlineRule.ANSWER_QUESTIONS] = "supplement",
        [DeadlineRule.STATUS_REPORT] = "status report",
        [DeadlineRule.ACKNOWLEDGE] = "acknowledgement",
        [DeadlineRule.ACKNOWLEDGE_LATEST] = "acknowledgement",
        [DeadlineRule.CALL_BACK] = "call-back",
        [DeadlineRule.FORMAL_REQUEST] = "formal request",
        [DeadlineRule.ORIGINAL] = "signed original",
        [DeadlineRule.DELIVERY] = "delivery of the measure",
        [DeadlineRule.PRESERVATION_ENDS] = "end of the preservation",
        [DeadlineRule.MEASURE_ENDS] = "end of the measure",
        [DeadlineRule.DATA_LOSS] = "expected loss of the data",
    };

    private readonly Dictionary<string, List<PeerCard>> _cards = new(StringComparer.Ordinal);
    private readonly Dictionary<CoverFact, (List<(ClockedAct Act, string File)> Acts, CaseState State)> _histories = [];
    private readonly ILookup<string, (CoverFact Cover, Relation Relation)> _followers = facts.By.Openings.SelectMany(c => c.Request!.Document.Request.Linked.Select(l => (l.Case, Cover: c, l.Relation))).Distinct()
        .ToLookup(l => l.Case, l => (l.Cover, l.Relation), StringComparer.Ordinal);
    private readonly HashSet<string> _asked = facts.By.Openings.Select(c => c.Cover.Case).ToHashSet(StringComparer.Ordinal);
    private readonly ActWork _work = new(limits, findings);
    private readonly ILookup<Digest, DateTimeOffset> _left = facts.Covers.Select(c => c.Paper?.Document).OfType<PaperRecord>().Where(r => r.Way == PaperWay.SENT).ToLookup(r => r.CoverSha256, r => WorkCalendar.Sane(r.At));

    public IReadOnlyList<DeadlineReport> All()
    {
        var reports = new List<DeadlineReport>();
        foreach (var cover in facts.By.Openings)
        {
            var onPaper = cover.Cover.Suite == Suites.OnPaper;
            if ((cover.Entered is { } came ? WorkCalendar.Sane(came.Document.At) : onPaper ? LeftAt(cover) : Delivered(cover)) is not { } from)
                continue;
            // When a letter was signed that came on paper nobody certifies.
            if (cover.Entered is null)
                Authorisation(cover, onPaper ? from : null);
            reports.AddRange(Of(cover, from));
        }
        return [.. reports.OrderBy(r => r.Case, StringComparer.Ordinal).ThenBy(r => r.Due)];
    }

    private DateTimeOffset? Delivered(CoverFact cover) => covers.About(cover, ReceiptEvent.ContentConsignment).Select(r => (DateTimeOffset?)r.Receipt!.Time).Min();

    // When a message was first handed to a carrier, as its record says.
    private DateTimeOffset? LeftAt(CoverFact cover) => _left[cover.Sha256].Select(at => (DateTimeOffset?)at).Min();

    // An act counts from when its sender's gateway took it on, whatever time its author wrote into it; where nothing shows that, from when the other side had it.
    // What was signed for paper reached nobody before it left.
    private Act? Counts(CoverFact opening, TakenAct act)
        => opening.Cover.Suite != Suites.OnPaper ? Submitted(act.Cover) is { } submitted ? act.Document with { Time = submitted } : null
            : act.Cover.Paper is not null ? act.Document
            : LeftAt(act.Cover) is { } left ? act.Document with { Time = left } : null;

    private DateTimeOffset? Submitted(CoverFact cover)
        => covers.About(cover, ReceiptEvent.SubmissionAcceptance).Where(r => r.Receipt!.Issuer.State == cover.Cover.Sender.State).Select(r => (DateTimeOffset?)r.Receipt!.Time).Min()
            ?? covers.About(cover, ReceiptEvent.RelayAcceptance).Select(r => (DateTimeOffset?)r.Receipt!.Time).Min();

    private IEnumerable<DeadlineReport> Of(CoverFact cover, DateTimeOffset delivered)
    {
        var request = cover.Request!.Document.Request;
        var onPaper = cover.Cover.Suite == Suites.OnPaper;
        var (inForce, state) = InForce(cover);
        // An original that came when the case was closed: its reader alone says when.
        var acts = inForce.Concat(facts.LateOriginals.Where(o => o.Document.Case == cover.Cover.Case).Select(o => (Act: new ClockedAct(o.Document, CaseSide.Requested), o.File)).OrderBy(o => o.Act.Act.Time)).ToList();
        var (asking, asked) = (CardOf(cover.Requesting.State, delivered), CardOf(cover.Requested.State, delivered));
        var clocked = new ClockedCase(request, delivered, state, [.. acts.Select(a => a.Act)])
        {
            CameOnPaper = cover.Entered is not null,
            // A letter is the original.
            OriginalBy = onPaper ? request.OriginalBy : request.OriginalDue(asked?.Profile, delivered),
            Requesting = asking?.Profile,
            Requested = asked?.Profile,
            Calendar = WorkCalendar.Without(cover.Requested.State, asked?.ZoneOf(cover.Requested.Authority) ?? TimeZoneInfo.Utc),
            FollowUps = [.. _followers[cover.Cover.Case].Where(f => f.Cover.Cover.Case != cover.Cover.Case).Select(FollowUp)],
        };
        // Without the States' tables of holidays a term in working days is the earliest day on which it can have ended: nobody is blamed for it.
        var vague = new[] { asking, asked }.Any(card => card?.Profile.TermOf(request.Kind, request.Urgency) is { Unit: TermUnit.WORKING_DAYS });
        var files = new Dictionary<(CaseSide By, DateTimeOffset Time), string>();
        foreach (var (act, file) in acts)
            files.TryAdd((act.By, act.Act.Time), file);
        foreach (var deadline in LegalClock.Of(clocked))
        {
            if (!Names.TryGetValue(deadline.Rule, out var what))
                continue;
            // The 24 hours for an ordinary request remind its own authority; the other side may count on the seven days. No letter goes within hours.
            if (deadline.Rule == DeadlineRule.ACKNOWLEDGE && (request.Urgency == Urgency.ORDINARY || onPaper))
                continue;
            // A letter that tells the end does not tell when the request was accepted: that term has no beginning.
            if (onPaper && cover.Entered is null && deadline.Rule == DeadlineRule.EXECUTE)
                continue;
            var met = deadline.Met is { } time ? files.GetValueOrDefault((deadline.By, time)) : null;
            var report = new DeadlineReport(cover.Cover.Case, what, (deadline.By == CaseSide.Requested ? cover.Requested : cover.Requesting).Authority, deadline.Due, deadline.Met, deadline.Basis, met ?? cover.File)
            {
                OnPaper = onPaper && deadline.By == (cover.Entered is null ? CaseSide.Requested : CaseSide.Requesting),
            };
            if (deadline.Rule == DeadlineRule.FORMAL_REQUEST)
                report = Formal(report, cover);
            if (Deadline.IsEnd(deadline.Rule))
                report = report with { IsEnd = true };
            else if ((!vague || deadline.Rule != DeadlineRule.DECIDE) && (deadline.Rule != DeadlineRule.FORMAL_REQUEST || report.Met is not null || AllLinked(cover)))
                Judge(report, deadline.State);
            yield return report;
        }
    }

    // The formal request is a case of its own, which names this one.
    private DeadlineReport Formal(DeadlineReport report, CoverFact cover)
    {
        var came = _followers[cover.Cover.Case].Where(f => f.Relation == Relation.FORMALISES && f.Cover.Cover.Case != cover.Cover.Case)
            .Select(f => (f.Cover, At: f.Cover.Entered is { } entered ? WorkCalendar.Sane(entered.Document.At) : f.Cover.Cover.Suite == Suites.OnPaper ? LeftAt(f.Cover) : Delivered(f.Cover))).Where(f => f.At is not null).OrderBy(f => f.At).FirstOrDefault();
        return came.Cover is { } formal ? report with { Met = came.At, File = formal.File }
            : AllLinked(cover) ? report : report with { Basis = $"{report.Basis}; not every case linked with this one is in the bundle" };
    }

    // What a case says that was left out, or whose request is withheld or erased, cannot be missed here.
    private bool AllLinked(CoverFact cover) => !facts.By.CaseEntries.TryGetValue(cover.Cover.Case, out var entry) || entry.Linked.All(id => facts.By.CaseEntries.ContainsKey(id) && _asked.Contains(id));

    private FollowUp FollowUp((CoverFact Cover, Relation Relation) follower)
    {
        var (acts, state) = InForce(follower.Cover);
        var kept = acts.FindLast(a => a.Act is { By: CaseSide.Requested, Act.Kind: ActKind.PRESERVED }).Act?.Act;
        // One whose marks were not decided about is not there, on its sender's side neither.
        if (follower.Cover.Entered is null && follower.Cover.Cover.Suite != Suites.OnPaper && Delivered(follower.Cover) is null)
            state = CaseState.PENDING_RECOGNITION;
        return new FollowUp(follower.Cover.Cover.Case, follower.Relation, state, kept?.TimeOf("until") is { } until ? WorkCalendar.Sane(until) : null);
    }

    // Counted from the day on which ours left to the day on which theirs came, what is in time is so for certain. What is not may have been on the way: nobody certifies
    // when ours arrived there and when theirs was written.
    private void Judge(DeadlineReport report, DeadlineState state)
    {
        var came = report.Met is { } met ? met > report.Due ? $"came {TrustRing.Show(met)}" : null : state == DeadlineState.RUNNING && facts.CaseFile?.Exported > report.Due ? "is not here" : null;
        if (came is null)
            return;
        var text = $"the {report.What} of {report.By} was due {TrustRing.Show(report.Due)} ({report.Basis}) and {came}";
        if (report.OnPaper)
            findings.Add(FindingCode.OnPaperNotJudged, $"counted from the day on which the paper left, {text}: whether it was late cannot be judged, since nobody certifies how long the carriers had it", report.File);
        else
            findings.Add(FindingCode.DeadlineMissed, text, report.File);
    }

    // What had an effect, and where the case stands by it; an act that is not possible is the other check's matter.
    private (List<(ClockedAct Act, string File)> Acts, CaseState State) InForce(CoverFact opening)
    {
        if (_histories.TryGetValue(opening, out var known))
            return known;
        var history = CaseHistory.New;
        var acts = new List<(ClockedAct Act, string File)>();
        foreach (var act in TakenAct.Of(facts, covers, opening))
        {
            if (!_work.May(history, act))
                break;
            if (!history.Take(act.Entry).TryGet(out var next, out _))
                continue;
            history = next;
            if (Counts(opening, act) is { } document)
                acts.Add((new ClockedAct(document, act.Entry.Side), act.Cover.File));
        }
        // Reckoned in the order that both sides compute, as in the gateways.
        var places = history.Ordered.Select((entry, place) => (entry.Id, place)).Where(a => !history.Void.Contains(a.Id)).ToDictionary(a => a.Id, a => a.place, StringComparer.Ordinal);
        return _histories[opening] = ([.. acts.Where(a => places.ContainsKey(a.Act.Act.Id)).OrderBy(a => places[a.Act.Act.Id])], history.Standing.State);
    }

    // The card that was in force when the request came; the oldest when all were issued later.
    private PeerCard? CardOf(string state, DateTimeOffset time)
    {
        if (!_cards.TryGetValue(state, out var cards))
            _cards[state] = cards = [.. ring.CardsOf(state).Select(c => c.Signed.Card)];
        return cards.FindLast(card => card.Issued <= time) ?? cards.FirstOrDefault();
    }

    // The decision that a request relies on must be in force when the request is signed, sealed and, on paper, handed over.
    private void Authorisation(CoverFact cover, DateTimeOffset? left)
    {
        var request = cover.Request!;
        var sent = left > cover.Cover.Created ? left.Value : cover.Cover.Created;
        if (request.Document.AuthorisedUntil is { } until && (request.SigningTime > until || sent > until))
            findings.Add(FindingCode.AuthorisationNotInForce, $"the judicial decision was valid until {TrustRing.Show(until)}; the request was sent {TrustRing.Show(sent)}", cover.File);
    }
}

/// <summary>Every act in the order in which the other side took it, against the table of the life cycle; on paper also those for which the records of replies stand.</summary>
internal sealed class LifeCycleCheck(Facts facts, CoverCheck covers, BundleLimits limits, Findings findings)
{
    public void All()
    {
        // With acts left out on purpose the states between them are not known.
        if (facts.CaseFile?.Withheld.Count > 0)
            return;
        var work = new ActWork(limits, findings);
        foreach (var opening in facts.By.Openings.Where(c => (c.Cover.Suite == Suites.OnPaper || covers.About(c, ReceiptEvent.ContentConsignment).Any())))
        {
            var history = CaseHistory.New;
            var times = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
            foreach (var act in TakenAct.Of(facts, covers, opening))
            {
                if (!work.May(history, act))
                    break;
                times.TryAdd(act.Entry.Id, Said(act));
                var refusal = history.Take(act.Entry).TryGet(out var next, out var refused) ? Unmet(opening.Request!.Document.Request, history, act, times) : refused;
                if (refusal is not null)
                {
                    // What follows a wrong step would all be wrong: the first one says it.
                    findings.Add(FindingCode.ActOutOfOrder, $"{act.Entry.Kind} was taken although the life cycle does not allow it: {refusal.Detail} Later acts are not judged.", act.Cover.File);
                    break;
                }
                history = next!;
            }
        }
    }

    // A letter on paper says what it says; nobody could refuse it.
    private static Refusal? Unmet(Request request, CaseHistory history, TakenAct act, Dictionary<string, DateTimeOffset> times)
        => act.Cover.Paper is not null ? null
            : act.Entry.Kind == ActKind.EXPIRED ? ActConditions.TooEarly(act.Document.Time, history.OpenQuestion(act.Entry) is { } asked ? times[asked] : null, request)
            : ActConditions.Unkept(act.Entry, request.Kind, history.Acts);

    // A question was asked when it was sealed, at the earliest.
    private static DateTimeOffset Said(TakenAct act) => act.Document.Time > act.Cover.Cover.Created ? act.Document.Time : act.Cover.Cover.Created;
}
