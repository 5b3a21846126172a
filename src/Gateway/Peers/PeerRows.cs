using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Peers;

/// <summary>The tables <c>peers</c> and <c>peer_cards</c>. Every card that was ever in force stays: old marks are judged by it.</summary>
internal static class PeerRows
{
    // A card is read and verified on every change of a peer; a State that issues more than these has retired its seals long ago.
    public const int EarlierCards = 32;

    private const string Newest = """
        SELECT p.state, p.status, c.der, p.proposed_by, p.approved_by, p.reason FROM peers p
        JOIN peer_cards c ON c.state = p.state AND c.version = (SELECT max(version) FROM peer_cards WHERE state = p.state)
        """;

    /// <summary>Our own newest card; null before initialisation has ended.</summary>
    public static SignedCard? Own(Session session) => session.One($"{Newest} WHERE p.status = 'OWN'", row => Open(row.Bytes(2)));

    public static IReadOnlyList<Peer> Peers(Session session) => session.Query($"{Newest} WHERE p.status <> 'OWN' ORDER BY p.state", Read);

    public static Peer? Find(Session session, string state) => session.One($"{Newest} WHERE p.status <> 'OWN' AND p.state = $1", Read, state);

    /// <summary>All cards of a State, the oldest first.</summary>
    public static IReadOnlyList<SignedCard> Cards(Session session, string state)
        => session.Query("SELECT der FROM peer_cards WHERE state = $1 ORDER BY version", row => Open(row.Bytes(0)), state);

    /// <summary>The cards of a State above a version as they came, the lowest first.</summary>
    public static IReadOnlyList<byte[]> Above(Session session, string state, long version, int limit)
        => session.Query("SELECT der FROM peer_cards WHERE state = $1 AND version > $2 ORDER BY version LIMIT $3", row => row.Bytes(0), state, version, limit);

    /// <summary>The cards before the newest, as many as may still matter for what is under way. One that rotted is passed over: the check of the records names it.</summary>
    public static IReadOnlyList<SignedCard> Earlier(Session session, string state)
        => [.. session.Query("SELECT der FROM peer_cards WHERE state = $1 ORDER BY version DESC LIMIT $2 OFFSET 1", row => row.Bytes(0), state, EarlierCards)
            .Select(der => SignedCard.Open(der)).Where(opened => opened.Succeeded).Select(opened => opened.Value)];

    /// <summary>All cards of a State, the oldest first, each as it opens: for what must go on where one rotted.</summary>
    public static IReadOnlyList<Outcome<SignedCard>> Opened(Session session, string state)
        => session.Query<Outcome<SignedCard>>("SELECT der FROM peer_cards WHERE state = $1 ORDER BY version", row => SignedCard.Open(row.Bytes(0)), state);

    /// <summary>The keys of a log that any card of its State has named. A card that rotted is passed over: the check of the records names it.</summary>
    public static IReadOnlyList<NoteKey> LogKeys(Session session, LogName log)
        => [.. Opened(session, log.State).Where(opened => opened.Succeeded).SelectMany(opened => opened.Value.Card.Log?.LogKeys(log) ?? []).Distinct()];

    public static void StoreOwn(Session session, SignedCard card, DateTimeOffset now)
    {
        session.RunOne("INSERT INTO peers (state, status, card_key, changed) VALUES ($1, 'OWN', $2, $3) ON CONFLICT (state) DO UPDATE SET card_key = $2, changed = $3",
            card.Card.State, card.CardKey, now);
        StoreCard(session, card, now);
    }

    public static void Store(Session session, Peer peer, DateTimeOffset now) => session.RunOne(
        """
        INSERT INTO peers (state, status, card_key, proposed_by, approved_by, reason, changed) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (state) DO UPDATE SET status = $2, card_key = $3, proposed_by = $4, approved_by = $5, reason = $6, changed = $7
        """,
        peer.State, peer.Status, peer.Card.CardKey, peer.ProposedBy, peer.ApprovedBy, peer.Reason, now);

    public static void StoreCard(Session session, SignedCard card, DateTimeOffset now)
        => session.RunOne("INSERT INTO peer_cards (state, version, der, received) VALUES ($1, $2, $3, $4)", card.Card.State, card.Card.Version, card.Der, now);

    private static Peer Read(SqliteDataReader row)
        => new(row.GetString(0), row.Word<PeerStatus>(1), Open(row.Bytes(2)), row.TextOrNull(3) ?? "", row.TextOrNull(4), row.TextOrNull(5));

    private static SignedCard Open(byte[] der)
        => SignedCard.Open(der).TryGet(out var card, out var refusal) ? card : throw new LedgerBrokenException($"a stored card cannot be opened: {refusal.Detail}");
}
