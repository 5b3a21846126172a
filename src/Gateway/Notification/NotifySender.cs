using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Notification;

/// <summary>
/// Tells the sender of an emergency, by a receipt, whether a device of a duty officer confirmed the alarm. One receipt for each: that nobody was reached in time, and, when
/// somebody is reached after all, that too.
/// </summary>
internal sealed class NotifySender(Database database, KeyRing keys, IssueReceipts issue, LedgerGate gate, Alarms alarms, TimeProvider clock)
{
    /// <summary>A device confirmed; false when one had before.</summary>
    public async Task<bool> Reached(AlertRow alert, string device)
    {
        var now = clock.GetUtcNow();
        var done = await Issue(alert, ReceiptEvent.ConsignmentNotification, [], s =>
        {
            if (s.Run("UPDATE alerts SET confirmed = $1, device = $2 WHERE id = $3 AND confirmed IS NULL", now, device, alert.Id) != 1)
                return false;
            if (alert.Kind == AlertRow.Test)
            {
                alert.End(s, now);
                new AuditRecord("alarm.tested", "gateway", alert.Id, Detail: alert.Shift).Append(s, now);
            }
            return true;
        });
        if (done)
        {
            alarms.Clear(AlarmCode.EMERGENCY_UNHEARD, alert.Id);
            alarms.Clear(AlarmCode.ALARM_PATH_DEAD, "test");
        }
        return done;
    }

    /// <summary>Nobody confirmed in time.</summary>
    public Task<bool> NotReached(AlertRow alert) => Issue(alert, ReceiptEvent.ConsignmentNotificationFailure, [RefusalCode.NobodyNotified],
        s => s.Run("UPDATE alerts SET failed = $1 WHERE id = $2 AND confirmed IS NULL AND failed IS NULL", clock.GetUtcNow(), alert.Id) == 1);

    private async Task<bool> Issue(AlertRow alert, ReceiptEvent certifies, IReadOnlyList<RefusalCode> reasons, Func<Session, bool> change)
    {
        while (true)
        {
            var view = database.Read(s => CaseRow.Find(s, alert.CaseId) is { State: not (CaseState.COMPLETED or CaseState.REJECTED_TECHNICAL) } row && alert.Urgency == Urgency.EMERGENCY && alert.Kind == AlertRow.Request
                // What came on paper came from nobody who takes a receipt.
                && s.Query("SELECT cover_sha256 FROM messages WHERE id = $1 AND direction = 'IN'", r => r.Digest(0), alert.Id) is [var cover]
                ? new Certified(row, Chains.Heads(s, row.Id, keys.State, row.Peer), cover)
                : null);
            if (view is null)
                return await database.Write(Lane.Ordinary, change);
            if (gate.Shut is not null)
                return false;
            try
            {
                var issued = issue.Sign(view.Heads, view.Row.OwnAuthority, Party.Of(view.Row.PeerAuthority), new ReceiptDraft(certifies, new ReceiptSubject(alert.Id, view.Cover), reasons));
                return await database.Write(Lane.Emergency, s =>
                {
                    if (!change(s))
                        return false;
                    IssueReceipts.Append(s, view.Row.Id, view.Row.Peer, issued);
                    return true;
                });
            }
            catch (ChainMovedException)
            {
                // Another receipt of this case was signed meanwhile: take the next number.
            }
            catch (ChainBehindException)
            {
                // As while nothing may be signed at all: people are told, the sender when the chain is whole.
                return false;
            }
        }
    }

    private sealed record Certified(CaseRow Row, ChainHeads Heads, Digest Cover);
}
