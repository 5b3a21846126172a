using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Storage;

namespace Gateway.Deadlines;

/// <summary>
/// A table of holidays came, was mended or was taken away, be it while the gateway was down: the cases of its State on which something is due are reckoned anew. The digest of each table that
/// was reckoned with stands in the database, in the transaction that has the clock look at the cases.
/// </summary>
internal sealed class TablesChanged(Database database, Calendars calendars, PeerDirectory peers)
{
    private const string Fact = "clock.calendar:";

    private IReadOnlyDictionary<string, Digest>? _known;

    /// <summary>One look, behind that at the files.</summary>
    public async Task Look(DateTimeOffset now)
    {
        var digests = calendars.Digests;
        if (ReferenceEquals(digests, _known))
            return;
        var before = database.Read(s => s.Query("SELECT substr(name, length($1) + 1), value FROM facts WHERE substr(name, 1, length($1)) = $1", r => (State: r.GetString(0), Digest: r.GetString(1)), Fact))
            .ToDictionary(fact => fact.State, fact => fact.Digest, StringComparer.Ordinal);
        var changed = digests.Keys.Union(before.Keys, StringComparer.Ordinal).Where(state => before.GetValueOrDefault(state) != (digests.TryGetValue(state, out var digest) ? digest.ToString() : null)).ToList();
        if (changed.Count > 0)
        {
            await database.Write(Lane.Bulk, s =>
            {
                foreach (var state in changed)
                    Note(s, state, digests.TryGetValue(state, out var digest) ? digest.ToString() : null, now);
            });
        }
        _known = digests;
    }

    // A case is reckoned by the days of the State that is asked.
    private void Note(Session s, string state, string? digest, DateTimeOffset now)
    {
        // Another look was faster.
        if (s.One("SELECT value FROM facts WHERE name = $1", r => r.GetString(0), Fact + state) == digest)
            return;
        s.Run("""
            INSERT INTO events (time, kind, case_id, subject, text)
            SELECT $1, 'case.clocked', c.id, c.id, 'the table of holidays of ' || $2 || ' changed' FROM cases c
            WHERE (c.side = $3 AND c.peer = $2 OR c.side = $4 AND $2 = $5) AND (c.closed IS NULL OR EXISTS (SELECT 1 FROM deadlines d WHERE d.case_id = c.id AND d.state IN ('RUNNING', 'SUSPENDED')))
            """, now, state, CaseSide.Requesting, CaseSide.Requested, peers.OwnCard.Card.State);
        if (digest is not null)
            s.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", Fact + state, digest);
        else
            s.Run("DELETE FROM facts WHERE name = $1", Fact + state);
    }
}
