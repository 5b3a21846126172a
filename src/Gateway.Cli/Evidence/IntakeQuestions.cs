using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Evidence;

/// <summary>
/// Asks for the members of a form one after the other, on standard error and input, so that a script can answer too. What is known from before is shown and taken by an
/// empty answer, never in silence; every answer is judged by the table before the next question.
/// </summary>
internal sealed class IntakeQuestions(TextReader answers, TextWriter questions)
{
    private const string None = "-";

    // A physical source has a maker, a label, a seal and a state in which it came.
    private static readonly string[] s_physical =
        [nameof(SourceType.COMPUTER_STORAGE), nameof(SourceType.DVR), nameof(SourceType.MOBILE), nameof(SourceType.FLASH_DRIVE), nameof(SourceType.OPTICAL)];

    // The form that is asked for, whichever of its parts is looked at.
    private JsonObject _form = [];

    private static readonly string[] s_copied = [nameof(AcquisitionType.PHYSICAL_IMAGE), nameof(AcquisitionType.LOGICAL), nameof(AcquisitionType.FILE_SYSTEM)];

    /// <summary>Asks for what is required and not there, also within objects that were given in part, and for what the answers so far make needed.</summary>
    /// <param name="form">Takes the answers.</param>
    /// <param name="fields">Those of <see cref="ManifestFields.Form"/>.</param>
    /// <param name="known">What was answered for an earlier item.</param>
    public void Ask(JsonObject form, IReadOnlyList<Field> fields, JsonObject known)
    {
        _form = form;
        foreach (var field in fields.Where(field => field.Name != "custody"))
        {
            if (form[field.Name] is not null || field.Need != Need.Optional || field.Asked || IsWanted(form, field.Name))
                One(form, field, known[field.Name], field.Name, everything: form[field.Name] is null && field.Name switch
                {
                    "device" => true,
                    "source" => IsPhysical(form) || (Said(form, "derivation") == nameof(Derivation.FORENSIC_IMAGE) && form["custody"] is null),
                    _ => false,
                });
        }
        // It stands before the answer that makes it needed.
        if (form["rootExhibitNumber"] is null && form["parentItem"] is null && Said(form, "derivation") != nameof(Derivation.ORIGINAL) && fields.FirstOrDefault(field => field.Name == "rootExhibitNumber") is { } root)
            One(form, root with { Need = Need.Required }, null, root.Name);
        AskEvents(form);
    }

    private bool IsWanted(JsonObject form, string name) => name switch
    {
        "sopReference" or "source" or "zone" => true,
        "device" or "sealNumber" or "packaging" or "makeModel" => IsPhysical(_form),
        "serialNumber" => IsPhysical(_form) && form["deviceIds"] is null,
        "model" or "version" => form["used"] is JsonValue used && used.GetValueKind() == JsonValueKind.True,
        "writeBlocker" => Said(form, "sourceType") is nameof(SourceType.COMPUTER_STORAGE) or nameof(SourceType.FLASH_DRIVE) && s_copied.Contains(Said(form, "acquisitionType")),
        "certificateExemption" => form["certificate"] is null,
        "due" => Said(form, "code") == nameof(ExemptionCode.EMERGENCY_CERTIFICATE_TO_FOLLOW),
        _ => false,
    };

    // What was derived from another item has the source that is described there.
    private static bool IsPhysical(JsonObject form) => form["parentItem"] is null && s_physical.Contains(Said(form, "sourceType"));

