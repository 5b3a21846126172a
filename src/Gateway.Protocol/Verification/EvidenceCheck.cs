using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Verification;

/// <summary>Evidence: manifest, release by two persons before sending, transfer, hand-over, disclosed content.</summary>
internal sealed class EvidenceCheck(Facts facts, TrustRing ring, CoverCheck covers, Findings findings)
{
    // The persons' and the gateway's clocks may differ by this much.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, StateProfile?> _profiles = new(StringComparer.Ordinal);
    private Dictionary<string, DateTimeOffset>? _completed;
    private HashSet<Digest>? _covers;

    public IReadOnlyList<ItemReport> All(BundleReader bundle)
    {
        var reports = new List<ItemReport>();
        var entries = new Dictionary<string, BundleEntry>(StringComparer.Ordinal);
        foreach (var entry in bundle.Entries)
            entries.TryAdd(entry.Name, entry);
        var sent = facts.Covers.SelectMany(c => c.Manifests.Select(m => (Cover: c, Manifest: m))).ToList();
        foreach (var (cover, manifest) in sent)
        {
            Sent(cover, manifest);
            if (!facts.By.Manifests.ContainsKey(manifest.Sha256))
                findings.Add(FindingCode.EvidenceIncomplete, $"the manifest of item {manifest.Document.ItemId} is not under evidence/ as it was sent", cover.File);
        }
        Named(sent.ConvertAll(s => s.Manifest));
        foreach (var item in facts.ItemManifests)
        {
            if (!facts.By.CoverOfManifest.ContainsKey(item.Sha256))
                Unsent(item);
            var disclosed = Content(bundle, entries, item);
            var manifest = item.Document;
            reports.Add(new ItemReport(manifest.ItemId, manifest.Case, manifest.ExhibitNumber, manifest.FileName, manifest.SizeBytes, manifest.Sha256, disclosed,
                Says(item, ReceiptEvent.ContentHandover)));
        }
        HandOvers();
        Unstated();
        var contents = facts.ItemManifests.Select(m => BundleLayout.EvidenceContent(m.Document.ItemId)).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in bundle.Entries.Where(e => e.Place == BundlePlace.EvidenceContent))
        {
            if (!contents.Contains(entry.Name))
                findings.Add(FindingCode.EvidenceIncomplete, "there is no manifest to compare this content with", entry.Name);
        }
        return reports;
    }

    private bool Says(Signed<Manifest> item, ReceiptEvent kind) => facts.By.ItemEvents.Contains((item.Document.ItemId, kind));

    // Every receipt about an item that was sent names the manifest that was sent.
    private void Named(IReadOnlyList<Signed<Manifest>> sent)
    {
        foreach (var item in sent.GroupBy(m => m.Document.ItemId, m => m.Sha256))
        {
            var manifests = item.ToHashSet();
            foreach (var receipt in facts.By.ReceiptsOfItem[item.Key].Where(r => manifests.Count > 1 || r.Receipt!.Subject.ManifestSha256 is not { } named || !manifests.Contains(named)))
                findings.Add(FindingCode.EvidenceManifestDiffers, $"the receipt names another manifest of item {item.Key}", receipt.File, receipt.Seq);
        }
    }

    private void Sent(CoverFact fact, Signed<Manifest> signed)
    {
        var (cover, manifest) = (fact.Cover, signed.Document);
        Judge(ring.Person(signed.Signer, cover.Sender.State, signed.SigningTime), fact.File, "signature on the manifest");
        if (manifest.Case != cover.Case)
            findings.Add(FindingCode.EvidenceManifestDiffers, $"the manifest is of case {manifest.Case}, the cover of {cover.Case}", fact.File);
        if (facts.By.CoversByMessage[manifest.Request].FirstOrDefault() is { } request && (request.Cover.Case != cover.Case || request.Request is null))
            findings.Add(FindingCode.EvidenceManifestDiffers, $"the manifest answers message {manifest.Request}, which is no request of this case", fact.File);
        Released(fact, signed);
        var arrived = covers.About(fact, ReceiptEvent.ContentConsignment).Any();
        if (arrived && !Says(signed, ReceiptEvent.ContentHandover) && !Says(signed, ReceiptEvent.ContentHandoverFailure))
            findings.Add(FindingCode.HandOverLacking, $"no receipt says that {cover.Recipient.Authority} has decrypted item {manifest.ItemId}", fact.File);
    }

    // Two different persons of an authority that may release, one proposing, one approving, before the gateway took the message.
    private void Released(CoverFact fact, Signed<Manifest> manifest)
    {
        var sent = covers.About(fact, ReceiptEvent.SubmissionAcceptance).Select(r => (DateTimeOffset?)r.Receipt!.Time).Min();
        var counted = new List<Signed<Release>>();
        var urgency = facts.By.CoversByMessage[manifest.Document.Request].FirstOrDefault()?.Request?.Document.Request.Urgency;
        foreach (var release in fact.Releases)
        {
            var (document, problem) = (release.Document, default(string));
            Judge(ring.Person(release.Signer, fact.Cover.Sender.State, release.SigningTime), fact.File, "signature on the release");
            if (document.ItemId != manifest.Document.ItemId || document.ManifestSha256 != manifest.Sha256 || document.Case != manifest.Document.Case)
                problem = "is about another item, manifest or case";
            else if (Ids.StateOf(document.Authority) != fact.Cover.Sender.State)
                problem = $"is for {document.Authority}, which is not of {fact.Cover.Sender.State}";
            else if (ReleaseRules.InRole(document, ring.RolesOf(document.Authority), urgency) is { } mayNot)
                problem = $"is worth nothing: {mayNot.Detail}";
            else if (document.Decision is ReleaseDecision.REJECT or ReleaseDecision.UPHOLD or ReleaseDecision.OBJECT)
                problem = $"says {document.Decision}";
            else if (sent is { } at && (document.Time - at > Tolerance || release.SigningTime - at > Tolerance))
                problem = $"was signed after the item was sent ({TrustRing.Show(at)})";
            else
                counted.Add(release);
            if (problem is not null)
                findings.Add(FindingCode.ReleaseLacking, $"a release by '{Name(release.Signer)}' {problem}", fact.File);
        }
        // The card that allowed it may have been replaced since.
        if (!_profiles.TryGetValue(fact.Cover.Sender.State, out var profile))
        {
            var profiles = ring.CardsOf(fact.Cover.Sender.State).Select(c => c.Signed.Card.Profile).ToList();
            _profiles[fact.Cover.Sender.State] = profile = profiles.FirstOrDefault(p => p?.LoneReleaseReviewHours is not null) ?? profiles.FirstOrDefault();
        }
        if (ReleaseRules.Check(counted.ConvertAll(c => (c.Document, c.Signer)), urgency, profile) is { } refusal)
            findings.Add(refusal.Code == RefusalCode.ReleaseTermsDiffer ? FindingCode.ReleaseTermsDiffer : FindingCode.ReleaseLacking,
                $"item {manifest.Document.ItemId} was sent without a release that one person proposed and another approved: {refusal.Detail}", fact.File);
        else if (counted.Find(c => c.Document.Decision == ReleaseDecision.ALONE) is { } alone && counted.All(c => c.Document.Decision == ReleaseDecision.ALONE))
            Reviewed(fact, alone, urgency);
    }

    // A lone release needs another person's review, within the hours that the card states. It stays with the sending State: its absence in another State's bundle proves nothing, and
    // neither does it while the hours run, or where something is withheld that may be the review.
    private void Reviewed(CoverFact fact, Signed<Release> alone, Urgency? urgency)
    {
        var state = fact.Cover.Sender.State;
        var reviews = facts.By.Reviews[(alone.Document.Id, alone.Document.ManifestSha256)].Take(FactBounds.MaxReviews).Where(r => ReleaseRules.AreTwo(r.Signer, alone.Signer)
            && r.Document.Decision is (ReleaseDecision.UPHOLD or ReleaseDecision.OBJECT) && ReleaseRules.InRole(r.Document, ring.RolesOf(r.Document.Authority), urgency) is null).ToList();
        foreach (var review in reviews)
            Judge(ring.Person(review.Signer, state, review.SigningTime), review.File, "signature on the review of a release");
        var (due, hours) = Due(state, alone.Document.Time);
        var released = $"item {alone.Document.ItemId} was released by '{Name(alone.Signer)}' alone, in an emergency, on {alone.Document.DutyJudge}";
        if (reviews.Count == 0 && facts.CaseFile is { } file && file.Exporter.State == state && file.Exported > due + Tolerance && file.Withheld.All(IsCover))
            findings.Add(FindingCode.ReviewAbsent, $"{released}; its review was due within {hours} hours, by {TrustRing.Show(due)}, and when {state} exported this on {TrustRing.Show(file.Exported)} there was none", fact.File);
        else if (reviews.Count == 0)
            findings.Add(FindingCode.ReleasedAlone, $"{released}; no review by another person is here, it was due by {TrustRing.Show(due)}", fact.File);
        if (reviews.Find(r => r.Document.Decision == ReleaseDecision.OBJECT) is { } objection)
            findings.Add(FindingCode.ReleasedAlone, $"{released}; the review by '{Name(objection.Signer)}' objects: {objection.Document.LegalBasis}", fact.File);
        if (reviews.MinBy(Signed) is { } first && Signed(first) > due + Tolerance)
            findings.Add(FindingCode.ReviewLate, $"{released}; its review by '{Name(first.Signer)}' is of {TrustRing.Show(Signed(first))} and was due within {hours} hours, by {TrustRing.Show(due)}", first.File);
    }

    // By the card in force when it was released; the hours of the gateway's own watch where none states any.
    private (DateTimeOffset Due, int Hours) Due(string state, DateTimeOffset released)
    {
        var hours = ring.CardsOf(state).Select(c => c.Signed.Card).Where(c => c.Profile?.LoneReleaseReviewHours is not null)
            .OrderBy(c => c.Issued > released).ThenBy(c => (c.Issued - released).Duration()).FirstOrDefault()?.Profile.LoneReleaseReviewHours ?? ReleaseRules.DefaultReviewHours;
        return (released.AddHours(hours), hours);
    }

    // Whoever back-dates the document is held by the signature, and the other way round.
    private static DateTimeOffset Signed(Signed<Release> review) => review.Document.Time > review.SigningTime ? review.Document.Time : review.SigningTime;

    private bool IsCover(Digest withheld) => (_covers ??= [.. facts.Receipts.Select(r => r.Receipt?.Subject.CoverSha256).OfType<Digest>()]).Contains(withheld);

    // An item attached but not sent (or sent in a cover that is withheld): its manifest is judged by itself.
    private void Unsent(Signed<Manifest> item)
    {
        if (!ring.IsPerson(item.Signer, item.SigningTime))
            findings.Add(FindingCode.SignerNotConfirmed, $"no authority for persons in any card here issued the certificate of '{Name(item.Signer)}', or it was not valid then", item.File);
        var named = facts.By.ReceiptsOfItem[item.Document.ItemId].FirstOrDefault();
        if (named is not null && named.Receipt!.Subject.ManifestSha256 != item.Sha256)
            findings.Add(FindingCode.EvidenceManifestDiffers, $"receipt {named.Seq} of {named.State} names another manifest of this item", item.File);
        else if (named is null)
            findings.Add(FindingCode.NotDelivered, $"item {item.Document.ItemId} was not sent, or the cover that announced it is not here", item.File);
    }

    private void HandOvers()
    {
        foreach (var statement in facts.HandOvers)
        {
            var document = statement.Document;
            var cover = facts.By.CoverOfManifest.GetValueOrDefault(document.ManifestSha256);
            var item = facts.By.Manifests.GetValueOrDefault(document.ManifestSha256);
            if (item is null)
            {
                if (!facts.By.Withheld.Contains(document.ManifestSha256))
                    findings.Add(FindingCode.HandOverDiffers, $"the hand-over is about a manifest of item {document.ItemId} that is not here", statement.File);
                continue;
            }
            if (document.Check(item.Document, item.Sha256) is { } refusal)
                findings.Add(FindingCode.HandOverDiffers, refusal.ToString(), statement.File);
            if (cover is not null)
                Judge(ring.Person(statement.Signer, cover.Cover.Recipient.State, statement.SigningTime), statement.File, "signature on the hand-over");
            var expected = document.Outcome == HandOverOutcome.AGREED ? ReceiptEvent.ContentHandover : ReceiptEvent.ContentHandoverFailure;
            if (!Says(item, expected) && !IsAgain(statement, item) && !IsAfterCompletion(statement))
                findings.Add(FindingCode.HandOverDiffers, $"the hand-over says {document.Outcome}, but no receipt {expected} follows from it", statement.File);
        }
    }

    // The receipt is the gateway's word that somebody decrypted the item; what that person signed is with the exporter whose gateway it is.
    private void Unstated()
    {
        // What is withheld and is no cover may be this statement.
        if (facts.CaseFile is not { } file || !file.Withheld.All(IsCover))
            return;
        var erased = facts.Erasures.Select(e => e.Document.Case).ToHashSet(StringComparer.Ordinal);
        foreach (var receipt in facts.Receipts.Where(r => r.State == file.Exporter.State && !erased.Contains(r.Case)
            && r.Receipt is { Event: ReceiptEvent.ContentHandover, Subject.ManifestSha256: { } manifest } && !facts.By.Agreed.ContainsKey(manifest)))
            findings.Add(FindingCode.HandOverLacking, $"the receipt says that item {receipt.Receipt!.Subject.Item} was decrypted; what the person signed who did it is not here", receipt.File, receipt.Seq);
    }

    // What was handed over stays so; a later reading that fails, when a disk lost something, is stated and has no receipt of its own. The first statement may be withheld: its receipt is here.
    private bool IsAgain(Signed<HandOver> statement, Signed<Manifest> item) => statement.Document.Outcome != HandOverOutcome.AGREED
        && ((facts.By.HandedOver.TryGetValue(item.Document.ItemId, out var first) && first <= Stated(statement))
            || (facts.By.Agreed.TryGetValue(item.Sha256, out var agreed) && agreed <= statement.SigningTime));

    // The chains of a closed case take no more receipts: what is decrypted only then is stated, and kept alone. A confirmation that the other side did not take closed nothing.
    private bool IsAfterCompletion(Signed<HandOver> statement)
        => (facts.By.Closed.TryGetValue(statement.Document.Case, out var closed) && closed <= Stated(statement))
            || ((_completed ??= Completed()).TryGetValue(statement.Document.Case, out var completed) && completed <= Stated(statement));

    // When a case was first completed by a confirmation that the other side took.
    private Dictionary<string, DateTimeOffset> Completed() => facts.Covers
        .Where(c => c.Act?.Document.Kind == ActKind.COMPLETED && covers.About(c, ReceiptEvent.RelayAcceptance).Any() && !covers.About(c, ReceiptEvent.ContentConsignmentFailure).Any())
        .GroupBy(c => c.Cover.Case, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Min(c => c.Cover.Created), StringComparer.Ordinal);

    // By the clock of the gateway that composed it, or that of whoever signed it.
    private static DateTimeOffset Stated(Signed<HandOver> statement) => statement.Document.Time > statement.SigningTime ? statement.Document.Time : statement.SigningTime;

    private bool Content(BundleReader bundle, Dictionary<string, BundleEntry> entries, Signed<Manifest> item)
    {
        var manifest = item.Document;
        var name = BundleLayout.EvidenceContent(manifest.ItemId);
        if (!entries.TryGetValue(name, out var entry))
            return false;
        using var digests = DigestSet.For(manifest.Digests);
        if (!bundle.Copy(entry, digests.Append))
            return true;
        var computed = digests.Finish();
        if (Digest.TryParse(computed[0].Value, out var sha256))
            facts.Digests[name] = sha256;
        if (entry.Size != manifest.SizeBytes)
            findings.Add(FindingCode.ContentDiffers, $"the content has {entry.Size} bytes, the manifest states {manifest.SizeBytes}", name);
        foreach (var own in computed.Where(c => manifest.Digests.Any(d => d.Algorithm == c.Algorithm && d.Value != c.Value)))
            findings.Add(FindingCode.ContentDiffers, $"{own.Algorithm} of the content is {own.Value}; the manifest states another", name);
        return true;
    }

    private void Judge(MarkProblem? problem, string file, string mark)
    {
        if (problem is { } p)
            findings.Add(p.Code, $"{mark}: {p.Text}", file);
    }

    private static string Name(Certificate certificate) => certificate.CommonName ?? certificate.Subject;
}
