using System.Text.Json;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;

namespace Gateway.Cli.Requests;

/// <summary>A receipt (CMS, DER) as one line, and as JSON.</summary>
internal static class ReceiptText
{
    public static string OneLine(byte[] der)
    {
        if (!SignedDocument.Open(der).TryGet(out var signed, out var refusal))
            return $"receipt that cannot be read: {refusal}";
        using var json = JsonDocument.Parse(signed.Content);
        var receipt = json.RootElement;
        return $"receipt {Text(receipt, "event")}  {State(receipt)} no. {Text(receipt, "seq")}  {Text(receipt, "time")}  sha256 {signed.Sha256}";
    }

    /// <summary>An object with the receipt's members and its digest.</summary>
    public static void Write(Utf8JsonWriter json, byte[] der)
    {
        json.WriteStartObject();
        json.WriteString("sha256", Digest.Of(der).ToString());
        if (SignedDocument.Open(der).TryGet(out var signed, out var refusal))
        {
            json.WriteString("signer", signed.Signer.Subject);
            json.WritePropertyName("receipt");
            using var document = JsonDocument.Parse(signed.Content);
            document.RootElement.WriteTo(json);
        }
        else
        {
            json.WritePropertyName("refusal");
            ProtoJson.Write(json, StopException.ToWire(refusal));
        }
        json.WriteBase64String("der", der);
        json.WriteEndObject();
    }

    private static string Text(JsonElement parent, string name)
        => parent.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText() : "";

    private static string State(JsonElement receipt)
        => receipt.TryGetProperty("issuer", out var issuer) && issuer.ValueKind == JsonValueKind.Object ? Text(issuer, "state") : "";
}
