using Gateway.Protocol.Covers;
using Gateway.Protocol.Marks;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>The signed documents inside the sealed messages of a case.</summary>
internal static class KeptDocuments
{
    /// <summary>The content of the first part of a role; null when the message, or its content, or such a part is not there, also when it is erased just now.</summary>
    public static byte[]? Read(Session s, CaseKeys keys, string caseId, string message, PartRole role)
        => s.One("SELECT body FROM messages WHERE id = $1 AND case_id = $2 AND body IS NOT NULL", r => r.Bytes(0), message, caseId) is { } body
            && keys.TryOpen(caseId, $"message:{message}", body) is { } plain && SignedDocument.Open(plain).TryGet(out var seal, out _) && Cover.Read(seal.Content).TryGet(out var cover, out _)
            && cover.In(role).FirstOrDefault() is { } part && SignedDocument.Open(part.Content).TryGet(out var signed, out _)
            ? signed.Content.ToArray()
            : null;
}
