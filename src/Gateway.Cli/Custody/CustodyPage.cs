using Gateway.Cli.Output;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Wording;

namespace Gateway.Cli.Custody;

/// <summary>
/// The table of an item's custody for people: a block of lines per event, never wider than a page unless one word is. Numbers, names of
/// events and digests are always whole, because the remarks below and the report of a court name them.
/// </summary>
internal static class CustodyPage
{
    /// <summary>Columns of a page.</summary>
    public const int Width = 118;

    private const int LabelWidth = 16;

    /// <summary>The lines, with the words of events beside their codes when a language is given; texts from documents are made fit for a terminal.</summary>
    /// <param name="manifest">The item.</param>
    /// <param name="table">Its custody.</param>
    /// <param name="labels">Words of a language.</param>
    /// <param name="parent">The exhibit number of the item from which it was derived, where that is known.</param>
    public static IEnumerable<string> Of(Manifest manifest, CustodyTable table, Labels? labels = null, string? parent = null)
    {
        foreach (var line in WrappedText.Lines(SafeText.Line($"exhibit {manifest.ExhibitNumber}: {manifest.Description}"), Width, "  "))
            yield return line;
        yield return $"item {manifest.ItemId}, SHA-256 {manifest.Sha256}";
        foreach (var line in WrappedText.Lines(SafeText.Line($"{manifest.Derivation}{From(manifest, parent)}, root exhibit {manifest.RootExhibitNumber}"), Width, "  "))
            yield return line;
        if (table.Lines.Count == 0)
            yield return "no events";
        var numberWidth = $"{table.Lines.Count}".Length;
        var remarks = table.Remarks.ToLookup(remark => remark.Line);
        var numbers = table.Lines.Select((line, i) => (line.Sha256, i)).Where(line => line.Sha256 is not null).DistinctBy(line => line.Sha256).ToDictionary(line => line.Sha256!.Value, line => line.i);
        for (var i = 0; i < table.Lines.Count; i++)
        {
            var line = table.Lines[i];
            var flags = remarks[i].Select(remark => remark.Flag).Distinct().ToList();
            yield return "";
            yield return $"{$"{i + 1}".PadLeft(numberWidth)}  {CustodyTable.Local(line.Time)}{(line.Zone is { } zone ? $" {SafeText.Line(zone)}" : "")}  {SafeText.Line(Event(line, labels))}{(flags.Count == 0 ? "" : $"  [{string.Join(", ", flags)}]")}";
            foreach (var (label, text) in Facts(line, Corrected(table, numbers, line)).Where(fact => !string.IsNullOrWhiteSpace(fact.Text)))
            {
                var begin = new string(' ', numberWidth + 2) + label.PadRight(LabelWidth);
                foreach (var part in WrappedText.Lines(begin + SafeText.Line(text), Width, new string(' ', begin.Length)))
                    yield return part;
            }
        }
        yield return "";
        foreach (var remark in table.Remarks)
        {
            foreach (var part in WrappedText.Lines(SafeText.Line($"line {remark.Line + 1}: {remark.Flag}: {remark.Text}"), Width, "  "))
                yield return part;
        }
        if (table.Remarks.Count == 0)
            yield return "no interval without an explanation";
    }

    private static string From(Manifest manifest, string? parent)
        => manifest.ParentItem is not { } item ? "" : parent is null ? $" of item {item}, which is not here" : $" of exhibit {parent}, item {item}";

    // The code first: the remarks and the report of a court name it.
    private static string Event(CustodyLine line, Labels? labels)
        => labels is null || line.Label is not null ? line.Event : $"{line.Event} ({labels.Word("custody", line.Kind)})";

    // What is corrected has a number on this page; only what the manifest says of the time before has none.
    private static string? Corrected(CustodyTable table, Dictionary<Digest, int> numbers, CustodyLine line) => line.Corrects is not { } corrected ? null
        : numbers.TryGetValue(corrected, out var number) ? $"line {number + 1}, {table.Lines[number].Event}"
        : "what the manifest says of the time before";

    private static IEnumerable<(string Label, string? Text)> Facts(CustodyLine line, string? corrected) =>
    [
        ("who", $"{line.Who}, {line.Authority}"),
        ("signed by", line.SignedBy?.ToString()),
        ("where", line.Place),
        ("why", line.Reason),
        ("corrects", corrected),
        ("hands", line.From is null && line.To is null ? null : $"{line.From ?? "?"} → {line.To ?? "?"}"),
        ("details", line.Detail),
        ("SHA-256 before", line.HashBefore is { } before && before == line.HashAfter ? null : line.HashBefore?.ToString()),
        (line.HashBefore is not null && line.HashBefore == line.HashAfter ? "SHA-256 same" : "SHA-256 after", line.HashAfter?.ToString()),
        ("physical seal", Seal(line)),
        ("recorded", line.Seq is { } seq ? $"event {seq} of {line.State}{(line.RecordedAt is { } at && at != line.Time ? $", signed {CustodyTable.Local(at.ToOffset(line.Time.Offset))}" : "")}" : null),
    ];

    private static string? Seal(CustodyLine line) => (line.SealBefore, line.SealAfter) switch
    {
        (null, null) => null,
        ({ } before, null) => $"{before} opened",
        (null, { } after) => after,
        ({ } before, { } after) => before == after ? after : $"{before} → {after}",
    };
}
