using System.Text.Json;
using Gateway.Cases;
using Gateway.Deadlines;
using Gateway.Judging;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.V1;

namespace Gateway.Notification;

/// <summary>What the line on an officer's screen says about a request: from its content, the sender's card and the verdict on its marks.</summary>
internal sealed class DescribeAlert(Database database, CaseKeys caseKeys, CaseClock cases, PeerDirectory peers)
{
    private const int MaxWhat = 160;

    /// <summary>The notice without its type, and whether it has a list; null when the content is gone.</summary>
    public AlertLine? Of(string caseId)
    {
        var found = database.Read(s => CaseRow.Find(s, caseId) is { } row && s.One("SELECT body FROM messages WHERE id = $1 AND body IS NOT NULL", r => r.Bytes(0), row.RequestMessage) is { } body
            ? new Stored(row, body, s.Query("SELECT indication, decision FROM recognitions r WHERE message = $1 AND time = (SELECT max(l.time) FROM recognitions l WHERE l.message = r.message AND l.document = r.document AND l.mark = r.mark)", r => (r.GetString(0), r.GetString(1)), row.RequestMessage)) : null);
        if (found is null || caseKeys.OpenUnlessErased(found.Row.Id, $"message:{found.Row.RequestMessage}", found.Body) is not { } opened || peers.CardOf(found.Row.Peer) is not { } card || card.Find(found.Row.PeerAuthority) is not { } authority)
            return null;
        var row = found.Row;
        var cover = Cover.Read(SignedDocument.Open(opened).Value.Content).Value;
        if (cover.In(PartRole.request).FirstOrDefault() is not { } part || !SignedDocument.Open(part.Content).TryGet(out var signed, out _) || !Request.Read(signed.Content).TryGet(out var request, out _))
            return null;
        // What was found last about files and foreign signatures; else the card decides, of what came on paper our own: an officer of ours signed what the letter says.
        var undetermined = found.Recognitions.Any(r => !r.Indication.EndsWith("PASSED", StringComparison.Ordinal) || r.Decision is not ("RECOGNISED" or "RECOGNISED_CONDITIONALLY")) || (found.Recognitions.Count == 0 && JudgeMarks.Signature(signed, peers.OnPaper(row.Peer) is null ? card : peers.OwnCard.Card).IsUndetermined);
        var due = cases.Read(caseId) is { } read ? LegalClock.FirstDecision(read).Due : row.Opened + request.Row.Decision.Emergency;
        var notice = new AlertNotice
        {
            Alert = row.RequestMessage,
            CaseId = row.Id,
            Message = row.RequestMessage,
            Kind = row.Kind.ToString(),
            Urgency = row.Urgency.ToString(),
            FromAuthority = row.PeerAuthority,
            FromName = authority.Name,
            FromNames = { PeerViews.Names(authority) },
            Due = DocumentWriter.FormatTime(due),
            Verdict = undetermined ? "UNDETERMINED" : "PASSED",
            What = What(request.Fields),
            CallBackPhone = authority.CallBackPhone ?? "",
            Raised = DocumentWriter.FormatTime(row.Opened),
        };
        return new AlertLine(notice, request.Row.NeedToKnow);
    }

    // Which data, and at whom: all that tells an officer whom to wake.
    private static string What(JsonElement fields)
    {
        string? Text(string name) => fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        var categories = fields.TryGetProperty("dataCategories", out var list) && list.ValueKind == JsonValueKind.Array ? string.Join(", ", list.EnumerateArray().Select(c => c.GetString())) : "";
        var what = string.Join(" · ", new[] { Text("provider") ?? Text("custodian") ?? Text("system"), categories }.Where(t => t is { Length: > 0 }));
        return what.Length <= MaxWhat ? what : string.Concat(what.AsSpan(0, MaxWhat - 1), "…");
    }

    private sealed record Stored(CaseRow Row, byte[] Body, IReadOnlyList<(string Indication, string Decision)> Recognitions);
}

/// <summary>The line, and whether the case has a list of persons who alone may know of it.</summary>
internal sealed record AlertLine(AlertNotice Notice, bool Listed)
{
    /// <summary>Who is called hears every alarm, whichever authority the case lies with, but of a list only who stands in it; others hear of the cases that they see.</summary>
    public bool IsFor(Func<string, bool> sees, bool called) => (called && !Listed) || (Notice.CaseId.Length > 0 && sees(Notice.CaseId));

    /// <summary>A copy for one device.</summary>
    public AlertNotice As(string type, bool ring, string officer = "")
    {
        var notice = Notice.Clone();
        (notice.Type, notice.Ring, notice.Officer) = (type, ring, officer);
        return notice;
    }
}
