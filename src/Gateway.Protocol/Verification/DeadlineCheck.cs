using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Verification;

/// <summary>What was due when, and whether it was done in time. A missed date is a fact for people to weigh, never a contradiction.</summary>
internal sealed class DeadlineCheck(Facts facts, CoverCheck covers, Findings findings)
{
    // Acts of the requested side that show that somebody has the request, but decide nothing about it.
    private static readonly string[] NoDecision = ["ACKNOWLEDGED", "REFERRED"];

    public IReadOnlyList<DeadlineReport> All()
    {
        var reports = new List<DeadlineReport>();
        foreach (var cover in facts.Covers.Where(c => c.Request is not null && covers.About(c, ReceiptEvent.ContentConsignment).Any()))
        {
            Authorisation(cover);
            reports.AddRange(Of(cover).Select(Judge));
        }
        return [.. reports.OrderBy(r => r.Case, StringComparer.Ordinal).ThenBy(r => r.Due)];
    }

    private IEnumerable<DeadlineReport> Of(CoverFact cover)
    {
        var fact = cover.Request!.Document;
        var request = fact.Request;
        var answers = facts.Covers.Where(c => c.Act is not null && c.Cover.Case == cover.Cover.Case && c.Cover.Sender.State == cover.Cover.Recipient.State)
            .OrderBy(c => c.Act!.Document.Time).ToList();
        var decided = answers.FirstOrDefault(a => !NoDecision.Contains(a.Act!.Document.Kind.ToString()));
        var basis = fact.DeadlineRequested is null ? $"default for {request.Kind}, {request.Urgency}" : "asked for in the request";
        yield return Report(cover, "first decision", fact.DeadlineRequested ?? request.DecisionDue, decided, basis);

        var promise = answers.LastOrDefault(a => a.Act!.Document.DueAt is not null && a.Act.Document.Kind is ActKind.ACKNOWLEDGED or ActKind.ACCEPTED);
        if (promise?.Act?.Document is { } act)
            yield return Report(cover, "answer", act.DueAt!.Value, answers.FirstOrDefault(a => a.Act!.Document.Kind == ActKind.EXECUTED), $"promised with {act.Kind}");
    }

    private static DeadlineReport Report(CoverFact cover, string what, DateTimeOffset due, CoverFact? met, string basis)
        => new(cover.Cover.Case, what, cover.Cover.Recipient.Authority, due, met?.Act!.Document.Time, basis, met?.File ?? cover.File);

    private DeadlineReport Judge(DeadlineReport report)
    {
        if (report.Met is { } met && met > report.Due)
            findings.Add(FindingCode.DeadlineMissed, $"the {report.What} of {report.By} was due {TrustRing.Show(report.Due)} ({report.Basis}) and came {TrustRing.Show(met)}", report.File);
        else if (report.Met is null && facts.CaseFile?.Exported > report.Due)
            findings.Add(FindingCode.DeadlineMissed, $"the {report.What} of {report.By} was due {TrustRing.Show(report.Due)} ({report.Basis}) and is not here", report.File);
        return report;
    }

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
            foreach (var cover in facts.Covers.Where(c => c.Act is not null && c.Cover.Case == opening.Cover.Case).OrderBy(Taken).ThenBy(c => c.Act!.Document.Time))
            {
                if (Taken(cover) == DateTimeOffset.MaxValue)
                    continue;
                var act = cover.Act!.Document;
                var side = cover.Cover.Sender.State == opening.Cover.Sender.State ? CaseSide.Requesting : CaseSide.Requested;
                if (!history.Take(ActEntry.Of(act, side)).TryGet(out var next, out var refusal))
                {
                    // What follows a wrong step would all be wrong: the first one says it.
                    findings.Add(FindingCode.ActOutOfOrder, $"{act.Kind} was taken although the life cycle does not allow it: {refusal.Detail} Later acts are not judged.", cover.File);
                    break;
                }
                history = next;
            }
        }
    }

    private DateTimeOffset Taken(CoverFact cover)
        => covers.About(cover, ReceiptEvent.RelayAcceptance).Select(r => (DateTimeOffset?)r.Receipt!.Time).Min() ?? DateTimeOffset.MaxValue;
}
