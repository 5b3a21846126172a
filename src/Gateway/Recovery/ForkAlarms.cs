using Gateway.Peers;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Recovery;

/// <summary>
/// The alarm about a peer that signed two receipts under one number, one for each chain. The proof stays for ever; the alarm stands,
/// after a restart too, until an administrator has looked into it or the case is erased here. Forks of our own receipts are ROLLBACK's.
/// </summary>
internal sealed class ForkAlarms(Database database, PeerDirectory peers, Alarms alarms)
{
    private readonly Lock _looking = new();
    private readonly HashSet<string> _raised = new(StringComparer.Ordinal);

    public void Look()
    {
        lock (_looking)
        {
            var own = peers.OwnCard.Card.State;
            var forks = database.Read(s => s.Query("""
                SELECT chain, issuer, min(seq) FROM receipt_forks AS f
                WHERE issuer <> $1 AND looked_into IS NULL AND NOT EXISTS (SELECT 1 FROM erasures WHERE case_id = f.chain AND issuer = $1) GROUP BY chain, issuer
                """, row => (Chain: row.GetString(0), Issuer: row.GetString(1), Seq: row.GetInt64(2)), own));
            foreach (var fork in forks)
                alarms.Raise(AlarmCode.RECEIPT_FORK, fork.Chain, $"{fork.Issuer} issued two receipts {fork.Seq} in {fork.Chain}; both are kept as proof", ChainId.CaseOf(fork.Chain));
            _raised.UnionWith(forks.Select(f => f.Chain));
            foreach (var chain in _raised.Except(forks.Select(f => f.Chain)).ToList())
            {
                alarms.Clear(AlarmCode.RECEIPT_FORK, chain);
                _raised.Remove(chain);
            }
        }
    }

    /// <summary>Ends, in this transaction, what is alarmed of a chain; the number of forks that this was.</summary>
    public static int LookedInto(Session session, string chain, string ownState, DateTimeOffset now)
        => session.Run("UPDATE receipt_forks SET looked_into = $1 WHERE chain = $2 AND issuer <> $3 AND looked_into IS NULL", now, chain, ownState);

    /// <summary>Looks once what is being written now is committed: nothing is alarmed that is not kept.</summary>
    public void LookAfterCommit() => _ = database.NextCommit.ContinueWith(_ => Look(), TaskScheduler.Default);
}
