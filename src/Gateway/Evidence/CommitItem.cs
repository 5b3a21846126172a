using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>Ends an upload: the manifest is the technician's, says what was stored, and the grant opens with our key to the key that it commits to.</summary>
internal sealed class CommitItem(Database database, CaseKeys caseKeys, ItemGrants grants, TimeProvider clock)
{
    private const int MaxPaperBytes = 4 * 1024 * 1024;

    /// <summary>Before the first chunk: what can be said of the papers then. Null when nothing speaks against them, or none are given.</summary>
    public Refusal? Foresee(CaseRow row, AttachBegin begin, User by)
    {
        if (begin.Papers is { } papers)
            return Judge(row, begin.Item, papers, by, clock.GetUtcNow()).Refusal;
        if (begin.Request.Length > 0 && begin.Request != row.RequestMessage)
            return new Refusal(RefusalCode.ManifestMismatch, $"the manifest will name the message {begin.Request}; the request of this case is {row.RequestMessage}", "request");
        // The form can still be changed; what is signed already, as on a packed disk, cannot.
        if (begin.ParentItem.Length > 0 && database.Read(s => ItemLineage.Circle(s, caseKeys, row.Id, begin.Item, begin.ParentItem) ?? ItemLineage.Contradiction(s, caseKeys, row.Id, begin.ParentItem, begin.RootExhibit)) is { } misfit)
            return misfit;
        return begin.SignerSha256.Length > 0 && !begin.SignerSha256.Span.SequenceEqual(by.Signing is { } registered ? registered.Sha256.ToArray() : [])
            ? new Refusal(RefusalCode.MarkSignerUnknown, $"the manifest will not be signed with the certificate registered for {by.Name}", "signerSha256")
            : null;
    }

    public async Task<Outcome<ItemView>> Run(CaseRow row, ItemRow item, ItemFiles files, long stored, AttachCommit commit, User by)
    {
        var now = clock.GetUtcNow();
        if (!Judge(row, item.Id, commit, by, now).TryGet(out var papers, out var refusal))
            return refusal;
        var manifest = papers.Manifest;
        if (await Stored(files, manifest, stored) is { } mismatch)
            return mismatch;
        await caseKeys.Ensure(row.Id, Lane.Bulk);
        var (sealedManifest, sealedGrant) = papers.Seal(caseKeys);
        return await database.Write<Outcome<ItemView>>(Lane.Ordinary, s =>
        {
            var attached = s.Run("""
                UPDATE items SET state = 'ATTACHED', exhibit = $2, file_name = $3, size_bytes = $4, chunks = $5, tree_root = $6, sha256 = $7,
                  manifest_sha256 = $8, manifest = $9, grant_envelope = $10 WHERE id = $1 AND state = 'ATTACHING'
                """,
                item.Id, manifest.ExhibitNumber, manifest.FileName, manifest.SizeBytes, manifest.Chunks, manifest.TreeRoot, manifest.Sha256.ToString(),
                papers.Signed.Sha256, sealedManifest, sealedGrant) == 1;
            if (!attached)
                return new Refusal(RefusalCode.StateConflict, "the item was committed meanwhile", "item");
            var lineage = ItemLineage.Of(manifest);
            lineage.Store(s, item.Id);
            var leaf = new AuditRecord("item.attached", by.Name, item.Id, row.Id, papers.Signed.Sha256.ToString()).Append(s, now);
            s.RunOne("UPDATE items SET attached_leaf = $1 WHERE id = $2", leaf, item.Id);
            Events.Append(s, now, "item.attached", row.Id, item.Id, $"{manifest.Chunks} chunks, waits for its release{(ItemLineage.Remark(s, caseKeys, row.Id, lineage) is { } remark ? $"; {remark}" : "")}");
            return ShowItems.View(s, ItemRow.Find(s, item.Id)!);
        });
    }

    private Outcome<ItemPapers> Judge(CaseRow row, string item, AttachCommit commit, User by, DateTimeOffset now)
    {
        if (commit.Manifest.Length > MaxPaperBytes || commit.Grant.Length > MaxPaperBytes)
            return new Refusal(RefusalCode.MessageTooLarge, "a manifest and its grant must fit into one message", "manifest");
        if (!SubmittedDocument.Open(by, commit.Manifest.ToByteArray(), now).TryGet(out var document, out var refusal))
            return refusal;
        if (!Manifest.Read(document.Content).TryGet(out var manifest, out refusal))
            return refusal;
        if (manifest.ItemId != item || manifest.Case != row.Id || manifest.Request != row.RequestMessage)
            return new Refusal(RefusalCode.ManifestMismatch, "the manifest is about another item, case or request", "itemId");
        if (SignedTime.Ahead(manifest.Time, now, "manifest") is { } ahead)
            return ahead;
        if (database.Read(s => ItemLineage.Circle(s, caseKeys, row.Id, item, manifest.ParentItem)) is { } circle)
            return circle;
        if (!grants.Open(commit.Grant.Memory, row.OwnAuthority, manifest, document.Signed.Sha256).TryGet(out var key, out refusal))
            return refusal;
        key.Dispose();
        return new ItemPapers(document.Signed, manifest, commit.Grant.ToByteArray());
    }

    private static async Task<Refusal?> Stored(ItemFiles files, Manifest manifest, long stored)
    {
        if (stored != manifest.Chunks)
            return new Refusal(RefusalCode.ItemIncomplete, $"the manifest says {manifest.Chunks} chunks, {stored} are stored", "chunks");
        // All chunks but the last are full: a shorter one ends an upload.
        if (files.StoredLength(stored - 1) != ItemFiles.LengthIn(manifest, stored - 1))
            return new Refusal(RefusalCode.ManifestMismatch, "the chunks stored have another size than the manifest says", "sizeBytes");
        await using var leaves = files.OpenLeaves();
        return await ChunkCheck.LeavesAsync(manifest, leaves);
    }
}
