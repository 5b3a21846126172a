using Gateway.Protocol.Covers;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Acts;

/// <summary>The documents that an act lists: files that may travel (V044), translations that name what they translate (V024), a language that the addressee reads (V023). As of a request, at both sides.</summary>
internal static class ActDocuments
{
    public static IEnumerable<Refusal> Judge(Act act, ActContext context)
    {
        if (act.Document is not { } document)
            yield break;
        foreach (var (attachment, path) in RequestView.ListIn(document, "attachments", "attachments"))
        {
            if (RequestView.TextIn(attachment, "mediaType") is { } type && AttachmentRules.CheckType(type, $"{path}.mediaType") is { } refused)
                yield return refused;
        }
        foreach (var path in TranslationRules.Unlinked(document))
            yield return new Refusal(RefusalCode.TranslationNotLinked, TranslationRules.NotLinked, path);
        // An act that does not say in what it is written is not held up for it.
        if (context.Accepted is { Languages.Count: > 0 } reader && TranslationRules.Languages(document) is not null && !TranslationRules.IsIn(document, reader.Languages))
            yield return new Refusal(RefusalCode.LanguageNotAccepted, $"{reader.State} accepts {string.Join(", ", reader.Languages)}. Attach a translation of \"act\".", "languages");
    }
}
