using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Cases;

/// <summary>
/// By which card of a State a case is judged for good: the one in force when the request was delivered, whatever came later. On paper it is the description under which the
/// case was opened.
/// </summary>
internal static class CaseCards
{
    /// <summary>The card or description of one of both States; null when none is known.</summary>
    /// <param name="s">The session.</param>
    /// <param name="peers">The cards.</param>
    /// <param name="row">The case.</param>
    /// <param name="state">The State.</param>
    /// <param name="delivered">When the request was delivered.</param>
    public static PeerCard? Of(Session s, PeerDirectory peers, CaseRow row, string state, DateTimeOffset delivered)
        => state == row.Peer && PaperCases.Has(s, row.Id) ? PaperStates.Find(s, state, PaperCases.Description(s, row.Id))?.Options.ToCard()
            : peers.CardOf(state, delivered);

    /// <summary>The same, when what is delivered is not known yet; until then the one in force when the case was opened here.</summary>
    public static PeerCard? Of(Session s, PeerDirectory peers, CaseRow row, string state) => Of(s, peers, row, state, Delivered(s, row) ?? row.Opened);

    /// <summary>When the request was there as a whole, as the requested State certified in the chain of the case; null: it was not, or went on paper. Ids are unique to their sender: what
    /// another State, or a receipt in another case, says of a message with the same id dates nothing here.</summary>
    public static DateTimeOffset? Delivered(Session s, CaseRow row)
        => s.Query("SELECT time FROM receipts WHERE message = $1 AND event = $2 AND chain = $3 AND issuer = $4 ORDER BY time LIMIT 1", r => (DateTimeOffset?)r.Time(0),
            row.RequestMessage, ReceiptEvent.ContentConsignment, row.Id, Ids.StateOf(row.Side == CaseSide.Requested ? row.OwnAuthority : row.PeerAuthority)).FirstOrDefault();
}
