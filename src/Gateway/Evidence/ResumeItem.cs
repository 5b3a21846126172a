using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>An item that was given up comes after all, by wire or on a disk: it is received again if its case still takes receipts and there is room for it.</summary>
internal sealed class ResumeItem(Database database, Room room, TimeProvider clock)
{
    /// <summary>Null when the item is received again. What is not given up is left as it is.</summary>
    public async Task<Refusal?> Run(CaseRow row, ItemRow item, Manifest manifest)
        => item.State != ItemState.GIVEN_UP ? null : await database.Write<Refusal?>(Lane.Bulk, s =>
        {
            // The end of the case was not held back for it; behind it nothing could be certified any more.
            if (Chains.IsClosed(s, row.Id) || CaseRow.Find(s, row.Id) is { State: CaseState.COMPLETED })
                return new Refusal(RefusalCode.TransitionNotAllowed, "the item was given up, and its case has ended", "item");
            if (room.ForTransfer(s, manifest, row.Peer) is { } full)
                return full;
            item.Move(s, ItemState.RECEIVING);
            new AuditRecord("item.resumed", $"peer {row.Peer}", item.Id, row.Id, "it was given up, and comes after all").Append(s, clock.GetUtcNow());
            Events.Append(s, clock.GetUtcNow(), "item.resumed", row.Id, item.Id, "it was given up, and comes after all");
            return null;
        });
}
