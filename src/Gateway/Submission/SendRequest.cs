using System.Globalization;
using Gateway.Access;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.TimeStamps;

namespace Gateway.Submission;

/// <summary>Takes a signed request: checks it again as the receiver will, stamps it in the registry, opens the case and sends it.</summary>
internal sealed class SendRequest(KeyRing keys, PeerDirectory peers, Registry registry, Surroundings around, SendMessage send, NeedToKnow access, ApprovalOptions approval, StampRequest stamping, TimeProvider clock)
{
    /// <summary>Sends what a person signed, where the own State does not want others to look at it first.</summary>
    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (Request.Read(document.Content) is { Succeeded: true, Value: var request } && approval.NeedsDraft(request.Kind))
            return new Refusal(RefusalCode.ApprovalMissing, $"{request.Kind} leaves only as a draft that bears its classification and the approval that it needs ('gatewayctl request draft save')", "kind");
        return await Send(document, attachments, ticket, (_, _) => { });
    }

    /// <summary>Why a signed request would not be sent, whatever files go with it; null when it would.</summary>
    public Refusal? Judge(SubmittedDocument document)
        => Request.Read(document.Content).TryGet(out var request, out var refusal) ? Check(document, request) : refusal;

    /// <summary>Sends it; what the caller adds is written in the same transaction, with the id of the new case.</summary>
    public async Task<Outcome<KeptOutcome>> Send(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket, Action<Session, string> alsoInTransaction)
    {
        if (!Request.Read(document.Content).TryGet(out var request, out var refusal))
            return refusal;
        var examined = Attachments.Examine(attachments);
        if ((Check(document, request) ?? examined.Refused ?? NamedDocuments.Missing(request.Fields, document.Signed.Der.Length, attachments)) is { } problem)
            return problem;
        var (timeStamp, lacking) = await Stamped(request, document.Signed, attachments);
        if (lacking is not null && request.Urgency != Urgency.EMERGENCY)
            return lacking;

        registry.Pass(request.Reference);
        var now = clock.GetUtcNow();
        var onPaper = peers.OnPaper(Ids.StateOf(request.RequestedAuthority)) is not null;
        var caseId = Ids.NewCase(keys.State);
        var (series, number) = registry.Next($"stamp:{request.RequestingAuthority}");
        var message = new OutgoingMessage(Ids.New(), caseId, request.RequestingAuthority, request.RequestedAuthority, CoverAbout.REQUEST, request.Kind.ToString(), request.Urgency, null,
        [
            Part.Of(PartRole.request, "request.cms", "application/pkcs7-mime", document.Signed.Der.ToArray()),
            .. Stamp(request.RequestingAuthority, number, document.Signed.Sha256, now),
            .. attachments,
            .. timeStamp,
        ])
        {
            OpensOnPaper = onPaper,
        };
        var kept = new KeptOutcome(message.Id, caseId, onPaper
            ? $"{request.Reference} is signed and sealed; no gateway serves {request.RequestedAuthority}: take it out with 'gatewayctl request export {message.Id}'{examined.Note}"
            : $"{request.Reference} is on its way to {request.RequestedAuthority}{examined.Note}{(lacking is null ? "" : $"; without the time-stamp, for an emergency does not wait for one: {lacking.Detail}")}");
        var sent = await send.Send(message, s =>
        {
            Registry.Keep(s, series, number);
            if (onPaper)
                PaperCases.Open(s, caseId, Ids.StateOf(request.RequestedAuthority));
            Desks.Open(s, caseId, request.RequestingAuthority, peers.OwnCard.Card, access.ReadersOf(document.Content), now);
            OpenCase(s, caseId, message.Id, request, CaseSide.Requesting, CaseState.SENT, request.RequestingAuthority, request.RequestedAuthority, now,
                onPaper ? null : request.OriginalDue(peers.CardOf(Ids.StateOf(request.RequestedAuthority))?.Profile, now));
            alsoInTransaction(s, caseId);
            ticket.Keep(s, kept, now);
        });
        return sent.Then<KeptOutcome>(_ => kept);
    }

    /// <summary>Inserts the case row and its links; the same on both sides.</summary>
    public static void OpenCase(Session s, string caseId, string messageId, Request request, CaseSide side, CaseState state, string own, string peer, DateTimeOffset now, DateOnly? originalBy = null)
    {
        s.RunOne("""
            INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened, convention, original_by, card_version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, (SELECT max(version) FROM peer_cards WHERE state = $14))
            """,
            caseId, side, Ids.StateOf(peer), own, peer, request.Kind, request.Urgency, state, request.Reference, messageId, now, request.IsConventionOffence,
            (originalBy ?? request.OriginalBy)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Ids.StateOf(request.RequestedAuthority));
        if (side == CaseSide.Requesting)
            Registry.KeepReference(s, request.Reference);
        DeclaredHold.Of(s, caseId, request, side, now);
        foreach (var link in request.Linked)
        {
            // A State that asks may link to what it knows of; it may not tie its case to one that we have with a third State, for links are exported.
            if (side == CaseSide.Requesting || s.Number("SELECT count(*) FROM cases WHERE id = $1 AND peer <> $2", link.Case, Ids.StateOf(peer)) == 0)
                s.Run("INSERT INTO case_links (case_id, linked, relation) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", caseId, link.Case, link.Relation);
        }
    }

    // The registry's stamp, where the authority has a registry.
    private IEnumerable<Part> Stamp(string authority, long number, Digest requestSha256, DateTimeOffset now)
    {
        if (!keys.HasStamp(authority))
            return [];
        var stamp = new Stamp(authority, peers.OwnCard.Card.Find(authority)!.Name, string.Create(CultureInfo.InvariantCulture, $"{authority}-{now.Year}-{number:000000}"), now, requestSha256);
        return [Part.Of(PartRole.stamp, "stamp.cms", "application/pkcs7-mime", SignedDocument.Sign(stamp.Write(), keys.Stamp(authority), now))];
    }

    // Asked for last: what is refused for another reason is shown to nobody.
    private async Task<(Part[] Reply, Refusal? Lacking)> Stamped(Request request, SignedDocument signed, IReadOnlyList<Part> attachments)
    {
        var state = Ids.StateOf(request.RequestedAuthority);
        if (peers.CardOf(state)?.Profile.RequiresTimeStamp != true)
            return ([], null);
        // A system of the ministry may have had it stamped itself; whether the token is good is for who receives it.
        if (attachments.Any(a => TimeStampReply.Read(a.Content).TryGet(out var claims, out _) && claims.Imprint.Span.SequenceEqual(signed.Sha256.ToArray())))
            return ([], null);
        return (await stamping.Run(signed.Der, state, request.Urgency == Urgency.EMERGENCY)).TryGet(out var reply, out var refusal) ? ([Part.Of(PartRole.attachment, "request.tsr", "application/timestamp-reply", reply)], null) : ([], refusal);
    }

    private Refusal? Check(SubmittedDocument document, Request request)
    {
        if (!keys.Authorities.Contains(request.RequestingAuthority))
            return new Refusal(RefusalCode.SenderNotDesignated, $"{request.RequestingAuthority} is not an authority of this gateway", "requestingAuthority");
        if (document.User.Authority != request.RequestingAuthority)
            return new Refusal(RefusalCode.RoleMissing, $"{document.User.Name} works for {document.User.Authority} and does not send for {request.RequestingAuthority}", "requestingAuthority");
        if (Permissions.PermitSending(request.Kind, document.User.Roles) is { } notPermitted)
            return notPermitted;
        var state = Ids.StateOf(request.RequestedAuthority);
        if (peers.CardOf(state)?.Profile.RefuseLevel(request.Kind, document.Signed.Signer, state) is { } level)
            return level;
        if (registry.Refuse(request.Reference) is { } beyond)
            return beyond;
        return RequestRules.Check(request, around.Of(request, clock.GetUtcNow(), document.User)) is { Count: > 0 } problems ? Refusal.Joined(problems) : null;
    }
}
