using Gateway.AuditLog;
using Gateway.Evidence;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Erasures;

/// <summary>
/// What follows the transaction of an erasure: the key of the case is destroyed, with the sealed erasure kept beside the keys, the chunks are deleted,
/// and the write-ahead logs are emptied, so that no old page is left. At every start all of it is looked at again: after a stop in between, after
/// older keys were restored, and after an older database was restored beside keys that know of the erasure.
/// </summary>
internal sealed class FinishErasures(Database database, CaseKeys caseKeys, ChunkStore chunks, ItemLeases leases, EmptyLogs logs, string ownState, TimeProvider clock, ILogger<FinishErasures> log)
{
    public async Task Run(Erasure erasure, ReadOnlyMemory<byte> der)
    {
        await caseKeys.Destroy(erasure.Case, der, database.Read(s => ErasureRows.Decisions(s, erasure.Case)));
        await Clear(erasure);
        await logs.Now();
    }

    // Whoever writes an item just now is ended first: a stream would make the folder anew with its next file.
    private async Task Clear(Erasure erasure)
    {
        foreach (var item in erasure.Items)
        {
            using var lease = await leases.Take(item.Item, fromDisk: false, CancellationToken.None);
            chunks.Remove(item.Item);
        }
    }

    /// <summary>At a start, before the ports open: one look at each erasure, by its case; only those with something left are read.</summary>
    public async Task All()
    {
        var known = database.Read(s => s.Query("SELECT case_id FROM erasures WHERE issuer = $1", row => row.GetString(0), ownState)).ToHashSet(StringComparer.Ordinal);
        var changed = false;
        foreach (var caseId in caseKeys.ErasedCases().Where(c => !known.Contains(c)))
        {
            // An older database: it still has what was erased, and no key for it.
            var der = caseKeys.Erasure(caseId);
            var forgotten = Open(der);
            await database.Write(Lane.Ordinary, s =>
            {
                ErasureRows.Store(s, forgotten, der, told: true);
                var here = ErasureRows.Decisions(s, caseId).Select(d => Digest.Of(d.Document)).ToHashSet();
                foreach (var (user, document) in caseKeys.Decisions(caseId).Where(d => !here.Contains(Digest.Of(d.Document))))
                {
                    var signed = SignedDocument.Open(document).Value;
                    var decision = ErasureDecision.Read(signed.Content).Value;
                    ErasureRows.Append(s, decision, user, signed, decision.Time);
                }
                Leaves.Append(s, LeafKind.erasure, Digest.Of(der));
                EraseRecords.Run(s, forgotten.Case);
                EmptyLogs.Ask(s, clock.GetUtcNow());
            });
            await Clear(forgotten);
            log.LogWarning("erased {Case} again: the database was older than its erasure", forgotten.Case);
            changed = true;
        }
        var left = known.Where(caseKeys.Has).ToHashSet(StringComparer.Ordinal);
        left.UnionWith(database.Read(s => s.Query("SELECT id, case_id FROM items WHERE state = $1", row => (Item: row.GetString(0), Case: row.GetString(1)), ItemState.ERASED))
            .Where(i => known.Contains(i.Case) && chunks.Exists(i.Item)).Select(i => i.Case));
        foreach (var caseId in left)
        {
            var der = database.Read(s => s.One("SELECT der FROM erasures WHERE case_id = $1 AND issuer = $2", row => row.Bytes(0), caseId, ownState))!;
            var erasure = Open(der);
            await caseKeys.Destroy(erasure.Case, der, database.Read(s => ErasureRows.Decisions(s, erasure.Case)));
            await Clear(erasure);
            log.LogWarning("finished the erasure of {Case}", erasure.Case);
            changed = true;
        }
        if (changed)
            await database.Write(Lane.Ordinary, s => EmptyLogs.Ask(s, clock.GetUtcNow()));
    }

    private static Erasure Open(ReadOnlyMemory<byte> der) => SignedDocument.Open(der).Then(signed => Erasure.Read(signed.Content)) is { Succeeded: true, Value: var erasure }
        ? erasure
        : throw new LedgerBrokenException("a stored erasure cannot be read any more; run 'gateway fsck'");
}
