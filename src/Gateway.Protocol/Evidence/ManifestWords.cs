namespace Gateway.Protocol.Evidence;

/// <summary>How an item came from what was there before.</summary>
public enum Derivation { ORIGINAL, FORENSIC_IMAGE, LOGICAL_COPY, EXTRACT, EXPORT, REPORT, PRINTOUT, TRANSLATION }

/// <summary>What the item was taken from.</summary>
public enum SourceType { COMPUTER_STORAGE, DVR, MOBILE, FLASH_DRIVE, OPTICAL, SERVER, CLOUD, NETWORK_CAPTURE, PROVIDER_RECORD, OTHER }

/// <summary>How it was taken.</summary>
public enum AcquisitionType { PHYSICAL_IMAGE, LOGICAL, FILE_SYSTEM, LIVE_MEMORY, NETWORK, CLOUD_API, PROVIDER_EXPORT, SCREENSHOT, MANUAL }

/// <summary>The format of the file.</summary>
public enum ItemFormat { RAW, E01, EX01, AFF4, L01, ZIP, PCAP, CSV, JSON, PDF, OTHER }

/// <summary>Why preview and access are restricted. NONE stands alone.</summary>
public enum Sensitivity { NONE, CSAM, PRIVILEGED, MEDICAL, CLASSIFIED, MINOR }

/// <summary>What the certifier has to do with the source device.</summary>
public enum CustodianRelation { OWNED, MAINTAINED, MANAGED, OPERATED }

/// <summary>What the custodian certifies.</summary>
public enum CustodianStatement { LAWFUL_CONTROL, REGULAR_USE, WORKING_PROPERLY, MALFUNCTION_WITHOUT_EFFECT, COPYING_DESCRIBED }

/// <summary>Why there is no custodian certificate.</summary>
public enum ExemptionCode { NOT_IN_POSSESSION_OF_DEVICE, PROVIDER_RECORD_SELF_CERTIFIED, ORIGINAL_DEVICE_PRODUCED, LAW_OF_REQUESTED_STATE_HAS_NONE, EMERGENCY_CERTIFICATE_TO_FOLLOW }

/// <summary>What happened to an item; those up to ATTACHED may stand in a manifest.</summary>
public enum CustodyKind
{
    IDENTIFIED, SEIZED, COLLECTED, ACQUIRED, COPIED, COPY_REFUSED, SEALED, UNSEALED, STORED, MOVED, CHECKED_OUT, CHECKED_IN,
    RECEIVED_BY_LAB, EXAMINED, ANALYSED, ATTACHED,
    RELEASED, ENCRYPTED_FOR, SENT, RECEIVED, VERIFIED, MISMATCH, SHIPPED, DELIVERED_PHYSICAL, LOST,
    ACCESSED, VIEWED, EXPORTED, DISCLOSED, REDACTED, TRANSLATED, RETURNED_TO_OWNER, RETURNED_TO_STATE,
    RETENTION_SET, LEGAL_HOLD, HOLD_LIFTED, DELETED, DESTROYED, CORRECTION,
}
