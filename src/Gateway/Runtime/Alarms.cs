using System.Collections.Concurrent;

namespace Gateway.Runtime;

/// <summary>Why somebody should look. The names are what operators see; docs/errors.md lists them.</summary>
internal enum AlarmCode
{
    CERTIFICATE_EXPIRES,
    CARD_EXPIRES,
    CARD_CLASH,
    DISK_LOW,
    CLOCK_JUMPED,
    PEER_UNREACHABLE,
    PEER_BLOCKED,
    DELIVERY_DEAD,
    RECEIPT_FORK,
    LEDGER_DAMAGED,
    LEDGER_ROLLBACK,
    LEDGER_CLAIM,
    TRUST_LIST_EXPIRED,
    TRUST_ANCHORS_MISSING,
    TRUST_LIST_REFUSED,
    IMPLEMENTATIONS_DIFFER,
    LOG_UNWITNESSED,
    LOG_BEHIND,
    LOG_FORKED,
    LOG_NOT_GROWN,
    LOG_SECOND,
    LOG_RENEWED,
    WITNESS_FAILS,
    WITNESS_QUORUM,
    TIME_STAMP_LATE,
    RELEASE_UNREVIEWED,
    CERTIFICATE_TO_FOLLOW,
    PARCEL_LATE,
    BREACH_UNTOLD,
    ERASURE_PAGES,
    EVIDENCE_DAMAGED,
    GRANTS_UNREADABLE,
    DEADLINES_MISSED,
    HOLIDAYS_MISSING,
    EMERGENCY_UNHEARD,
    EMERGENCY_NOT_DELIVERED,
    MARKS_WAIT,
    ALARM_PATH_DEAD,
    ROSTER_NOT_VALID,
    ROUND_FAILS,
}

/// <summary>One thing that is wrong now.</summary>
/// <param name="Subject">What it is about: a file, a State, a message id.</param>
/// <param name="CaseId">The case that it names, if it names one: its words are for those who see that case.</param>
internal sealed record RaisedAlarm(AlarmCode Code, string Subject, string Text, DateTimeOffset Since, string? CaseId);

/// <summary>The board of what is wrong now. In memory only: everything on it is found again after a restart.</summary>
internal sealed class Alarms(TimeProvider time, ILogger<Alarms> log)
{
    private readonly ConcurrentDictionary<(AlarmCode Code, string Subject), RaisedAlarm> _raised = new();

    public IReadOnlyList<RaisedAlarm> All => [.. _raised.Values.OrderBy(a => a.Since).ThenBy(a => a.Subject, StringComparer.Ordinal)];

    /// <summary>Raises the alarm, or changes its text and keeps the time since when it stands.</summary>
    /// <param name="code">What is wrong.</param>
    /// <param name="subject">With the code, which alarm it is.</param>
    /// <param name="text">What people read.</param>
    /// <param name="caseId">The case that the text names, or to which the item or message belongs.</param>
    public void Raise(AlarmCode code, string subject, string text, string? caseId = null)
    {
        var alarm = new RaisedAlarm(code, subject, text, time.GetUtcNow(), caseId);
        if (_raised.TryAdd((code, subject), alarm))
            log.LogWarning("Alarm {Code} raised for {Subject}: {Text}", code, subject, text);
        else
            _raised.AddOrUpdate((code, subject), alarm, (_, old) => old with { Text = text, CaseId = caseId });
    }

    public void Clear(AlarmCode code, string subject)
    {
        if (_raised.TryRemove((code, subject), out _))
            log.LogInformation("Alarm {Code} cleared for {Subject}", code, subject);
    }
}
