using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Cases;

/// <summary>Whether a request may be closed as of no use: by the dates in it and in the question that was asked, as both sides hold them.</summary>
internal static class EarlyClosing
{
    /// <summary>V043 for an act EXPIRED before its time; null for every other act, and when the content is erased.</summary>
    public static Refusal? Refuse(Session s, CaseKeys keys, CaseRow row, CaseSide by, Act act)
    {
        if (act.Kind != ActKind.EXPIRED || KeptDocuments.Read(s, keys, row.Id, row.RequestMessage, PartRole.request) is not { } bytes || !Request.Read(bytes).TryGet(out var request, out _))
            return null;
        var asked = row.History(s).OpenQuestion(ActEntry.Of(act, by)) is { } question ? Asked(s, keys, row, question) : null;
        return ActConditions.TooEarly(act.Time, asked, request);
    }

    // When it was sealed, at the earliest: its author could date it back. The cover is the same on both sides.
    private static DateTimeOffset? Asked(Session s, CaseKeys keys, CaseRow row, string question)
    {
        if (s.One("SELECT message FROM case_acts WHERE case_id = $1 AND id = $2", r => r.GetString(0), row.Id, question) is not { } message
            || s.One("SELECT body FROM messages WHERE id = $1 AND body IS NOT NULL", r => r.Bytes(0), message) is not { } body || keys.TryOpen(row.Id, $"message:{message}", body) is not { } plain)
            return null;
        var cover = Cover.Read(SignedDocument.Open(plain).Value.Content).Value;
        return KeptDocuments.Read(s, keys, row.Id, message, PartRole.act) is { } bytes && Act.Read(bytes).TryGet(out var act, out _) && act.Time > cover.Created ? act.Time : cover.Created;
    }
}
