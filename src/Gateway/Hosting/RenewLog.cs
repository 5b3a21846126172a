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
    public static Outcome<LogRenewal> Prepare(Session session, string reason)
    {
        if (RecoveryFacts.IsOlder(session))
            return new Refusal(RefusalCode.StateConflict, "this database was restored or set back: another log begins when the ledger is opened again");
        // A log that nobody has seen needs no successor; neither does one that was begun a moment ago.
        if (LogEpoch.Current(session) is not { } ended || Checkpoints.Latest(session, ended) is not { } last)
            return new Refusal(RefusalCode.StateConflict, "the present log has no checkpoint yet: start the gateway first");
        return LogRenewal.Of(ended.Name with { Number = ended.Name.Number + 1 }, last.Note, reason.Trim());
    }

    /// <summary>Begins it in the transaction that puts the card in force.</summary>
    public static void Run(Session session, LogRenewal renewal, DateTimeOffset now)
    {
        var begun = LogEpoch.BeginAnew(session, renewal, now);
        new AuditRecord("log.renewed", "key install", begun.Name.Origin, Detail: string.Create(CultureInfo.InvariantCulture, $"it follows {renewal.Ended.Origin}, of {renewal.End.Size} leaves: {renewal.Reason}")).Append(session, now);
    }
}
