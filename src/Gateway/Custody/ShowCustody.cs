using Gateway.Access;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Custody;

/// <summary>The call <c>Operator.FetchCustody</c>: the signed manifest, every signed event and every signed record of an item, ours and those of the other side; and which records wait for a decision about a signature.</summary>
internal sealed class ShowCustody(Database database, CaseKeys caseKeys, NeedToKnow access)
{
    public Outcome<FetchCustodyReply> Run(FetchCustodyRequest request, User by) => database.Read<Outcome<FetchCustodyReply>>(s =>
    {
        if (CustodyItem.Find(s, caseKeys, request.Item) is not { } item)
            return by.Refuse(Permission.ReadReceipts) ?? CustodyAccess.NoItem;
        if (CustodyAccess.Refuse(s, caseKeys, access, item, by) is { } notPermitted)
            return notPermitted;
        var reply = new FetchCustodyReply { Manifest = UnsafeByteOperations.UnsafeWrap(item.SignedManifest), CaseId = item.CaseId };
        if (item.Manifest.ParentItem is { } parent)
            reply.ParentExhibit = s.One("SELECT coalesce(exhibit, '') FROM items WHERE id = $1 AND case_id = $2", row => row.GetString(0), parent, item.CaseId) ?? "";
        reply.Events.AddRange(CustodyRows.Of(s, caseKeys, item.CaseId, item.Id).Select(kept => UnsafeByteOperations.UnsafeWrap(kept.Signed.Der)));
        reply.Records.AddRange(RecordRows.Of(s, caseKeys, item.CaseId, item.Id).Select(kept => UnsafeByteOperations.UnsafeWrap(kept.Signed.Der)));
        reply.Waiting.AddRange(RecordRows.Held(s, item.Id).Select(held => new WaitingRecord { Message = held.Message, Type = held.Type, Sha256 = held.Record.ToString(), Signatures = (uint)held.Signatures, Held = held.Why }));
        return reply;
    });
}
