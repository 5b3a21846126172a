using System.Globalization;
using Gateway.AuditLog;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Hosting;

/// <summary>
/// Another log on purpose, with the next card: after the theft of a key of the log, whoever has it may have had another history of the present one cosigned, and then no peer cosigns
/// anything more under that name. The new log names the last good checkpoint; the card, signed offline, tells peers that it was begun by its State, and where the other one ended.
/// </summary>
internal static class RenewLog
{
    /// <summary>What the card will say; a refusal where the present log is not one that can be ended so.</summary>
    /// <param name="session">A snapshot.</param>
    /// <param name="reason">For people.</param>
    /// <param name="number">Of the log of its year; null: the next. Another one where somebody has begun that one in our name.</param>
    public static Outcome<LogRenewal> Prepare(Session session, string reason, int? number = null)
    {
        if (RecoveryFacts.IsOlder(session))
            return new Refusal(RefusalCode.StateConflict, "this database was restored or set back: another log begins when the ledger is opened again");
        var present = LogEpoch.Current(session);
        if (present is not null && number <= present.Name.Number)
            return new Refusal(RefusalCode.StateConflict, $"the present log is {present.Name}: another one has a higher number");
        // A log that nobody has seen needs no successor; neither does one that was begun a moment ago, unless its name was taken.
        if (present is null || (Checkpoints.Latest(session, present)?.Note ?? (number is null ? null : present.Follows(session))) is not { } last)
            return new Refusal(RefusalCode.StateConflict, "the present log has no checkpoint yet: start the gateway first, or say under which number another one begins, if somebody has begun this one in your name");
        return LogRenewal.Of(present.Name with { Number = number ?? present.Name.Number + 1 }, last, reason.Trim());
    }

    /// <summary>Begins it in the transaction that puts the card in force.</summary>
    public static void Run(Session session, LogRenewal renewal, DateTimeOffset now)
    {
        var begun = LogEpoch.BeginAnew(session, renewal, now);
        new AuditRecord("log.renewed", "key install", begun.Name.Origin, Detail: string.Create(CultureInfo.InvariantCulture, $"it follows {renewal.Ended.Origin}, of {renewal.End.Size} leaves: {renewal.Reason}")).Append(session, now);
    }
}
