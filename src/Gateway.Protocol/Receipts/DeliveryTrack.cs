using static Gateway.Protocol.Receipts.DeliveryState;
using static Gateway.Protocol.Receipts.MessageEnd;
using static Gateway.Protocol.Receipts.ReceiptEvent;

namespace Gateway.Protocol.Receipts;

/// <summary>Where a message is, as the machines on both ends certify it; people have the track of the case.</summary>
public enum DeliveryState
{
    /// <summary>The sender's gateway accepted it; it waits in the queue or is on its way.</summary>
    QUEUED,

    /// <summary>The receiver could not be reached in time; it may be taken after all.</summary>
    RELAY_FAILED,

    /// <summary>The receiver rejected it; final.</summary>
    RELAY_REJECTED,

    /// <summary>The receiver has it; its content is not certified as whole: chunks are on their way, or its marks wait for a decision.</summary>
    RELAY_ACCEPTED,

    /// <summary>An officer of the receiver refused its marks; final.</summary>
    CONSIGNMENT_FAILED,

    /// <summary>Its content is whole and available to the addressee.</summary>
    CONSIGNED,

    /// <summary>No device of an officer confirmed the alarm in time.</summary>
    NOTIFICATION_FAILED,

    /// <summary>A device of the officer on duty confirmed the alarm.</summary>
    NOTIFIED,

    /// <summary>A person opened it.</summary>
    OPENED,

    /// <summary>What the addressee decrypted differs, or cannot be read.</summary>
    HANDOVER_FAILED,

    /// <summary>Decrypted at the addressee; all digests agree.</summary>
    HANDED_OVER,

    /// <summary>It left with a carrier.</summary>
    CARRIED,

    /// <summary>What a carrier had does not come.</summary>
    CARRIAGE_FAILED,

    /// <summary>It came with a carrier.</summary>
    CAME,
}

/// <summary>The end of the line whose gateway issues a receipt about a message.</summary>
public enum MessageEnd
{
    /// <summary>Whose message it is.</summary>
    SENDER,

    /// <summary>Who should have it.</summary>
    RECIPIENT,

    /// <summary>Either, each for its own chain.</summary>
    EITHER,
}

/// <summary>A row: what a receipt makes of a message.</summary>
/// <param name="Event">What the receipt certifies.</param>
/// <param name="By">Which end issues it.</param>
/// <param name="From">Where the message is then; empty: nothing was certified yet.</param>
/// <param name="To">Where it is afterwards; null: where it was.</param>
/// <param name="Needs">The receipt that the same end has issued about the same message before; null: none.</param>
public sealed record DeliveryStep(ReceiptEvent Event, MessageEnd By, IReadOnlyList<DeliveryState> From, DeliveryState? To, ReceiptEvent? Needs)
{
    /// <summary>The receipt of the same end behind which this one says nothing; null: none.</summary>
    public ReceiptEvent? Unless { get; init; }
}

/// <summary>
/// The delivery track as one table: which end says what about a message, behind what, and where the message is then. The gateway refuses by it what a peer signs against it, follows it when
/// receipts come, and shows people by it where a message is; the verifier calls broken what stands against the same rows. What the receipts about one message say together: <see cref="DeliveryStory"/>.
/// </summary>
public static class DeliveryTrack
{
    private static readonly DeliveryState[] Underway = [QUEUED, RELAY_FAILED];
    // On its way with a carrier too, or there by one: a copy, or the item whose notice goes by wire.
    private static readonly DeliveryState[] Carried = [CARRIED, CARRIAGE_FAILED, CAME];
    // Taken, whole or not; what is known of it stays known when a lesser word comes behind.
    private static readonly DeliveryState[] Taken = [RELAY_ACCEPTED, NOTIFICATION_FAILED, NOTIFIED, .. Carried];
    private static readonly DeliveryState[] Read = [OPENED, HANDOVER_FAILED, HANDED_OVER];

    private static readonly DeliveryStep[] Table =
    [
        new(SubmissionAcceptance, SENDER, [], QUEUED, null),
        new(RelayFailure, SENDER, Underway, RELAY_FAILED, null),
        new(RelayAcceptance, RECIPIENT, Underway, RELAY_ACCEPTED, null),
        new(RelayAcceptance, RECIPIENT, Carried, null, null),
        new(RelayRejection, RECIPIENT, [.. Underway, .. Carried], RELAY_REJECTED, null) { Unless = RelayAcceptance },
        new(ContentConsignment, RECIPIENT, Taken, CONSIGNED, RelayAcceptance),
        new(ContentConsignment, RECIPIENT, Read, null, RelayAcceptance),
        // What was consigned cannot be refused afterwards.
        new(ContentConsignmentFailure, RECIPIENT, [.. Taken, .. Read], CONSIGNMENT_FAILED, RelayAcceptance) { Unless = ContentConsignment },
        new(ConsignmentNotificationFailure, RECIPIENT, [RELAY_ACCEPTED, CONSIGNED], NOTIFICATION_FAILED, RelayAcceptance),
        new(ConsignmentNotificationFailure, RECIPIENT, Read, null, RelayAcceptance),
        new(ConsignmentNotification, RECIPIENT, [RELAY_ACCEPTED, CONSIGNED, NOTIFICATION_FAILED], NOTIFIED, RelayAcceptance),
        new(ConsignmentNotification, RECIPIENT, Read, null, RelayAcceptance),
        new(ContentAccessTracking, RECIPIENT, [.. Taken, CONSIGNED, OPENED], OPENED, RelayAcceptance),
        new(ContentAccessTracking, RECIPIENT, [HANDOVER_FAILED, HANDED_OVER], null, RelayAcceptance),
        new(ContentHandoverFailure, RECIPIENT, [.. Taken, CONSIGNED, .. Read], HANDOVER_FAILED, RelayAcceptance),
        new(ContentHandover, RECIPIENT, [.. Taken, CONSIGNED, .. Read], HANDED_OVER, RelayAcceptance),
        // A message as a file, to a State that no gateway serves; or an item whose notice travelled by wire.
        new(RelayToNonERDS, SENDER, [QUEUED, RELAY_FAILED, RELAY_ACCEPTED, CARRIED, CARRIAGE_FAILED, OPENED], CARRIED, null),
        new(RelayToNonERDSFailure, SENDER, [CARRIED, CAME, OPENED], CARRIAGE_FAILED, RelayToNonERDS),
        new(ReceivedFromNonERDS, RECIPIENT, [QUEUED, CARRIED, CARRIAGE_FAILED, RELAY_ACCEPTED, CAME, OPENED], CAME, null),
        new(GatewayCaseClosed, EITHER, [CONSIGNED, .. Read], null, null),
    ];

    /// <summary>All rows.</summary>
    public static IReadOnlyList<DeliveryStep> All => Table;

    /// <summary>Which end issues such a receipt. A record of what went or came on paper is one's own message, and so is the word about it.</summary>
    public static MessageEnd By(ReceiptEvent certified, bool paperRecord = false)
        => paperRecord && certified == ReceivedFromNonERDS ? SENDER : Array.Find(Table, row => row.Event == certified)!.By;

    /// <summary>The receipt that the same end has issued before; null: none.</summary>
    public static ReceiptEvent? Needs(ReceiptEvent certified) => Array.Find(Table, row => row.Event == certified)!.Needs;

    // The row of such a receipt about a message that is there; null: the table has none.
    internal static DeliveryStep? Row(DeliveryState? from, ReceiptEvent certified)
        => Array.Find(Table, row => row.Event == certified && (from is { } at ? row.From.Contains(at) : row.From.Count == 0));
}
