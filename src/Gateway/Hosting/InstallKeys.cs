using System.Globalization;
using Gateway.AuditLog;
using Gateway.Evidence;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Hosting;

/// <summary>
/// <c>gateway key install</c>: after certificates in the configuration changed, issues the next version of our card. The gateway must
/// be stopped (the database has one owner); at its next start it pushes the card to all peers. Stored key grants are wrapped to the evidence keys in use before
/// that: where one would open with no key any more, nothing is installed, so that nobody destroys the key that it needs.
/// </summary>
internal sealed class InstallKeys(Configuration configuration, TimeProvider clock)
{
    private const int Named = 20;

    /// <summary>Issues the card.</summary>
    /// <param name="cardKey">The card key.</param>
    /// <param name="acceptUnreadable">The key is gone for good, and the administrator knows what goes with it.</param>
    /// <param name="renewLog">Why another log begins with this card; null: the present one goes on.</param>
    /// <param name="logNumber">Its number in the year; null: the next.</param>
    /// <param name="cardVersion">The version of the card; null: the next. After a restore nobody here knows which was the last.</param>
    public async Task<Outcome<SignedCard>> Run(CardKeyFiles cardKey, bool acceptUnreadable = false, string? renewLog = null, int? logNumber = null, long? cardVersion = null)
    {
        if (logNumber is not null && renewLog is null)
            return new Refusal(RefusalCode.StateConflict, "--log-number is the number of the log that --renew-log begins");
        using var signer = cardKey.Load();
        var wrapped = await new WrapGrants(configuration, clock).Run();
        if (wrapped.Unreadable.Count > 0 && !acceptUnreadable)
            return new Refusal(RefusalCode.EvidenceKeyNeeded, string.Create(CultureInfo.InvariantCulture,
                $"no evidence key in the configuration opens the key grants of {wrapped.Unreadable.Count} items, which nobody could take out any more: {string.Join("; ", wrapped.Unreadable.Take(Named))}{(wrapped.Unreadable.Count > Named ? "; and others" : "")}"), "Keys:Authorities");
        using var log = LogKeys.Load(configuration.Gateway.DataFolder);
        await using var database = Database.Open(configuration.Gateway.DataFolder);
        var now = clock.GetUtcNow();
        if (database.Read(PeerRows.Own) is not { } before)
            return new Refusal(RefusalCode.StateConflict, "the database holds no card of our own: run 'gateway init' to its end");
        // A second card of a version that peers hold already would be refused by all of them.
        if (cardVersion is null && database.Read(s => RecoveryFacts.IsOlder(s) && RecoveryFacts.Find(s, RecoveryFacts.CardsReturned) is null))
            return new Refusal(RefusalCode.StateConflict, "this database came back from a backup, and cards may have been issued since: start the gateway, so that peers return them, and install then; "
                + "where no peer can be reached with the keys that are left, ask one which version of our card it holds, and give a higher one with --card-version");
        if (cardVersion <= before.Card.Version)
            return new Refusal(RefusalCode.CardVersion, $"version {before.Card.Version} is in force here; --card-version needs a higher one");
        LogRenewal? renewal = null;
        if (renewLog is not null && !database.Read(s => RenewLog.Prepare(s, renewLog, logNumber)).TryGet(out renewal, out var refused))
            return refused;
        // Said again in every later card, until there is another: a peer may have missed this one.
        var keys = log.Card with { Renewal = renewal ?? before.Card.Log?.Renewal };
        if (!new IssueCard(configuration.Gateway.State, configuration.Keys, configuration.Profile, keys).Issue(signer, before, cardKey.ValidDays, now, cardVersion).TryGet(out var card, out var refusal))
            return refusal;
        await database.Write(Lane.Ordinary, s =>
        {
            PeerRows.StoreOwn(s, card, now);
            new AuditRecord("card.issued", "key install", card.Card.State, Detail: $"card {card.Card.Version} follows {before.Card.Version}").Append(s, now);
            if (renewal is not null)
                RenewLog.Run(s, renewal, now);
            foreach (var lost in wrapped.Unreadable)
                new AuditRecord("item.unreadable", "key install", lost.Item, lost.Case, "no evidence key opens its grant; an administrator accepted it").Append(s, now);
        });
        return card;
    }
}
