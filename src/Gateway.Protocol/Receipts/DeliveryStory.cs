using Gateway.Protocol.Acts;

namespace Gateway.Protocol.Receipts;

/// <summary>
/// What the receipts about one message say together, by the table of the <see cref="DeliveryTrack"/>. What no row allows says nothing: it is kept as proof, and nothing follows from it.
/// </summary>
public readonly record struct DeliveryStory
{
    private DeliveryStory(DeliveryState? state, uint said) => (State, Said) = (state, said);

    /// <summary>Where the message is; null: nothing was certified yet.</summary>
    public DeliveryState? State { get; }

    private uint Said { get; }

    /// <summary>
    /// Where a case stands when nobody did anything on it: what the receipts about its request make of it. A message that is opened, heard or carried is whole when that is certified, not before.
    /// </summary>
    public CaseState Request => State is DeliveryState.RELAY_REJECTED or DeliveryState.CONSIGNMENT_FAILED ? CaseState.REJECTED_TECHNICAL
        : Has(ReceiptEvent.ContentConsignment) ? CaseState.DELIVERED
        : Has(ReceiptEvent.RelayAcceptance) ? CaseState.PENDING_RECOGNITION
        : CaseState.SENT;

    /// <summary>The story that receipts tell in the order of their times. The first word is the sender's own, whatever the clocks of both ends say.</summary>
    /// <param name="receipts">What each certifies, and which end issued it; another end than the table names has nothing to say about it.</param>
    /// <param name="paperRecord">Of a record of what went or came on paper.</param>
    public static DeliveryStory Of(IEnumerable<(ReceiptEvent Certified, MessageEnd By)> receipts, bool paperRecord = false)
    {
        ArgumentNullException.ThrowIfNull(receipts);
        return receipts.Where(one => DeliveryTrack.By(one.Certified, paperRecord) is var end && (end == MessageEnd.EITHER || end == one.By))
            .OrderBy(one => one.Certified != ReceiptEvent.SubmissionAcceptance)
            .Aggregate(default(DeliveryStory), (story, one) => story.With(one.Certified));
    }

    /// <summary>Whether this was certified, where the table allows it.</summary>
    public bool Has(ReceiptEvent certified) => (Said & Bit(certified)) != 0;

    /// <summary>The story with one receipt more; the same when it says nothing.</summary>
    public DeliveryStory With(ReceiptEvent certified)
        => DeliveryTrack.Row(State, certified) is { } row && (row.Needs is not { } needs || Has(needs)) && (row.Unless is not { } before || !Has(before))
            ? new(row.To ?? State, Said | Bit(certified))
            : this;

    private static uint Bit(ReceiptEvent certified) => 1u << (int)certified;
}
