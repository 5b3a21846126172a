using System.Collections.Concurrent;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Paper;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Records;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Verification;

/// <summary>Reads each file by itself: mark, signature, document, and that it is what its name says. Called by several threads.</summary>
internal sealed class FileReading(BundleReader bundle, Facts facts, Findings findings, BundleLimits limits)
{
    // By the order of the archive, so that the same bundle gives the same report.
    private readonly HashSet<string> _cardsBeyond = CardsBeyond(bundle, findings, limits);

    private readonly ConcurrentDictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Party, Party> _parties = new();

    public void Read(BundleEntry entry)
    {
        if (bundle.Read(entry) is not { } bytes)
            return;
        var sha256 = Digest.Of(bytes);
        facts.Add(entry.Name, sha256);
        switch (entry.Place)
        {
            case BundlePlace.Receipt:
                ReadReceipt(entry, bytes, sha256);
                break;
            case BundlePlace.Document:
                ReadDocument(entry, bytes, sha256);
                break;
            case BundlePlace.EvidenceManifest:
                if (Signed(entry.Name, bytes, Manifest.Read, FindingCode.DocumentMarkBroken, FindingCode.DocumentUnreadable, sha256: sha256) is { } manifest)
                {
                    if (manifest.Document.ItemId != BundleLayout.Owner(entry.Name))
                        findings.Add(FindingCode.EvidenceManifestDiffers, $"the manifest is of item {manifest.Document.ItemId}", entry.Name);
                    else
                        facts.Add(f => f.ItemManifests.Add(manifest));
                }
                break;
            case BundlePlace.PeerCard:
                if (!_cardsBeyond.Contains(entry.Name))
                    ReadCard(entry, bytes);
                break;
            case BundlePlace.TrustPem:
                facts.Add(f => f.TrustPems[entry.Name] = sha256);
                break;
            case BundlePlace.CaseFile:
                if (CaseFile.Read(bytes).TryGet(out var caseFile, out var refusal))
                    facts.CaseFile = caseFile;
                else
                    findings.Add(FindingCode.CaseFileUnreadable, refusal.ToString(), entry.Name);
                break;
            case BundlePlace.Checkpoint:
                if (SignedNote.Read(bytes).TryGet(out var note, out var noNote))
                    facts.Add(f => f.Checkpoints.Add(new CheckpointFact(entry.Name, BundleLayout.Owner(entry.Name), note)));
                else
                    findings.Add(FindingCode.CheckpointBroken, noNote.ToString(), entry.Name);
                break;
            case BundlePlace.LogConflict:
                ReadConflict(entry, bytes);
                break;
            case BundlePlace.LogProof or BundlePlace.StampedLeaf:
                ReadProof(entry, bytes);
                break;
            case BundlePlace.LogGrowth:
                ReadGrowth(entry, bytes);
                break;
            case BundlePlace.LogPolicy:
                if (TlogPolicy.Read(bytes).TryGet(out var policy, out var noPolicy))
                    facts.Add(f => f.Policies.Add((entry.Name, BundleLayout.Owner(entry.Name), policy)));
                else
                    findings.Add(FindingCode.PolicyDiffers, noPolicy.ToString(), entry.Name);
                break;
            case BundlePlace.TimeStamp or BundlePlace.StampedCheckpoint or BundlePlace.StampGrowth:
                ReadStamp(entry, bytes);
                break;
            case BundlePlace.Recognition:
                // Whether it is a report, and says what the engine says, is for the check that brings the engine.
                if (BundleLayout.DigestOf(entry.Name, BundleLayout.ReportExtension) != sha256)
                    findings.Add(FindingCode.VerdictUnreadable, $"the content has the SHA-256 {sha256}", entry.Name);
                break;
            case BundlePlace.RecognitionRecord:
                if (VerdictRecord.Read(bytes).TryGet(out var record, out var noRecord) && BundleLayout.RecognitionRecord(record.Report) == entry.Name)
                    facts.Add(f => f.VerdictRecords.Add(new VerdictRecordFact(entry.Name, record, sha256)));
                else
                    findings.Add(FindingCode.VerdictUnreadable, noRecord?.ToString() ?? "the record is about another report", entry.Name);
                break;
            case BundlePlace.TrustMaterial:
                if (BundleLayout.MaterialOf(entry.Name) != sha256)
                    findings.Add(FindingCode.VerdictMaterialChanged, $"the content has the SHA-256 {sha256}: it is not what the verdicts rest on", entry.Name);
                break;
            case BundlePlace.Erasure:
                ReadErasure(entry, bytes, sha256);
                break;
            case BundlePlace.Unknown:
                findings.Add(FindingCode.PlaceUnknown, "this version knows no file at this place; it is listed and hashed, but not judged", entry.Name);
                break;
            case BundlePlace.Manifest or BundlePlace.ManifestSeal or BundlePlace.Readme or BundlePlace.EvidenceContent:
                break;
        }
    }

