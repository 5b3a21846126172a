using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>The case as a picture would show it: messages that cross from one State to the other, and what happened on one side.</summary>
internal static class Timeline
{
    public static IReadOnlyList<TimelineEvent> Of(Facts facts, CoverCheck covers)
        => [.. facts.Covers.SelectMany(c => OfCover(c, covers)).Concat(facts.HandOvers.SelectMany(h => OfHandOver(h, facts)))
            .Concat(facts.Receipts.Select(OfReceipt).OfType<TimelineEvent>()).Concat(facts.Custody.Select(OfCustody).OfType<TimelineEvent>())
            .Concat(facts.Erasures.Select(e => On(e.Document.Authority.State, e.Document.Case, e.Document.Time, TimelineKind.Erased, $"ERASED: {Count(e.Document.Messages.Count, "message")}, {Count(e.Document.Items.Count, "item")}", e.File)))
            .OrderBy(e => e.Time).ThenBy(e => e.Kind).ThenBy(e => e.File, StringComparer.Ordinal)];

    private static TimelineEvent On(string state, string caseId, DateTimeOffset time, TimelineKind kind, string text, string file) => new(time, caseId, state, null, null, kind, text, file);

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    // The other marks of receipts stand with their messages.
    private static TimelineEvent? OfReceipt(ReceiptFact fact) => fact.Receipt switch
    {
        { Event: ReceiptEvent.GatewayCaseClosed } closed => On(fact.State, fact.Case, closed.Time, TimelineKind.Closed, "case closed", fact.File),
        { Event: ReceiptEvent.ContentHandover } handed => On(fact.State, fact.Case, handed.Time, TimelineKind.HandedOver, "receipt of the hand-over", fact.File),
        { Event: ReceiptEvent.ContentHandoverFailure } failed => On(fact.State, fact.Case, failed.Time, TimelineKind.Failed, $"hand-over failed: {string.Join(", ", failed.Reasons)}", fact.File),
        _ => null,
    };

    // What leaves a State, or is gone, changes what the case is; the rest of the custody stands in its table.
    private static TimelineEvent? OfCustody(Signed<CustodyEvent> fact)
    {
        TimelineKind? kind = fact.Document.Event switch
        {
            CustodyKind.DISCLOSED => TimelineKind.Disclosed,
            CustodyKind.SHIPPED => TimelineKind.Shipped,
            CustodyKind.DELIVERED_PHYSICAL or CustodyKind.RETURNED_TO_OWNER or CustodyKind.RETURNED_TO_STATE => TimelineKind.HandedOver,
            CustodyKind.DELETED or CustodyKind.DESTROYED => TimelineKind.Erased,
            _ => null,
        };
        return kind is { } shown ? On(fact.Document.State, fact.Document.Case, fact.Document.Time, shown, $"{fact.Document.Event} {fact.Document.Place}", fact.File) : null;
    }

    private static IEnumerable<TimelineEvent> OfCover(CoverFact fact, CoverCheck covers)
    {
        var cover = fact.Cover;
        TimelineEvent On(string state, DateTimeOffset time, TimelineKind kind, string text, string file) => new(time, cover.Case, state, null, null, kind, text, file);

        foreach (var release in fact.Releases)
            yield return On(cover.Sender.State, release.Document.Time, TimelineKind.Released, $"{release.Document.Decision} release", fact.File);
        if (fact.Paper is { } paper)
        {
            yield return On(cover.Sender.State, paper.Document.At, TimelineKind.Act, paper.Document.Way == PaperWay.SENT ? $"left by {paper.Document.Channel}" : $"reply by {paper.Document.Channel}", fact.File);
            yield break;
        }
        if (fact.Entered is { } entered)
        {
            yield return On(cover.Sender.State, entered.Document.At, TimelineKind.Request, $"{Text(fact)} came by {entered.Document.Channel}", fact.File);
            yield break;
        }
        var sent = covers.About(fact, ReceiptEvent.SubmissionAcceptance).Select(r => r.Receipt!.Time).DefaultIfEmpty(cover.Created).Min();
        var arrived = covers.About(fact, ReceiptEvent.RelayAcceptance).Select(r => (DateTimeOffset?)r.Receipt!.Time).Min();
        yield return new TimelineEvent(sent, cover.Case, cover.Sender.State, cover.Recipient.State, arrived, Kind(cover.About), Text(fact), fact.File);
        foreach (var receipt in covers.About(fact, ReceiptEvent.ContentAccessTracking))
            yield return On(receipt.State, receipt.Receipt!.Time, TimelineKind.Opened, "opened by a person", receipt.File);
        foreach (var kind in (ReceiptEvent[])[ReceiptEvent.RelayRejection, ReceiptEvent.RelayFailure, ReceiptEvent.ContentConsignmentFailure])
        {
            foreach (var receipt in covers.About(fact, kind))
                yield return On(receipt.State, receipt.Receipt!.Time, TimelineKind.Failed, $"{kind}: {string.Join(", ", receipt.Receipt.Reasons)}", receipt.File);
        }
        if (cover.About == CoverAbout.EVIDENCE)
        {
            foreach (var receipt in covers.About(fact, ReceiptEvent.ContentConsignment))
                yield return On(receipt.State, receipt.Receipt!.Time, TimelineKind.Consigned, "item complete", receipt.File);
        }
    }

