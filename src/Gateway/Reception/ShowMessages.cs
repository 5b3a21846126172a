using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Judging;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Reception;

/// <summary>Messages in lists, and one opened with its parts and the verdict on each mark. The first opening of a received one is a receipt.</summary>
internal sealed class ShowMessages(Database database, CaseKeys caseKeys, KeyRing keys, PeerDirectory peers, NeedToKnow access, IssueReceipts issue, LedgerGate gate, TimeProvider clock)
{
    private const int MaxRows = 500;
    private const string Columns = "position, id, case_id, direction, about, kind, urgency, sender, recipient, state, created, cover_sha256, refusal, detail";

    // A message that waits, or was rejected, has no case yet.
    private const string KindOfCase = "coalesce((SELECT k.kind FROM cases k WHERE k.id = m.case_id), m.kind)";

    public Outcome<ListMessagesReply> List(ListMessagesRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        var limit = request.Limit is 0 or > MaxRows ? MaxRows : (int)request.Limit;
        var before = request.Before == 0 ? long.MaxValue : (long)request.Before;
        var reply = new ListMessagesReply();
        // A laboratory attaches to what the authority above it has, when that names the case to it: it then sees which request that is.
        var attaches = request.CaseId.Length > 0 && by.Roles.All(role => role == Role.FORENSIC_LAB);
        var reach = access.Of(by, attaches ? Permission.AttachEvidence : Permission.ReadReceipts);
        reply.Messages.AddRange(database.Read(s => s.Query(ListSql(request.CaseId.Length > 0, request.CaseId.Length == 0 && reach.HasFew(s)), View, reach.With(before, request.Direction, request.CaseId, limit, request.About))));
        reply.NextBefore = reply.Messages.Count == limit ? reply.Messages[^1].Position : 0;
        return reply;
    }

    // Asked once, before the messages: how many a hidden case has must not show in the time that the answer takes.
    private const string OpenToReader = "(NOT EXISTS (SELECT 1 FROM case_readers o WHERE o.case_id = $3) OR EXISTS (SELECT 1 FROM case_readers o WHERE o.case_id = $3 AND o.reader = $10))";

    // From the case that is named, from the cases of a user who has few, else by the order of the list. CROSS JOIN keeps SQLite to this order.
    internal static string ListSql(bool ofCase, bool few) => $"""
        SELECT {Columns.Replace("case_id", "m.case_id", StringComparison.Ordinal)} FROM {(few ? $"{Reach.Cases(6)} k CROSS JOIN messages m ON m.case_id = k.case_id" : "messages m")}
        WHERE m.position < $1 AND ($2 = '' OR m.direction = $2) AND {(ofCase ? $"m.case_id = $3 AND {OpenToReader}" : "$3 = ''")} AND ($5 = '' OR m.about = $5) AND {Reach.Sees("m.case_id", KindOfCase, 6)}
        ORDER BY m.position DESC LIMIT $4
        """;

    public async Task<Outcome<OpenMessageReply>> Open(OpenMessageRequest request, User by)
    {
        if (by.Refuse(Permission.ReadContent) is { } notPermitted)
            return notPermitted;
        if (DataUse.RefuseForm(request.PurposeCode, request.Purpose) is { } malformed)
            return malformed;
        var reach = access.Of(by, Permission.ReadContent);
        var found = database.Read(s => s.One($"SELECT {Columns}, body, opened FROM messages m WHERE id = $1 AND {Reach.Sees("m.case_id", KindOfCase, 2)}",
            row => new Found(View(row), row.BytesOrNull(14), row.TextOrNull(15) is not null), reach.With(request.Message)));
        if (found is null)
            return new Refusal(RefusalCode.NotFound, "there is no such message, or it is not open to you", "message");
        if (found.Body is null || caseKeys.OpenUnlessErased(found.View.CaseId, $"message:{request.Message}", found.Body) is not { } sealedCover)
            return new Refusal(RefusalCode.RetentionPassed, "the content of this message is not kept; its receipts are", "message");
        var seal = SignedDocument.Open(sealedCover).Value;
        var cover = Cover.Read(seal.Content).Value;
        // The side that received personal data, with a request or by one, reads them for the purpose of the request, or not at all.
        var use = database.Read(s => CaseRow.Find(s, cover.Case) is { } row ? DataUse.Of(s, caseKeys, row, clock.GetUtcNow()) : Waiting(cover));
        if ((found.View.Direction == "IN" || found.View.About == nameof(CoverAbout.PAPER)) && use?.Refuse(request.PurposeCode, request.Purpose) is { } notFor)
            return notFor;
        var tracked = await Track(found, cover, seal.Sha256, request, by);
        var reply = new OpenMessageReply { Message = tracked, SealedCover = UnsafeByteOperations.UnsafeWrap(sealedCover), PurposeCode = use?.Purpose ?? "" };
        reply.Conditions.AddRange(use?.Shown ?? []);
        reply.Parts.AddRange(cover.Parts.Select(p => new PartView { Role = p.Role.ToString(), Name = p.Name, MediaType = p.MediaType, Sha256 = p.Sha256.ToString(), Content = UnsafeByteOperations.UnsafeWrap(p.Content) }));
        reply.Marks.AddRange(Judge(cover, seal).Select(v => new MarkView { Mark = v.Mark.ToString(), Signer = v.Signer, SignedAt = DocumentWriter.FormatTime(v.SignedAt), Verdict = v.Verdict, Text = v.Sentence }));
        reply.RecognitionReports.AddRange(Reports(cover).Select(r => UnsafeByteOperations.UnsafeWrap(r)));
        reply.Held = database.Read(s => s.One("SELECT refusal || ' ' || detail FROM recognition_holds WHERE message = $1 AND decided IS NULL", r => r.GetString(0), request.Message)) ?? "";
        return reply;
    }

