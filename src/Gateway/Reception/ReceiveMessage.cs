using Gateway.Cases;
using Gateway.Keys;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Reception;

/// <summary>
/// Takes a message from a peer: opens it, judges it, and commits message, receipts, log leaves and what the content leads to in
/// one transaction before the answer is written. A process killed before the flush has received nothing; after it, a retry of
/// the peer finds the same receipts, byte for byte.
/// </summary>
internal sealed class ReceiveMessage(
    Database database,
    CaseKeys caseKeys,
    KeyRing keys,
    AcceptReceipts accept,
    IssueReceipts issue,
    RejectMessage reject,
    LedgerGate gate,
    FreeSpace space,
    IReadOnlyDictionary<CoverAbout, ContentReader> readers,
    TimeProvider clock,
    ILogger<ReceiveMessage> log)
{
    // Receipts of ours for which a chain keeps room, so that a peer who fills it cannot keep us from closing the case.
    private const int KeptForTheEnd = 1000;

    /// <summary>Raised when a message was committed that waits for a decision about its marks.</summary>
    public event Action? Held;

    public async Task<ReceptionReply> Receive(ArrivedMessage arrived, IReadOnlyList<ReadOnlyMemory<byte>> receipts, long nextExpected)
    {
        var reply = await Judge(arrived, receipts, nextExpected);
        var code = reply.Rejection?.Code.Text() ?? "";
        var became = reply.Duplicate ? "duplicate" : reply.Rejection is null ? "accepted" : "rejected";
        if (reply.Rejection is null)
            log.LogInformation("{Became} {Message} in {Case} from {Sender}", became, arrived.Message, arrived.CaseId, arrived.Sender);
        else
            log.LogWarning("{Became} {Message} in {Case} from {Peer}: {Refusal}", became, Ids.IsId(arrived.Message) ? arrived.Message : "", Ids.IsCase(arrived.CaseId) ? arrived.CaseId : "", arrived.Peer.State, code);
        Telemetry.Count(became, "", code);
        return reply;
    }

    private async Task<ReceptionReply> Judge(ArrivedMessage arrived, IReadOnlyList<ReadOnlyMemory<byte>> receipts, long nextExpected)
    {
        if (!Ids.IsId(arrived.Message) || !Ids.IsCase(arrived.CaseId) || !Ids.IsAuthority(arrived.Sender) || !Ids.IsAuthority(arrived.Recipient))
            return ReceptionReply.Unsigned(new Refusal(RefusalCode.ArgumentNotValid, "message, case, sender or recipient is not an identifier"));
        // Whoever sends waits and sends again; a rejection could not be signed either.
        if (gate.Shut is { } shut)
            return ReceptionReply.Unsigned(shut);
        if (space.RefuseFor(arrived.Envelope.Length, emergency: true) is { } full)
            return ReceptionReply.Unsigned(full);
        if (!OpenedMessage.Open(arrived, keys, clock.GetUtcNow()).TryGet(out var message, out var refusal))
            return await reject.OnChannel(arrived, Digest.Of(arrived.Envelope.Span), null, refusal);
        var peer = arrived.Peer;
        if (!accept.Verify(peer, arrived.CaseId, receipts).TryGet(out var verified, out refusal))
            return ReceptionReply.Unsigned(refusal);
        if (verified is not [.., { Receipt: { Event: ReceiptEvent.SubmissionAcceptance } last }] || last.Subject.Message != message.Cover.Message || last.Subject.CoverSha256 != message.Seal.Sha256)
            return ReceptionReply.Unsigned(new Refusal(RefusalCode.ReceiptDoesNotFit, "the last receipt is not this message's SubmissionAcceptance"));
        message.CameWith(verified);

        while (true)
        {
            var view = database.Read(s => View(s, message));
            if (view.Known is { } known)
                return known.Sender == message.Cover.Sender.Authority && known.CoverSha256 == message.Seal.Sha256
                    ? Again(arrived, nextExpected)
                    : await reject.OnChannel(arrived, message.Seal.Sha256, message.Seal.Sha256, new Refusal(RefusalCode.SameIdOtherContent, $"Message {arrived.Message} already exists with different content. Send what changed as a message of its own; what changes a request as an AMENDMENT."));
            // Order is kept within a case: what follows a message that waits for an officer waits behind it, a request too, which has no case yet to which an act could belong.
            if (view.Waits && !view.Erased && view.Fork is null && view.ChainPeer == message.Peer.State)
                return ReceptionReply.Unsigned(new Refusal(RefusalCode.WaitForEarlierMessage, $"an earlier message of {arrived.CaseId} waits for an officer's decision about its marks"));
            if (!Belongs(message, view))
                return await reject.OnChannel(arrived, message.Seal.Sha256, message.Seal.Sha256, new Refusal(RefusalCode.NotFound, $"there is no case {arrived.CaseId} between these authorities"));
            // Receipts of a forked chain would fit on neither side.
            if (view.Fork is { } fork)
                return ReceptionReply.Unsigned(fork);
            if (view.Heads.Own.Seq > Receipt.MaxSeq - KeptForTheEnd)
                return ReceptionReply.Unsigned(new Refusal(RefusalCode.RateLimited, $"the case {arrived.CaseId} is full: it has {view.Heads.Own.Seq} receipts"));
            try
            {
                // The tombstone answers what was received before; anything new belongs to a case that is not here any more.
                if (view.Erased)
                    return await reject.InCase(message, verified, view, new Refusal(RefusalCode.RetentionPassed, $"the case {arrived.CaseId} was erased here"), nextExpected);
                message.WasAccepted = AcceptedBefore(view, message.Seal.Sha256);
                if (readers[message.Cover.About](message, view.Case).TryGet(out var content, out refusal)
                    && (refusal = space.RefuseFor(arrived.Envelope.Length, content.Urgency == Protocol.Requests.Urgency.EMERGENCY)) is null)
                    return await Accept(message, verified, content, view, nextExpected);
                // Nothing is wrong with a message that finds no room: it is sent again, and a signed rejection would be final.
                return refusal.Code.After() == AfterRefusal.Retry
                    ? ReceptionReply.Unsigned(refusal)
                    : await reject.InCase(message, verified, view, refusal, nextExpected);
            }
            catch (LedgerShutException e)
            {
                return ReceptionReply.Unsigned(e.Refusal);
            }
            catch (Exception e) when (e is ChainMovedException or CaseMovedException)
            {
                // Something else was committed in this case meanwhile: judge again on what is there now.
            }
        }
    }

    // A case runs between two authorities, and a chain between two States: neither takes what another authority seals, be it of the same
    // State. A case that is not there yet bears the prefix of the State that opens it, and no other State's chain its name.
    private static bool Belongs(OpenedMessage message, CaseSnapshot view)
    {
        var cover = message.Cover;
        if (view.ChainPeer is { } other && other != message.Peer.State)
            return false;
        return view.Case is { } open
            ? open.PeerAuthority == cover.Sender.Authority && open.OwnAuthority == cover.Recipient.Authority
            : cover.About == CoverAbout.REQUEST && Ids.StateOf(cover.Case) == message.Peer.State;
    }

    private async Task<ReceptionReply> Accept(OpenedMessage message, IReadOnlyList<VerifiedReceipt> verified, ReceivedContent content, CaseSnapshot view, long nextExpected)
    {
        var cover = message.Cover;
        var peerState = message.Peer.State;
        var subject = new ReceiptSubject(cover.Message, message.Seal.Sha256);
        // What was accepted before the database was lost, and comes again, is stored under the receipts that were signed then.
        var before = message.WasAccepted;
        List<ReceiptDraft> drafts = before ? [] : [new(ReceiptEvent.RelayAcceptance, subject)];
        if (content.Held is null && !before)
            drafts.AddRange(Consignment(content, subject));
        // Our receipts name the head as it will be once the sender's receipts are in.
        var issued = issue.Sign(view.Heads.With(verified), cover.Recipient.Authority, cover.Sender, drafts);
        var lane = content.Urgency == Protocol.Requests.Urgency.EMERGENCY ? Lane.Emergency : Lane.Ordinary;
        await caseKeys.Ensure(cover.Case, lane);
        var body = caseKeys.TrySeal(cover.Case, $"message:{cover.Message}", message.Seal.Der.Span) ?? throw new CaseMovedException();
        var reply = await database.Write(lane, s =>
        {
            // Erased since it was judged: what is stored now would be a body that nothing opens.
            if (IsErased(s, cover.Case))
                throw new CaseMovedException();
            if (accept.Append(s, cover.Case, peerState, verified) is { } misfit)
                return ReceptionReply.Misfit(misfit, Chains.Head(s, cover.Case, peerState).Seq + 1);
            content.OpenDesk?.Invoke(s);
            if (content.Held is { } held)
            {
                HeldMessage.Hold(s, cover, held, clock.GetUtcNow());
                content.SetAside?.Invoke(s);
            }
            else
                content.Store(s);
            foreach (var file in content.Recognitions)
                file.Store(s, caseKeys, cover.Case, cover.Message, clock.GetUtcNow());
            StoreMessage(s, cover, message.Seal.Sha256, content.Kind, content.Urgency.ToString(), content.Held is null ? "RECEIVED" : HeldMessage.State, body, null, clock.GetUtcNow());
            IssueReceipts.Append(s, cover.Case, peerState, issued);
            Events.Append(s, clock.GetUtcNow(), content.Held is null ? "message.received" : "message.held", cover.Case, cover.Message, $"{content.Urgency} {content.Kind} from {cover.Sender.Authority}{(content.Held is { } open ? $": {open.Code.Text()}" : "")}");
            return Reply(s, cover.Case, keys.State, peerState, nextExpected, null, duplicate: false);
        });
        // What was missing may have come between the judging and the commit.
        if (content.Held is not null)
            Held?.Invoke();
        return reply;
    }

    /// <summary>What certifies that the content reached the addressee, and the end of the case where it ends it.</summary>
    internal static IEnumerable<ReceiptDraft> Consignment(ReceivedContent content, ReceiptSubject subject)
    {
        if (content.Consigned)
            yield return new(ReceiptEvent.ContentConsignment, subject);
        if (content.ClosesCase)
            yield return new(ReceiptEvent.GatewayCaseClosed, subject);
    }

    /// <summary>The stored receipts from the number that the sender expects; how they are handed over counts as acknowledged, since the sender asks again until it has them.</summary>
    internal static ReceptionReply Reply(Session s, string chain, string ownState, string peerState, long nextExpected, Refusal? rejection, bool duplicate)
    {
        Chains.Acknowledge(s, chain, ownState, nextExpected);
        var from = Math.Max(1, nextExpected);
        var head = Chains.Head(s, chain, ownState).Seq;
        return new ReceptionReply(Chains.Der(s, chain, ownState, from, head), from, Chains.Head(s, chain, peerState).Seq + 1, rejection, rejection is not null, ChainId.IsPeer(chain), duplicate);
    }

    internal static void StoreMessage(Session s, Cover cover, Digest sha256, string kind, string urgency, string state, byte[]? body, Refusal? refusal, DateTimeOffset now) => s.RunOne("""
        INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body, refusal, detail)
        VALUES ($1, 'IN', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        cover.Message, cover.Sender.Authority, cover.Recipient.Authority, cover.Case, cover.About, kind, urgency, sha256, state, now, body, refusal?.Code.Text(), refusal?.Detail);

    private ReceptionReply Again(ArrivedMessage arrived, long nextExpected) => database.Read(s =>
    {
        var rejected = s.One("SELECT refusal, detail FROM messages WHERE sender = $1 AND id = $2 AND refusal IS NOT NULL", row => row.GetString(0) + "\n" + row.GetString(1), arrived.Sender, arrived.Message)?.Split('\n', 2);
        var refusal = rejected is null ? null : new Refusal(RefusalFacts.Parse(rejected[0]) ?? RefusalCode.SameIdOtherContent, rejected[1]);
        var from = Math.Max(1, nextExpected);
        return new ReceptionReply(Chains.Der(s, arrived.CaseId, keys.State, from, Receipt.MaxSeq), from, Chains.Head(s, arrived.CaseId, arrived.Peer.State).Seq + 1, refusal, refusal is not null, false, true);
    });

    private CaseSnapshot View(Session s, OpenedMessage message) => new(
        s.One("SELECT sender, cover_sha256 FROM messages WHERE id = $1", row => new KnownMessage(row.GetString(0), row.Digest(1)), message.Cover.Message),
        CaseRow.Find(s, message.Cover.Case),
        s.One("SELECT peer FROM chains WHERE chain = $1 AND issuer = $2", row => row.GetString(0), message.Cover.Case, keys.State),
        Chains.Heads(s, message.Cover.Case, keys.State, message.Peer.State),
        s.Query("SELECT der FROM receipts WHERE message = $1 AND chain = $2 AND issuer = $3 AND event = $4", row => row.Bytes(0), message.Cover.Message, message.Cover.Case, keys.State, ReceiptEvent.RelayAcceptance),
        IsErased(s, message.Cover.Case),
        HeldMessage.Waits(s, message.Cover.Case),
        Chains.Fork(s, message.Cover.Case));

    private bool IsErased(Session s, string caseId) => s.Number("SELECT count(*) FROM erasures WHERE case_id = $1 AND issuer = $2", caseId, keys.State) > 0;

    private static bool AcceptedBefore(CaseSnapshot view, Digest cover)
        => view.Acceptances.Any(der => SignedDocument.Open(der).Then(signed => Receipt.Read(signed.Content)) is { Succeeded: true, Value: var receipt } && receipt.Subject.CoverSha256 == cover);
}

/// <summary>A message that is stored under the same id, whoever sent it: an id that another sender took is not free.</summary>
internal sealed record KnownMessage(string Sender, Digest CoverSha256);

/// <summary>What was stored when the message was judged.</summary>
/// <param name="Known">The message, when it was here before.</param>
/// <param name="Case">The case, when it is open or was.</param>
/// <param name="ChainPeer">The State with which our chain of this name runs; a rejected request has a chain and no case.</param>
/// <param name="Heads">Both heads.</param>
/// <param name="Acceptances">Our RelayAcceptance of this very message, when its row was lost and its receipts were returned.</param>
/// <param name="Erased">Whether we have erased the case.</param>
/// <param name="Waits">Whether an earlier message of the case waits for an officer's decision.</param>
/// <param name="Fork">Why the case cannot go on, when a chain of it is forked.</param>
internal sealed record CaseSnapshot(KnownMessage? Known, CaseRow? Case, string? ChainPeer, ChainHeads Heads, IReadOnlyList<byte[]> Acceptances, bool Erased, bool Waits, Refusal? Fork);
