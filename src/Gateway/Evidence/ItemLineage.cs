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

    /// <summary>
    /// Why an item is not the child that it is said to be; null when nothing here speaks against it. The parent is of the same case, is of the same root, and is derived from nothing
    /// that is derived from the item. What is attached here has its parent here; the other side may release an extract and keep the whole, so that its parent need not be known.
    /// </summary>
    /// <param name="s">The session.</param>
    /// <param name="keys">Open the manifests of items of before schema 43.</param>
    /// <param name="caseId">The item's case.</param>
    /// <param name="item">The item.</param>
    /// <param name="parent">What it is said to be derived from; null: nothing that was exchanged.</param>
    /// <param name="root">The root exhibit that it is said to have.</param>
    /// <param name="attached">Whether it is attached here.</param>
    public static Refusal? Refuse(Session s, CaseKeys keys, string caseId, string item, string? parent, string root, bool attached)
    {
        if (parent is null)
            return null;
        var found = ItemRow.Find(s, parent);
        if (found is null && !attached)
            return null;
        if (found is null || found.CaseId != caseId)
            return Misfit($"no item {parent} is in this case");
        if (Of(s, keys, found) is not { } of)
            return Misfit($"item {parent} is not attached whole yet");
        if (of.RootExhibit != root)
            return Misfit($"{found.Exhibit}, from which it is derived, has the root exhibit {of.RootExhibit}; this item says {root}", "rootExhibitNumber");
        var seen = new HashSet<string>(StringComparer.Ordinal) { parent };
        for (var next = of.Parent; next is not null && seen.Add(next); next = ItemRow.Find(s, next) is { } row && row.CaseId == caseId ? Of(s, keys, row)?.Parent : null)
        {
            if (next == item)
                return Misfit($"{found.Exhibit} is itself derived from this item");
        }
        return null;
    }

    private static Refusal Misfit(string detail, string path = "parentItem") => new(RefusalCode.ParentDoesNotFit, detail, path);
}
