using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Delivery;

/// <summary>What waits to be delivered, shown to people, and a dead letter sent again.</summary>
internal sealed class DeliveryDesk(Database database, DeliveryLoop loop, DeadLetters dead, NeedToKnow access, TimeProvider clock)
{
    public Outcome<ListDeliveriesReply> List(ListDeliveriesRequest request, User by)
    {
        var reply = new ListDeliveriesReply();
        var reach = access.Of(by, Waiting(by));
        reply.Deliveries.AddRange(database.Read(s => Outbox.All(s, reach, request.DeadOnly)).Select(View));
        return reply;
    }

    public async Task<Outcome<DeliveryView>> Resend(ResendDeliveryRequest request, User by)
    {
        if (by.Refuse(Permission.DraftRequest) is { } notPermitted && by.Refuse(Permission.AdministerPeers) is not null)
            return notPermitted;
        if (database.Read(s => Outbox.Find(s, request.Message) is { } found && access.Sees(s, by, Waiting(by), found.CaseId) ? found : null) is not { } row)
            return NotWaiting;
        var revived = await database.Write(row.Lane, s =>
        {
            if (!Outbox.Revive(s, row.Message, clock.GetUtcNow()))
                return false;
            new AuditRecord("delivery.resent", by.Name, row.Message, row.CaseId).Append(s, clock.GetUtcNow());
            return true;
        });
        if (!revived)
            return NotWaiting;
        dead.Look();
        loop.Wake();
        return View(database.Read(s => Outbox.Find(s, request.Message)) ?? row);
    }

    private static Refusal NotWaiting => new(RefusalCode.NotFound, "no such message waits to be delivered, or it is not open to you", "message");

    // Administrators see to it that letters leave, whosesoever they are; but of a measure with a list only whom that names.
    private static Permission Waiting(User by) => by.Refuse(Permission.AdministerPeers) is null ? Permission.AdministerPeers : Permission.ReadReceipts;

    private static DeliveryView View(OutboxRow row) => new()
    {
        Message = row.Message,
        CaseId = row.CaseId,
        Peer = row.Peer,
        Lane = row.Lane.ToString().ToUpperInvariant(),
        State = row.Dead ? "DEAD" : row.Attempts == 0 ? "QUEUED" : "WAITING",
        Attempts = (uint)row.Attempts,
        NextAttempt = row.Dead ? "" : DocumentWriter.FormatTime(row.NextAttempt),
        LastError = row.LastError ?? "",
    };
}
