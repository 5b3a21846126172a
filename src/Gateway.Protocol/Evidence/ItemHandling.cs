using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Evidence;

/// <summary>Under what conditions personal data in an item are used, and how long they are kept: the members of a request's <c>handling</c>.</summary>
/// <param name="Members">The members, in any order; a document has them in that of the table.</param>
public sealed record ItemHandling(JsonElement Members)
{
    internal static IReadOnlyList<Field> Fields => RequestFields.Handling;

    /// <summary>For what they may be used.</summary>
    public string? PurposeCode => Text("purposeCode");

    /// <summary>Until when they are kept: the rule, and its day or days.</summary>
    public string Retention => $"{Text("retention")}{(Text("retainUntil") is { } day ? $" {day}" : Members.TryGetProperty("retainDays", out var days) ? $" {days}" : "")}";

    /// <summary>The conditions by their codes.</summary>
    public IReadOnlyList<string> Conditions => [.. RequestView.ListIn(Members, "conditions", "").Select(c => RequestView.TextIn(c.Element, "code")).OfType<string>()];

    /// <summary>Special categories of personal data are among them.</summary>
    public bool IsSpecial => Says("specialCategory");

    /// <summary>They are under a legal hold: nothing of the case that receives them is erased until somebody there lifts it.</summary>
    public bool IsHeld => Says("legalHold");

    /// <summary>Reads what a laboratory wrote; <see cref="FormatException"/> names a member that there is none of.</summary>
    public static ItemHandling Of(JsonElement given)
    {
        if (given.ValueKind != JsonValueKind.Object)
            throw new FormatException("'handling' is an object");
        var strangers = new FieldComposer();
        strangers.Unknown(given, Fields, "handling");
        return strangers.Problems is [var first, ..] ? throw new FormatException($"{first.Path}: {first.Detail}") : new ItemHandling(given.Clone());
    }

    internal static ItemHandling Read(DocumentReader r)
    {
        var all = r.Element;
        FieldCheck.Read(r, Fields);
        return new ItemHandling(all.Clone());
    }

    internal void Write(DocumentWriter w) => Write(w, Members, Fields);

    /// <summary>What is required and not there.</summary>
    internal IReadOnlyList<Refusal> Problems()
    {
        var problems = new List<Refusal>();
        RequiredMembers.Missing(Members, Fields, "handling", problems);
        problems.AddRange(ContentRules.HandlingLacks(Members).Select(path => new Refusal(RefusalCode.RequiredFieldEmpty, "the field is empty", $"handling.{path}")));
        // A word with a refusal of its own is read by the shape of a word and judged here, as in a request.
        problems.AddRange(Fields.Where(f => f is { Shape: Shape.Word, Content: not null } && Text(f.Name) is { } word && !f.Words.Contains(word))
            .Select(f => new Refusal(f.Content!.Value, $"'{Text(f.Name)}' is none of {string.Join(", ", f.Words)}", $"handling.{f.Name}")));
        return problems;
    }

    private static void Write(DocumentWriter w, JsonElement members, IReadOnlyList<Field> fields)
    {
        foreach (var field in fields)
        {
            if (members.ValueKind != JsonValueKind.Object || !members.TryGetProperty(field.Name, out var value))
                continue;
            if (field.Shape == Shape.Objects && value.ValueKind == JsonValueKind.Array)
                w.Objects(field.Name, value.EnumerateArray(), (item, element) => Write(item, element, field.Fields));
            else
                w.Raw(field.Name, value);
        }
    }

    private bool Says(string name) => Members.TryGetProperty(name, out var flag) && flag.ValueKind == JsonValueKind.True;

    private string? Text(string name) => Members.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null;
}
