using Gateway.Access;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Reception;

/// <summary>An officer decides about a message whose marks could not be decided. The decision and its reason are recorded; the verdict is not changed by it.</summary>
internal sealed class DecideMarks(Database database, CaseKeys caseKeys, PeerDirectory peers, NeedToKnow access, SettleHeld settle, LedgerGate gate, TimeProvider clock)
{
    private const int MinReason = 10;
    private const int MaxReason = 2000;

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
            var found = database.Read(s => HeldMessage.Find(s, request.Message));
            if (found is null || !database.Read(s => access.Sees(s, by, Permission.DecideMarks, found.CaseId)) || found.Seal(caseKeys) is not { } seal)
                return new Refusal(RefusalCode.NotFound, "no such message waits for a decision, or it is not open to you", "message");
            if (database.Read(s => access.RefuseDeciding(s, by, found.CaseId)) is { } elsewhere)
                return elsewhere;
            if (peers.ByState(Ids.StateOf(Cover.Read(seal.Content).Value.Sender.Authority)) is not { } peer)
                return new Refusal(RefusalCode.PeerUnknown, "the State that sent the message is no peer any more");
            if (request.Accept && peer.RefuseAt(clock.GetUtcNow()) is { } blocked)
                return blocked;
            try
            {
                return await Settle(OpenedMessage.Decided(peer, seal, database.Read(s => found.Accepted(s, peers.OwnCard.Card.State))?.Time), request, by, found);
            }
            catch (Exception e) when (e is ChainMovedException or CaseMovedException)
            {
                // Something else was committed in this case meanwhile: judge again on what is there now.
            }
        }
    }

    private async Task<Outcome<DecideMarksReply>> Settle(OpenedMessage message, DecideMarksRequest request, User by, HeldMessage found)
    {
        var settlement = new Settlement(by.Name, request.Accept, request.Accept ? "marks.accepted" : "marks.refused", request.Reason.Trim());
        var (heads, read) = settle.Read(message);
        if (request.Accept && !read.Succeeded)
            return read.Refusal;
        var done = request.Accept
            ? await settle.Accept(message, heads, read.Value, settlement)
            : await settle.Refuse(message, heads, RefusalFacts.Parse(found.Code) ?? RefusalCode.SignatureUndetermined, found.Detail, settlement);
        return done
            ? new DecideMarksReply { Message = found.Message, CaseId = found.CaseId, State = request.Accept ? "RECEIVED" : "REJECTED" }
            : new Refusal(RefusalCode.StateConflict, "somebody else decided at the same moment", "message");
    }
}
