using System.Text.Json;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Evidence;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Paper;

/// <summary>
/// An officer hands a sealed message to a carrier, or takes a reply from one, and signs what went or came. The record is a sealed message of the case like every other:
/// with it RelayToNonERDS is issued for the message that left, ReceivedFromNonERDS for the reply. A State with a gateway is told by wire that a copy is on its way.
/// </summary>
internal sealed class RecordPaper(Database database, KeyRing keys, PeerDirectory peers, SendMessage send, NeedToKnow access, TimeProvider clock)
{
    // As much as two clocks may differ; who writes down when a letter came reads another one.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    public Composition Compose(User user, JsonElement fields)
    {
        var given = new GivenFields(fields, "case", "way", "channel", "reference", "message", "at", "person", "files", "encryptedTo", "says", "dueAt", "until", "outcome");
        var way = given.Word<PaperWay>("way");
        var channel = given.Word<PaperChannel>("channel");
        var at = GivenPaper.Time(given, "at") ?? clock.GetUtcNow();
        var says = given.Optional("says") is null ? null : (ActKind?)given.Word<ActKind>("says");
        var outcome = given.Optional("outcome") is null ? null : (ActOutcome?)given.Word<ActOutcome>("outcome");
        var files = GivenPaper.Files(fields, given);
        Digest? to = given.Optional("encryptedTo") is null ? null : given.Digest("encryptedTo");
        var (due, until) = (GivenPaper.Time(given, "dueAt"), GivenPaper.Time(given, "until"));
        var (caseId, message, person) = (given.Text("case"), given.Text("message"), given.Text("person"));
        if (given.Failed)
            return given.Refused;
        if (!Look(user, caseId, message, way).TryGet(out var found, out var refusal))
        {
            given.Refuse(refusal);
            return given.Refused;
        }
        var acts = says is { } last ? ReplyPath.To(found.History.Standing, last, found.Case.Kind, found.Case.OtherSide) : [];
        if (says is not null && acts.Count == 0)
        {
            given.Refuse(new Refusal(RefusalCode.TransitionNotAllowed, $"{found.History.Standing.State} -> {says} is not possible for the {(found.Case.OtherSide == CaseSide.Requested ? "requested" : "requesting")} side.", "says"));
            return given.Refused;
        }
        var record = new PaperRecord
        {
            Id = Ids.New(),
            Case = found.Case.Id,
            Authority = user.Authority,
            Way = way,
            Channel = channel,
            Reference = given.Optional("reference"),
            Message = message,
            CoverSha256 = found.Cover,
            At = at,
            Person = person,
            Files = files,
            EncryptedTo = to,
            Says = says,
            Acts = acts,
            After = acts.Count > 0 ? found.History.LastOf(found.Case.Side) : null,
            DueAt = due,
            Until = until,
            Outcome = outcome,
            Time = clock.GetUtcNow(),
        };
        var bytes = record.Write();
        if (PaperRecord.Read(bytes).Refusal is { } malformed)
            given.Refuse(malformed);
        else if (Judge(record, found) is { } problem)
            given.Refuse(problem);
        return given.Failed ? given.Refused : new Composition(bytes, [], Warnings(record, found));
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (!PaperRecord.Read(document.Content).TryGet(out var record, out var refusal) || !Look(document.User, record.Case, record.Message, record.Way).TryGet(out var found, out refusal))
            return refusal;
        if (record.Authority != document.User.Authority || record.CoverSha256 != found.Cover)
            return new Refusal(RefusalCode.StateConflict, "the record was composed for another authority or message", "message");
        if (Judge(record, found) is { } problem)
            return problem;
        if (!Parts(record, attachments, found.Case).TryGet(out var parts, out refusal))
            return refusal;
        var row = found.Case;
        var sent = record.Way == PaperWay.SENT;
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.PAPER, PaperRecord.Type, row.Urgency, record.Message,
            [Part.Of(PartRole.paper, "paper.cms", "application/pkcs7-mime", document.Signed.Der.ToArray()), .. parts])
        {
            Certifies = sent ? [new ReceiptDraft(ReceiptEvent.RelayToNonERDS, new ReceiptSubject(record.Message, record.CoverSha256, record.Files[0].Sha256))] : [],
            CertifiesItself = sent ? [] : [ReceiptEvent.ReceivedFromNonERDS],
        };
        var now = clock.GetUtcNow();
        var kept = new KeptOutcome(sent ? record.Message : message.Id, row.Id, sent
            ? $"{row.Reference}: handed over by {record.Channel}, {(record.EncryptedTo is null ? "NOT encrypted" : "encrypted")}"
            : $"{row.Reference}: a reply by {record.Channel} is recorded{(record.Says is { } says ? $": {says}" : "")}");
        var result = await send.Send(message, s =>
        {
            if (!PaperCases.Keep(s, record, message.Id))
                throw new CaseMovedException();
            if (sent)
                s.Run("UPDATE messages SET state = $1 WHERE id = $2 AND direction = 'OUT' AND state = $3", PaperCases.Carried, record.Message, PaperCases.ToCarry);
            else
                Move(s, row, record, message.Id, now);
            // Digests and codes; who carried it stands in the record, which goes with the case.
            new AuditRecord(sent ? "paper.sent" : "paper.received", document.User.Name, record.Message, row.Id,
                $"{record.Channel} {(sent ? record.EncryptedTo is { } to ? $"to {to}" : "not encrypted" : record.Says?.ToString() ?? "")}".TrimEnd()).Append(s, now);
            Events.Append(s, now, sent ? "message.carried" : "paper.received", row.Id, record.Message, kept.Sentence);
            ticket.Keep(s, kept, now);
        });
        return result.Then<KeptOutcome>(_ => kept);
    }

    // The reply shows that the request arrived; what it says is done in the case, act by act.
    private static void Move(Session s, CaseRow row, PaperRecord record, string message, DateTimeOffset now)
    {
        row.Arrived(s, now);
        foreach (var entry in record.Entries)
        {
            var current = CaseRow.Find(s, row.Id)!;
            var history = current.History(s);
            if (!history.Take(entry).TryGet(out var next, out _))
                throw new CaseMovedException();
            current.Add(s, history, next, entry, message, now);
        }
    }

    private Refusal? Judge(PaperRecord record, Found found)
    {
        if (Dated(record, found) is { } misdated)
            return misdated;
        if (record.Way == PaperWay.SENT && record.EncryptedTo is null && record.Files[0].Sha256 != found.Cover)
            return new Refusal(RefusalCode.ManifestMismatch, "what leaves without encryption is the sealed message itself, byte for byte", "files");
        if (database.Read(s => PaperCases.Recorded(s, record)) is { } before)
            return new Refusal(RefusalCode.StateConflict, $"this file was recorded before, with message {before}", "files");
        if (record.Way == PaperWay.RECEIVED && record.After != (record.Acts.Count > 0 ? found.History.LastOf(found.Case.Side) : null))
            return new Refusal(RefusalCode.StateConflict, "something was done on the case meanwhile; look at it and repeat", "after");
        if (record.Acts.Count > 0 && !record.Acts.SequenceEqual(ReplyPath.To(found.History.Standing, record.Acts[^1], found.Case.Kind, found.Case.OtherSide)))
            return new Refusal(RefusalCode.TransitionNotAllowed, $"{found.History.Standing.State} -> {string.Join(", ", record.Acts)} is not what a letter about {found.Case.Kind} says.", "acts");
        var history = found.History;
        foreach (var entry in record.Entries)
        {
            if (!history.Take(entry).TryGet(out var next, out var refusal))
                return refusal;
            history = next;
        }
        return null;
    }

    // Both times are said: whose clock is wrong, or which time was mistyped, is for the officer to see.
    private Refusal? Dated(PaperRecord record, Found found)
    {
        var (at, now) = (DocumentWriter.FormatTime(record.At), clock.GetUtcNow());
        var remedy = record.Way == PaperWay.SENT
            ? "leave the time out, and the gateway takes its own; or set the clock that gave it"
            : "correct the time that was given; if it came from a clock, set that clock";
        return record.At < found.Sealed - Skew
            ? new Refusal(RefusalCode.ClockSkew, $"Event time {at} lies before the message was sealed, {DocumentWriter.FormatTime(found.Sealed)} by the clock of this gateway, which now shows {DocumentWriter.FormatTime(now)}: {remedy}.", "at")
            : record.At > now + Skew
            ? new Refusal(RefusalCode.ClockSkew, $"Event time {at} is ahead of receipt time {DocumentWriter.FormatTime(now)} by the clock of this gateway: {remedy}.", "at")
            : null;
    }

    private static List<Refusal> Warnings(PaperRecord record, Found found) => record switch
    {
        { Way: PaperWay.SENT, EncryptedTo: null } => [new Refusal(RefusalCode.LeavesUnencrypted, "This file is signed and sealed, but NOT encrypted: everybody through whose hands it goes can read it.", "encryptedTo")],
        // What a letter says is taken as it is; but without a day nobody is reminded before the data go.
        { Says: ActKind.EXECUTED, Outcome: ActOutcome.FULL or ActOutcome.PARTIAL } when found.Case.Kind is RequestKind.PRESERVE_DATA or RequestKind.PRESERVE_EXTENSION && found.History.Standing.PreservedUntil is null
            => [new Refusal(RefusalCode.RequiredFieldEmpty, "The case ends and nobody said until when the data are kept: no alarm will come before they go. Import the letter as PRESERVED with --until first, and EXECUTED with what follows.", "until")],
        _ => [],
    };

    // The files as they came, each named by its digest in the record; what a sealed file holds goes beside it.
    private Outcome<IReadOnlyList<Part>> Parts(PaperRecord record, IReadOnlyList<Part> attachments, CaseRow row)
    {
        if (record.Way == PaperWay.SENT)
            return attachments.Count == 0 ? Array.Empty<Part>() : new Refusal(RefusalCode.AttachmentNotAllowed, "nothing travels beside the record of what left", "attachments");
        if (GivenPaper.Match(record.Files, attachments) is { } mismatch)
            return mismatch;
        var parts = new List<Part>(attachments);
        foreach (var file in attachments)
        {
            if (!SealedReply.Open(file, row.OwnAuthority, row.Peer, row.Id, keys, peers).TryGet(out var opened, out var refusal))
                return refusal;
            parts.AddRange(opened.Beside);
        }
        return parts;
    }

    private Outcome<Found> Look(User user, string caseId, string message, PaperWay way) => database.Read<Outcome<Found>>(s =>
    {
        if (user.Refuse(Permission.ReadContent) is { } closed)
            return closed;
        if (CaseRow.Seen(s, access.Of(user, Permission.ReadContent), caseId) is not { } row)
            return NeedToKnow.NoCase("case");
        if (access.RefuseActing(s, user, caseId) is { } elsewhere)
            return elsewhere;
        if (PaperCases.Message(s, message) is not { } found || found.Case != caseId || !(found.About is nameof(CoverAbout.REQUEST) or nameof(CoverAbout.ACT) || (way == PaperWay.RECEIVED && row.Side == CaseSide.Requested && message == row.RequestMessage)))
            return new Refusal(RefusalCode.NotFound, "no request or act of this case that was sent from here has this id", "message");
        var act = found.About == nameof(CoverAbout.ACT) ? Enum.Parse<ActKind>(found.Kind) : (ActKind?)null;
        if (Permitted(user, row, way, act) is { } notPermitted)
            return notPermitted;
        if (way == PaperWay.RECEIVED && !PaperCases.Has(s, caseId))
            return new Refusal(RefusalCode.TransitionNotAllowed, $"{row.Peer} has a gateway: its replies come by wire", "case");
        if (row.State is CaseState.COMPLETED or CaseState.REJECTED_TECHNICAL && !PaperCases.Has(s, caseId))
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the case is {row.State}; its chain takes no more receipts", "case");
        if (Chains.Fork(s, caseId) is { } fork)
            return fork;
        // What follows a request may have come before somebody registered that.
        return new Found(row, row.History(s), found.Cover, found.About == nameof(CoverAbout.PAPER) ? DateTimeOffset.UnixEpoch : found.Sealed);
    });

    // Who may send it may hand it over; who may act for the side that asked may take the reply.
    private Refusal? Permitted(User user, CaseRow row, PaperWay way, ActKind? act)
    {
        var profile = peers.OwnCard.Card.Profile;
        if (way == PaperWay.RECEIVED)
            return Transitions.Permit(row.Side == CaseSide.Requesting ? ActKind.COMPLETED : ActKind.ACKNOWLEDGED, row.Side, user.Roles, row.Kind, profile);
        if (act is not { } kind)
            return Permissions.PermitSending(row.Kind, user.Roles);
        return Transitions.IsAutomatic(kind) ? Permissions.PermitSending(row.Kind, user.Roles) : Transitions.Permit(kind, row.Side, user.Roles, row.Kind, profile);
    }

    private sealed record Found(CaseRow Case, CaseHistory History, Digest Cover, DateTimeOffset Sealed);
}