    // What the kinds of the custody events that were given need and lack.
    private void AskEvents(JsonObject form)
    {
        if (form["custody"] is not JsonArray events)
            return;
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i] is not JsonObject given || !Enum.TryParse<CustodyKind>(Said(given, "event"), out var kind) || !EarlierCustody.Kinds.Contains(kind))
                continue;
            var hashed = ((string[])["hashBefore", "hashAfter", "hashNotApplicable"]).Any(name => given[name] is not null);
            foreach (var field in EarlierCustody.FieldsOf(kind).Where(f => given[f.Name] is JsonObject or JsonArray || f.Need != Need.Optional || (f.Name == "hashNotApplicable" && !hashed)))
                One(given, field with { Need = Need.Required }, null, $"custody.{i}.{field.Name}");
        }
    }

    private void One(JsonObject form, Field field, JsonNode? known, string path, bool everything = false)
    {
        var given = form[field.Name];
        switch (field.Shape)
        {
            case Shape.Object when given is null && known is null && field.Asked && Answer($"{path}: anything to say? yes, or nothing", field with { Shape = Shape.Text, Max = 100 }, null, mayBeEmpty: true) is null:
                break;
            case Shape.Object:
                var inner = given as JsonObject ?? [];
                // What is known goes with what was given only where they are of one and the same.
                Members(inner, field, given is null || Agree(inner, known as JsonObject) ? known as JsonObject : null, path, everything);
                if (given is null && inner.Count > 0)
                    form[field.Name] = inner;
                break;
            case Shape.Objects when given is JsonArray list:
                for (var i = 0; i < list.Count; i++)
                    Members((JsonObject)list[i]!, field, null, $"{path}.{i}");
                break;
            case Shape.Objects when known is JsonArray { Count: > 0 } before && Keeps(path, before):
                form[field.Name] = before.DeepClone();
                One(form, field, null, path);
                break;
            case Shape.Objects:
                var first = new JsonObject();
                Members(first, field, (known as JsonArray)?.FirstOrDefault() as JsonObject, $"{path}.0");
                form[field.Name] = new JsonArray(first);
                break;
            default:
                if (given is null && Answer(path, field, known, field.Need == Need.Optional) is { } answer)
                    form[field.Name] = answer;
                break;
        }
    }

    private void Members(JsonObject inner, Field field, JsonObject? known, string path, bool everything = false)
    {
        foreach (var member in field.Fields.Where(member => inner[member.Name] is JsonObject or JsonArray || everything || member.Need != Need.Optional || member.Asked || known?[member.Name] is not null || IsWanted(inner, member.Name)))
            One(inner, IsWanted(inner, member.Name) ? member with { Need = Need.Required } : member, known?[member.Name], $"{path}.{member.Name}");
    }

    private static bool Agree(JsonObject given, JsonObject? known) => known is not null && given.All(member => JsonNode.DeepEquals(member.Value, known[member.Key]));

    private bool Keeps(string path, JsonArray known)
    {
        foreach (var element in known.OfType<JsonObject>())
            questions.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path} as before: {SafeText.Line(string.Join(", ", element.Select(member => $"{member.Key} {member.Value}")))}"));
        return Answer($"{path}: an empty answer keeps them, no asks anew", new Field(path, Shape.Flag, Need.Required), JsonValue.Create(true), mayBeEmpty: false) is JsonValue kept && kept.GetValue<bool>();
    }

    // Null only where an empty answer is one.
    private JsonNode? Answer(string path, Field field, JsonNode? known, bool mayBeEmpty)
    {
        var choices = field.Words.Count > 0 ? $" [{string.Join(" | ", field.Words)}]" : "";
        var several = field.Shape is Shape.Texts or Shape.Words or Shape.Languages;
        while (true)
        {
            var shown = known is JsonArray list ? string.Join(", ", list.Select(element => $"{element}")) : known?.ToString();
            questions.Write(string.Create(CultureInfo.InvariantCulture,
                $"{path}{(several ? " (several with commas)" : "")}{choices}{(field.Hint is { } hint ? $" ({hint})" : "")}{(shown is null ? "" : $" <{SafeText.Line(shown)}{(mayBeEmpty ? $"; {None} for none" : "")}>")}: "));
            questions.Flush();
            var line = (answers.ReadLine() ?? throw StopException.Usage($"the answers ended before '{path}'")).Trim();
            if (mayBeEmpty && (line == None || (line.Length == 0 && known is null)))
                return null;
            if (line.Length == 0 && known is null)
                continue;
            JsonNode answer = line.Length == 0 ? known!.DeepClone() : several ? new JsonArray([.. line.Split(',').Select(word => (JsonNode)word.Trim())]) : FieldsFile.Typed(field, line);
            if (FormCheck.Problems(JsonSerializer.SerializeToElement(new JsonObject { [field.Name] = answer }), [field]) is not [var problem, ..])
                return answer.DeepClone();
            questions.WriteLine(SafeText.Line(problem.Detail));
            // What was right in an earlier build is not offered for ever.
            known = line.Length == 0 ? null : known;
        }
    }

    private static string? Said(JsonObject form, string name) => form[name]?.ToString();
}
