using System.Text.Json;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Records;

/// <summary>
/// Whose signature stands under which part of a custodian's certificate. A part names a person; its signature is made with a certificate that bears this name, or with the one that the part
/// states by its digest (<c>signingCertificate</c>), so that the tie is inside what was signed. Other records are signed by whoever takes part in them; whose signature is to be expected under
/// them, and is not there, is told (<see cref="Lacking"/>).
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
    public static IReadOnlyList<string> Unsigned(RecordDocument record, IReadOnlyCollection<Certificate> signers) => Open(Parts(record), signers);

    /// <summary>Everybody whom a record names as one who signs it and who did not, in words: the parts of a certificate; author and signing participants of a copying; examiner and reviewer.</summary>
    public static IReadOnlyList<string> Lacking(RecordDocument record, IReadOnlyCollection<Certificate> signers) => Open([.. Parts(record), .. Named(record)], signers);

    private static List<string> Open(List<Part> parts, IReadOnlyCollection<Certificate> signers)
    {
        ArgumentNullException.ThrowIfNull(signers);
        var open = new List<string>();
        var used = new List<Certificate>();
        foreach (var part in parts)
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

    // One signature of a person who stands there twice, as author and as specialist, is enough.
    private static List<Part> Named(RecordDocument record)
    {
        var d = record.Fields;
        IEnumerable<(string? Name, string Title)> named = record.Form == RecordForms.CopyingRecord
            ? [(Text(d.GetProperty("author"), "name"), "author"), .. d.GetProperty("participants").EnumerateArray().Where(p => Text(p, "signature") == "SIGNED").Select(p => (Text(p, "name"), Text(p, "role") ?? ""))]
            : record.Form == RecordForms.LabReport ? [(Text(d.GetProperty("examiner"), "name"), "examiner"), (Text(d.GetProperty("reviewer"), "name"), "reviewer")] : [];
        return [.. named.Where(one => one.Name is not null).DistinctBy(one => Plain(one.Name!).ToUpperInvariant()).Select(one => new Part(one.Title, one.Name!, null))];
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null;

    private sealed record Part(string Title, string Name, string? Certificate)
    {
        public bool IsOf(Certificate signer) => Certificate is { } stated ? stated == signer.Sha256.ToString() : signer.CommonName is { } name && SameName(name, Name);

        public override string ToString() => $"'{Name}' ({Title}{(Certificate is { } stated ? $", with certificate {stated}" : "")})";
    }
}
