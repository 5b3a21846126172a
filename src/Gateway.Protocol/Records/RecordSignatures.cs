using System.Text.Json;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Records;

/// <summary>
/// Whose signature stands under which part of a custodian's certificate. A part names a person; its signature is made with a certificate that bears this name, or with the one that the part
/// states by its digest (<c>signingCertificate</c>), so that the tie is inside what was signed. Other records are signed by whoever takes part in them.
/// </summary>
public static class RecordSignatures
{
    private static readonly (string Member, string Part)[] s_parts = [("certifier", "Part A"), ("expert", "Part B")];

    /// <summary>T772 when a custodian's certificate names nobody to whom this signature can belong.</summary>
    public static Refusal? Refuse(RecordDocument record, Certificate signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        var parts = Parts(record);
        return parts.Count == 0 || parts.Exists(part => part.IsOf(signer)) ? null
            : new Refusal(RefusalCode.CertifierDiffers, $"the signature is by '{signer.CommonName ?? signer.Subject}' (SHA-256 {signer.Sha256}); the certificate names {string.Join(" and ", parts)}", "signatures");
    }

    /// <summary>The parts of a custodian's certificate that nobody signed whom they name, in words; empty for other records. One person does not sign for two.</summary>
    public static IReadOnlyList<string> Unsigned(RecordDocument record, IReadOnlyCollection<Certificate> signers)
    {
        ArgumentNullException.ThrowIfNull(signers);
        var open = new List<string>();
        var used = new List<Certificate>();
        foreach (var part in Parts(record))
        {
            if (signers.FirstOrDefault(signer => part.IsOf(signer) && used.TrueForAll(other => other.SpkiSha256 != signer.SpkiSha256)) is { } signer)
                used.Add(signer);
            else
                open.Add(part.ToString());
        }
        return open;
    }

    /// <summary>Whether two spellings are one name: blanks and capitals aside.</summary>
    internal static bool SameName(string one, string other) => string.Equals(Plain(one), Plain(other), StringComparison.OrdinalIgnoreCase);

    private static string Plain(string name) => string.Join(' ', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static List<Part> Parts(RecordDocument record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Form != RecordForms.CustodianCertificate ? []
            : [.. s_parts.Where(p => record.Fields.TryGetProperty(p.Member, out var person) && person.ValueKind == JsonValueKind.Object)
                .Select(p => new Part(p.Part, Text(record.Fields.GetProperty(p.Member), "name") ?? "", Text(record.Fields.GetProperty(p.Member), "signingCertificate")))];
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null;

    private sealed record Part(string Title, string Name, string? Certificate)
    {
        public bool IsOf(Certificate signer) => Certificate is { } stated ? stated == signer.Sha256.ToString() : signer.CommonName is { } name && SameName(name, Name);

        public override string ToString() => $"'{Name}' ({Title}{(Certificate is { } stated ? $", with certificate {stated}" : "")})";
    }
}
