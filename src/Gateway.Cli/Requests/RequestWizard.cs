using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Requests;

/// <summary>
/// Asks a person for what one kind of request needs, and for nothing else: the required members of its row, what an answer makes
/// necessary, then, if wished, single optional ones. An empty answer to a required question leaves it out; the check names it afterwards.
/// </summary>
internal sealed class RequestWizard(TextReader input, TextWriter output)
{
    private static readonly string[] EmergencyTrio = ["emergencyCategory", "emergencyFacts", "emergencyLink"];

    // What the kind needs by what was answered so far, each with whether it is there; of a group one is enough.
    private readonly Dictionary<string, Func<JsonObject, bool>> _needed = new(StringComparer.Ordinal);

    private bool _ended;

    /// <summary>The fields as they were answered; null when the input ended.</summary>
    /// <param name="row">The kind.</param>
    /// <param name="older">What another request offers; each is shown as a whole, and taken by who says yes.</param>
    public JsonObject? Ask(RequestRow row, RequestLike? older = null)
    {
        ArgumentNullException.ThrowIfNull(row);
        var fields = new JsonObject { ["kind"] = row.Kind.ToString() };
        var known = row.AllFields.Where(f => !f.Filled && f.Name is not ("kind" or "reference")).ToList();
        output.WriteLine($"{row.Kind}. An empty answer skips; '?' explains.");
        Needed(known.Where(f => f.Need != Need.Optional).Select(f => f.Name));
        foreach (var group in row.AnyOf)
            _needed[string.Join('|', group)] = answers => group.Any(name => Given(answers, name));
        if (row.OnlyUrgency is { } only)
            fields["urgency"] = only.ToString();
        if (older is not null)
            Offer(fields, known, older);
        foreach (var field in known.Where(f => f.Need != Need.Optional && !fields.ContainsKey(f.Name)))
            Answer(fields, field);
        if (Word(fields, "urgency") == nameof(Urgency.EMERGENCY))
            AskAll(fields, known.Where(f => EmergencyTrio.Contains(f.Name)));
        // A case that it follows or extends is named, not described.
        if (row.RequiredRelation is { } relation)
        {
            output.WriteLine($"A link with the relation {relation} is needed");
            AskAll(fields, known.Where(f => f.Name == "linkedRequests"));
        }
        foreach (var group in row.AnyOf.Where(group => !group.Any(name => Given(fields, name))))
        {
            output.WriteLine($"One of these is needed: {string.Join(", ", group)}");
            foreach (var field in known.Where(f => group.Contains(f.Name)))
            {
                if (!group.Any(name => Given(fields, name)))
                    Answer(fields, field);
            }
        }
        Following(fields, row, known);
        if (Word(fields, "confidentiality") is { } confidentiality && confidentiality != "NONE")
            AskAll(fields, known.Where(f => f.Name == "confidentialityEnds"));
        if (known.Find(f => f.Name == "persons") is { } persons && !fields.ContainsKey("persons"))
        {
            if (Yes("Is a person known (suspect, witness, victim, account holder)?"))
                Answer(fields, persons);
            else if (!_ended)
                fields["noPersonKnown"] = true;
        }
        // Who is named is a person whose data travel.
        if (fields.ContainsKey("persons"))
            AskAll(fields, known.Where(f => f.Name == "handling"));
        Optional(fields, row, known);
        return _ended ? null : fields;
    }

    private void Offer(JsonObject fields, List<Field> known, RequestLike older)
    {
        if (older.Recipient is { } named)
            fields["requestedAuthority"] = named;
        foreach (var (name, value) in older.Members.Where(member => !fields.ContainsKey(member.Key)).Where(member => known.Exists(f => f.Name == member.Key)))
        {
            output.WriteLine($"{name} of {older.Reference}:");
            foreach (var line in RequestLike.Text(value!).Split('\n'))
                output.WriteLine($"  {SafeText.Line(line)}");
            if (Yes($"Take this {name} over?"))
                fields[name] = value!.DeepClone();
        }
    }

    // What an answer makes necessary; it is asked where that answer stands, be the answer itself an optional one.
    private void Following(JsonObject fields, RequestRow row, List<Field> known)
        => AskAll(fields, known.Where(f => row.When.Any(when => when.Needed == f.Name && Says(fields, when))));

    private void Optional(JsonObject fields, RequestRow row, List<Field> known)
    {
        var rest = known.Where(f => f.Need == Need.Optional && !fields.ContainsKey(f.Name) && f.Name != "noPersonKnown").ToList();
        while (rest.Count > 0 && !_ended)
        {
            output.WriteLine($"Optional: {string.Join(", ", rest.Select(f => f.Name))}");
            var name = Line("add which (empty: none)");
            if (string.IsNullOrEmpty(name))
                return;
            if (rest.Find(f => f.Name == name) is not { } field)
                output.WriteLine("  no such member");
            else if (Answer(fields, field))
            {
                Following(fields, row, known);
                if (field.Name == "persons")
                    AskAll(fields, known.Where(f => f.Name == "handling"));
                rest.RemoveAll(f => fields.ContainsKey(f.Name));
            }
        }
    }

    private void AskAll(JsonObject fields, IEnumerable<Field> members)
    {
        var asked = members.ToList();
        Needed(asked.Select(f => f.Name));
        foreach (var field in asked)
        {
            if (!fields.ContainsKey(field.Name))
                Answer(fields, field);
        }
    }

    private bool Answer(JsonObject fields, Field field)
    {
        if (_ended || Value(field, field.Name) is not { } value)
            return false;
        fields[field.Name] = value;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {_needed.Values.Count(there => there(fields))} of {_needed.Count} that are needed"));
        return true;
    }

