using System.Globalization;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Recovery;

/// <summary>
/// The call <c>Exchange.ReturnMessage</c>: a peer pushes a message that we sealed and sent to it, and that this database has lost. It counts when our own seal
/// is on it and our own SubmissionAcceptance, returned before, names it; then it is stored as sent, and the case stands again as the other side sees it.
/// </summary>
internal sealed class TakeMessage(Database database, CaseKeys caseKeys, KeyRing keys, OwnSeals seals, PeerDirectory peers, NeedToKnow access, TimeProvider clock, ILogger<TakeMessage> log)
{
    public async Task<Outcome<ReturnMessageReply>> Run(ReturnMessageRequest request, Peer peer)
    {
        if (!Ids.IsId(request.Message) || !Ids.IsCase(request.CaseId) || !keys.Authorities.Contains(request.Sender))
            return new Refusal(RefusalCode.ArgumentNotValid, "expected a message, a case and an authority of this gateway", "message");
        if (database.Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1", request.Message)) > 0)
            return new ReturnMessageReply();
        if (!Envelope.OpenNamed(request.Envelope.Memory, [.. keys.Encryption(request.Sender)]).TryGet(out var envelope, out var refusal)
            || !SignedDocument.Open(envelope.Content).TryGet(out var seal, out refusal) || !Cover.Read(seal.Content).TryGet(out var cover, out refusal))
            return refusal;
        if (cover.Message != request.Message || cover.Case != request.CaseId || cover.Sender.Authority != request.Sender || cover.Recipient.State != peer.State)
            return new Refusal(RefusalCode.CoverRouting, "the cover is of another message, or was sent to another State", "message");
        if (!seals.Made(cover.Sender.Authority, seal, seals.Cards()))
            return new Refusal(RefusalCode.MarkSignerUnknown, $"the cover is not sealed by {cover.Sender.Authority}");
        // Before a key is made: a case that was erased must not get one again.
        if (!Content(cover).TryGet(out var content, out refusal) || (refusal = database.Read(s => Refuse(s, cover, seal.Sha256, peer))) is not null)
            return refusal;
        await caseKeys.Ensure(cover.Case, Lane.Bulk);
        var body = caseKeys.Seal(cover.Case, $"message:{cover.Message}", seal.Der.Span);
        while (true)
        {
            try
            {
                var taken = await database.Write(Lane.Bulk, s => Take(s, cover, seal.Sha256, content, body, peer));
                if (taken.Succeeded)
                    log.LogWarning("{Peer} returned message {Message} of {Case}, which this database had lost", peer.State, cover.Message, cover.Case);
                return taken;
            }
            catch (CaseMovedException)
            {
                // Another act was committed meanwhile: judge again on what is there now.
            }
        }
    }

    private Outcome<ReturnMessageReply> Take(Session s, Cover cover, Digest sha256, Sent content, byte[] body, Peer peer)
    {
        if (s.Number("SELECT count(*) FROM messages WHERE id = $1", cover.Message) > 0)
            return new ReturnMessageReply();
        if (Refuse(s, cover, sha256, peer) is { } refused)
            return refused;
        var now = clock.GetUtcNow();
        var row = CaseRow.Find(s, cover.Case);
        if (content.Request is { } request && row is null)
        {
            Desks.Open(s, cover.Case, cover.Sender.Authority, peers.OwnCard.Card, access.ReadersOf(SignedDocument.Open(cover.In(PartRole.request).First().Content).Value.Content), now);
            SendRequest.OpenCase(s, cover.Case, cover.Message, request, CaseSide.Requesting, Deliveries.OfOurs(s, cover.Case, cover.Message, peer.State).Request, cover.Sender.Authority, cover.Recipient.Authority, cover.Created);
            KeepNumber(s, cover, content);
        }
        else if (row is null || row.Peer != peer.State)
            return new Refusal(RefusalCode.WaitForEarlierMessage, $"the case {cover.Case} is not here yet", "caseId");
        else if (content.Act is { } act)
        {
            var history = row.History(s);
            var entry = ActEntry.Of(act, row.Side);
            if (!history.Take(entry).TryGet(out var next, out var misfit))
                return new Refusal(RefusalCode.WaitForEarlierMessage, $"an act before it is not here yet: {misfit.Detail}", "message");
            row.Add(s, history, next, entry, cover.Message, now);
        }
        s.RunOne("""
            INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body)
            VALUES ($1, 'OUT', $2, $3, $4, $5, $6, $7, $8, 'DELIVERED', $9, $10)
            """,
            cover.Message, cover.Sender.Authority, cover.Recipient.Authority, cover.Case, cover.About, content.Kind, content.Request?.Urgency ?? row!.Urgency, sha256, cover.Created, body);
        Events.Append(s, now, "message.returned", cover.Case, cover.Message, $"{content.Kind}, by {peer.State}");
        new AuditRecord("ledger.message.returned", $"peer {peer.State}", cover.Message, cover.Case, sha256.ToString()).Append(s, now);
        return new ReturnMessageReply { Taken = true };
    }

    private Refusal? Refuse(Session s, Cover cover, Digest sha256, Peer peer)
    {
        if (s.Number("SELECT count(*) FROM erasures WHERE case_id = $1 AND issuer = $2", cover.Case, keys.State) > 0)
            return new Refusal(RefusalCode.RetentionPassed, $"the case {cover.Case} was erased here");
        if (!WasSent(s, cover, sha256))
            return new Refusal(RefusalCode.NotFound, "no receipt of ours says that this was sent", "message");
        return Deliveries.OfOurs(s, cover.Case, cover.Message, peer.State).State == DeliveryState.RELAY_REJECTED
            ? new Refusal(RefusalCode.StateConflict, "it was rejected", "message")
            : null;
    }

    // Our own receipt says which cover left; a seal alone could be on a draft that never did.
    private bool WasSent(Session s, Cover cover, Digest sha256)
        => s.Query("SELECT der FROM receipts WHERE chain = $1 AND issuer = $2 AND message = $3 AND event = $4", r => r.Bytes(0), cover.Case, keys.State, cover.Message, ReceiptEvent.SubmissionAcceptance)
            .Any(der => SignedDocument.Open(der).Then(signed => Receipt.Read(signed.Content)) is { Succeeded: true, Value: var receipt } && receipt.Subject.CoverSha256 == sha256);

    // The register must not give a number a second time.
    private static void KeepNumber(Session s, Cover cover, Sent content)
    {
        if (content.Stamp is { } stamp && long.TryParse(stamp.Number[(stamp.Number.LastIndexOf('-') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            Registry.Keep(s, $"register:stamp:{cover.Sender.Authority}:{stamp.Time.Year.ToString(CultureInfo.InvariantCulture)}", number);
    }

    private static Outcome<Sent> Content(Cover cover)
    {
        switch (cover.About)
        {
            case CoverAbout.REQUEST:
                return Part(cover, PartRole.request, Request.Read).Then<Sent>(request => new Sent(request.Kind.ToString())
                {
                    Request = request,
                    Stamp = Part(cover, PartRole.stamp, Stamp.Read) is { Succeeded: true, Value: var stamp } ? stamp : null,
                });
            case CoverAbout.ACT:
                return Part(cover, PartRole.act, Act.Read).Then<Sent>(act => new Sent(act.Kind.ToString()) { Act = act });
            default:
                return new Sent("MANIFEST");
        }
    }

    private static Outcome<T> Part<T>(Cover cover, PartRole role, Func<ReadOnlyMemory<byte>, Outcome<T>> read)
        => cover.In(role).FirstOrDefault() is { } part ? SignedDocument.Open(part.Content).Then(signed => read(signed.Content)) : new Refusal(RefusalCode.CoverPart, $"the cover has no part '{role}'", "parts");

    private sealed record Sent(string Kind)
    {
        public Request? Request { get; init; }

        public Stamp? Stamp { get; init; }

        public Act? Act { get; init; }
    }
}
