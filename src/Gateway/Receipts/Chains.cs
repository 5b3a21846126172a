using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Receipts;

/// <summary>The heads of both chains of a case (or channel), read in one snapshot: what a new receipt is signed over.</summary>
/// <param name="Named">How many receipts of the other side our last one names. More than are here when ours came back after a restore before theirs did.</param>
internal sealed record ChainHeads(string Chain, ChainHead Own, ChainHead Peer, long Named = 0)
{
    /// <summary>The heads once these receipts of the other side are in.</summary>
    public ChainHeads With(IReadOnlyList<VerifiedReceipt> received)
        => received is [.., var last] && last.Receipt.Seq > Peer.Seq
            ? this with { Peer = new ChainHead(last.Receipt.Seq, last.Sha256, last.Receipt.Time) }
            : this;
}

/// <summary>Someone else extended the chain between reading its head and writing: read again and sign again.</summary>
internal sealed class ChainMovedException(string chain) : Exception($"the chain {chain} moved");

/// <summary>The tables of receipts and heads.</summary>
internal static class Chains
{
    public static ChainHeads Heads(Session session, string chain, string ownState, string peerState)
        => new(chain, Head(session, chain, ownState), Head(session, chain, peerState), session.Number("SELECT named FROM chains WHERE chain = $1 AND issuer = $2", chain, ownState));

    /// <summary>Why a case cannot go on: two receipts of one number are held, of either side. Null when there are none.</summary>
    public static Refusal? Fork(Session session, string chain)
        => session.One("SELECT issuer, seq FROM receipt_forks WHERE chain = $1 ORDER BY seq LIMIT 1",
            row => new Refusal(RefusalCode.CaseForked, $"two receipts {row.GetInt64(1)} of {row.GetString(0)} exist in {chain}", "case"), chain);

    /// <summary>The receipts that close their chain, from the index that holds no others: a chain of ten thousand is not walked for them.</summary>
    public const string Closing = $"FROM receipts c INDEXED BY receipts_closing WHERE c.event = '{nameof(ReceiptEvent.GatewayCaseClosed)}'";

    /// <summary>Whether a case is closed: one side has issued its GatewayCaseClosed. Then neither chain takes anything but that receipt of the other side, and that something was not taken.</summary>
    public static bool IsClosed(Session session, string chain)
        => session.Number($"SELECT count(*) {Closing} AND c.chain = $1", chain) > 0;

    /// <summary>Whether a State has closed its chain.</summary>
    public static bool IsClosed(Session session, string chain, string issuer)
        => session.Number($"SELECT count(*) {Closing} AND c.chain = $1 AND c.issuer = $2", chain, issuer) > 0;

    public static ChainHead Head(Session session, string chain, string issuer)
        => session.One("SELECT seq, sha256, time FROM chains WHERE chain = $1 AND issuer = $2",
            row => new Boxed(new ChainHead(row.GetInt64(0), row.Digest(1), row.Time(2))), chain, issuer)?.Head ?? ChainHead.Empty;

    /// <summary>Adds one receipt, logged as <paramref name="leaf"/> in the same transaction; the head must still be its predecessor, else <see cref="ChainMovedException"/>.</summary>
    public static void Add(Session session, string chain, string peerState, Receipt receipt, Digest sha256, byte[] der, long leaf)
    {
        var moved = receipt.Seq == 1
            ? session.Run("INSERT INTO chains (chain, issuer, seq, sha256, time, peer, named) VALUES ($1, $2, 1, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                chain, receipt.Issuer.State, sha256, receipt.Time, peerState, receipt.PeerSeq) != 1
            : session.Run("UPDATE chains SET seq = $1, sha256 = $2, time = $3, named = $4 WHERE chain = $5 AND issuer = $6 AND seq = $7 AND sha256 = $8",
                receipt.Seq, sha256, receipt.Time, receipt.PeerSeq, chain, receipt.Issuer.State, receipt.Seq - 1, receipt.Previous) != 1;
        if (moved)
            throw new ChainMovedException(chain);
        session.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, item, time, der, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            chain, receipt.Issuer.State, receipt.Seq, sha256, receipt.Event, receipt.Subject.Message, receipt.Subject.Item, receipt.Time, der, leaf);
    }

    /// <summary>The digest of the newest receipt of this event about an item, or null.</summary>
    public static Digest? OfItem(Session session, string chain, string issuer, string item, ReceiptEvent @event)
        => session.One("SELECT sha256 FROM receipts WHERE chain = $1 AND issuer = $2 AND item = $3 AND event = $4 ORDER BY seq DESC LIMIT 1", row => row.Bytes(0), chain, issuer, item, @event) is { } bytes
            ? new Digest(bytes)
            : null;

    /// <summary>The digest of one receipt, or null.</summary>
    public static Digest? DigestAt(Session session, string chain, string issuer, long seq)
        => session.One("SELECT sha256 FROM receipts WHERE chain = $1 AND issuer = $2 AND seq = $3", row => row.Bytes(0), chain, issuer, seq) is { } bytes
            ? new Digest(bytes)
            : null;

    /// <summary>Receipts <paramref name="from"/> to <paramref name="to"/> of a chain, both inclusive, at most <paramref name="limit"/>.</summary>
    public static List<byte[]> Der(Session session, string chain, string issuer, long from, long to, int limit = 1000)
        => session.Query("SELECT der FROM receipts WHERE chain = $1 AND issuer = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq LIMIT $5",
            row => row.Bytes(0), chain, issuer, from, to, limit);

    /// <summary>How many of our own receipts the other side is known to hold.</summary>
    public static long Acked(Session session, string chain, string ownState)
        => session.Number("SELECT acked FROM chains WHERE chain = $1 AND issuer = $2", chain, ownState);

    /// <summary>The other side expects <paramref name="nextExpected"/> next; never goes back, never beyond what there is.</summary>
    public static void Acknowledge(Session session, string chain, string ownState, long nextExpected)
        => session.Run("UPDATE chains SET acked = max(acked, min(seq, $1)) WHERE chain = $2 AND issuer = $3", nextExpected - 1, chain, ownState);

    /// <summary>The other side says that it holds only so many of ours (it lost some): what it lacks is pushed again.</summary>
    public static void Rewind(Session session, string chain, string ownState, long held)
        => session.Run("UPDATE chains SET acked = min(acked, $1) WHERE chain = $2 AND issuer = $3 AND acked > $1", held, chain, ownState);

    private sealed record Boxed(ChainHead Head);
}
