using System.Buffers;
using System.Text.Json;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Evidence;

/// <summary>What the command line knows of the item without asking.</summary>
/// <param name="ItemId">32 hexadecimal digits, random.</param>
/// <param name="Case">The case.</param>
/// <param name="Request">Message id of the request answered.</param>
/// <param name="Authority">The laboratory's authority id.</param>
/// <param name="Person">Who attaches the item.</param>
/// <param name="Place">Where.</param>
/// <param name="FileName">Name of the file, without a path.</param>
/// <param name="Now">The local time, with its offset.</param>
public sealed record ManifestContext(string ItemId, string Case, string Request, string Authority, string Person, string Place, string FileName, DateTimeOffset Now)
{
    /// <summary>What could not be read and is zero in the item.</summary>
    public IReadOnlyList<UnreadRange> Unread { get; init; } = [];

    /// <summary>The file tree of an item made of a folder.</summary>
    public FileTree? Files { get; init; }

    /// <summary>Digests that were recorded before.</summary>
    public IReadOnlyList<RecordedDigest> Recorded { get; init; } = [];
}

/// <summary>Makes the manifest to sign from an intake form in any member order; gives the bytes, or every problem at once.</summary>
public static class ManifestComposer
{
    // Stands in for members that a problem was found in, so that the rules can judge the others.
    private const string Neutral = """
        {"exhibitNumber":"-","rootExhibitNumber":"-","derivation":"ORIGINAL","description":"-","sourceType":"OTHER","acquisitionType":"MANUAL",
        "acquiredFrom":"2000-01-01T00:00:00+00:00","acquiredTo":"2000-01-01T00:00:00+00:00","acquiredPlace":"-","methodDescription":"-",
        "tools":[{"name":"-","vendor":"-","version":"-","purpose":"-"}],"examiner":{"name":"-","post":"-","organisation":"-"},"format":"OTHER",
        "mediaType":"application/octet-stream","fileName":"-","sensitivity":["NONE"],"lawfulBasis":{"instrument":"-","provision":"-"}}
        """;

    /// <summary>Composes the manifest.</summary>
    /// <param name="form">What people fill in: the members of <see cref="ManifestFields"/> that are not computed.</param>
    /// <param name="item">What encryption found.</param>
    /// <param name="context">What is known beside it.</param>
    public static Composition Compose(JsonElement form, EncryptedItem item, ManifestContext context)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(context);
        if (form.ValueKind != JsonValueKind.Object)
            return new(null, [new Refusal(RefusalCode.DocumentNotJson, "the intake form must be one JSON object")], []);
        using var source = JsonDocument.Parse(WithCustody(form, item, context));
        using var computed = JsonDocument.Parse(Computed(item, context));
        var (bytes, problems) = Draft(source.RootElement, name => Fill(name, source.RootElement, computed.RootElement));
        var strangers = new FieldComposer();
        strangers.Unknown(form, ManifestFields.All, "", "extensions");
        problems.AddRange(strangers.Problems);