    private void Needed(IEnumerable<string> names)
    {
        foreach (var name in names)
            _needed.TryAdd(name, answers => answers.ContainsKey(name));
    }

    private JsonNode? Value(Field field, string path) => field.Shape switch
    {
        Shape.Object => Object(field, path),
        Shape.Objects => List(field, path),
        Shape.Flag => Leaf(field, path, text => text.ToUpperInvariant() switch { "Y" or "YES" or "TRUE" => true, "N" or "NO" or "FALSE" => false, _ => null }),
        Shape.Integer => Leaf(field, path, text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= field.Min && number <= field.Max ? number : null),
        Shape.Word => Leaf(field, path, text => Pick(field.Words, text)),
        Shape.Words => Leaf(field, path, text => Many(text, part => Pick(field.Words, part))),
        Shape.Texts or Shape.Languages => Leaf(field, path, text => Many(text, part => part)),
        Shape.LocalTime => Leaf(field, path, text => Zoned(text) ? text : null),
        Shape.Day => Leaf(field, path, text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? text : null),
        Shape.Authority => Leaf(field, path, text => Ids.IsAuthority(text) ? text : null),
        Shape.Case => Leaf(field, path, text => Ids.IsCase(text) ? text : null),
        Shape.Text => Leaf(field, path, text => text.Length >= field.Min && text.Length <= field.Max ? text : null),
        _ => Leaf(field, path, text => text),
    };

    private JsonObject? Object(Field field, string path)
    {
        var inner = new JsonObject();
        foreach (var member in field.Fields.Where(f => f.Need != Need.Optional || field.AnyOf.Contains(f.Name)))
        {
            // Of several of which one is needed, the first that is given ends the questions.
            if (field.AnyOf.Contains(member.Name) && field.AnyOf.Any(name => Given(inner, name)))
                continue;
            if (!_ended && Value(member, $"{path}.{member.Name}") is { } value)
                inner[member.Name] = value;
        }
        foreach (var member in field.Fields.Where(f => NeededIn(field.Name, inner) == f.Name && !inner.ContainsKey(f.Name)))
        {
            if (!_ended && Value(member, $"{path}.{member.Name}") is { } value)
                inner[member.Name] = value;
        }
        return inner.Count == 0 ? null : inner;
    }

    // What an answer inside an object makes necessary beside it.
    private static string? NeededIn(string name, JsonObject inner) => (name, Word(inner, name switch { "handling" => "retention", "conditions" => "code", _ => "instrument" })) switch
    {
        ("handling", "UNTIL_DATE") => "retainUntil",
        ("handling", "UNTIL_FINAL_JUDGMENT_PLUS_DAYS") => "retainDays",
        ("conditions", "OTHER") => "text",
        ("conditions", "NO_DISCLOSURE_TO_SUBJECT_UNTIL") => "until",
        ("legalBasis", "BILATERAL" or "OTHER") => "title",
        _ => null,
    };

    private JsonArray? List(Field field, string path)
    {
        var list = new JsonArray();
        do
        {
            if (Object(field, $"{path}[{list.Count}]") is not { } element)
                break;
            list.Add(element);
        }
        while (list.Count < field.Max && Yes($"another {field.Name}?"));
        return list.Count == 0 ? null : list;
    }

    private JsonNode? Leaf(Field field, string path, Func<string, JsonNode?> read)
    {
        while (Line(path) is { Length: > 0 } text)
        {
            if (text == "?")
                Explain(field);
            else if (read(text) is { } value)
                return value;
            else
            {
                output.WriteLine("  that does not fit:");
                Explain(field);
            }
        }
        return null;
    }

    private void Explain(Field field)
    {
        output.WriteLine($"  {string.Join(" · ", new[] { RequestTemplate.Form(field), field.Hint, field.Source }.Where(part => !string.IsNullOrEmpty(part)))}");
        for (var i = 0; i < field.Words.Count; i++)
            output.WriteLine($"  {i + 1} {field.Words[i]}");
    }

    private bool Yes(string question) => Line($"{question} [y/N]")?.ToUpperInvariant() is "Y" or "YES";

    private string? Line(string prompt)
    {
        output.Write($"{prompt}: ");
        output.Flush();
        var line = input.ReadLine();
        _ended |= line is null;
        return SafeText.Line(line).Trim();
    }

    // By its number in the list or by itself.
    private static string? Pick(IReadOnlyList<string> words, string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= words.Count ? words[number - 1]
            : words.FirstOrDefault(word => word.Equals(text, StringComparison.OrdinalIgnoreCase));

    private static JsonArray? Many(string text, Func<string, string?> read)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(read).ToList();
        return parts.Count == 0 || parts.Contains(null) ? null : new JsonArray([.. parts.Select(part => (JsonNode)part!)]);
    }

    private static bool Zoned(string text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _) && (text.EndsWith('Z') || (text.Length > 6 && text[^3] == ':' && text[^6] is '+' or '-'));

    private static bool Says(JsonObject fields, NeedWhen when)
        => fields[when.Member] is { } value && (when.Value is null || (when.Value == "true" ? value.GetValueKind() == System.Text.Json.JsonValueKind.True : value.ToString() == when.Value));

    // A flag counts only when it is raised.
    private static bool Given(JsonObject fields, string name) => fields[name] is { } value && value.GetValueKind() != System.Text.Json.JsonValueKind.False;

    private static string? Word(JsonObject fields, string name) => fields[name]?.ToString();
}
