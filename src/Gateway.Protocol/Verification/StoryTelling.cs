using Gateway.Protocol.Acts;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>Asked, authorised, delivered: the case as its documents tell it, in order of time.</summary>
internal static class StoryTelling
{
    public static IReadOnlyList<StoryLine> Of(Facts facts)
        => [.. facts.Covers.SelectMany(Lines).Concat(facts.HandOvers.Select(Line)).Concat(facts.LateOriginals.Select(Line)).Concat(facts.Receipts.Select(Failure).OfType<StoryLine>())
            .OrderBy(l => l.Time).ThenBy(l => l.File, StringComparer.Ordinal).ThenBy(l => l.Step)];

    private static IEnumerable<StoryLine> Lines(CoverFact fact)
    {
        var (cover, file) = (fact.Cover, fact.File);
        StoryLine Line(DateTimeOffset time, StoryStep step, string by, string text) => new(time, cover.Case, step, by, text, file);

        if (fact.Request is { } request)
        {
            var document = request.Document.Request;
            yield return Line(document.Created, StoryStep.Asked, document.RequestingAuthority,
                $"{document.Kind} ({document.Urgency}) to {document.RequestedAuthority}, {document.Reference}, {(fact.Entered is null ? "signed" : "entered from what came on paper")} by {Name(request)}{Stamps(fact)}");
            if (request.Document.Authorisation is { } authorisation)
            {
                var attached = request.Document.AuthorisationSha256 is { } sha256 && cover.Parts.Any(p => p.Sha256 == sha256);
                yield return Line(document.Created, StoryStep.Authorised, document.RequestingAuthority, $"{authorisation}{(attached ? ", attached" : ", not attached")}");
            }
        }
        if (fact.Act is { } act)
        {
            var document = act.Document;
            yield return Line(document.Time, StoryStep.Acted, document.Authority,
                $"{document.Kind}{(document.Outcome is { } outcome ? $" ({outcome})" : "")}{(document.Reference.Length > 0 ? $", {document.Reference}" : "")}, signed by {Name(act)}{Stamps(fact)}");
        }
        foreach (var release in fact.Releases)
            yield return Line(release.Document.Time, StoryStep.Released, release.Document.Authority, $"{release.Document.Decision} of item {release.Document.ItemId}, signed by {Name(release)}");
        foreach (var shipment in fact.Shipments)
            yield return Line(shipment.Document.Time, StoryStep.Delivered, shipment.Document.Authority, $"item {shipment.Document.ItemId} goes by {shipment.Document}, signed by {Name(shipment)}");
        foreach (var loss in fact.Losses)
            yield return Line(loss.Document.Time, StoryStep.Failed, loss.Document.Authority, $"item {loss.Document.ItemId} {loss.Document}, signed by {Name(loss)} ({loss.Document.Role})");
        if (fact.Paper is { } paper)
            yield return Line(paper.Document.At, StoryStep.Delivered, paper.Document.Authority, $"{(paper.Document.Way == PaperWay.SENT ? $"message {paper.Document.Message} went" : "a reply came")} {paper.Document}, signed by {Name(paper)}");
        if (fact.Entered is { } entered)
            yield return Line(entered.Document.At, StoryStep.Delivered, entered.Document.Authority, $"the request came {entered.Document}, signed by {Name(entered)}");
        foreach (var manifest in fact.Manifests)
        {
            var document = manifest.Document;
            yield return Line(cover.Created, StoryStep.Delivered, cover.Sender.Authority,
                $"item {document.ItemId}, exhibit {document.ExhibitNumber}, '{document.FileName}', {document.SizeBytes} bytes, SHA-256 {document.Sha256}, attached by {Name(manifest)}");
        }
    }

    private static StoryLine Line(Signed<Act> original)
        => new(original.Document.Time, original.Document.Case, StoryStep.Acted, original.Document.Authority,
            $"{original.Document.Kind} ({original.Document.TextOf("originalComparison")}), kept when the case was closed, signed by {Name(original)}", original.File);

    private static StoryLine Line(Signed<HandOver> statement)
        => new(statement.Document.Time, statement.Document.Case, StoryStep.HandedOver, "",
            $"item {statement.Document.ItemId}: {statement.Document.Outcome}, signed by {Name(statement)}", statement.File);

    private static StoryLine? Failure(ReceiptFact fact)
        => fact.Receipt is { } receipt && (receipt.IsNegative || receipt.Event == ReceiptEvent.ContentHandover)
            ? new StoryLine(receipt.Time, fact.Case, receipt.IsNegative ? StoryStep.Failed : StoryStep.HandedOver, receipt.Issuer.Authority,
                receipt.IsNegative
                    ? $"{receipt.Event} of message {receipt.Subject.Message} ({string.Join(", ", receipt.Reasons)})"
                    : $"item {receipt.Subject.Item} decrypted, all digests agree", fact.File)
            : null;

    private static string Stamps(CoverFact fact) => string.Concat(fact.Stamps.Select(s => $", registered by {s.Document.Office} under {s.Document.Number}"));

    private static string Name<T>(Signed<T> signed) => signed.Signer.CommonName ?? signed.Signer.Subject;
}
