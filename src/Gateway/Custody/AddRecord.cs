using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Judging;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Records;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Custody;

/// <summary>
/// The call <c>Operator.AddRecord</c>: a certificate, copying record or report is kept with its item, with the signature of each person over it. Who brings it need not be
/// who signed it. Of an item that we send it goes to the other side behind the item's announcement.
/// </summary>
internal sealed class AddRecord(Database database, CaseKeys caseKeys, PeerDirectory peers, NeedToKnow access, TimeProvider clock)
{
    public async Task<Outcome<AddRecordReply>> Run(AddRecordRequest request, User by)
    {
        if (!Read(request).TryGet(out var records, out var refusal))
            return refusal;
        if (!database.Read(s => Find(s, request.Item, records, by)).TryGet(out var found, out refusal))
            return refusal;
        return found.More.Count == 0 ? Reply(found, records) : await database.Write<Outcome<AddRecordReply>>(Lane.Ordinary, s => Store(s, request.Item, records, by));
    }

    // Judged again on what is there now: another signature, or an erasure, may have come between.
    private Outcome<AddRecordReply> Store(Session s, string id, List<KeptRecord> records, User by)
    {
        if (!Find(s, id, records, by).TryGet(out var found, out var refusal))
            return refusal;
        var ((item, more, count), record, now) = (found, records[0].Record, clock.GetUtcNow());
        foreach (var one in more)
            RecordRows.Append(s, caseKeys, item.CaseId, item.Id, one, tell: !item.Received);
        if (more.Count > 0)
        {
            new AuditRecord("item.record", by.Name, item.Id, item.CaseId, record.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, "item.record", item.CaseId, item.Id, $"{record.Form.Type} with {count} signatures");
        }
        return Reply(found, records);
    }

    private static AddRecordReply Reply((CustodyItem Item, List<KeptRecord> More, int Count) found, List<KeptRecord> records)
        => new() { Sha256 = records[0].Record.Sha256.ToString(), Signatures = (uint)found.Count, Travels = !found.Item.Received };

    // The item, the signatures that are not kept yet, and how many there are then.
    private Outcome<(CustodyItem Item, List<KeptRecord> More, int Count)> Find(Session s, string id, List<KeptRecord> records, User by)
    {
        if (CustodyItem.Find(s, caseKeys, id) is not { } item)
            return by.Refuse(Permission.ReadReceipts) ?? CustodyAccess.NoItem;
        if (CustodyAccess.Refuse(s, caseKeys, access, item, by) is { } notPermitted)
            return notPermitted;
        if (!CustodyRules.Writers.Any(by.Roles.Contains))
            return new Refusal(RefusalCode.RoleMissing, $"records are brought by {string.Join(", ", CustodyRules.Writers)}", "item");
        var record = records[0].Record;
        if (record.Check(item.Manifest) is { } misfit)
            return misfit;
        var known = RecordRows.Of(s, caseKeys, item.CaseId, id, record.Sha256);
        // Copied in our State, by our State's rule; what is kept already met the rule of its day.
        if (known.Count == 0 && record.CheckParticipants(peers.OwnCard.Card.State, peers.OwnCard.Card.Profile.CopyingParticipants) is { } lacking)
            return lacking;
        // The same signature again is no second one.
        var more = records.FindAll(one => known.TrueForAll(kept => kept.Signed.Sha256 != one.Signed.Sha256));
        if (more.Find(one => known.Exists(kept => kept.Signed.Signer.SpkiSha256 == one.Signed.Signer.SpkiSha256)) is { } twice)
            return new Refusal(RefusalCode.SamePersonTwice, $"'{twice.Signed.Signer.CommonName ?? twice.Signed.Signer.Subject}' has signed this record already", "signatures");
        // A certificate is brought when every part of it is signed by the person whom it names.
        if (RecordSignatures.Unsigned(record, [.. known.Concat(more).Select(one => one.Signed.Signer)]) is { Count: > 0 } open)
            return new Refusal(RefusalCode.CertifierDiffers, $"no signature is there of {string.Join(" and of ", open)}", "signatures");
        return RecordRows.Room(s, id, more) is { } full ? full : (item, more, known.Count + more.Count);
    }

    private Outcome<List<KeptRecord>> Read(AddRecordRequest request)
    {
        if (request.Signatures.Count is 0 or > RecordRows.MaxSignatures)
            return new Refusal(RefusalCode.ArgumentNotValid, $"expected one to {RecordRows.MaxSignatures} signed copies of one record", "signatures");
        var records = new List<KeptRecord>();
        foreach (var der in request.Signatures)
        {
            if (!KeptRecord.Read(der.ToByteArray()).TryGet(out var kept, out var refusal))
                return refusal;
            if (records.Count > 0 && kept.Record.Sha256 != records[0].Record.Sha256)
                return new Refusal(RefusalCode.StateConflict, "the signatures are over different bytes", "signatures");
            if (records.Exists(one => one.Signed.Signer.SpkiSha256 == kept.Signed.Signer.SpkiSha256))
                return new Refusal(RefusalCode.SamePersonTwice, "one person's signature is there twice", "signatures");
            if (RecordSignatures.Refuse(kept.Record, kept.Signed.Signer) is { } stranger)
                return stranger;
            // What is certainly no person's signature the other side would reject. Whom our card does not explain, it judges.
            if (JudgeMarks.Signature(kept.Signed, peers.OwnCard.Card) is { Refusal: { } bad, IsUndetermined: false })
                return bad;
            records.Add(kept);
        }
        return records;
    }
}
