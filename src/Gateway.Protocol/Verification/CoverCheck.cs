using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>Covers against the marks inside them, and against the receipts about them.</summary>
internal sealed class CoverCheck(Facts facts, TrustRing ring, Findings findings)
{
    private readonly ILookup<Digest, ReceiptFact> _about = facts.Receipts.Where(r => r.Receipt?.Subject.CoverSha256 is not null).ToLookup(r => r.Receipt!.Subject.CoverSha256!.Value);

    public IEnumerable<ReceiptFact> About(CoverFact cover, ReceiptEvent kind) => About(cover.Sha256, kind);

    public IEnumerable<ReceiptFact> About(Digest cover, ReceiptEvent kind) => _about[cover].Where(r => r.Receipt!.Event == kind);

    public void All()
    {
        foreach (var cover in facts.Covers)
        {
            Marks(cover);
            Receipts(cover);
        }
        LateOriginals();
        Presence();
    }

    // The side that was asked compared, when the case was closed; the requests of the case say what it compared with.
    private void LateOriginals()
    {
        foreach (var original in facts.LateOriginals)
        {
            var act = original.Document;
            Judge(ring.Person(original.Signer, Ids.StateOf(act.Authority), original.SigningTime), original.File, "signature on the comparison of the original");
            if (facts.By.Requests.GetValueOrDefault((act.RequestMessage, act.Case)) is not { } asked)
                findings.Add(FindingCode.DocumentUnreferenced, $"the comparison of the original names the request {act.RequestMessage} in case {act.Case}, which is not here", original.File);
            else if (Ids.StateOf(act.Authority) != asked.Requested.State)
                findings.Add(FindingCode.CoverContradicts, $"the comparison of the original is of {act.Authority}; {asked.Requested.State} was asked", original.File);
            else if (act.CheckOriginal(asked.Request!.Sha256, asked.Sha256) is { } contradiction)
                findings.Add(FindingCode.CoverContradicts, $"{act.Kind}: {contradiction.Detail}, but the record says {act.TextOf("originalComparison")}", original.File);
        }
    }

