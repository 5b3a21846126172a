using Gateway.Cases;
using Gateway.Judging;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Refusals;
using Gateway.Reception;
using Gateway.Storage;

namespace Gateway.Custody;

/// <summary>
/// Custody events and records of the other side, of items that one side announced to the other. Each event continues the chain of that State; what it kept for itself shows as a gap in the numbers.
/// Records whose signature cannot be decided are set aside until an officer has decided: custodians and witnesses often stand in no card, and nothing else of the case rests on them.
/// </summary>
internal sealed class ReadCustody(Database database, CaseKeys caseKeys, PeerDirectory peers, JudgeFiles files, TimeProvider clock)
{
    public const string Kind = "CUSTODY";

    public Outcome<ReceivedContent> Read(OpenedMessage message, CaseRow? existing)
    {
        var cover = message.Cover;
        if (existing is null)
            return new Refusal(RefusalCode.NotFound, $"there is no case {cover.Case} between these States", "case");
        if (existing.State.IsFinal() && !message.WasTaken)
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {existing.State}; it takes no more custody events", "case");
        var parts = cover.In(PartRole.custody).ToList();
        if (parts.Count == 0)
            return new Refusal(RefusalCode.ManifestIncomplete, "a custody message carries at least one event or record", "parts");
        var now = clock.GetUtcNow();
        var occasion = message.Judge(existing.Kind.ToString(), now);
        var (events, verdicts) = (new List<(KeptEvent Kept, CustodyHead After)>(), new List<MarkVerdict>());
        var records = new List<KeptRecord>();
        var heads = new Dictionary<string, CustodyHead>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            if (!SignedDocument.Open(part.Content).TryGet(out var signed, out var refusal))
                return refusal;
            if (RecordForms.Find(DocumentReader.TypeOf(signed.Content)) is not null)
            {
                if (!RecordDocument.Read(signed.Content).TryGet(out var record, out refusal) || (refusal = Refuse(record, cover) ?? RecordSignatures.Refuse(record, signed.Signer)) is not null)
                    return refusal;
                verdicts.Add(JudgeMarks.Signature(signed, message.Peer.Card, files, occasion));
                records.Add(new KeptRecord(record, signed));
                continue;
            }
            if (!CustodyEvent.Read(signed.Content).TryGet(out var custody, out refusal))
                return refusal;
            if ((Refuse(custody, cover) ?? PeerDates.FarAhead(custody.Time, now, "event")) is { } no)
                return no;
            verdicts.Add(JudgeMarks.Signature(signed, message.Peer.Card, files, occasion));
            var head = heads.TryGetValue(custody.Item, out var last) ? last : database.Read(s => CustodyRows.Head(s, custody.Item, custody.State, custody.ManifestSha256));
            if (custody.Seq <= head.Seq && Known(custody, signed))
                continue;
            if (custody.Seq <= head.Seq || custody.Seq == head.Seq + 1 && custody.Previous != head.Sha256)
                return new Refusal(RefusalCode.CustodyDoesNotFit, $"event {custody.Seq} of {custody.State} does not follow event {head.Seq} of item {custody.Item}", "previous");
            events.Add((new KeptEvent(custody, signed), head));
            heads[custody.Item] = new CustodyHead(custody.Seq, signed.Sha256);
        }
        // A certificate counts when every part of it is signed by the person whom it names; half of one would stand beside the item as if it were one.
        foreach (var of in records.GroupBy(kept => kept.Record.Sha256))
        {
            if (database.Read(s => RecordRows.Unsigned(s, caseKeys, cover.Case, [.. of])) is { Count: > 0 } open)
                return new Refusal(RefusalCode.CertifierDiffers, $"the certificate comes with the signatures of all whom it names, in one message; there is none of {string.Join(" and of ", open)}", "signatures");
        }
        foreach (var of in records.GroupBy(kept => kept.Record.Item!))
        {
            if (database.Read(s => RecordRows.Room(s, of.Key, [.. of], cover.Message)) is { } full)
                return full;
        }
        var marks = DecidingMarks.Of(verdicts, occasion.Judged, message, existing.Urgency);
        if (marks.Rejects is { } mark)
            return mark;
        // The same once more would wait beside what waits: one message of it is enough for the officer who decides.
        if (marks.Holds is not null && records.Count > 0 && database.Read(s => records.TrueForAll(kept => RecordRows.Waits(s, kept, cover.Message))))
            return new Refusal(RefusalCode.WaitForEarlierMessage, "these records wait already for an officer's decision about their signatures", "parts");
        return new ReceivedContent(Kind, existing.Urgency, Consigned: true, ClosesCase: false, s =>
        {
            Store(s, events, now);
            Store(s, cover.Case, records, now);
        })
        {
            Held = marks.Holds,
            // An event that waits keeps what follows waiting: the numbers of its chain do not go back.
            SetAside = records.Count > 0 && parts.Count == records.Count ? s => RecordRows.SetAside(s, cover, records) : null,
            Recognitions = occasion.Judged,
        };
    }

    private Refusal? Refuse(CustodyEvent custody, Cover cover)
    {
        if (custody.Case != cover.Case || custody.State != cover.Sender.State)
            return new Refusal(RefusalCode.CoverRouting, "the event is of another case or State than the cover", "case");
        if (!custody.Rule.Travels)
            return new Refusal(RefusalCode.DocumentValue, $"{custody.Event} does not travel", "event");
        if (database.Read(s => CustodyItem.Find(s, caseKeys, custody.Item)) is not { } item || item.CaseId != cover.Case || item.ManifestSha256 != custody.ManifestSha256)
            return new Refusal(RefusalCode.ManifestMismatch, $"no item {custody.Item} with this manifest belongs to the case", "item");
        return custody.RecordedBy.Name == CustodyEvent.Gateway
            ? new Refusal(RefusalCode.MarkSignerUnknown, "what a gateway recorded does not travel: its receipts and documents do", "recordedBy")
            : CustodyRules.InRole(custody, CustodyAccess.RolesOf(peers, custody.RecordedBy.Authority));
    }

    // Records of what the other side sent to us: what it says of its own items.
    private Refusal? Refuse(RecordDocument record, Cover cover) => database.Read(s =>
    {
        if (record.Item is not { } id || CustodyItem.Find(s, caseKeys, id) is not { Received: true } item || item.CaseId != cover.Case)
            return new Refusal(RefusalCode.ManifestMismatch, $"no item {record.Item} of the sender belongs to the case", "item");
        return record.Check(item.Manifest);
    });

    // The same again, after the other side lost its database.
    private bool Known(CustodyEvent custody, SignedDocument signed)
        => database.Read(s => s.Number("SELECT count(*) FROM custody_events WHERE item = $1 AND state = $2 AND seq = $3 AND sha256 = $4", custody.Item, custody.State, custody.Seq, signed.Sha256)) > 0;

    private void Store(Session s, string caseId, List<KeptRecord> records, DateTimeOffset now)
    {
        // Others may have been brought here, or erased, since it was judged.
        if (records.GroupBy(kept => kept.Record.Sha256).Any(of => RecordRows.Unsigned(s, caseKeys, caseId, [.. of]).Count > 0) || records.GroupBy(kept => kept.Record.Item!).Any(of => RecordRows.Room(s, of.Key, [.. of]) is not null))
            throw new CaseMovedException();
        foreach (var kept in records)
        {
            var item = kept.Record.Item!;
            RecordRows.Append(s, caseKeys, caseId, item, kept, tell: false);
            Events.Append(s, now, "item.record", caseId, item, $"{kept.Record.Form.Type} signed by {kept.Signed.Signer.CommonName ?? kept.Signed.Signer.Subject}");
        }
    }

    private void Store(Session s, List<(KeptEvent Kept, CustodyHead After)> events, DateTimeOffset now)
    {
        foreach (var (kept, after) in events)
        {
            try
            {
                CustodyRows.Append(s, caseKeys, kept, after, tell: false);
            }
            catch (CustodyMovedException)
            {
                throw new CaseMovedException();
            }
            Events.Append(s, now, "item.custody", kept.Event.Case, kept.Event.Item, $"{kept.Event.Event} by {kept.Event.RecordedBy.Authority}");
        }
    }
}
