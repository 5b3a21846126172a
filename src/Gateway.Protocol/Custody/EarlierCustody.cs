using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Custody;

/// <summary>
/// Custody events before an item was attached, as its manifest has them: the members of <see cref="CustodyRules"/>, without those that
/// number and chain a signed event. The manifest's signature is theirs.
/// </summary>
public static class EarlierCustody
{
    // The manifest says them once for all: which item, which case, who signs.
    private static readonly string[] s_ofTheManifest = ["id", "item", "case", "manifestSha256", "seq", "recordedBy"];

    /// <summary>The kinds that may stand in a manifest, ATTACHED the last of them.</summary>
    public static IReadOnlyList<CustodyKind> Kinds { get; } = [.. Enum.GetValues<CustodyKind>().Where(kind => kind <= CustodyKind.ATTACHED)];

    private static readonly Field[] s_common = [.. CustodyFields.Before.Where(field => !s_ofTheManifest.Contains(field.Name)).Select(field => field.Name switch
    {
        "event" => Field.Word("event", Need.Always, [.. Kinds.Select(kind => kind.ToString())]),
        "actor" => Field.Object("actor", Need.Required, Field.Text("name", Need.Required, 200), Field.Of("authority", Shape.Authority, Need.Required)) with { Hint = "who did it, for which authority" },
        "basis" => field with { Need = Need.Optional, Hint = "case, order or provision under which it was done; that of the item (`lawfulBasis`) when left out" },
        _ => field,
    })];

    /// <summary>Every member that an event of any kind may have, in order; those of a kind are optional here and judged by <see cref="Check"/>.</summary>
    public static IReadOnlyList<Field> Fields { get; } =
        [.. s_common, .. Kinds.SelectMany(kind => CustodyRules.Of(kind).Fields).DistinctBy(field => field.Name).Select(field => field with { Need = Need.Optional, Hint = null })];

    /// <summary>The members of one kind, in order, with what it needs.</summary>
    public static IReadOnlyList<Field> FieldsOf(CustodyKind kind)
    {
        var rule = CustodyRules.Of(kind);
        return [.. s_common.Select(field => rule.Needs.Contains(field.Name) ? field with { Need = Need.Required } : field), .. rule.Fields];
    }

    /// <summary>Returns before the item was taken out, of whoever makes a manifest; those made before are read as they are.</summary>
    internal static IEnumerable<Refusal> Returns(IReadOnlyList<CustodyEntry> entries) => entries
        .Select((entry, i) => CustodyComposer.BackBefore(entry.Time, entry.Text) is { } early ? early with { Path = $"custody[{i}].{early.Path}" } : null).OfType<Refusal>();

    /// <summary>What the kind of each event asks for and the event lacks, all in one sentence; then what belongs to another kind.</summary>
    internal static IEnumerable<Refusal> Check(IReadOnlyList<CustodyEntry> entries)
    {
        var lacking = new List<string>();
        var strange = new List<Refusal>();
        for (var i = 0; i < entries.Count; i++)
        {
            var fields = FieldsOf(entries[i].Event);
            using var document = JsonDocument.Parse(DocumentWriter.Write("custody", 1, entries[i].Write));
            var problems = CustodyComposer.Problems(document.RootElement, entries[i].Event, fields);
            if (problems.Where(problem => problem.Code == RefusalCode.RequiredFieldEmpty).Select(problem => problem.Path!).ToList() is { Count: > 0 } missing)
                lacking.Add($"{entries[i].Event} (custody[{i}]) lacks {string.Join(", ", missing)}");
            strange.AddRange(problems.Where(problem => problem.Code != RefusalCode.RequiredFieldEmpty).Select(problem => problem with { Path = $"custody[{i}].{problem.Path}" }));
            strange.AddRange(document.RootElement.EnumerateObject().Where(member => member.Name is not ("v" or "type") && !fields.Any(field => field.Name == member.Name))
                .Select(member => new Refusal(RefusalCode.DocumentUnknownMember, $"{entries[i].Event} has no such member", $"custody[{i}].{member.Name}")));
        }
        return lacking.Count == 0 ? strange : strange.Prepend(new Refusal(RefusalCode.RequiredFieldEmpty, $"{string.Join("; ", lacking)}", "custody"));
    }
}