    private static HashSet<string> CardsBeyond(BundleReader bundle, Findings findings, BundleLimits limits)
    {
        var (beyond, held) = (new HashSet<string>(StringComparer.Ordinal), 0L);
        foreach (var card in bundle.Entries.Where(e => e.Place == BundlePlace.PeerCard))
        {
            held += card.Size;
            if (held <= limits.MaxHeldBytes)
                continue;
            if (beyond.Count == 0)
                findings.Add(FindingCode.LimitExceeded, $"the cards have more than {limits.MaxHeldBytes} bytes; from this one on they are not judged", card.Name);
            beyond.Add(card.Name);
        }
        return beyond;
    }

    private void ReadReceipt(BundleEntry entry, byte[] bytes, Digest sha256)
    {
        var (caseId, state, seq) = BundleLayout.ReceiptOf(entry.Name);
        var signed = Signed(entry.Name, bytes, Receipt.Read, FindingCode.ReceiptMarkBroken, FindingCode.ReceiptUnreadable, sha256: sha256);
        if (signed?.Document is { } receipt && (receipt.Case != caseId || receipt.Issuer.State != state || receipt.Seq != seq))
        {
            findings.Add(FindingCode.ReceiptMisplaced, $"the file holds receipt {receipt.Seq} of {receipt.Issuer.State} in {receipt.Case ?? "no case"}", entry.Name, seq);
            signed = null;
        }
        var kept = signed?.Document is { } read ? read with { Case = Shared(read.Case!), Issuer = Shared(read.Issuer), Peer = Shared(read.Peer) } : null;
        facts.Add(new ReceiptFact(entry.Name, Shared(caseId), Shared(state), seq, sha256, kept, signed?.Signer, signed?.SigningTime ?? default));
    }

    // The receipts of a case repeat its name and its parties: held once, a long chain costs a third less memory, and less work for the collector.
    private string Shared(string text) => _texts.GetOrAdd(text, text);

    private Party Shared(Party party) => _parties.GetOrAdd(party, party);

    // Whether the path leads from one of the possible leaves to the root that the note states; who signed the note is asked later, once per note.
    private void ReadProof(BundleEntry entry, byte[] bytes)
    {
        var digest = BundleLayout.LeafOf(entry.Name)!.Value;
        if (!TlogProof.Read(bytes).TryGet(out var proof, out var refusal) || !Checkpoint.Read(proof.Checkpoint.Text).TryGet(out var checkpoint, out refusal))
        {
            findings.Add(FindingCode.ProofBroken, refusal.ToString(), entry.Name);
            return;
        }
        if (entry.Place == BundlePlace.LogProof)
            facts.Add(f => f.LogRanges.Add(BundleLayout.Owner(entry.Name), checkpoint.Origin, proof.Index));
        LeafKind? proved = null;
        foreach (var kind in (LeafKind[])[LeafKind.receipt, LeafKind.received, LeafKind.audit, LeafKind.erasure, LeafKind.anchor, LeafKind.custody, LeafKind.epoch])
        {
            if (InclusionProof.Verify(new LogLeaf(kind, digest).Hash, (ulong)proof.Index, (ulong)checkpoint.Size, proof.Path, checkpoint.Root))
                proved = kind;
        }
        if (proved is not { } leaf)
        {
            findings.Add(FindingCode.ProofBroken, $"the path does not lead from a leaf with this digest at index {proof.Index} to the root of {checkpoint.Origin} at size {checkpoint.Size}", entry.Name);
            return;
        }
        var note = Digest.Of(proof.Checkpoint.Bytes.Span);
        // Nothing protects what a proof carries beside it but the digest in its leaf.
        var followed = leaf == LeafKind.epoch && proof.Extra is { } extra && Digest.Of(extra.Span) == digest && SignedNote.Read(extra) is { Succeeded: true, Value: var ended } ? ended : null;
        facts.Add(f =>
        {
            Keep(f, note, proof.Checkpoint);
            (entry.Place == BundlePlace.LogProof ? f.Proofs : f.StampedLeaves).Add(new ProofFact(entry.Name, BundleLayout.Owner(entry.Name), digest, leaf, proof.Index, note) { Followed = followed });
        });
    }

