using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Records;

/// <summary>A filled form: the exact bytes that people sign, each with a signature of its own over the same bytes.</summary>
/// <param name="Form">Which form.</param>
/// <param name="Fields">The whole document.</param>
public sealed record RecordDocument(RecordForm Form, JsonElement Fields)
{
    /// <summary>SHA-256 of the exact bytes.</summary>
    public Digest Sha256 { get; init; }

    /// <summary>The item that it is about, when it names one.</summary>
    public string? Item => Text("item");

    /// <summary>The laboratory's number of the exhibit that it is about.</summary>
    public string ExhibitNumber => Text("exhibitNumber") ?? "";

    /// <summary>Longest document.</summary>
    public static JsonLimits Limits { get; } = new(MaxBytes: 1024 * 1024, MaxDepth: 8, MaxMembers: 50_000);

    /// <summary>Reads the exact bytes of any of the forms and judges them; T111 for another type.</summary>
    public static Outcome<RecordDocument> Read(ReadOnlyMemory<byte> bytes)
    {
        if (RecordForms.Find(DocumentReader.TypeOf(bytes)) is not { } form)
            return new Refusal(RefusalCode.DocumentType, $"expected one of {string.Join(", ", RecordForms.All.Select(f => f.Type))}", "type");
        return DocumentReader.Read(bytes, form.Type, RecordForm.Version, reader =>
        {
            FieldCheck.Read(reader, form.Fields);
            return new RecordDocument(form, reader.Element.Clone()) { Sha256 = Digest.Of(bytes.Span) };
        }, Limits).Then<RecordDocument>(record => Problems(form, record.Fields) is [var first, ..] ? first : record);
    }

    /// <summary>Makes the bytes to sign from members in any order, or names every problem at once.</summary>
    public static Composition Compose(RecordForm form, JsonElement fields)
    {
        ArgumentNullException.ThrowIfNull(form);
        if (fields.ValueKind != JsonValueKind.Object)
            return new(null, [new Refusal(RefusalCode.DocumentNotJson, "the fields must be one JSON object")], []);
        var composing = new FieldComposer();
        var id = Ids.New();
        var bytes = DocumentWriter.Write(form.Type, RecordForm.Version, writer =>
        {
            composing.Write(writer, fields, form.Fields, "", name => name == "id" ? FieldComposer.Json(id) : null);
            composing.Extensions(writer, fields);
        });
        composing.Unknown(fields, form.Fields, "", "extensions");
        using var document = JsonDocument.Parse(bytes.AsMemory()[..^1]);
        List<Refusal> problems = [.. composing.Problems, .. Problems(form, document.RootElement).Where(problem => !composing.Covers(problem.Path))];
        problems.AddRange(form.OnMaking(document.RootElement).Where(found => problems.TrueForAll(known => known.Path != found.Path)).ToList());
        if (problems.Count == 0 && Read(bytes).Refusal is { } unreadable)
            problems.Add(unreadable);
        return new(problems.Count == 0 ? bytes : null, problems, []);
    }

    /// <summary>
    /// Whether it is about the item of a manifest and says nothing else of it: item, case and exhibit number (T705), and each digest that both state by the same algorithm, or of the copy (V033).
    /// </summary>
    public Refusal? Check(Manifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (Item != manifest.ItemId || Text("case") is { } about && about != manifest.Case)
            return new Refusal(RefusalCode.ManifestMismatch, $"the record is about {(Item is { } other ? $"item {other}, case {Text("case") ?? "not named"}" : "no item: name it in 'item'")}", "item");
        if (Text("exhibitNumber") is { } exhibit && exhibit != manifest.ExhibitNumber && exhibit != manifest.RootExhibitNumber)
            return new Refusal(RefusalCode.ManifestMismatch, $"the record is about exhibit {exhibit}, the item is {manifest.ExhibitNumber}", "exhibitNumber");
        if (Digests().FirstOrDefault(d => manifest.Digests.Any(own => own.Algorithm == d.Algorithm && own.Value != d.Value)) is { } differs)
            return new Refusal(RefusalCode.ItemDigestMismatch, $"the record states {differs.Algorithm} {differs.Value}; the manifest another one", "digests");
        return Text("copyHash") is { } copy && manifest.Source?.CopyHash is { } copied && copied.ToString() != copy
            ? new Refusal(RefusalCode.ItemDigestMismatch, $"the record states the copy as {copy}; the manifest as {copied}", "copyHash")
            : null;
    }

    /// <summary>
    /// V037 when a copying record lacks participants that the State of the copying asks for in its profile, one that stands there twice twice. The record's own <c>localRule</c> can only add to them.
    /// </summary>
    /// <param name="state">The State in which was copied.</param>
    /// <param name="required">Its <see cref="StateProfile.CopyingParticipants"/>.</param>
    public Refusal? CheckParticipants(string state, IReadOnlyList<string> required)
    {
        ArgumentNullException.ThrowIfNull(required);
        if (Form != RecordForms.CopyingRecord)
            return null;
        var present = Fields.GetProperty("participants").EnumerateArray().Select(p => FieldCheck.String(p.GetProperty("role"))).ToList();
        var lacking = required.CountBy(role => role).Where(role => present.Count(p => p == role.Key) < role.Value).Select(role => role.Value > 1 ? $"{role.Value} {role.Key}" : role.Key).ToList();
        return lacking.Count == 0 ? null
            : new Refusal(RefusalCode.CopyingRecordParticipants, $"Copying record needs a specialist and the participants required by {state} ({string.Join(", ", required)}); missing: {string.Join(", ", lacking)}.", "participants");
    }

    private IEnumerable<ItemDigest> Digests() => Fields.TryGetProperty("digests", out var list) && list.ValueKind == JsonValueKind.Array
        ? list.EnumerateArray().Select(d => new ItemDigest(FieldCheck.String(d.GetProperty("algorithm")) ?? "", FieldCheck.String(d.GetProperty("value")) ?? "")) : [];

    private string? Text(string name) => Fields.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null;

    private static List<Refusal> Problems(RecordForm form, JsonElement document)
    {
        var problems = new List<Refusal>();
        RequiredMembers.Missing(document, form.Fields, "", problems);
        problems.AddRange(form.Rules(document).Where(found => problems.TrueForAll(known => known.Path != found.Path)).ToList());
        return problems;
    }
}
