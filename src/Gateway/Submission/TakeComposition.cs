using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Runtime;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Submission;

/// <summary>Composes one type of document for a user, from fields in any order.</summary>
internal delegate Composition DocumentComposer(User user, JsonElement fields);

/// <summary>The call <c>Operator.Compose</c>: the exact bytes to sign, or every problem at once.</summary>
internal sealed class TakeComposition(IReadOnlyDictionary<string, DocumentComposer> composers, DraftRequest entered)
{
    private const int MaxDepth = 32;

    public Outcome<ComposeReply> Run(V1.ComposeRequest request, User user)
    {
        if (!composers.TryGetValue(request.Type, out var compose))
            return new Refusal(RefusalCode.DocumentType, $"documents of type '{request.Type}' are not composed; expected {string.Join(", ", composers.Keys.Order())}", "type");
        var came = default(DateTimeOffset);
        if (request.CameAt.Length > 0 && (request.Type != Request.Type || !DateTimeOffset.TryParseExact(request.CameAt, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out came)))
            return new Refusal(RefusalCode.ArgumentNotValid, "when something came is said of a request that came on paper, as a UTC time such as 2026-03-01T20:00:00.000Z", "cameAt");
        JsonDocument fields;
        try
        {
            fields = JsonDocument.Parse(request.FieldsJson, new JsonDocumentOptions { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            return new Refusal(RefusalCode.DocumentNotJson, $"not JSON near line {e.LineNumber + 1}", "fieldsJson");
        }
        using (fields)
        {
            var composition = request.CameAt.Length > 0 ? entered.Enter(user, fields.RootElement, came) : compose(user, fields.RootElement);
            var reply = new ComposeReply { Document = composition.Document is { } bytes ? UnsafeByteOperations.UnsafeWrap(bytes) : ByteString.Empty };
            reply.Problems.AddRange(composition.Problems.Select(RefusalWire.ToWire));
            reply.Warnings.AddRange(composition.Warnings.Select(RefusalWire.ToWire));
            return reply;
        }
    }
}