    // Many proofs carry the same note; it is kept once. With too many different ones nothing is proved (FactBounds).
    private void Keep(Facts kept, Digest digest, SignedNote note)
    {
        if (kept.NoteBytes <= limits.MaxHeldBytes && kept.Notes.TryAdd(digest, note))
            kept.NoteBytes += note.Bytes.Length;
    }

    private void ReadGrowth(BundleEntry entry, byte[] bytes)
    {
        if (CheckpointSubmission.Read(bytes) is not { } way || !SignedNote.Read(way.Note).TryGet(out var later, out _))
        {
            findings.Add(FindingCode.GrowthBroken, "the proof of growth cannot be read", entry.Name);
            return;
        }
        var (note, kept) = (Digest.Of(way.Note.Span), false);
        facts.Add(f =>
        {
            if (!(kept = f.Growths.Count < LogGrowth.MaxFiles))
                return;
            Keep(f, note, later);
            // The note is held once, not in each file that leads to it.
            f.Growths.Add(new GrowthFact(entry.Name, BundleLayout.Owner(entry.Name), way with { Note = ReadOnlyMemory<byte>.Empty }, note));
        });
        if (!kept)
            findings.Add(FindingCode.LimitExceeded, $"more than {LogGrowth.MaxFiles} files of growth are not judged", entry.Name);
    }

    // What belongs to a stamped checkpoint is judged together, later; a bounded number of such files is kept until then.
    private void ReadStamp(BundleEntry entry, byte[] bytes)
    {
        var kept = false;
        facts.Add(f =>
        {
            // Zeros cost nothing in a ZIP, and are held here as they are.
            if (kept = f.Stamps.Count < StampCheck.MaxFiles && f.StampBytes + bytes.Length <= limits.MaxHeldBytes)
            {
                f.Stamps.Add(new StampFact(entry.Name, entry.Place, bytes));
                f.StampBytes += bytes.Length;
            }
        });
        if (!kept)
            findings.Add(FindingCode.LimitExceeded, $"more than {StampCheck.MaxFiles} files of time-stamps, or {limits.MaxHeldBytes} bytes of them, are not judged", entry.Name);
    }

    private void ReadConflict(BundleEntry entry, byte[] bytes)
    {
        if (!SignedNote.Read(bytes).TryGet(out var note, out var refusal))
        {
            findings.Add(FindingCode.CheckpointBroken, refusal.ToString(), entry.Name);
            return;
        }
        var kept = false;
        facts.Add(f =>
        {
            if (kept = f.LogConflicts.Count < LogConflictCheck.MaxFiles)
                f.LogConflicts.Add(new CheckpointFact(entry.Name, BundleLayout.Owner(entry.Name), note));
        });
        if (!kept)
            findings.Add(FindingCode.LimitExceeded, $"more than {LogConflictCheck.MaxFiles} files of contradictions are not judged", entry.Name);
    }

    private void ReadErasure(BundleEntry entry, byte[] bytes, Digest sha256)
    {
        if (BundleLayout.DigestOf(entry.Name) != sha256)
            findings.Add(FindingCode.DocumentMisnamed, $"the content has the SHA-256 {sha256}", entry.Name);
        else if (Signed(entry.Name, bytes, Erasure.Read, FindingCode.ErasureBroken, FindingCode.ErasureBroken, sha256: sha256) is { } erasure)
            facts.Add(f => f.Erasures.Add(erasure));
    }

