using System.Text;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Reception;

/// <summary>
/// An officer decides about a message whose marks could not be decided. Accepted, it has the consequences that it would have had on arrival, and ContentConsignment
/// is issued; refused, ContentConsignmentFailure. The decision and its reason are recorded; the verdict is not changed by it.
/// </summary>
internal sealed class DecideMarks(Database database, CaseKeys caseKeys, KeyRing keys, PeerDirectory peers, NeedToKnow access, IssueReceipts issue, LedgerGate gate, IReadOnlyDictionary<CoverAbout, ContentReader> readers, TimeProvider clock)
{
    /// <summary>The state of a message that waits.</summary>
    public const string HeldState = "HELD";

    private const int MinReason = 10;
    private const int MaxReason = 2000;

    public static void Hold(Session s, Cover cover, Refusal why, DateTimeOffset now) => s.RunOne(
        "INSERT INTO recognition_holds (message, case_id, refusal, detail, since) VALUES ($1, $2, $3, $4, $5)", cover.Message, cover.Case, why.Code.Text(), why.Detail, now);

    public static bool Waits(Session s, string caseId) => s.Number("SELECT count(*) FROM recognition_holds WHERE case_id = $1 AND decided IS NULL", caseId) > 0;

    public async Task<Outcome<DecideMarksReply>> Run(DecideMarksRequest request, User by)
    {
        if (by.Refuse(Permission.DecideMarks) is { } notPermitted)
            return notPermitted;
        if (gate.Shut is { } shut)
            return shut;
        if (request.Reason.Trim().Length is < MinReason or > MaxReason)
            return new Refusal(RefusalCode.ArgumentNotValid, $"give the reason in {MinReason} to {MaxReason} characters", "reason");
        while (true)
        {
            var found = database.Read(s => s.One("SELECT h.case_id, h.refusal, h.detail, m.body FROM recognition_holds h JOIN messages m ON m.id = h.message WHERE h.message = $1 AND h.decided IS NULL AND m.body IS NOT NULL",
                r => new Waiting(r.GetString(0), r.GetString(1), r.GetString(2), r.Bytes(3)), request.Message));
            if (found is null || !database.Read(s => access.Sees(s, by, Permission.DecideMarks, found.CaseId)))
                return new Refusal(RefusalCode.NotFound, "no such message waits for a decision, or it is not open to you", "message");
            var seal = SignedDocument.Open(caseKeys.Open(found.CaseId, $"message:{request.Message}", found.Body)).Value;
            if (peers.ByState(Ids.StateOf(Cover.Read(seal.Content).Value.Sender.Authority)) is not { } peer)
                return new Refusal(RefusalCode.PeerUnknown, "the State that sent the message is no peer any more");
            var message = OpenedMessage.Decided(peer, seal);
            try
            {
                return request.Accept ? await Accept(message, by, request.Reason.Trim()) : await Refuse(message, by, request.Reason.Trim(), found);
            }
            catch (Exception e) when (e is ChainMovedException or CaseMovedException)
            {
                // Something else was committed in this case meanwhile: judge again on what is there now.
            }
        }
    }

    private async Task<Outcome<DecideMarksReply>> Accept(OpenedMessage message, User by, string reason)
    {
        var cover = message.Cover;
        var view = database.Read(s => (Heads: Chains.Heads(s, cover.Case, keys.State, message.Peer.State), Case: CaseRow.Find(s, cover.Case)));
        if (!readers[cover.About](message, view.Case).TryGet(out var content, out var refusal))
            return refusal;
        var subject = new ReceiptSubject(cover.Message, message.Seal.Sha256);
        var issued = issue.Sign(view.Heads, cover.Recipient.Authority, cover.Sender, [.. ReceiveMessage.Consignment(content, subject)]);
        var sealedReason = caseKeys.Seal(cover.Case, $"decision:{cover.Message}", Encoding.UTF8.GetBytes(reason));
        return await database.Write<Outcome<DecideMarksReply>>(Lane.Ordinary, s =>
        {
            if (!Decide(s, cover, by, accepted: true, sealedReason))
                return new Refusal(RefusalCode.StateConflict, "somebody else decided at the same moment", "message");
            content.Store(s);
            s.RunOne("UPDATE messages SET state = 'RECEIVED' WHERE id = $1 AND state = $2", cover.Message, HeldState);
            IssueReceipts.Append(s, cover.Case, message.Peer.State, issued);
            Events.Append(s, clock.GetUtcNow(), "message.received", cover.Case, cover.Message, $"{content.Urgency} {content.Kind} from {cover.Sender.Authority}, accepted by {by.Name}");
            return new DecideMarksReply { Message = cover.Message, CaseId = cover.Case, State = "RECEIVED" };
        });
    }

    private async Task<Outcome<DecideMarksReply>> Refuse(OpenedMessage message, User by, string reason, Waiting waiting)
    {
        var cover = message.Cover;
        var heads = database.Read(s => Chains.Heads(s, cover.Case, keys.State, message.Peer.State));
        var code = RefusalFacts.Parse(waiting.Refusal) ?? RefusalCode.SignatureUndetermined;
        var issued = issue.Sign(heads, cover.Recipient.Authority, cover.Sender, new ReceiptDraft(ReceiptEvent.ContentConsignmentFailure, new ReceiptSubject(cover.Message, message.Seal.Sha256), [code]));
        var sealedReason = caseKeys.Seal(cover.Case, $"decision:{cover.Message}", Encoding.UTF8.GetBytes(reason));
        return await database.Write<Outcome<DecideMarksReply>>(Lane.Ordinary, s =>
        {
            if (!Decide(s, cover, by, accepted: false, sealedReason))
                return new Refusal(RefusalCode.StateConflict, "somebody else decided at the same moment", "message");
            // As with every rejection the content is not kept; identity, digest and reason are.
            s.RunOne("UPDATE messages SET state = 'REJECTED', body = NULL, detail = $1 WHERE id = $2 AND state = $3", $"{code.Text()}: {waiting.Detail}", cover.Message, HeldState);
            IssueReceipts.Append(s, cover.Case, message.Peer.State, issued);
            Events.Append(s, clock.GetUtcNow(), "message.rejected", cover.Case, cover.Message, $"{code.Text()} from {cover.Sender.Authority}, refused by {by.Name}");
            return new DecideMarksReply { Message = cover.Message, CaseId = cover.Case, State = "REJECTED" };
        });
    }

    private bool Decide(Session s, Cover cover, User by, bool accepted, byte[] reason)
    {
        if (s.Run("UPDATE recognition_holds SET decided = $1, by = $2, accepted = $3, reason = $4 WHERE message = $5 AND decided IS NULL", clock.GetUtcNow(), by.Name, accepted, reason, cover.Message) != 1)
            return false;
        new AuditRecord(accepted ? "marks.accepted" : "marks.refused", by.Name, cover.Message, cover.Case).Append(s, clock.GetUtcNow());
        return true;
    }

    private sealed record Waiting(string CaseId, string Refusal, string Detail, byte[] Body);
}
