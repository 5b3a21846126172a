using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>Judges what a person wrote into a form that need not be whole yet.</summary>
public static class FormCheck
{
    /// <summary>Every value that cannot stand where it stands, and every member that the table does not name; never what is only lacking.</summary>
    public static IReadOnlyList<Refusal> Problems(JsonElement form, IReadOnlyList<Field> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (form.ValueKind != JsonValueKind.Object)
            return [new Refusal(RefusalCode.DocumentNotJson, "expected one JSON object")];
        var composing = new FieldComposer();
        DocumentWriter.Write("form", 1, w => composing.Write(w, form, fields, ""));
        composing.Unknown(form, fields, "", "extensions");
        return composing.Problems;
    }
}
