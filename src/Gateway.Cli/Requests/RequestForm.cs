using System.Globalization;
using System.Text.Json;
using Gateway.Cli.Records;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;

namespace Gateway.Cli.Requests;

/// <summary>
/// A request as the form that a ministry files: its members in the order of the table that defines the kind, labels and codes in the reader's language, the text of the
/// other State as it was written. A code stands beside its label, so that both sides speak of the same thing.
/// </summary>
internal static class RequestForm
{
    /// <summary>The PDF of a request.</summary>
    /// <param name="labels">Language of labels and codes.</param>
    /// <param name="request">The document, or the fields of a draft.</param>
    /// <param name="marks">Signature, stamp, seal; none for a draft.</param>
    /// <param name="approved">Provisions that the ministry's lawyer approved; null: no gateway was asked, and what the program itself does not know as confirmed is unconfirmed.</param>
    /// <param name="names">Names of authorities in that language; null: no gateway was asked.</param>
    public static PrintedPaper Pdf(Labels labels, ReadOnlyMemory<byte> request, IReadOnlyList<PrintedSignature> marks, IReadOnlySet<string>? approved = null, IReadOnlyDictionary<string, string>? names = null)
    {
        using var document = JsonDocument.Parse(request, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var reference = Text(document.RootElement, "reference");
        var footer = marks.Count == 0 ? labels["form.draft"] : labels.Format("form.footer", ("sha256", Digest.Of(request.Span).ToString()));
        return RecordPdf.Draw(labels["form.title"], Sections(labels, document.RootElement, draft: marks.Count == 0, approved, names), marks, new PageWords(labels, reference is null ? footer : $"{reference} · {footer}"));
    }

    /// <summary>What stands on the form. Of a draft, members that are still to be filled in stand there too.</summary>
    public static IReadOnlyList<RecordSection> Sections(Labels labels, JsonElement request, bool draft, IReadOnlySet<string>? approved = null, IReadOnlyDictionary<string, string>? names = null)
    {
        var row = Enum.TryParse<RequestKind>(Text(request, "kind"), out var kind) && Enum.IsDefined(kind) ? RequestKinds.Of(kind) : null;
        var sections = new List<RecordSection>();
        var plain = new List<(string Label, string Value)>();
        void Close(string heading)
        {
            if (plain.Count > 0)
                sections.Add(new RecordSection(heading, [.. plain]));
            plain.Clear();
        }

        var own = row?.Fields.Select(f => f.Name).ToHashSet(StringComparer.Ordinal) ?? [];
        var (heading, particular) = (labels["form.common"], false);
        foreach (var field in row?.AllFields ?? RequestFields.Shared)
        {
            if (!particular && own.Contains(field.Name))
            {
                Close(heading);
                (heading, particular) = (labels["form.ofKind"], true);
            }
            if (!request.TryGetProperty(field.Name, out var value))
            {
                if (draft && field.Need != Need.Optional && !field.Filled)
                    plain.Add((Label(labels, field), labels["form.notFilled"]));
                continue;
            }
            if (field.Shape is not (Shape.Object or Shape.Objects) || value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            {
                plain.Add((Label(labels, field), field.Shape == Shape.Authority && names?.GetValueOrDefault(value.ToString()) is { } name ? $"{value} {labels.Set(name)}" : Value(labels, field, value)));
                continue;
            }
            Close(heading);
            var all = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
            var title = Heading(Label(labels, field));
            for (var i = 0; i < all.Count; i++)
                sections.Add(new RecordSection(all.Count == 1 ? title : $"{title} ({(i + 1).ToString(CultureInfo.InvariantCulture)})", field.Name == "legalBasis" ? Cited(labels, field, all[i], approved) : Rows(labels, field.Fields, all[i])));
        }
        Close(heading);
        sections.Add(new RecordSection("", [("", labels["form.untranslated"])]));
        return sections;
    }

    /// <summary>A signed object as it is printed: who, when, its digest.</summary>
    public static PrintedSignature Printed(SignedDocument signed) => new(signed.Signer.CommonName ?? signed.Signer.Subject, signed.SigningTime, signed.Sha256);

    private static List<(string Label, string Value)> Rows(Labels labels, IReadOnlyList<Field> fields, JsonElement value)
        => value.ValueKind != JsonValueKind.Object ? [("", value.ToString())]
            : [.. fields.Where(f => value.TryGetProperty(f.Name, out _)).Select(f => (Label(labels, f), Value(labels, f, value.GetProperty(f.Name))))];

    // The article with what is to be thought of it; everything else as it was written.
    private static List<(string Label, string Value)> Cited(Labels labels, Field field, JsonElement basis, IReadOnlySet<string>? approved)
    {
        var article = field.Fields.Single(f => f.Name == "article");
        return [.. Rows(labels, field.Fields, basis).Select(row => row.Label == Label(labels, article) ? (row.Label, LegalBasis.Article(labels, basis, approved)) : row)];
    }

    private static string Heading(string label) => label.Length == 0 ? label : char.ToUpperInvariant(label[0]) + label[1..];

    private static string Label(Labels labels, Field field) => labels.Word("field", field.Name);

    private static string Value(Labels labels, Field field, JsonElement value) => (field.Shape, value.ValueKind) switch
    {
        (Shape.Word, JsonValueKind.String) => Code(labels, field.Name, value.GetString()!),
        (Shape.Words, JsonValueKind.Array) => string.Join("; ", value.EnumerateArray().Select(word => Code(labels, field.Name, word.ToString()))),
        (Shape.Flag, JsonValueKind.True or JsonValueKind.False) => labels[value.GetBoolean() ? "form.yes" : "form.no"],
        (Shape.Object, JsonValueKind.Object) => Line(labels, field.Fields, value),
        (Shape.Objects, JsonValueKind.Array) => string.Join('\n', value.EnumerateArray().Select(one => Line(labels, field.Fields, one))),
        (_, JsonValueKind.Array) => string.Join('\n', value.EnumerateArray().Select(one => one.ToString())),
        _ => value.ToString(),
    };

    private static string Line(Labels labels, IReadOnlyList<Field> fields, JsonElement value)
        => string.Join("; ", Rows(labels, fields, value).Select(row => row.Label.Length > 0 ? $"{row.Label}: {row.Value}" : row.Value));

    // Kinds and urgencies have labels of their own; every other code stands among the words.
    private static string Code(Labels labels, string field, string code)
    {
        var group = field is "kind" or "urgency" ? field : "word";
        var word = labels.Word(group, code);
        return word == code ? code : $"{word} ({code})";
    }

    private static string? Text(JsonElement parent, string name) => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
