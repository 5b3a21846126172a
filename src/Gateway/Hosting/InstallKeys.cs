using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Hosting;

/// <summary>
/// <c>gateway key install</c>: after certificates in the configuration changed, issues the next version of our card. The gateway must
/// be stopped (the database has one owner); at its next start it pushes the card to all peers.
/// </summary>
internal sealed class InstallKeys(Configuration configuration, TimeProvider clock)
{
    public async Task<Outcome<SignedCard>> Run(CardKeyFiles cardKey)
    {
        using var signer = cardKey.Load();
        using var log = LogKeys.Load(configuration.Gateway.DataFolder);
        await using var database = Database.Open(configuration.Gateway.DataFolder);
        var now = clock.GetUtcNow();
        if (database.Read(PeerRows.Own) is not { } before)
            return new Refusal(RefusalCode.StateConflict, "the database holds no card of our own: run 'gateway init' to its end");
        if (!new IssueCard(configuration.Gateway.State, configuration.Keys, configuration.Profile, log.Card).Issue(signer, before, cardKey.ValidDays, now).TryGet(out var card, out var refusal))
            return refusal;
        await database.Write(Lane.Ordinary, s =>
        {
            PeerRows.StoreOwn(s, card, now);
            new AuditRecord("card.issued", "key install", card.Card.State, Detail: $"card {card.Card.Version} follows {before.Card.Version}").Append(s, now);
        });
        return card;
    }
}
