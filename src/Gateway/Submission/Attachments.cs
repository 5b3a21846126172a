using Gateway.Protocol.Covers;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Pdf;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>Files that travel as documents beside a request or an act (V044): by their bytes, and PDFs also inside their compressed objects, as far as one message may cost.</summary>
/// <param name="Refused">Why one may not travel; null: all may.</param>
/// <param name="NotExamined">Names of PDFs whose compressed objects were not, or not all, looked into: damaged, encrypted, or more than is read. Nothing is refused for that.</param>
internal sealed record Attachments(Refusal? Refused, IReadOnlyList<string> NotExamined)
{
    private const string Words = "compressed objects not examined for active content (V044)";

    /// <summary>For the person who sends it; empty when all was examined.</summary>
    public string Note => NotExamined.Count == 0 ? "" : $"; {string.Join(", ", NotExamined)}: {Words}";

    public static Attachments Examine(IEnumerable<Part> parts)
    {
        var attachments = parts.ToList();
        if (AttachmentRules.Check(attachments) is { } refused)
            return new(refused, []);
        var (hidden, open) = (new HiddenContent(), new List<string>());
        for (var i = 0; i < attachments.Count; i++)
        {
            var file = attachments[i];
            if (!AttachmentRules.IsPdf(file.MediaType))
                continue;
            if (hidden.Find(file.Content, out var examined) is { } active)
                return new(AttachmentRules.RefuseActive(file.MediaType, active, $"attachments[{i}]"), []);
            if (!examined)
                open.Add(file.Name);
        }
        return new(null, open);
    }

    /// <summary>Says of a message that arrived which files were not examined; their names are personal data and stand in the message.</summary>
    public void Tell(Session s, string caseId, string message, DateTimeOffset now)
    {
        if (NotExamined.Count > 0)
            Events.Append(s, now, "attachment.notExamined", caseId, message, $"{NotExamined.Count} PDF: {Words}");
    }
}