    private void Marks(CoverFact fact)
    {
        var (cover, file) = (fact.Cover, fact.File);
        Judge(ring.Seal(fact.Signer, cover.Sender, cover.Created, fact.SigningTime), file, "seal of the cover");
        if (fact.Request is { } request)
        {
            Judge(ring.Person(request.Signer, cover.Sender.State, request.SigningTime), file, "signature on the request");
            var document = request.Document.Request;
            if (document.RequestingAuthority != fact.Requesting.Authority || document.RequestedAuthority != fact.Requested.Authority)
                findings.Add(FindingCode.CoverContradicts, $"the request is from {document.RequestingAuthority} to {document.RequestedAuthority}; the cover from {cover.Sender.Authority} to {cover.Recipient.Authority}", file);
            if (request.Document.AuthorisationSha256 is { } decision && cover.Parts.All(p => p.Sha256 != decision))
                findings.Add(FindingCode.DocumentUnreferenced, $"the judicial decision with the SHA-256 {decision}, on which the request relies, is not attached", file);
            Absent(fact, "request", request.Document.Named.Where(d => d.Sha256 != request.Document.AuthorisationSha256));
        }
        if (fact.Act is { } act)
        {
            if (Transitions.IsAutomatic(act.Document.Kind))
                Judge(ring.Seal(act.Signer, cover.Sender, act.SigningTime), file, "seal on the act, which no person did");
            else
                Judge(ring.Person(act.Signer, cover.Sender.State, act.SigningTime), file, "signature on the act");
            if (act.Document.Case != cover.Case || Ids.StateOf(act.Document.Authority) != cover.Sender.State)
                findings.Add(FindingCode.CoverContradicts, $"the act is of {act.Document.Authority} in case {act.Document.Case}; the cover of {cover.Sender.Authority} in case {cover.Case}", file);
            Absent(fact, "act", NamedDocuments.Of(act.Document));
        }
        if (fact.Act?.Document is { Kind: ActKind.ORIGINAL_RECEIVED, OriginalSha256: not null } compared && facts.By.Requests.GetValueOrDefault((compared.RequestMessage, cover.Case)) is { } asked
            && compared.CheckOriginal(asked.Request!.Sha256, asked.Sha256) is { } contradiction)
            findings.Add(FindingCode.CoverContradicts, $"{compared.Kind}: {contradiction.Detail}, but the act says {compared.TextOf("originalComparison")}", file);
        if (fact.Paper is { } paper)
        {
            Judge(ring.Person(paper.Signer, cover.Sender.State, paper.SigningTime), file, "signature on the record of what went or came on paper");
            if (paper.Document.Case != cover.Case || Ids.StateOf(paper.Document.Authority) != cover.Sender.State)
                findings.Add(FindingCode.CoverContradicts, $"the record is of {paper.Document.Authority} in case {paper.Document.Case}; the cover of {cover.Sender.Authority} in case {cover.Case}", file);
            foreach (var came in paper.Document.Files.Where(f => paper.Document.Way == PaperWay.RECEIVED && cover.Parts.All(p => p.Sha256 != f.Sha256)))
                findings.Add(FindingCode.DocumentUnreferenced, $"the file with the SHA-256 {came.Sha256}, which came on paper, is not attached", file);
        }
        if (fact.Entered is { } entered)
            Entered(fact, entered);
        foreach (var stamp in fact.Stamps)
        {
            Judge(ring.Stamp(stamp.Signer, Party.Of(stamp.Document.Authority), stamp.SigningTime), file, "stamp");
            if (stamp.Document.Authority != cover.Sender.Authority)
                findings.Add(FindingCode.StampDiffers, $"the stamp is of {stamp.Document.Authority}; the cover of {cover.Sender.Authority}", file);
            if (!cover.Parts.Any(p => p.Role is PartRole.request or PartRole.act && p.Sha256 == stamp.Document.RequestSha256))
                findings.Add(FindingCode.StampDiffers, "the stamp is over another document than the one in this cover", file);
        }
    }

    // What was listed as too large for the message is here as an item of that digest and size, or did not come.
    private void Absent(CoverFact fact, string what, IEnumerable<NamedDocument> named)
    {
        foreach (var absent in named.Where(d => fact.Cover.Parts.All(p => p.Sha256 != d.Sha256) && !(d.Bytes is { } length ? facts.By.SizedContents.Contains((d.Sha256, length)) : facts.By.ItemContents.Contains(d.Sha256))))
            findings.Add(FindingCode.DocumentUnreferenced, $"the document that the {what} names as {absent.Path}, with the SHA-256 {absent.Sha256}{(absent.Bytes is { } bytes ? $" and {bytes} bytes" : "")}, is neither attached nor an item of evidence here", fact.File);
    }

