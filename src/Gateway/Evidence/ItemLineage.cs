using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>From which item another was derived, how, and the exhibit at the beginning of that: as its manifest says, held against what is here.</summary>
internal sealed record ItemLineage(string? Parent, string Derivation, string RootExhibit)
{
    public static ItemLineage Of(Manifest manifest) => new(manifest.ParentItem, manifest.Derivation.ToString(), manifest.RootExhibitNumber);

    /// <summary>Null while an item has no manifest yet, or has none any more.</summary>
    public static ItemLineage? Of(Session s, CaseKeys keys, ItemRow item)
        => item.Lineage ?? (item.ManifestSha256 is null || item.State == ItemState.ERASED ? null : Of(ItemPapers.Open(s, keys, item).Manifest));

    public void Store(Session s, string item) => s.RunOne("UPDATE items SET root_exhibit = $2, parent_item = $3, derivation = $4 WHERE id = $1", item, RootExhibit, Parent, Derivation);

    /// <summary>Why an item cannot be derived from another: that one is derived from it. Nobody derives one thing from the other both ways, so that nothing honest is refused for it.</summary>
    /// <param name="s">The session.</param>
    /// <param name="keys">Open the manifests of items of before schema 43.</param>
    /// <param name="caseId">The item's case.</param>
    /// <param name="item">The item.</param>
    /// <param name="parent">What it is said to be derived from; null: nothing that was exchanged.</param>
    public static Refusal? Circle(Session s, CaseKeys keys, string caseId, string item, string? parent)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var next = parent; next is not null && seen.Add(next); next = Here(s, caseId, next) is { } row ? Of(s, keys, row)?.Parent : null)
        {
            if (next == item)
                return Misfit($"{Here(s, caseId, parent!)?.Exhibit ?? parent} is itself derived from this item");
        }
        return null;
    }

    /// <summary>What contradicts the parent that is said: it is of another case, or of another root. Whoever can still change what he says is told; what is signed is taken as it is.</summary>
    public static Refusal? Contradiction(Session s, CaseKeys keys, string caseId, string? parent, string root)
    {
        if (parent is null || ItemRow.Find(s, parent) is not { } found)
            return null;
        if (found.CaseId != caseId)
            return Misfit($"no item {parent} is in this case");
        return Of(s, keys, found) is { } of && of.RootExhibit != root
            ? Misfit($"{found.Exhibit}, from which it is derived, has the root exhibit {of.RootExhibit}; this item says {root}", "rootExhibitNumber")
            : null;
    }

    /// <summary>What is to be known of the parent that is said, in words; null when it is here and fits. An extract may come before its whole, or without it.</summary>
    public static string? Remark(Session s, CaseKeys keys, string caseId, ItemLineage lineage)
        => lineage.Parent is not { } parent ? null
            : Contradiction(s, keys, caseId, parent, lineage.RootExhibit)?.Detail
            ?? (Here(s, caseId, parent) is { } found && Of(s, keys, found) is not null ? null : $"item {parent}, from which it is derived, is not here, or not whole");

    private static ItemRow? Here(Session s, string caseId, string item) => ItemRow.Find(s, item) is { } row && row.CaseId == caseId ? row : null;

    private static Refusal Misfit(string detail, string path = "parentItem") => new(RefusalCode.ParentDoesNotFit, detail, path);
}