    private static DataUse? Waiting(Cover cover) => cover.In(PartRole.request).FirstOrDefault() is { } part && SignedDocument.Open(part.Content).TryGet(out var signed, out _)
        && Request.Read(signed.Content).TryGet(out var request, out _) ? DataUse.Of(request) : null;

    // Every opening is an internal act; the first one of a received message is told to the sender, unless the case is closed.
    private async Task<MessageView> Track(Found found, Cover cover, Digest coverSha256, OpenMessageRequest request, User by)
    {
        var now = clock.GetUtcNow();
        var purpose = string.Join(" ", new[] { request.PurposeCode, request.Purpose }.Where(p => p.Length > 0)) is { Length: > 0 } said ? said : null;
        var may = true;
        while (true)
        {
            var (heads, row) = database.Read(s => (Chains.Heads(s, cover.Case, keys.State, cover.Sender.State), CaseRow.Find(s, cover.Case)));
            // While nothing may be signed it can be read all the same; the next opening is then the first.
            var first = may && gate.Shut is null && found is { View: { Direction: "IN", State: not HeldMessage.State }, Opened: false } && row is { State: not (CaseState.COMPLETED or CaseState.REJECTED_TECHNICAL) };
            try
            {
                var issued = first ? issue.Sign(heads, cover.Recipient.Authority, cover.Sender, new ReceiptDraft(ReceiptEvent.ContentAccessTracking, new ReceiptSubject(cover.Message, coverSha256))) : [];
                return await database.Write(row?.Lane ?? Lane.Ordinary, s =>
                {
                    new AuditRecord("message.opened", by.Name, cover.Message, cover.Case, purpose).Append(s, now);
                    if (first && s.Run("UPDATE messages SET opened = $1, state = 'OPENED' WHERE id = $2 AND direction = 'IN' AND opened IS NULL", now, cover.Message) == 1)
                        IssueReceipts.Append(s, cover.Case, cover.Sender.State, issued);
                    // What of ours came back stands in every shift's report until somebody looked at it.
                    s.Run("UPDATE messages SET opened = $1 WHERE id = $2 AND direction = 'OUT' AND state = 'REJECTED' AND opened IS NULL", now, cover.Message);
                    return s.One($"SELECT {Columns} FROM messages WHERE id = $1", View, cover.Message)!;
                });
            }
            catch (ChainMovedException)
            {
                // Another receipt of this case was signed meanwhile: take the next number.
            }
            catch (LedgerShutException) when (first)
            {
                // In this chain, or since it was asked above, in none: what is on an officer's screen does not wait for receipts.
                may = false;
            }
        }
    }

    // What was found on arrival and while it waited, as it was found: the material of today may say something else.
    private List<byte[]> Reports(Cover cover) => database.Read(s => JudgedFile.Reports(s, caseKeys, cover.Case, cover.Message));

    private IEnumerable<MarkVerdict> Judge(Cover cover, SignedDocument seal)
    {
        var card = cover.Sender.State == keys.State ? peers.OwnCard.Card : peers.ByState(cover.Sender.State)?.Card.Card;
        if (card?.Find(cover.Sender.Authority) is not { } authority)
            yield break;
        var retired = peers.RetiredOf(cover.Sender.State);
        foreach (var part in cover.Parts.Where(p => p.Role is PartRole.request or PartRole.act or PartRole.manifest or PartRole.release or PartRole.shipment or PartRole.loss or PartRole.custody or PartRole.paper))
        {
            if (SignedDocument.Open(part.Content).TryGet(out var signed, out _))
                yield return part.Role == PartRole.act && Act.Read(signed.Content) is { Succeeded: true, Value: var act } && Transitions.IsAutomatic(act.Kind)
                    ? JudgeMarks.Automatic(signed, authority, retired)
                    : JudgeMarks.Signature(signed, card);
        }
        foreach (var stamp in cover.In(PartRole.stamp))
        {
            if (cover.In(PartRole.request).FirstOrDefault() is { } stamped)
                yield return JudgeMarks.Stamp(stamp, stamped.Sha256, authority, retired);
        }
        yield return JudgeMarks.Seal(seal, authority);
    }

    private static MessageView View(SqliteDataReader row)
    {
        var view = new MessageView
        {
            Position = (ulong)row.GetInt64(0),
            Message = row.GetString(1),
            CaseId = row.GetString(2),
            Direction = row.GetString(3),
            About = row.GetString(4),
            Kind = row.GetString(5),
            Urgency = row.GetString(6),
            Sender = row.GetString(7),
            Recipient = row.GetString(8),
            State = row.GetString(9),
            Time = row.GetString(10),
            CoverSha256 = row.Digest(11).ToString(),
        };
        if (row.TextOrNull(12) is { } code)
            view.Refusal = new V1.Refusal { Code = code, Detail = row.TextOrNull(13) ?? "", Remedy = RefusalFacts.Parse(code)?.Remedy() ?? "" };
        return view;
    }

    private sealed record Found(MessageView View, byte[]? Body, bool Opened);
}
