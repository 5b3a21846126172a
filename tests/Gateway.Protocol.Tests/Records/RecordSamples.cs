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
        {
            fields["statements"] = new JsonArray("LAWFUL_CONTROL", "REGULAR_USE", "WORKING_PROPERLY");
            // Whom the part names signs it.
            fields["certifier"]!["name"] = "B. Technician";
        }
        if (form == RecordForms.LabReport)
            fields["reviewer"]!["name"] = "another person";
        return fields;
    }

    /// <summary>Gives a certificate a Part B, by an expert who states the same digests.</summary>
    public static void TwoParts(JsonObject fields)
    {
        fields["rendering"] = nameof(CertificateRendering.IN_BSA_63_4);
        fields["expert"] = CustodySamples.Filled(RecordForms.CustodianCertificate.Fields.Single(f => f.Name == "expert").Fields);
        fields["expert"]!["name"] = "D. Expert";
        fields["expert"]!["digests"] = fields["digests"]!.DeepClone();
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
