using Gateway.Cases;
using Gateway.Evidence;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Erasures;

/// <summary>
/// Holds that were declared before this program kept several of a case, or knew of declared ones: set from the stored documents when the gateway first opens, before anybody can erase.
/// A stop between leaves the fact, and the next start goes on; what was set, or set and lifted, is not set again.
/// </summary>
internal sealed class DeclareHolds(Database database, CaseKeys caseKeys, string ownState, TimeProvider clock, ILogger<DeclareHolds> log)
{
    private const string Fact = "holds.toDeclare";

    public async Task Run()
    {
        if (database.Read(s => s.Number("SELECT count(*) FROM facts WHERE name = $1", Fact)) == 0)
            return;
        var held = 0;
        foreach (var id in database.Read(s => s.Query("SELECT id FROM cases WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE case_id = id AND issuer = $1) ORDER BY id", r => r.GetString(0), ownState)))
        {
            var (row, request, items) = database.Read(s => Stored(s, id));
            if (request is null && items.Count == 0)
                continue;
            held += await database.Write(Lane.Bulk, s =>
            {
                var before = CaseHolds.Of(s, id).Count;
                if (request is not null)
                    DeclaredHold.Of(s, id, request, row.Side, clock.GetUtcNow());
                foreach (var item in items)
                    DeclaredHold.Of(s, id, item.ItemId, item.Handling, row.PeerAuthority, clock.GetUtcNow());
                return CaseHolds.Of(s, id).Count - before;
            });
        }
        await database.Write(Lane.Bulk, s => s.Run("DELETE FROM facts WHERE name = $1", Fact));
        if (held > 0)
            log.LogWarning("{Holds} legal holds that were declared with personal data are set now: 'gatewayctl case list --held' shows them", held);
    }

    // What cannot be read is not a hold; that content is gone is said where it is missed.
    private (CaseRow Row, Request? Request, List<Manifest> Items) Stored(Session s, string id)
    {
        var row = CaseRow.Find(s, id)!;
        var request = KeptDocuments.Read(s, caseKeys, id, row.RequestMessage, PartRole.request) is { } bytes && Request.Read(bytes).TryGet(out var read, out _) ? read : null;
        var items = s.Query("SELECT id, manifest FROM items WHERE case_id = $1 AND direction = 'IN' AND manifest IS NOT NULL ORDER BY id", r => (Id: r.GetString(0), Manifest: r.Bytes(1)), id)
            .Select(item => caseKeys.TryOpen(id, ItemPapers.ManifestName(item.Id), item.Manifest) is { } plain && SignedDocument.Open(plain).TryGet(out var signed, out _)
                && Manifest.Read(signed.Content).TryGet(out var manifest, out _) ? manifest : null)
            .OfType<Manifest>().Where(manifest => manifest.Handling is { IsHeld: true }).ToList();
        return (row, request, items);
    }
}
