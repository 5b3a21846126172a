using Gateway.Access;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Notification;

/// <summary>An officer's screen: what waits, then what happens, and a sign of life every few seconds; and its word that an alarm was heard.</summary>
internal sealed class WatchAlerts(Database database, Devices devices, AlertLoop loop, DutyDesk desk, NotifySender sender, NeedToKnow access, NotificationOptions options, Alarms alarms, Drain drain, TimeProvider clock)
{
    private const int MaxName = 60;

    public async Task<Refusal?> Watch(WatchAlertsRequest request, IServerStreamWriter<AlertNotice> stream, User by, CancellationToken cancellation)
    {
        if (by.Refuse(Permission.ReadContent) is { } notPermitted)
            return notPermitted;
        if (!IsName(request.Device))
            return new(RefusalCode.ArgumentNotValid, $"a device has a name of 1 to {MaxName} printable characters", "device");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, drain.Begun);
        var device = devices.Add(by.Name, by.Authority, request.Device, Sees(by), request.Silent, clock.GetUtcNow());
        try
        {
            await stream.WriteAsync(SignOfLife("STARTED"), cancellation);
            foreach (var notice in loop.Waiting(device).ToList())
                await stream.WriteAsync(notice, cancellation);
            using var beat = new PeriodicTimer(TimeSpan.FromSeconds(options.HeartbeatSeconds), clock);
            var next = beat.WaitForNextTickAsync(either.Token).AsTask();
            var heard = device.Notices.Reader.WaitToReadAsync(either.Token).AsTask();
            while (!either.IsCancellationRequested)
            {
                await Task.WhenAny(next, heard);
                if (either.IsCancellationRequested)
                    break;
                if (heard.IsCompleted)
                {
                    if (!await heard)
                        return new(RefusalCode.RateLimited, "the screen did not keep up; connect again");
                    while (device.Notices.Reader.TryRead(out var notice))
                        await stream.WriteAsync(notice, cancellation);
                    heard = device.Notices.Reader.WaitToReadAsync(either.Token).AsTask();
                }
                if (next.IsCompleted)
                {
                    await stream.WriteAsync(SignOfLife("HEARTBEAT"), cancellation);
                    next = beat.WaitForNextTickAsync(either.Token).AsTask();
                }
            }
            return drain.Draining ? new(RefusalCode.ShuttingDown, "the gateway stops; connect again") : null;
        }
        finally
        {
            devices.Remove(device);
        }
    }

    /// <summary>A device says that it showed and rang an alarm.</summary>
    public async Task<Outcome<ConfirmAlertReply>> Confirm(ConfirmAlertRequest request, User by)
    {
        if (by.Refuse(Permission.ReadContent) is { } notPermitted)
            return notPermitted;
        if (!IsName(request.Device))
            return new Refusal(RefusalCode.ArgumentNotValid, $"a device has a name of 1 to {MaxName} printable characters", "device");
        if (database.Read(s => AlertRow.Find(s, request.Alert)) is not { } alert || !loop.IsFor(alert, by.Name, Sees(by)))
            return new Refusal(RefusalCode.NotFound, "there is no such alarm, or it is not for you", "alert");
        // The sender would be told that a person could hear it.
        if (!devices.Rings(by.Name, request.Device))
            return new Refusal(RefusalCode.StateConflict, $"no screen '{request.Device}' of yours that rings watches now: it cannot confirm that an alarm was heard", "device");
        await database.Write(Lane.Emergency, s => AlertRow.Called(s, alert.Id, clock.GetUtcNow(), "DEVICE", $"{by.Name} {request.Device}", "OK"));
        return new ConfirmAlertReply { First = await sender.Reached(alert, $"{by.Name} {request.Device}") };
    }

    private Func<string, bool> Sees(User by) => caseId => database.Read(s => access.Sees(s, by, Permission.ReadContent, caseId));

    private AlertNotice SignOfLife(string type)
    {
        var now = clock.GetUtcNow();
        var shift = desk.Now(now);
        var notice = new AlertNotice { Type = type, Raised = DocumentWriter.FormatTime(now), Shift = shift?.Name ?? "", HeartbeatSeconds = (uint)options.HeartbeatSeconds };
        notice.OnDuty.AddRange((shift?.Officers ?? []).Select(o => o.User));
        notice.Troubles.AddRange(Troubles.Of(alarms));
        notice.Trouble = string.Join("; ", notice.Troubles.Select(t => t.Text));
        return notice;
    }

    private static bool IsName(string name) => name.Length is > 0 and <= MaxName && name.All(c => c is >= ' ' and <= '~');
}