    private static IEnumerable<TimelineEvent> OfHandOver(Signed<Evidence.HandOver> statement, Facts facts)
    {
        var cover = facts.By.CoverOfManifest.GetValueOrDefault(statement.Document.ManifestSha256);
        if (cover is not null)
            yield return new TimelineEvent(statement.Document.Time, cover.Cover.Case, cover.Cover.Recipient.State, null, null, TimelineKind.HandedOver, $"decrypted: {statement.Document.Outcome}", statement.File);
    }

    private static TimelineKind Kind(CoverAbout about) => about switch
    {
        CoverAbout.REQUEST => TimelineKind.Request,
        CoverAbout.ACT or CoverAbout.PAPER => TimelineKind.Act,
        CoverAbout.EVIDENCE or CoverAbout.CUSTODY => TimelineKind.Evidence,
    };

    private static string Text(CoverFact fact) => fact switch
    {
        { Request.Document.Request: { } request } => $"{request.Kind} {request.Reference}",
        { Act.Document: { } act } => act.Outcome is { } outcome ? $"{act.Kind} ({outcome})" : act.Kind.ToString(),
        { Manifests: [{ Document: var manifest }, ..] } => $"exhibit {manifest.ExhibitNumber}",
        _ => fact.Cover.About.ToString(),
    };
}

/// <summary>What was asked, on which authority, and what came: one row per request.</summary>
internal static class Scope
{
    public static IReadOnlyList<ScopeRow> Of(Facts facts) => [.. facts.By.Openings.OrderBy(c => c.Cover.Created).Select(c => Row(c, facts))];

    private static ScopeRow Row(CoverFact cover, Facts facts)
    {
        var fact = cover.Request!.Document;
        var request = fact.Request;
        List<string> asked = [$"{request.Kind} ({request.Urgency})", $"{request.Reference}, {request.RequestingAuthority} to {request.RequestedAuthority}"];
        if (fact.Window is { } window)
            asked.Add($"data of {window}");
        asked.AddRange(fact.Legal);
        List<string> authorised = fact.Authorisation is { } authorisation
            ? [authorisation, .. fact.AuthorisedScope is { } scope ? [$"scope: {scope}"] : (string[])[],
                fact.AuthorisationSha256 is { } sha256 && cover.Cover.Parts.Any(p => p.Sha256 == sha256) ? "the decision is attached" : "the decision is not attached"]
            : ["no judicial decision is named"];
        authorised.AddRange(cover.Stamps.Select(s => $"registered by {s.Document.Office} under {s.Document.Number}"));
        var delivered = new List<string>();
        foreach (var act in facts.By.CoversByCase[cover.Cover.Case].Where(c => c.Act is not null && c.Cover.Sender.State == cover.Requested.State && c.Act.Document.Outcome is not null))
            delivered.Add($"{act.Act!.Document.Kind}: {act.Act.Document.Outcome}");
        foreach (var item in facts.By.ItemsByRequest[(cover.Cover.Case, cover.Cover.Message)])
            delivered.Add($"exhibit {item.Document.ExhibitNumber}: {item.Document.FileName}, {item.Document.SizeBytes} bytes, acquired {item.Document.AcquiredFrom:yyyy-MM-dd} to {item.Document.AcquiredTo:yyyy-MM-dd}");
        return new ScopeRow(cover.Cover.Case, asked, authorised, delivered.Count > 0 ? delivered : ["nothing in this bundle"], cover.File);
    }
}
