using Gateway.Cases;
using Gateway.Protocol.Evidence;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>Parcels that were to have arrived and have not stand on the board of both sides until the item is there, or somebody says that the parcel is lost.</summary>
internal sealed class WatchParcels(Database database, CaseKeys caseKeys, Alarms alarms, Rounds rounds, Drain drain, TimeProvider clock) : BackgroundService
{
    private const string Notice = "notice of a parcel with ";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        await rounds.Every(TimeSpan.FromMinutes(1), "the watch over parcels", () =>
        {
            Look();
            return Task.CompletedTask;
        }, clock, stop.Token);
    }

    /// <summary>One look.</summary>
    public void Look()
    {
        var now = clock.GetUtcNow();
        var damaged = new HashSet<string>(StringComparer.Ordinal);
        var late = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (item, shipment) in database.Read(s => OnTheWay(s, damaged)).Where(parcel => now > parcel.Shipment.Late))
        {
            late.Add(item.Id);
            alarms.Raise(AlarmCode.PARCEL_LATE, item.Id, item.Direction == ItemDirection.IN
                ? $"{item.Exhibit} was to arrive by {shipment.Day} ({shipment}); ask the other State, or the carrier"
                : $"{item.Exhibit} was to arrive by {shipment.Day} ({shipment}) and is not certified; ask the carrier, or say that it is lost ('gatewayctl evidence lost')", item.CaseId);
        }
        foreach (var there in alarms.All.Where(a => (a.Code == AlarmCode.PARCEL_LATE && !late.Contains(a.Subject)) || (a.Code == AlarmCode.LEDGER_DAMAGED && a.Subject.StartsWith(Notice, StringComparison.Ordinal) && !damaged.Contains(a.Subject))))
            alarms.Clear(there.Code, there.Subject);
    }

    // Few at any time. The last notice counts: what was lost may have been sent again.
    private List<(ItemRow Item, Shipment Shipment)> OnTheWay(Session s, HashSet<string> damaged)
        => [.. s.Query("SELECT DISTINCT i.id FROM items i JOIN item_decisions d ON d.item = i.id AND d.kind = $1 WHERE i.state IN ('RELEASED', 'SENT', 'RECEIVING')", row => row.GetString(0), Decision.Shipped)
            .Where(id => ShipItem.IsShipped(s, id)).Select(id => ItemRow.Find(s, id)!)
            .Select(item => (Item: item, Shipment: Announced(s, item, damaged))).Where(parcel => parcel.Shipment is not null).Select(parcel => (parcel.Item, parcel.Shipment!))];

    // One notice that rotted hinders no other: the alarm says so, as the check of the records does.
    private Shipment? Announced(Session s, ItemRow item, HashSet<string> damaged)
    {
        try
        {
            return FoundParcel.Announced(s, caseKeys, item);
        }
        catch (LedgerBrokenException e)
        {
            damaged.Add(Notice + item.Id);
            alarms.Raise(AlarmCode.LEDGER_DAMAGED, Notice + item.Id, $"the notice of the parcel with {item.Exhibit} cannot be read any more: {e.Message}. Run 'gateway fsck'.", item.CaseId);
            return null;
        }
    }
}
