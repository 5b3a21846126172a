using System.Text.Json;
using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Reception;

/// <summary>For what the data of a case may be used: the purpose and the conditions of its request. They hold for every message of the case, and whoever reads one says for what.</summary>
/// <param name="Purpose">The purpose code.</param>
/// <param name="Conditions">Conditions, as <c>CODE</c> or <c>CODE: text</c>.</param>
/// <param name="Personal">The request asks for personal data.</param>
/// <param name="Consents">What the other State allowed besides, today.</param>
internal sealed record DataUse(string Purpose, IReadOnlyList<string> Conditions, bool Personal, IReadOnlyList<FurtherUse> Consents)
{
    // Without a word about it these two hold: the data stay where they are and are used for nothing else.
    private static readonly string[] Always = ["NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE"];

    /// <summary>From the request of the case; null when its content is gone.</summary>
    public static DataUse? Of(Session s, CaseKeys caseKeys, CaseRow row, DateTimeOffset now)
    {
        var body = s.One("SELECT body FROM messages WHERE id = $1 AND body IS NOT NULL", r => r.Bytes(0), row.RequestMessage);
        if (body is null || !SignedDocument.Open(caseKeys.Open(row.Id, $"message:{row.RequestMessage}", body)).TryGet(out var seal, out _) || !Cover.Read(seal.Content).TryGet(out var cover, out _)
            || cover.In(PartRole.request).FirstOrDefault() is not { } part || !SignedDocument.Open(part.Content).TryGet(out var signed, out _) || !Request.Read(signed.Content).TryGet(out var request, out _))
            return null;
        string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var handling = request.Fields.TryGetProperty("handling", out var declared) ? declared : default;
        var conditions = handling.ValueKind == JsonValueKind.Object && handling.TryGetProperty("conditions", out var list)
            ? list.EnumerateArray().Select(c => string.Join(": ", new[] { Text(c, "code"), Text(c, "until"), Text(c, "text") }.Where(t => t.Length > 0))).ToList()
            : [];
        conditions.AddRange(Always.Except(conditions.Select(c => c.Split(':')[0])).ToList());
        var own = Ids.StateOf(row.OwnAuthority);
        // Only what we received is used under a consent; what we gave is ours.
        var consents = row.Side == CaseSide.Requesting && request.Row.AsksPersonalData
            ? Submission.Consents.Granted(s, caseKeys, row.Peer).Where(c => c.Refuse(row.Id, c.PurposeCode, own, own, now) is null).ToList()
            : [];
        return new DataUse(Text(handling.ValueKind == JsonValueKind.Object ? handling : request.Fields, "purposeCode"), conditions, request.Row.AsksPersonalData, consents);
    }

    /// <summary>In one line, for what leaves with the data.</summary>
    public string Line => $"only for {Purpose}{string.Concat(Consents.Select(c => $", and for {c}"))}: {string.Join("; ", Conditions)}";

    /// <summary>The conditions for whoever reads the data: the consents too, each with the data for which it was asked.</summary>
    public IEnumerable<string> Shown => Conditions.Concat(Consents.Select(c => $"CONSENT: {c}: {c.Data}"));

    /// <summary>The same for a purpose in words: they begin with its code, <c>CRIMINAL_PROCEEDINGS: examination of the disk</c>.</summary>
    public Refusal? RefuseWords(string words) => Refuse(CodeIn(words));

    /// <summary>The code with which words begin; empty when they begin with none.</summary>
    public static string CodeIn(string words)
    {
        var code = new string([.. words.TakeWhile(c => char.IsAsciiLetterUpper(c) || c == '_')]);
        return code.Length > 1 && code.Contains('_', StringComparison.Ordinal) && (code.Length == words.Length || words[code.Length] is ' ' or ':') ? code : "";
    }

    /// <summary>Why somebody who declares this purpose may not read; null when he may.</summary>
    public Refusal? Refuse(string declared)
    {
        if (!Personal || declared == Purpose || Consents.Any(c => c.PurposeCode == declared))
            return null;
        return declared.Length == 0
            ? new Refusal(RefusalCode.AccessPurposeMissing, $"these are personal data: declare the purpose; the request states {Purpose}", "purposeCode")
            : new Refusal(RefusalCode.PurposeDiffers, $"Declared purpose differs from the request's purpose ({Purpose}){(Consents.Count > 0 ? $" and from what was consented to ({string.Join("; ", Consents)})" : "")}. Send FURTHER_USE_CONSENT.", "purposeCode");
    }
}
