using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>What composing gave: the bytes to sign, or every problem at once.</summary>
/// <param name="Document">The exact bytes; null when there is a problem.</param>
/// <param name="Problems">Everything that must be corrected, with its path.</param>
/// <param name="Warnings">What should be looked at, but does not stop the request.</param>
public sealed record Composition(byte[]? Document, IReadOnlyList<Refusal> Problems, IReadOnlyList<Refusal> Warnings);

/// <summary>Makes the bytes to sign from what a person or a case system gives, in any order. Empty strings, lists and nulls count as absent.</summary>
public static class RequestComposer
{
    /// <summary>Orders, fills (id, created, originalFollowup; reference and requestingAuthority when absent) and checks.</summary>
    public static Composition Compose(JsonElement fields, RequestContext context)
    {
        if (fields.ValueKind != JsonValueKind.Object)
            return new(null, [new Refusal(RefusalCode.DocumentNotJson, "the fields must be one JSON object")], []);
        var row = RowOf(fields);
        var table = row?.AllFields ?? RequestFields.Common;
        var composing = new FieldComposer();
        var id = Ids.New();
        var bytes = DocumentWriter.Write(Request.Type, Request.Version, writer =>
        {
            composing.Write(writer, fields, table, "", name => Fill(name, id, row, context));
            composing.Extensions(writer, fields);
        });
        // Without a kind nobody can say which of the other members belong; the kind's own problem is enough then.
        composing.Unknown(fields, row is null ? [.. table, .. RequestKinds.All.SelectMany(r => r.Fields)] : table, "", "extensions");
        using var composed = JsonDocument.Parse(bytes.AsMemory()[..^1]);
        var judged = RequestRules.Problems(composed.RootElement, row, context).Where(problem => !composing.Covers(problem.Path));
        var problems = composing.Problems.Concat(judged).ToArray();
        var warnings = RequestRules.Warnings(composed.RootElement, row, context);
        if (problems.Length == 0 && Request.Read(bytes) is { Succeeded: false, Refusal: var unreadable })
            problems = [unreadable];
        return new(problems.Length == 0 ? bytes : null, problems, warnings);
    }

    private static RequestRow? RowOf(JsonElement fields)
        => fields.TryGetProperty("kind", out var kind) && FieldCheck.String(kind) is { } text && Enum.TryParse<RequestKind>(text, out var value) && Enum.GetName(value) == text
            ? RequestKinds.Of(value)
            : null;

    private static JsonElement? Fill(string name, string id, RequestRow? row, RequestContext context) => name switch
    {
        "id" => FieldComposer.Json(id),
        "created" => FieldComposer.Json(DocumentWriter.FormatTime(context.Now)),
        "reference" => FieldComposer.Json(context.Reference),
        "requestingAuthority" => FieldComposer.Json(context.SenderAuthority),
        "originalFollowup" => Original(row, context),
        _ => null,
    };

    private static JsonElement Original(RequestRow? row, RequestContext context)
    {
        var wanted = row is not null && context.Recipient?.WantsOriginal(row.Kind) == true;
        var by = context.Now.AddDays(context.Recipient?.OriginalFollowUpDays ?? 0).UtcDateTime;
        return JsonDocument.Parse(wanted ? $$"""{"required":true,"by":"{{by:yyyy-MM-dd}}"}""" : """{"required":false}""").RootElement;
    }}