        var whole = problems.Count == 0 ? bytes : Mended(source.RootElement, computed.RootElement, problems);
        if (Manifest.ReadShape(whole).TryGet(out var manifest, out var unreadable))
            problems.AddRange(Judged(manifest, rootStated: Property(form, "rootExhibitNumber") is { } root && FieldCheck.String(root) is not null).Where(found => !problems.Exists(known => TopLevel(known) == TopLevel(found))).ToList());
        else
            problems.Add(unreadable);
        return new(problems.Count == 0 ? bytes : null, problems, manifest is null ? [] : Warnings(manifest));
    }

    /// <summary>Checks an intake form before the long work begins: what does not depend on the content of the file. What the form says of the content is taken for true so far.</summary>
    public static Composition Check(JsonElement form, ManifestContext context)
    {
        var stated = form.ValueKind == JsonValueKind.Object && Property(form, "source") is { ValueKind: JsonValueKind.Object } source && Property(source, "copyHash") is { } copy && Digest.TryParse(FieldCheck.String(copy), out var digest)
            ? digest : Acquired(form) ?? Digest.Of([]);
        return Compose(form, new EncryptedItem(0, 1, default, default, [new ItemDigest(DigestSet.Sha256, stated.ToString())]), context);
    }

    private static Digest? Acquired(JsonElement form)
        => form.ValueKind == JsonValueKind.Object && Property(form, "custody") is { ValueKind: JsonValueKind.Array } custody
            && custody.EnumerateArray().LastOrDefault(e => e.ValueKind == JsonValueKind.Object && Property(e, "event") is { } kind && FieldCheck.String(kind) == nameof(CustodyKind.ACQUIRED)) is { ValueKind: JsonValueKind.Object } last
            && Property(last, "copyHash") is { } copy && Digest.TryParse(FieldCheck.String(copy), out var digest) ? digest : null;

    private static (byte[] Bytes, List<Refusal> Problems) Draft(JsonElement source, Func<string, JsonElement?> fill)
    {
        var composing = new FieldComposer();
        var bytes = DocumentWriter.Write(Manifest.Type, 1, w =>
        {
            composing.Write(w, source, ManifestFields.All, "", fill);
            composing.Extensions(w, source);
        });
        List<Refusal> problems = [.. composing.Problems];
        using var document = JsonDocument.Parse(bytes.AsMemory()[..^1]);
        RequiredMembers.Missing(document.RootElement, ManifestFields.All, "", problems);
        return (bytes, problems);
    }

    // The same form with neutral members in place of those that a problem was found in.
    private static byte[] Mended(JsonElement source, JsonElement computed, List<Refusal> problems)
    {
        var troubled = problems.Select(TopLevel).ToHashSet();
        using var sound = JsonDocument.Parse(Json(w =>
        {
            foreach (var member in source.EnumerateObject().Where(member => !troubled.Contains(member.Name)))
                Copy(w, member);
        }));
        using var neutral = JsonDocument.Parse(Neutral);
        return Draft(sound.RootElement, name => Fill(name, sound.RootElement, computed) ?? Property(neutral.RootElement, name)).Bytes;
    }

    private static JsonElement? Fill(string name, JsonElement source, JsonElement computed) => name switch
    {
        "rootExhibitNumber" => Property(source, "exhibitNumber") is { } exhibit && FieldCheck.String(exhibit) is not null ? exhibit : null,
        _ => Property(computed, name),
    };

    private static byte[] Computed(EncryptedItem item, ManifestContext context) => DocumentWriter.Write(Manifest.Type, 1, w =>
    {
        w.Text("itemId", context.ItemId).Text("case", context.Case).Text("request", context.Request)
            .Text("mediaType", "application/octet-stream").Text("fileName", context.FileName).Integer("sizeBytes", item.SizeBytes)
            .Digests("digests", item.Digests).Integer("chunkBytes", Chunk.PlainBytes).Integer("chunks", item.Chunks)
            .Digest("treeRoot", item.TreeRoot).Digest("keyCommitment", item.KeyCommitment).Text("suite", Chunk.Suite).Time("time", context.Now);
        if (context.Unread.Count > 0)
            w.Objects("unread", context.Unread, (range, unread) => unread.Write(range));
        if (context.Files is { } files)
            w.Object("files", files.Write);
        if (context.Recorded.Count > 0)
            w.Objects("recorded", context.Recorded, (digest, recorded) => recorded.Write(digest));
    });

    // The form's own events, then ATTACHED.
    private static byte[] WithCustody(JsonElement form, EncryptedItem item, ManifestContext context) => Json(w =>
    {
        foreach (var member in form.EnumerateObject().Where(member => member.Name != "custody"))
            Copy(w, member);
        var custody = Property(form, "custody") ?? default;
        w.WritePropertyName("custody");
        if (custody.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null or JsonValueKind.Undefined))
        {
            w.WriteRawValue(custody.GetRawText());
            return;
        }
        w.WriteStartArray();
        if (custody.ValueKind == JsonValueKind.Array)
        {
            foreach (var entry in custody.EnumerateArray())
                w.WriteRawValue(entry.GetRawText());
        }
        var sha256 = Digest.TryParse(item.Digests[0].Value, out var digest) ? digest : default;
        var exempted = Property(form, "certificateExemption") is { ValueKind: JsonValueKind.Object } exemption && Property(exemption, "code") is { } code ? FieldCheck.String(code) : null;
        Entry(w, CustodyEntry.Attached(context.Now, context.Place, new Actor(context.Person, context.Authority), $"answer to request {context.Request}", sha256, context.Request, exempted is { Length: > 0 and <= 200 } ? exempted : CustodyEntry.CertificateOf(null)));
        w.WriteEndArray();
    });

    private static void Entry(Utf8JsonWriter json, CustodyEntry entry)
    {
        using var document = JsonDocument.Parse(DocumentWriter.Write("custody", 1, entry.Write));
        json.WriteStartObject();
        foreach (var member in document.RootElement.EnumerateObject().Where(member => member.Name is not ("v" or "type")))
            Copy(json, member);
        json.WriteEndObject();
    }

    // Those of whoever makes a manifest stand behind those of everybody who reads one.
    private static IEnumerable<Refusal> Judged(Manifest m, bool rootStated)
        => [.. ManifestRules.Check(m), .. ManifestRules.OfAnImage(m), .. ManifestRules.OfAChild(m, rootStated), .. IntakeRules.Missing(m, rootStated), .. EarlierCustody.Returns(m.Custody)];

    private static List<Refusal> Warnings(Manifest m)
    {
        List<Refusal> warnings = [.. IntakeRules.Recommended(m)];
        // Shafhi Mohammad (2018), on which it rests, was overruled by Arjun Panditrao Khotkar (2020); so does the law that came after them ask for the certificate.
        if (m.CertificateExemption is { Code: ExemptionCode.NOT_IN_POSSESSION_OF_DEVICE })
            warnings.Add(new Refusal(RefusalCode.CertificateMissing, "that the device is in other hands no longer excuses from a certificate everywhere: the Supreme Court of India said so in 2020, and asks for one (section 63(4) BSA 2023); ask the holder for it, or for the original device", "certificateExemption"));
        return warnings;
    }

    private static JsonElement? Property(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value : null;

    private static string? TopLevel(Refusal refusal) => refusal.Path?.Split('.', '[')[0];

    // As it was spelt: a malformed string must reach the check that names it.
    private static void Copy(Utf8JsonWriter json, JsonProperty member)
    {
        json.WritePropertyName(member.Name);
        json.WriteRawValue(member.Value.GetRawText());
    }

    private static byte[] Json(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
