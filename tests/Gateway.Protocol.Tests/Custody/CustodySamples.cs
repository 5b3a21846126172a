using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Samples = Gateway.Protocol.Tests.Evidence.Samples;

namespace Gateway.Protocol.Tests.Custody;

/// <summary>Custody events made from their own table: every required member with a value of its shape.</summary>
internal static class CustodySamples
{
    public static readonly Digest Manifest = Digest.Of("manifest"u8);

    public static CustodyContext Context { get; } = new(Samples.ItemId, Samples.Case, Manifest, 1, Manifest, new Actor("B. Technician", "XB-LAB"), RequestSamples.Now.ToOffset(TimeSpan.FromHours(1)));

    /// <summary>A form with everything that the kind needs.</summary>
    public static JsonObject Form(CustodyKind kind)
    {
        var form = Filled(CustodyRules.Of(kind).AllFields);
        form["event"] = kind.ToString();
        form["item"] = Samples.ItemId;
        form["time"] = DocumentWriter.FormatLocalTime(Context.Now.AddHours(-1));
        form["hashAfter"] = Digest.Of("content"u8).ToString();
        if (kind != CustodyKind.ACQUIRED)
            form["hashNotApplicable"] = "it was not read before";
        if (kind == CustodyKind.CHECKED_OUT)
            form["expectedReturn"] = DocumentWriter.FormatLocalTime(Context.Now.AddDays(3));
        foreach (var digest in kind == CustodyKind.ACQUIRED ? (string[])["sourceHashBefore", "sourceHashAfter", "copyHash"] : [])
            form[digest] = Digest.Of("content"u8).ToString();
        return form;
    }

    public static Composition Compose(JsonObject form, CustodyContext? context = null)
    {
        using var document = JsonDocument.Parse(form.ToJsonString());
        return CustodyComposer.Compose(document.RootElement, context ?? Context);
    }

    public static byte[] Document(CustodyKind kind)
        => Compose(Form(kind)) is { Document: { } bytes } ? bytes : throw new InvalidOperationException($"{kind}: {string.Join("; ", Compose(Form(kind)).Problems)}");

    /// <summary>The same for an event before the attachment, inside a manifest.</summary>
    public static CustodyEntry Earlier(CustodyKind kind, DateTimeOffset time, string place, Actor actor, string reason, Digest? before = null, Digest? after = null)
    {
        var form = Filled(EarlierCustody.FieldsOf(kind));
        form["event"] = kind.ToString();
        form["hashNotApplicable"] = "the content was not read";
        return CustodyEntry.Of(JsonSerializer.SerializeToElement(form)) with { Time = time, Place = place, Actor = actor, Reason = reason, HashBefore = before, HashAfter = after };
    }

    /// <summary>Every required member of a table.</summary>
    public static JsonObject Filled(IEnumerable<Field> fields)
        => new(fields.Where(field => field is { Filled: false, Need: not Need.Optional }).Select(field => KeyValuePair.Create(field.Name, Value(field))));

    private static JsonNode? Value(Field field) => field.Shape switch
    {
        Shape.Text => field.Name == "value" ? Digest.Of("content"u8).ToString() : "something",
        Shape.Word => field.Words[0],
        Shape.Integer => field.Min,
        Shape.Flag => true,
        Shape.LocalTime => "2026-03-01T09:00:00+01:00",
        Shape.Day => "2026-03-01",
        Shape.Digest => Digest.Of("content"u8).ToString(),
        Shape.Id => Samples.Request,
        Shape.Case => Samples.Case,
        Shape.Authority => "XB-LAB",
        Shape.Language => "en",
        Shape.Object => Filled(field.Fields),
        Shape.Objects => new JsonArray(Filled(field.Fields)),
        Shape.Texts => new JsonArray("something"),
        Shape.Words => new JsonArray(field.Words[0]),
        Shape.Country => "XB",
        _ => throw new InvalidOperationException($"no sample of {field.Shape}"),
    };
}
