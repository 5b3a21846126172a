using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Records;

/// <summary>One part of a printed record.</summary>
/// <param name="Heading">Its heading; empty for none.</param>
/// <param name="Rows">Label and value; a row without label is a sentence.</param>
/// <param name="SignedBy">Who signs under it; null for nobody.</param>
public sealed record RecordSection(string Heading, IReadOnlyList<(string Label, string Value)> Rows, string? SignedBy = null);

/// <summary>What stands on the paper of a record, whatever draws it. The text of its members is a stranger's.</summary>
public static class RecordPages
{
    private static readonly TimeSpan s_indianStandardTime = new(5, 30, 0);

    /// <summary>Title and sections.</summary>
    public static (string Title, IReadOnlyList<RecordSection> Sections) Of(RecordDocument record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Form == RecordForms.CustodianCertificate)
        {
            return Text(record.Fields, "rendering") switch
            {
                nameof(CertificateRendering.IN_BSA_63_4) => ("Certificate under section 63(4)(c) of the Bharatiya Sakshya Adhiniyam, 2023", Indian(record.Fields)),
                nameof(CertificateRendering.US_902_13_14) => ("Certification of an electronic record (Federal Rules of Evidence, rules 902(13) and 902(14))", American(record.Fields)),
                _ => (record.Form.Title, Generic(record.Fields)),
            };
        }
        return (record.Form.Title, ByTable(record));
    }

    private static List<RecordSection> Generic(JsonElement d)
    {
        var sections = new List<RecordSection>
        {
            new("Exhibit", Rows(d, "exhibitNumber", "item", "case")),
            new("The person who certifies", Rows(d.GetProperty("certifier"), "name", "relation", "organisation", "address", "signingCertificate")),
            new("The source", [.. Rows(d, "sourceType", "makeModel", "colour", "serialNumber", "deviceIds"), ("Control", $"The source was {Words(d, "control")} by the person who certifies.")]),
            new("Statements", [.. Strings(d, "statements").Select(s => ("", Statement(s))), .. Rows(d, "malfunction", "copying")]),
            new("Digests of the electronic record", [.. Digests(d), .. Rows(d, "hashReport")]),
            Signature(d, Text(d.GetProperty("certifier"), "name")!),
        };
        if (d.TryGetProperty("expert", out var expert))
        {
            sections.Add(new("Statement of a second person", [.. Rows(expert, "name", "post", "organisation", "signingCertificate"), ("", "I computed the digests of the electronic record myself; they are:"), .. Digests(expert)]));
            sections.Add(Signature(expert, Text(expert, "name")!));
        }
        return sections;
    }

    // The order of the two-part form; its words are ours and were not compared with the Schedule.
    private static List<RecordSection> Indian(JsonElement d)
    {
        var certifier = d.GetProperty("certifier");
        var expert = d.GetProperty("expert");
        var statements = Strings(d, "statements");
        return
        [
            new("Part A — to be filled by the party",
            [
                ("Name", Text(certifier, "name")!), ("Relation to the source", Text(certifier, "relation")!), ("Residing at / employed at", $"{Text(certifier, "organisation")}, {Text(certifier, "address")}"),
                ("Exhibit", Text(d, "exhibitNumber")!),
                ("Source of the record", Choices(typeof(Evidence.SourceType), Text(d, "sourceType")!)),
                ("Make and model", Text(d, "makeModel") ?? "—"), ("Colour", Text(d, "colour") ?? "—"), ("Serial number", Text(d, "serialNumber") ?? "—"),
                ("IMEI / UIN / UID / MAC / cloud ID", Strings(d, "deviceIds") is { Count: > 0 } ids ? string.Join("; ", ids) : "—"),
                ("Lawful control", statements.Contains("LAWFUL_CONTROL") ? "The device or source was under my lawful control." : "Not stated."),
                ("Regular use", statements.Contains("REGULAR_USE") ? "It was regularly used to create, store or process information for activities regularly carried on." : "Not stated."),
                ("Working", statements.Contains("WORKING_PROPERLY") ? "During the relevant period it was working properly." : $"It did not work properly at times, without effect on the record or its accuracy: {Text(d, "malfunction")}"),
                ("The source is", Choices(typeof(Evidence.CustodianRelation), [.. Strings(d, "control")])),
                ("How the record was produced", Text(d, "copying")!),
                .. Digests(d), ("Hash report", Text(d, "hashReport") is { } report ? $"enclosed: {report}" : "—"),
                .. SignedAt(d), .. Rows(certifier, "signingCertificate"),
            ], Text(certifier, "name")),
            new("Part B — to be filled by the expert",
            [
                ("Name", Text(expert, "name")!), ("Post and organisation", $"{Text(expert, "post")}, {Text(expert, "organisation")}"),
                ("", "The digests of the record, computed with the algorithms named, are:"),
                .. Digests(expert),
                .. SignedAt(expert), .. Rows(expert, "signingCertificate"),
            ], Text(expert, "name")),
        ];
    }

    // The process first, then the digital identification; the words are ours and were not compared with any court's form.
    private static List<RecordSection> American(JsonElement d)
    {
        var sections = new List<RecordSection>
        {
            new("The person who certifies", Rows(d.GetProperty("certifier"), "name", "relation", "organisation", "address", "signingCertificate")),
            new("The record", [.. Rows(d, "exhibitNumber", "item", "case"), .. Rows(d, "sourceType", "makeModel", "colour", "serialNumber", "deviceIds"), ("Control", $"The source was {Words(d, "control")} by the person who certifies.")]),
            new("Rule 902(13): the process or system that made the record", [.. Strings(d, "statements").Select(s => ("", Statement(s))), .. Rows(d, "malfunction")]),
            new("Rule 902(14): the process of digital identification",
            [
                .. Rows(d, "copying"),
                ("", "A copy that has these digests is, for all that is known of the algorithms, the same as the original:"),
                .. Digests(d), .. Rows(d, "hashReport"),
            ]),
            new("", [("", "A declaration under penalty of perjury, where a court asks for one, is not part of the signed document and is attached to it.")]),
            Signature(d, Text(d.GetProperty("certifier"), "name")!),
        };
        if (d.TryGetProperty("expert", out var expert))
        {
            sections.Add(new("A second qualified person", [.. Rows(expert, "name", "post", "organisation", "signingCertificate"), ("", "I computed the digests of the electronic record myself; they are:"), .. Digests(expert)]));
            sections.Add(Signature(expert, Text(expert, "name")!));
        }
        return sections;
    }

    // Date DD/MM/YYYY and time in IST, as the form writes them.
    private static IEnumerable<(string, string)> SignedAt(JsonElement of)
    {
        DocumentReader.TryLocalTime(Text(of, "time")!, out var time);
        var indian = time.ToOffset(s_indianStandardTime);
        yield return ("Date", indian.ToString("dd/MM/yyyy", CultureInfo.InvariantCulture));
        yield return ("Time (IST, 24 hours)", indian.ToString("HH:mm", CultureInfo.InvariantCulture));
        yield return ("Place", Text(of, "place")!);
    }

    private static List<RecordSection> ByTable(RecordDocument record)
    {
        var sections = new List<RecordSection>();
        var loose = new List<(string, string)>();
        foreach (var field in record.Form.Fields.Where(f => !f.Filled && record.Fields.TryGetProperty(f.Name, out _)))
        {
            var value = record.Fields.GetProperty(field.Name);
            if (field.Shape is not (Shape.Object or Shape.Objects or Shape.Texts))
            {
                loose.Add((Label(field.Name), Value(value)));
                continue;
            }
            Flush();
            sections.Add(field.Shape switch
            {
                Shape.Object => new(Label(field.Name), [.. value.EnumerateObject().Select(m => (Label(m.Name), Value(m.Value)))]),
                Shape.Texts => new(Label(field.Name), [.. value.EnumerateArray().Select((e, i) => ($"{i + 1}", Value(e)))]),
                _ => new(Label(field.Name), [.. value.EnumerateArray().Select((e, i) => ($"{i + 1}", string.Join("; ", e.EnumerateObject().Select(m => $"{Label(m.Name).ToLowerInvariant()}: {Value(m.Value)}"))))]),
            });
        }
        Flush();
        sections.AddRange(record.Form.Signatories.Where(name => record.Fields.TryGetProperty(name, out _)).Select(name => new RecordSection("", [], Text(record.Fields.GetProperty(name), "name"))));
        if (record.Form == RecordForms.CopyingRecord)
            sections.AddRange(record.Fields.GetProperty("participants").EnumerateArray().Where(p => Text(p, "signature") == "SIGNED").Select(p => new RecordSection("", [], $"{Text(p, "name")} ({Word(Text(p, "role")!)})")));
        return sections;

        void Flush()
        {
            if (loose.Count > 0)
                sections.Add(new("", [.. loose]));
            loose.Clear();
        }
    }

    private static RecordSection Signature(JsonElement of, string name)
    {
        DocumentReader.TryLocalTime(Text(of, "time")!, out var time);
        return new("", [("Date and time", $"{time.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture)}{(Text(of, "zone") is { } zone ? $" ({zone})" : "")}"), ("Place", Text(of, "place")!)], name);
    }

    private static List<(string, string)> Rows(JsonElement of, params string[] names)
        => [.. names.Where(name => of.TryGetProperty(name, out _)).Select(name => (Label(name), Value(of.GetProperty(name))))];

    private static IEnumerable<(string, string)> Digests(JsonElement of)
        => of.GetProperty("digests").EnumerateArray().Select(d => (Text(d, "algorithm")!, Text(d, "value")!));

    private static string Statement(string word) => word switch
    {
        "LAWFUL_CONTROL" => "The source was under my lawful control.",
        "REGULAR_USE" => "It was regularly used to create, store or process such information.",
        "WORKING_PROPERLY" => "During the relevant time it was working properly.",
        "MALFUNCTION_WITHOUT_EFFECT" => "A malfunction during that time did not affect the record or its accuracy.",
        "COPYING_DESCRIBED" => "The copy was made as described below.",
        _ => Word(word),
    };

    private static string Choices(Type words, params IReadOnlyList<string> chosen)
        => string.Join("   ", Enum.GetNames(words).Select(word => $"[{(chosen.Contains(word) ? "x" : " ")}] {Word(word)}"));

    private static string Words(JsonElement of, string name) => string.Join(", ", Strings(of, name).Select(word => Word(word).ToLowerInvariant()));

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is { } text && text.Length > 1 && text.All(c => char.IsAsciiLetterUpper(c) || c == '_') ? Word(text) : value.GetString()!,
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Array => string.Join("; ", value.EnumerateArray().Select(Value)),
        JsonValueKind.Object => string.Join(", ", value.EnumerateObject().Select(m => Value(m.Value))),
        _ => value.GetRawText(),
    };

    // copyHash → Copy hash
    private static string Label(string name)
        => char.ToUpperInvariant(name[0]) + string.Concat(name[1..].Select(c => char.IsAsciiLetterUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}")).Replace("sha256", "SHA-256", StringComparison.Ordinal);

    private static string Word(string word) => word.Length <= 3 ? word : word[0] + word[1..].Replace('_', ' ').ToLowerInvariant();

    private static List<string> Strings(JsonElement of, string name) => of.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(e => e.GetString()!)] : [];

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null;
}
