using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Covers;

/// <summary>A document that a request or an act names by its digest, so that it goes with it.</summary>
/// <param name="Path">The member that names it: <c>judicialAuthorisation.documentSha256</c>.</param>
/// <param name="Sha256">SHA-256 of its bytes.</param>
/// <param name="Bytes">Its size, where <c>attachments[]</c> alone names it; a decision on which a request relies has none, however often it is listed.</param>
public sealed record NamedDocument(string Path, Digest Sha256, long? Bytes);

/// <summary>
/// The documents that a request or an act names are with it (V035): the decision that a request relies on, the warrant, what is to be served, whatever
/// <c>attachments[]</c> lists. The sender's gateway and the addressee's apply it alike.
/// </summary>
public static class NamedDocuments
{
    // For the registry's stamp, which is not there yet when the sender judges.
    private const int StampBytes = 64 * 1024;

    /// <summary>The documents that a request names, each once; of an incomplete one those that it names already.</summary>
    /// <param name="request">The members of a request.</param>
    public static IReadOnlyList<NamedDocument> Of(JsonElement request)
    {
        if (request.ValueKind != JsonValueKind.Object)
            return [];
        var row = Enum.TryParse<RequestKind>(RequestView.TextIn(request, "kind"), out var kind) && Enum.IsDefined(kind) ? RequestKinds.Of(kind) : null;
        return Of(request, row?.AllFields ?? RequestFields.Common);
    }

    /// <summary>The documents that an act names, each once.</summary>
    public static IReadOnlyList<NamedDocument> Of(Act act)
    {
        ArgumentNullException.ThrowIfNull(act);
        return act.Document is { } document ? Of(document, ActFields.All) : [];
    }

    private static List<NamedDocument> Of(JsonElement document, IReadOnlyList<Field> fields)
    {
        var found = new List<NamedDocument>();
        Read(document, fields, "", found);
        // Listing it with a size cannot keep away what the request relies on; and of two sizes at most one is true.
        return [.. found.GroupBy(d => d.Sha256).Select(same => same.First() with { Bytes = same.Any(d => d.Bytes is null) ? null : same.Min(d => d.Bytes) })];
    }

    /// <summary>Null when every document that the request names is among the attachments. One that is only listed, with a size for which the
    /// message has no room, may come as an evidence item instead; a verifier looks whether it did.</summary>
    /// <param name="request">The members of the request.</param>
    /// <param name="requestBytes">Size of the signed request, which takes room in the same message.</param>
    /// <param name="attachments">The files with it.</param>
    public static Refusal? Missing(JsonElement request, long requestBytes, IReadOnlyCollection<Part> attachments) => Missing("request", Of(request), requestBytes, attachments);

    /// <summary>The same of an act.</summary>
    public static Refusal? Missing(Act act, long actBytes, IReadOnlyCollection<Part> attachments) => Missing("act", Of(act), actBytes, attachments);

    private static Refusal? Missing(string what, IReadOnlyList<NamedDocument> named, long documentBytes, IReadOnlyCollection<Part> attachments)
    {
        ArgumentNullException.ThrowIfNull(attachments);
        var there = attachments.Select(a => a.Sha256).ToHashSet();
        var room = Cover.MaxPartBytes - StampBytes - documentBytes - attachments.Sum(a => (long)a.Content.Length);
        var missing = named.Where(d => !there.Contains(d.Sha256) && !(d.Bytes > room)).ToList();
        return missing.Count == 0 ? null : new Refusal(RefusalCode.ManifestIncomplete,
            $"The {what} names {named.Count} documents by their digest, {named.Count(d => there.Contains(d.Sha256))} of them are with it. Missing: {string.Join(", ", missing.Select(d => $"\"{d.Path}\" (SHA-256 {d.Sha256})"))}.",
            missing[0].Path);
    }

    private static void Read(JsonElement parent, IReadOnlyList<Field> fields, string path, List<NamedDocument> found)
    {
        if (parent.ValueKind != JsonValueKind.Object)
            return;
        foreach (var field in fields)
        {
            if (!parent.TryGetProperty(field.Name, out var value))
                continue;
            if (field.Attached && Digest.TryParse(FieldCheck.String(value), out var digest))
                found.Add(new NamedDocument(path + field.Name, digest, RequestView.IntegerIn(parent, "sizeBytes")));
            else if (field.Shape == Shape.Object)
                Read(value, field.Fields, $"{path}{field.Name}.", found);
            else if (field.Shape == Shape.Objects)
            {
                foreach (var (element, at) in RequestView.ListIn(parent, field.Name, path + field.Name))
                    Read(element, field.Fields, at + ".", found);
            }
        }
    }
}
