using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Storage;

namespace Gateway.Receipts;

/// <summary>A message of a case with what its receipts say of it.</summary>
/// <param name="Message">Its id.</param>
/// <param name="Direction">IN or OUT.</param>
/// <param name="About">What it is about.</param>
/// <param name="Kind">Request kind, act, or type of its document.</param>
/// <param name="Created">When it was sealed, or came.</param>
/// <param name="Story">What was certified of it.</param>
/// <param name="Certified">When the last of that was certified that counts; null: nothing was.</param>
internal sealed record DeliveredMessage(string Message, string Direction, CoverAbout About, string Kind, DateTimeOffset Created, DeliveryStory Story, DateTimeOffset? Certified);

/// <summary>What the receipts of a case say of its messages, by the table of the delivery track.</summary>
internal static class Deliveries
{
    /// <summary>Of a message that we sent, or say that we sent: after a loss its receipts are back before it is.</summary>
    public static DeliveryStory OfOurs(Session s, string chain, string message, string peerState)
        => DeliveryStory.Of(s.Query("SELECT event, issuer FROM receipts WHERE message = $1 AND chain = $2 AND item IS NULL ORDER BY time, issuer, seq",
            r => (r.Word<ReceiptEvent>(0), r.GetString(1) == peerState ? MessageEnd.RECIPIENT : MessageEnd.SENDER), message, chain));

    /// <summary>
    /// The newest messages of a case, the newest first. What was rejected on the channel (there is no case there, or it could not be opened) counts behind all, and only when it came back for good: an
    /// envelope for a key that is gone is made anew.
    /// </summary>
    public static List<DeliveredMessage> OfCase(Session s, string caseId, string peerState, int limit)
    {
        var rows = s.Query("""
            SELECT m.id, m.direction, m.about, m.kind, m.sender, m.created, r.event, r.issuer, r.time
            FROM (SELECT position, id, direction, about, kind, sender, created, state FROM messages WHERE case_id = $1 ORDER BY position DESC LIMIT $2) m
            LEFT JOIN receipts r ON r.message = m.id AND CASE r.chain WHEN $1 THEN r.item IS NULL OR m.about = $3 WHEN $4 THEN m.state = 'REJECTED' AND r.event = $5 ELSE 0 END
            ORDER BY m.position DESC, r.chain = $4, r.time, r.issuer, r.seq
            """,
            r => new Row(r.GetString(0), r.GetString(1), r.Word<CoverAbout>(2), r.GetString(3), r.Time(5), r.IsDBNull(6) ? null
                : new Said(r.Word<ReceiptEvent>(6), r.GetString(7) == Ids.StateOf(r.GetString(4)) ? MessageEnd.SENDER : MessageEnd.RECIPIENT, r.Time(8))),
            // An item is delivered under the message that announced it.
            caseId, limit, CoverAbout.EVIDENCE, ChainId.OfPeer(peerState), ReceiptEvent.RelayRejection);
        return [.. rows.GroupBy(row => row.Message).Select(Told)];
    }

    private static DeliveredMessage Told(IGrouping<string, Row> rows)
    {
        var (first, said) = (rows.First(), rows.Select(row => row.Said).OfType<Said>().ToList());
        var story = DeliveryStory.Of(said.Select(one => (one.Event, one.By)), first.About == CoverAbout.PAPER);
        return new(first.Message, first.Direction, first.About, first.Kind, first.Created, story, said.Where(one => story.Has(one.Event)).Select(one => (DateTimeOffset?)one.Time).LastOrDefault());
    }

    private sealed record Said(ReceiptEvent Event, MessageEnd By, DateTimeOffset Time);

    private sealed record Row(string Message, string Direction, CoverAbout About, string Kind, DateTimeOffset Created, Said? Said);
}
