using System.Buffers;
using Gateway.Evidence;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleTree;
using Gateway.Storage;

namespace Gateway.Integrity;

/// <summary>Evidence: manifests, grants and decisions open and are what their rows say; the chunks on disk make the tree that the manifest commits to.</summary>
internal sealed class CheckItems(LedgerView view)
{
    private readonly ChunkStore _store = new(view.ItemsFolder, keepFreeBytes: 0);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<ItemRow> _erased = [];
    private readonly List<Stored> _stored = [];

    /// <summary>What the database says. What lies on the disk is only noted: <see cref="Files"/>.</summary>
    /// <param name="chunks">Whether to read every chunk then, which takes as long as reading the disk.</param>
    public void Run(bool chunks)
    {
        foreach (var item in ItemRow.All(view.Session))
        {
            view.Report.Count("items");
            _known.Add(item.Id);
            if (view.Erased.HasItem(item.Id))
            {
                if (Kept(item.Id))
                    Incomplete(item);
                else
                    _erased.Add(item);
                continue;
            }
            if (view.IsDoubtful(item.CaseId) && !view.Keys.Opens(item.CaseId))
                continue;
            var manifest = item.ManifestSha256 is null ? null : Papers(item);
            Decisions(item);
            if (!chunks || (manifest is null && item.ManifestSha256 is not null))
                continue;
            // What this side gave up is all here; what the other side gave up is not.
            var count = CountsAsStored(item) ? ItemRow.Stored(view.Session, item.Id) : item.Chunks;
            if (count > 0)
                _stored.Add(new Stored(item, count, manifest?.TreeRoot));
        }
        view.Session.Each("SELECT DISTINCT r.item, r.chain FROM receipts r LEFT JOIN items i ON i.id = r.item WHERE r.item IS NOT NULL AND i.id IS NULL ORDER BY r.item", row =>
        {
            if (!view.IsDoubtful(row.GetString(1)))
                Fault(LedgerFault.ITEM_MISSING, $"item {row.GetString(0)}", row.GetString(1), "receipts name it, and it is not there");
        });
    }

    /// <summary>
    /// What lies on the disk, after the snapshot. It is of no one moment: where it differs from the snapshot, what the database says now decides whether something is wrong.
    /// Rows go before files and come before them, so that whoever sees the files first learns why.
    /// </summary>
    public void Files()
    {
        foreach (var stored in _stored)
            Chunks(stored);
        foreach (var folder in _store.Items().Order(StringComparer.Ordinal))
        {
            if (!_known.Contains(folder) && view.Now(s => s.Number("SELECT count(*) FROM items WHERE id = $1", folder)) == 0)
                Fault(LedgerFault.CHUNKS_WITHOUT_ITEM, $"item {folder}", null, "chunks lie on the disk for an item that the database does not know");
        }
        // Last: what was erased just before the snapshot is still going.
        foreach (var item in _erased.Where(i => _store.Exists(i.Id)))
            Incomplete(item);
    }

    private static bool CountsAsStored(ItemRow item) => item.State is ItemState.ATTACHING or ItemState.RECEIVING || item is { State: ItemState.GIVEN_UP, Direction: ItemDirection.IN };

    private void Incomplete(ItemRow item) => Fault(LedgerFault.ERASURE_INCOMPLETE, $"item {item.Id}", item.CaseId, "the item is erased, and parts of it are still there; the next start of the gateway destroys them");

    private bool Kept(string item) => view.Session.Number("SELECT count(*) FROM items WHERE id = $1 AND (manifest IS NOT NULL OR grant_envelope IS NOT NULL)", item) > 0
        || view.Session.Number("SELECT count(*) FROM item_decisions WHERE item = $1", item) > 0;

    private Manifest? Papers(ItemRow item)
    {
        string? wrong;
        try
        {
            var papers = ItemPapers.Open(view.Session, view.Keys, item);
            var manifest = papers.Manifest;
            wrong = papers.Signed.Sha256 != item.ManifestSha256 || manifest.ItemId != item.Id || manifest.Case != item.CaseId || manifest.SizeBytes != item.SizeBytes || manifest.Chunks != item.Chunks
                || manifest.ExhibitNumber != item.Exhibit || manifest.FileName != item.FileName || manifest.Sha256.ToString() != item.Sha256
                || item.Lineage is { } lineage && lineage != ItemLineage.Of(manifest)
                ? "a column of its row says something else than its manifest"
                : null;
            if (wrong is null)
                return manifest;
        }
        catch (Exception e) when (e is LedgerBrokenException or InvalidOperationException)
        {
            if (view.IsKeyErasedSince(item.CaseId))
                return null;
            wrong = "its manifest or its grant does not open with the key of the case";
        }
        Fault(LedgerFault.ITEM_ALTERED, $"item {item.Id}", item.CaseId, wrong);
        return null;
    }