    // The officer signs that the request came and what was entered from it; what the other State signed, sealed or stamped is on what came, and no certificate of it is here.
    private void Entered(CoverFact fact, Signed<PaperRequest> entered)
    {
        var (cover, document, file) = (fact.Cover, entered.Document, fact.File);
        Judge(ring.Person(entered.Signer, cover.Sender.State, entered.SigningTime), file, "signature on the record of a request that came on paper");
        if (document.Case != cover.Case || document.Authority != cover.Sender.Authority || document.From != cover.Recipient.Authority)
            findings.Add(FindingCode.CoverContradicts, $"the record is of a request from {document.From} to {document.Authority} in case {document.Case}; the cover of {cover.Sender.Authority} to {cover.Recipient.Authority} in case {cover.Case}", file);
        // One officer could make up a request of a State that would have signed it itself. A case from before its gateway stays what it was.
        if (ring.CardsOf(Ids.StateOf(document.From)).Select(c => c.Signed.Card.Issued).Where(issued => issued <= document.At).Order().FirstOrDefault() is var since && since != default)
            findings.Add(FindingCode.CoverContradicts, $"the record is of a request of {document.From} that came by {document.Channel} on {TrustRing.Show(document.At)}, but {Ids.StateOf(document.From)} has a gateway since {TrustRing.Show(since)} by its card", file);
        if (cover.Suite != Suites.OnPaper)
            findings.Add(FindingCode.CoverContradicts, $"the record says that the request of {document.From} came by {document.Channel}, but the cover is sealed for a gateway", file);
        if (!cover.Parts.Any(p => p.Role == PartRole.request && p.Sha256 == document.Request))
            findings.Add(FindingCode.DocumentMissing, $"the request with the SHA-256 {document.Request}, which the record says was entered, is not here", file);
        foreach (var came in document.Files.Where(f => cover.Parts.All(p => p.Sha256 != f.Sha256)))
            findings.Add(FindingCode.DocumentUnreferenced, $"the file with the SHA-256 {came.Sha256}, which came on paper, is not attached", file);
        findings.Add(FindingCode.PaperMarksNotVerified, $"no mark of {document.From} on what came could be verified here: from whom it is was checked by {document.CheckedBy} ({document.Check}), as {document.Authority} recorded it", file);
    }

    private void Judge(MarkProblem? problem, string file, string mark)
    {
        if (problem is { } p)
            findings.Add(p.Code, $"{mark}: {p.Text}", file);
    }

    private void Receipts(CoverFact fact)
    {
        var cover = fact.Cover;
        foreach (var receipt in _about[fact.Sha256])
        {
            var end = DeliveryTrack.By(receipt.Receipt!.Event, cover.About == CoverAbout.PAPER);
            var issuer = end == MessageEnd.SENDER ? cover.Sender : cover.Recipient;
            if (receipt.Case != cover.Case || receipt.Receipt.Subject.Message != cover.Message || (end != MessageEnd.EITHER && receipt.Receipt.Issuer != issuer))
                findings.Add(FindingCode.CoverContradicts, $"the receipt about this cover is of {receipt.Receipt.Issuer.Authority} in case {receipt.Case}; the cover goes from {cover.Sender.Authority} to {cover.Recipient.Authority} in case {cover.Case}", receipt.File, receipt.Seq);
        }
        if (!About(fact, ReceiptEvent.SubmissionAcceptance).Any())
            findings.Add(FindingCode.ReceiptLacking, $"no SubmissionAcceptance of {cover.Sender.Authority} names this cover: nothing shows that it was sent", fact.File);
        var taken = About(fact, ReceiptEvent.RelayAcceptance).Any();
        foreach (var late in _about[fact.Sha256].Where(r => DeliveryTrack.Needs(r.Receipt!.Event) == ReceiptEvent.RelayAcceptance))
        {
            if (!taken)
                findings.Add(FindingCode.ReceiptLacking, $"{late.Receipt!.Event} stands without a RelayAcceptance of the same cover", late.File, late.Seq);
        }
        if (taken && !About(fact, ReceiptEvent.ContentConsignment).Any() && !About(fact, ReceiptEvent.ContentConsignmentFailure).Any())
            findings.Add(FindingCode.NotDelivered, $"{cover.Recipient.Authority} took the message, but no ContentConsignment says that its content was complete{GivenUp(fact)}", fact.File);
        if (cover.Suite == Suites.OnPaper && facts.By.Chains.Contains((cover.Case, cover.Recipient.State)))
            findings.Add(FindingCode.CoverContradicts, $"the cover is sealed for paper, but {cover.Recipient.State} issued receipts in this case: it has a gateway", fact.File);
        else if (cover.Suite == Suites.OnPaper)
            OnPaper(fact);
        else if (!taken)
        {
            var outcome = About(fact, ReceiptEvent.RelayRejection).FirstOrDefault() ?? About(fact, ReceiptEvent.RelayFailure).FirstOrDefault();
            findings.Add(FindingCode.NotDelivered, outcome is null
                ? $"the message from {cover.Sender.Authority} was on its way when the bundle was made, or its delivery is not shown"
                : $"{outcome.Receipt!.Event} ({string.Join(", ", outcome.Receipt.Reasons)}): the message from {cover.Sender.Authority} did not arrive", fact.File);
        }
    }

