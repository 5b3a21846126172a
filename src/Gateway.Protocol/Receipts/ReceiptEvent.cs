namespace Gateway.Protocol.Receipts;

/// <summary>
/// What a receipt certifies: event names of ETSI EN 319 522-1 (URI http://uri.etsi.org/19522/Event/NAME); events of our own
/// begin with <c>Gateway</c>.
/// </summary>
public enum ReceiptEvent
{
    /// <summary>A.1, sender: the own gateway accepted the sealed message.</summary>
    SubmissionAcceptance,

    /// <summary>B.1, receiver: the message was opened, its seal and parts verified, and stored.</summary>
    RelayAcceptance,

    /// <summary>B.2, receiver: the message was rejected; the reasons say why.</summary>
    RelayRejection,

    /// <summary>B.3, sender: the receiver could not be reached in time. May be superseded by a later RelayAcceptance.</summary>
    RelayFailure,

    /// <summary>D.1, receiver: the complete content is available to the addressee (for evidence: all chunks match the root).</summary>
    ContentConsignment,

    /// <summary>D.2, receiver: the content could not be made available.</summary>
    ContentConsignmentFailure,

    /// <summary>D.3, receiver: a device of the duty officer confirmed the alarm of an emergency.</summary>
    ConsignmentNotification,

    /// <summary>D.4, receiver: no device confirmed it in time. May be followed by a ConsignmentNotification.</summary>
    ConsignmentNotificationFailure,

    /// <summary>D.6, receiver: first opened by a person.</summary>
    ContentAccessTracking,

    /// <summary>E.1, receiver: decrypted at the addressee; all digests agree.</summary>
    ContentHandover,

    /// <summary>E.2, receiver: decrypted or attempted; digests differ or the content could not be read.</summary>
    ContentHandoverFailure,

    /// <summary>F.1, sender: an evidence item, or a message as a file, was handed to a carrier.</summary>
    RelayToNonERDS,

    /// <summary>F.2, sender: an evidence item that was handed to a carrier does not come, as an officer decided. May be superseded by a later ReceivedFromNonERDS.</summary>
    RelayToNonERDSFailure,

    /// <summary>F.3, receiver: an evidence item came by a carrier, and every chunk was read from its disk; or a reply came on paper, and an officer recorded it.</summary>
    ReceivedFromNonERDS,

    /// <summary>Own: the case is closed; carries both heads and counts, so that a cut tail shows.</summary>
    GatewayCaseClosed,
}