    // What the log says was decided must be there as it was signed; what is there must open and be in the log.
    private void Decisions(ItemRow item)
    {
        var logged = view.Session.Query("SELECT body FROM audit_records WHERE case_id = $1 AND (act LIKE 'release.%' OR act = 'item.lost')", row => row.Bytes(0), item.CaseId)
            .Select(Detail).OfType<(string Subject, Digest Sha256)>().Where(d => d.Subject == item.Id).Select(d => d.Sha256).ToHashSet();
        view.Session.Each("SELECT seq, kind, document FROM item_decisions WHERE item = $1 ORDER BY seq", row =>
        {
            view.Report.Count("decisions");
            var record = $"decision {row.GetInt64(0)} of {item.Id}";
            try
            {
                var der = view.Keys.Open(item.CaseId, Decision.Purpose(item.Id), row.Bytes(2));
                if (!SignedDocument.Open(der).TryGet(out var signed, out var refusal))
                    Fault(LedgerFault.DECISION_ALTERED, record, item.CaseId, refusal.Detail);
                else if (item.Direction == ItemDirection.OUT && row.GetString(1) is not (Decision.HandOver or Decision.Shipped) && !logged.Remove(signed.Sha256))
                    Fault(LedgerFault.DECISION_ALTERED, record, item.CaseId, "no record of the log names it");
            }
            catch (LedgerBrokenException)
            {
                if (!view.IsKeyErasedSince(item.CaseId))
                    Fault(LedgerFault.DECISION_ALTERED, record, item.CaseId, "it does not open with the key of the case");
                view.Doubt(item.Id);
            }
        }, item.Id);
        if (!view.IsDoubtful(item.Id))
        {
            foreach (var missing in logged.Order(Comparer<Digest>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))))
                Fault(LedgerFault.DECISION_MISSING, $"decision {missing} of {item.Id}", item.CaseId, "the log knows it, and it is not there");
        }
    }

    private static (string, Digest)? Detail(byte[] body)
    {
        var read = DocumentReader.Read(body, AuditLog.AuditRecord.Type, 1, AuditLog.AuditRecord.Read);
        return read is { Succeeded: true, Value: var record } && Digest.TryParse(record.Detail, out var digest) ? (record.Subject, digest) : null;
    }

    private void Chunks(Stored stored)
    {
        var item = stored.Item;
        using var files = _store.Of(item.Id);
        var tree = new TreeBuilder();
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk.StoredBytes);
        var bad = 0;
        try
        {
            for (var index = 0L; index < stored.Count; index++)
            {
                var wrong = ChunkAt(files, stored, index, buffer, out var leaf);
                if (wrong is not null)
                {
                    if (!IsStillThere(item, index))
                        return;
                    // It may have been written anew while it was read.
                    using var again = _store.Of(item.Id);
                    wrong = ChunkAt(again, stored, index, buffer, out leaf);
                }
                view.Report.Count("chunks");
                if (wrong is { } fault)
                {
                    bad++;
                    Fault(fault.Fault, $"chunk {index} of {item.Id}", item.CaseId, fault.Text);
                }
                tree.Add(leaf);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        // Chunks and leaf list could have been changed together: the manifest, which is signed, decides.
        if (stored.Count == item.Chunks && bad == 0 && stored.Root is { } root && tree.Root != root)
            Fault(LedgerFault.CHUNK_ALTERED, $"chunks of {item.Id}", item.CaseId, $"they make the root {tree.Root}; the manifest says {root}");
    }

    // Since the snapshot an upload may have been forgotten, a transfer given up or begun at its first chunk again, the case erased.
    private bool IsStillThere(ItemRow item, long chunk)
    {
        var (now, stored) = view.Now(s => (ItemRow.Find(s, item.Id), ItemRow.Stored(s, item.Id)));
        return now switch
        {
            // Of all items only an upload is forgotten with its row.
            null => item.State != ItemState.ATTACHING,
            { State: ItemState.ERASED } => !view.IsErasedSince(item.CaseId),
            _ => !CountsAsStored(now) || chunk < stored,
        };
    }

    private static (LedgerFault Fault, string Text)? ChunkAt(ItemFiles files, Stored stored, long index, byte[] buffer, out Digest leaf)
    {
        leaf = default;
        try
        {
            var length = stored.Root is null ? files.StoredLength(index) : Chunk.PlainLength(stored.Item.SizeBytes, index) + Chunk.Overhead;
            var chunk = buffer.AsSpan(0, length);
            files.Read(index, chunk);
            leaf = TreeHash.Leaf(chunk);
            return leaf == files.Leaf(index) ? null : (LedgerFault.CHUNK_ALTERED, "it is not what the leaf list says");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentOutOfRangeException)
        {
            return (LedgerFault.CHUNK_MISSING, "it is not there, or cut, or its leaf is");
        }
    }

    private void Fault(LedgerFault fault, string record, string? caseId, string text) => view.Report.Add(fault, record, caseId, null, text);

    /// <summary>What must lie on the disk.</summary>
    /// <param name="Item">As the snapshot has it.</param>
    /// <param name="Count">Chunks that were flushed.</param>
    /// <param name="Root">What its manifest commits to, where it has one.</param>
    private sealed record Stored(ItemRow Item, long Count, Digest? Root);
}