    // What the sender itself says of it.
    private string GivenUp(CoverFact fact) => fact.Manifests.Select(m => facts.By.GivenUp.GetValueOrDefault(m.Sha256)?.Document).FirstOrDefault(l => l is not null) is { } loss ? $"; {loss.Authority} gave the item up: {loss.Reason}" : "";

    // No receipt of the other State can be expected; our own says whether it left, or what came.
    private void OnPaper(CoverFact fact)
    {
        if (fact.Cover.About != CoverAbout.PAPER && !About(fact, ReceiptEvent.RelayToNonERDS).Any())
            findings.Add(FindingCode.NotDelivered, $"the message for {fact.Cover.Recipient.Authority}, whom no gateway serves, was sealed, but not handed to a carrier when the bundle was made", fact.File);
        if (fact.Entered is not null && !About(fact, ReceiptEvent.ReceivedFromNonERDS).Any())
            findings.Add(FindingCode.ReceiptLacking, "no ReceivedFromNonERDS names this record: nothing shows when the request came", fact.File);
        if (fact.Paper?.Document.Way == PaperWay.RECEIVED && !About(fact, ReceiptEvent.ReceivedFromNonERDS).Any())
            findings.Add(FindingCode.ReceiptLacking, "no ReceivedFromNonERDS names this record: nothing shows when the reply came", fact.File);
    }

    // Every cover that a receipt names is here or stated as withheld; every document here is named by something.
    private void Presence()
    {
        var withheld = facts.By.Withheld;
        var erased = ErasureCheck.Covered(facts);
        foreach (var group in _about.OrderBy(g => g.First().File, StringComparer.Ordinal))
        {
            if (!facts.Documents.Contains(group.Key) && erased.TryGetValue(group.Key, out var erasure))
                findings.Add(FindingCode.Erased, $"the document {group.Key} was erased by {erasure.Document.Authority.Authority} {TrustRing.Show(erasure.Document.Time)}; its receipts are here", erasure.File);
            else if (!facts.Documents.Contains(group.Key) && !withheld.Contains(group.Key))
                findings.Add(FindingCode.DocumentMissing, $"the document {group.Key} is named by a receipt, but is neither here nor stated as withheld", group.First().File, group.First().Seq);
        }
        // A part of a message or a manifest is readable where it stands, whatever is left out of documents/. Exporters of earlier versions left it there without knowing.
        var inside = withheld.Count == 0 ? [] : facts.Covers.SelectMany(c => c.Cover.Parts.Select(p => (p.Sha256, c.File))).Concat(facts.ItemManifests.Select(m => (m.Sha256, m.File)))
            .DistinctBy(p => p.Sha256).ToDictionary(p => p.Sha256, p => p.File);
        foreach (var digest in withheld.Order(Digest.Order))
        {
            if (facts.Documents.Contains(digest))
                findings.Add(FindingCode.CaseFileDiffers, "the document is stated as withheld, but is here", BundleLayout.Document(digest));
            else if (inside.TryGetValue(digest, out var file))
                findings.Add(FindingCode.Withheld, $"{digest} is stated as withheld, but can be read in this file", file);
            else if (!erased.ContainsKey(digest))
                findings.Add(FindingCode.Withheld, $"the document {digest} is withheld; its receipts are here", BundleLayout.CaseFile);
        }
        foreach (var (file, type) in facts.OtherDocuments)
            findings.Add(FindingCode.DocumentUnreferenced, $"the document is of type '{type}', which stands in no cover; its signature verifies, no more is judged", file);
    }
}
