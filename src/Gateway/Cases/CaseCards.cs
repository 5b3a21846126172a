using Gateway.Peers;
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
    public static PeerCard? Of(Session s, PeerDirectory peers, CaseRow row, string state) => Of(s, peers, row, state, Delivered(s, row.RequestMessage) ?? row.Opened);

    /// <summary>When a message was there as a whole, as its receipt says; null: it was not, or went on paper.</summary>
    public static DateTimeOffset? Delivered(Session s, string message)
        => s.Query("SELECT time FROM receipts WHERE message = $1 AND event = $2 ORDER BY time LIMIT 1", r => (DateTimeOffset?)r.Time(0), message, ReceiptEvent.ContentConsignment).FirstOrDefault();
}