    private void ReadDocument(BundleEntry entry, byte[] bytes, Digest sha256)
    {
        if (BundleLayout.DigestOf(entry.Name) != sha256)
        {
            findings.Add(FindingCode.DocumentMisnamed, $"the content has the SHA-256 {sha256}", entry.Name);
            return;
        }
        facts.Add(f => f.Documents.Add(sha256));
        if (!SignedDocument.Open(bytes, sha256).TryGet(out var signed, out var refusal))
        {
            findings.Add(FindingCode.DocumentMarkBroken, refusal.ToString(), entry.Name);
            return;
        }
        switch (DocumentReader.TypeOf(signed.Content))
        {
            case Cover.Type:
                if (Cover.Read(signed.Content).TryGet(out var cover, out var unreadable))
                {
                    var fact = Parts(new CoverFact(entry.Name, sha256, cover, signed.Signer, signed.SigningTime));
                    facts.Add(f => f.Covers.Add(fact));
                }
                else
                    findings.Add(unreadable.Code == RefusalCode.CoverPart ? FindingCode.PartBroken : FindingCode.DocumentUnreadable, unreadable.ToString(), entry.Name);
                break;
            case "handOver":
                if (Read(signed, entry.Name, HandOver.Read, FindingCode.DocumentUnreadable) is { } handOver)
                    facts.Add(f => f.HandOvers.Add(handOver));
                break;
            // Told to nobody: the case was closed when the original came.
            case Act.Type:
                if (Read(signed, entry.Name, Act.Read, FindingCode.DocumentUnreadable) is not { } kept)
                    break;
                if (kept.Document.Kind == ActKind.ORIGINAL_RECEIVED)
                    facts.Add(f => f.LateOriginals.Add(kept));
                else
                    facts.Add(f => f.OtherDocuments.Add((entry.Name, Act.Type)));
                break;
            case "release":
                if (Read(signed, entry.Name, Release.Read, FindingCode.DocumentUnreadable) is { } review)
                    facts.Add(f => f.Reviews.Add(review));
                break;
            case CustodyEvent.Type:
                if (Read(signed, entry.Name, CustodyEvent.Read, FindingCode.DocumentUnreadable) is { } custody)
                    facts.Add(f => f.Custody.Add(custody));
                break;
            case { } type when RecordForms.Find(type) is not null:
                if (Read(signed, entry.Name, RecordDocument.Read, FindingCode.DocumentUnreadable) is { } record)
                    facts.Add(f => f.Records.Add(record));
                break;
            case Receipt.Type:
                if (Read(signed, entry.Name, Receipt.Read, FindingCode.DocumentUnreadable) is { } second)
                    facts.Add(f => f.SecondReceipts.Add(second));
                break;
            case ErasureDecision.Type:
                if (Read(signed, entry.Name, ErasureDecision.Read, FindingCode.DocumentUnreadable) is { } decision)
                    facts.Add(f => f.ErasureDecisions.Add(decision));
                break;
            case var type:
                facts.Add(f => f.OtherDocuments.Add((entry.Name, type ?? "unknown")));
                break;
        }
    }

