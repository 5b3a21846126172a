using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Evidence;

/// <summary>Asks for the members of a form one after the other, on standard error and input, so that a script can answer too. An empty answer takes what is known.</summary>
internal sealed class IntakeQuestions(TextReader answers, TextWriter questions)
{
    /// <summary>Asks for what is required and neither given nor known, and for the optional objects that <paramref name="also"/> names.</summary>
    public void Ask(JsonObject form, IReadOnlyList<Field> fields, JsonObject known, params ReadOnlySpan<string> also)
    {
        foreach (var field in fields.Where(f => !f.Filled && form[f.Name] is null))
        {
            if (field.Need != Need.Optional || field.Asked || also.Contains(field.Name))
                One(form, field, known[field.Name], field.Name);
        }
    }

    /// <summary>Asks for what the kinds of the custody events that were given need and lack.</summary>
    public void AskEvents(JsonObject form)
    {
        if (form["custody"] is not JsonArray events)
            return;
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i] is not JsonObject given || !Enum.TryParse<CustodyKind>(given["event"]?.ToString(), out var kind) || !EarlierCustody.Kinds.Contains(kind))
                continue;
            var hashed = ((string[])["hashBefore", "hashAfter", "hashNotApplicable"]).Any(name => given[name] is not null);
            foreach (var field in EarlierCustody.FieldsOf(kind).Where(f => given[f.Name] is null && (f.Need != Need.Optional || (f.Name == "hashNotApplicable" && !hashed))))
                One(given, field, null, $"custody.{i}.{field.Name}");
        }
    }

    private void One(JsonObject form, Field field, JsonNode? known, string path)
    {
        switch (field.Shape)
        {
            // Answered once for the laboratory: not asked again.
            case Shape.Object or Shape.Objects when known is not null:
                form[field.Name] = known.DeepClone();
                break;
            case Shape.Object when field.Asked && Answer($"{path}: anything to say? yes, or nothing", field, null, mayBeEmpty: true) is null:
                break;
            case Shape.Object:
                form[field.Name] = Members(field, path);
                break;
            case Shape.Objects:
                form[field.Name] = new JsonArray(Members(field, $"{path}.0"));
                break;
            case Shape.Texts or Shape.Words or Shape.Languages:
                var words = Answer($"{path} (several with commas)", field, known as JsonArray is { } list ? string.Join(", ", list.Select(e => $"{e}")) : null)!;
                form[field.Name] = new JsonArray([.. words.Split(',').Select(word => (JsonNode)word.Trim())]);
                break;
            default:
                if (Answer(path, field, known?.ToString(), field is { Asked: true, Need: Need.Optional }) is { } answer)
                    form[field.Name] = FieldsFile.Typed(field, answer);
                break;
        }
    }

    private JsonObject Members(Field field, string path)
    {
        var inner = new JsonObject();
        foreach (var member in field.Fields.Where(member => member.Need != Need.Optional || member.Asked))
            One(inner, member, null, $"{path}.{member.Name}");
        return inner;
    }

    // Null only where an empty answer is one.
    private string? Answer(string path, Field field, string? known, bool mayBeEmpty = false)
    {
        var choices = field.Words.Count > 0 ? $" [{string.Join(" | ", field.Words)}]" : "";
        while (true)
        {
            questions.Write(string.Create(CultureInfo.InvariantCulture, $"{path}{choices}{(field.Hint is { } hint ? $" ({hint})" : "")}{(known is null ? "" : $" <{SafeText.Line(known)}>")}: "));
            questions.Flush();
            var line = answers.ReadLine() ?? throw StopException.Usage($"the answers ended before '{path}'");
            var answer = line.Trim().Length > 0 ? line.Trim() : known;
            if (answer is null && mayBeEmpty)
                return null;
            if (answer is null)
                continue;
            if (field.Shape == Shape.Word && !field.Words.Contains(answer))
            {
                questions.WriteLine(string.Create(CultureInfo.InvariantCulture, $"'{SafeText.Line(answer)}' is not in the list"));
                continue;
            }
            return answer;
        }
    }
}
