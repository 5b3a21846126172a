using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Records;
using Gateway.Protocol.Tests.Custody;

namespace Gateway.Protocol.Tests.Records;

/// <summary>Records made from their own tables.</summary>
internal static class RecordSamples
{
    public static JsonObject Form(RecordForm form)
    {
        var fields = CustodySamples.Filled(form.Fields);
        if (form == RecordForms.CustodianCertificate)
            fields["statements"] = new JsonArray("LAWFUL_CONTROL", "WORKING_PROPERLY");
        if (form == RecordForms.LabReport)
            fields["reviewer"]!["name"] = "another person";
        return fields;
    }

    public static byte[] Document(RecordForm form) => Document(form, Form(form));

    public static byte[] Document(RecordForm form, JsonObject fields)
    {
        if (form == RecordForms.CopyingRecord)
            fields["participants"]![0]!["role"] = "SPECIALIST";
        using var document = JsonDocument.Parse(fields.ToJsonString());
        var composed = RecordDocument.Compose(form, document.RootElement);
        return composed.Document ?? throw new InvalidOperationException(string.Join("; ", composed.Problems));
    }
}