    private CoverFact Parts(CoverFact fact)
    {
        var file = fact.File;
        Signed<T>? Part<T>(Part part, Func<ReadOnlyMemory<byte>, Outcome<T>> read)
            => Signed($"{file}#{part.Role}", part.Content, read, FindingCode.PartBroken, FindingCode.PartBroken, file);
        List<Signed<T>> All<T>(PartRole role, Func<ReadOnlyMemory<byte>, Outcome<T>> read) => [.. fact.Cover.In(role).Select(p => Part(p, read)).OfType<Signed<T>>()];

        var (role, least) = fact.Cover.About switch
        {
            CoverAbout.REQUEST => (PartRole.request, 0),
            CoverAbout.ACT => (PartRole.act, 0),
            CoverAbout.EVIDENCE => fact.Cover.In(PartRole.shipment).Any() ? (PartRole.shipment, 0) : fact.Cover.In(PartRole.loss).Any() ? (PartRole.loss, 0) : (PartRole.manifest, 1),
            CoverAbout.CUSTODY => (PartRole.custody, 0),
            CoverAbout.PAPER => (PartRole.paper, 0),
        };
        if (fact.Cover.About == CoverAbout.CUSTODY)
            Custody(fact);
        else if (fact.Cover.In(role).Count() != 1 || fact.Cover.In(PartRole.release).Count() < least)
            findings.Add(FindingCode.PartBroken, $"a cover about {fact.Cover.About} holds exactly one part '{role}'{(least > 0 ? " and its release" : "")}", file);
        var entered = fact.Cover.About == CoverAbout.PAPER && fact.Cover.In(PartRole.paper).FirstOrDefault() is { } paperPart
            && SignedDocument.Open(paperPart.Content) is { Succeeded: true, Value: var paperSigned } && DocumentReader.TypeOf(paperSigned.Content) == PaperRequest.Type;
        return fact with
        {
            // Contents are dropped: memory holds what the story needs, not the documents.
            Cover = fact.Cover with { Parts = [.. fact.Cover.Parts.Select(p => p with { Content = [] })] },
            Request = All(PartRole.request, bytes => Request.Read(bytes).Then<RequestFact>(r => RequestFact.Of(r))) is [var request, ..] ? request : null,
            Act = All(PartRole.act, Act.Read) is [var act, ..] ? act : null,
            Stamps = All(PartRole.stamp, Stamp.Read),
            Manifests = All(PartRole.manifest, Manifest.Read),
            Releases = All(PartRole.release, Release.Read),
            Shipments = All(PartRole.shipment, Shipment.Read),
            Losses = All(PartRole.loss, Loss.Read),
            Paper = !entered && All(PartRole.paper, PaperRecord.Read) is [var paper, ..] ? paper : null,
            Entered = entered && All(PartRole.paper, PaperRequest.Read) is [var asked, ..] ? asked : null,
        };
    }

    private void Custody(CoverFact fact)
    {
        var parts = fact.Cover.In(PartRole.custody).ToList();
        if (parts.Count == 0)
            findings.Add(FindingCode.PartBroken, "a cover about CUSTODY holds at least one part 'custody'", fact.File);
        foreach (var part in parts)
        {
            if (SignedDocument.Open(part.Content) is { Succeeded: true, Value: var signed } && RecordForms.Find(DocumentReader.TypeOf(signed.Content)) is not null)
            {
                if (Read(signed, $"{fact.File}#{part.Role}", RecordDocument.Read, FindingCode.PartBroken, fact.File) is { } record)
                    facts.Add(f => f.Records.Add(record));
            }
            else if (Signed($"{fact.File}#{part.Role}", part.Content, CustodyEvent.Read, FindingCode.PartBroken, FindingCode.PartBroken, fact.File) is { } custody)
                facts.Add(f => f.Custody.Add(custody));
        }
    }

    private void ReadCard(BundleEntry entry, byte[] bytes)
    {
        if (!SignedCard.Open(bytes).TryGet(out var card, out var refusal))
            findings.Add(FindingCode.CardBroken, refusal.ToString(), entry.Name);
        else if (BundleLayout.Card(card.Card.State, card.Card.Version) != entry.Name)
            findings.Add(FindingCode.CardBroken, $"the file holds version {card.Card.Version} of the card of {card.Card.State}", entry.Name);
        else
        {
            var signer = SignedDocument.Open(bytes).Value.Signer;
            facts.Add(f => f.Cards.Add(new CardFact(card, signer, entry.Name)));
        }
    }

    private Signed<T>? Signed<T>(string name, byte[] bytes, Func<ReadOnlyMemory<byte>, Outcome<T>> read, FindingCode mark, FindingCode unreadable, string? file = null, Digest? sha256 = null)
    {
        if (SignedDocument.Open(bytes, sha256).TryGet(out var signed, out var refusal))
            return Read(signed, name, read, unreadable, file);
        findings.Add(mark, file is null ? refusal.ToString() : $"{name[(file.Length + 1)..]}: {refusal}", file ?? name);
        return null;
    }

    private Signed<T>? Read<T>(SignedDocument signed, string name, Func<ReadOnlyMemory<byte>, Outcome<T>> read, FindingCode unreadable, string? file = null)
    {
        if (read(signed.Content).TryGet(out var document, out var refusal))
            return new Signed<T>(document, signed.Sha256, signed.Signer, signed.SigningTime, file ?? name);
        findings.Add(unreadable, file is null ? refusal.ToString() : $"{name[(file.Length + 1)..]}: {refusal}", file ?? name);
        return null;
    }
}
