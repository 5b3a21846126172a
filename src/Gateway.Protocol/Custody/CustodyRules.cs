using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using static Gateway.Protocol.Evidence.CustodyKind;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Custody;

/// <summary>
/// The custody events as one table: what each needs beyond the common members, who may sign it, whether it travels, what must come before.
/// Every event is a leaf of the log, whatever its kind.
/// </summary>
public static class CustodyRules
{
    // Who has the object, or the copy of it, in hand.
    private static readonly Role[] Hands = [Role.FORENSIC_LAB, Role.LAW_ENFORCEMENT, Role.COMPETENT_AUTHORITY];

    // Who has the digital item, and decides what becomes of it.
    private static readonly Role[] Desk = [Role.CENTRAL_AUTHORITY_MLA, Role.CONTACT_POINT_24_7, Role.COMPETENT_AUTHORITY];

    private static readonly Role[] Both = [.. Hands, Role.CENTRAL_AUTHORITY_MLA, Role.CONTACT_POINT_24_7];

    // What only the gateway that did it can know, it says itself.
    private static readonly Role[] NoPerson = [];

    /// <summary>Who may write down anything at all of an item.</summary>
    public static IReadOnlyList<Role> Writers => Both;

    private static readonly Field[] Participants =
    [
        List("participants", Required, 50,
            Text("name", Required, 200),
            Word("role", Required, "OWNER", "DATA_HOLDER", "REPRESENTATIVE", "SPECIALIST", "WITNESS", "INVESTIGATOR", "OTHER"),
            Text("organisation", Optional, 300)),
    ];

    private static readonly Field Tools = List("tools", Required, 50,
        Text("name", Required, 200), Text("vendor", Optional, 200), Text("version", Required, 100), Text("purpose", Optional, 500));

    private static readonly Field Purpose = Word("purposeCode", Required, [.. RequestFields.Purposes, "AS_STATED"]) with { Hint = "AS_STATED: as 'reason' says in words" };

    private static readonly Field Part = Text("part", Required, 2000) with { Hint = "the whole item, or which part of it" };

    private static readonly Field[] Transport =
    [
        Of("message", Shape.Id, Required) with { Hint = "the message that announced the item" },
        Integer("chunks", Required, 0, Chunk.MaxCount),
        Integer("chunksInAll", Required, 1, Chunk.MaxCount),
        Of("receipt", Shape.Digest, Optional) with { Hint = "the receipt that certifies it; absent when none followed any more" },
    ];

    private static readonly Field[] Shipment =
    [
        Text("carrier", Required, 200),
        Text("bagNumber", Required, 100) with { Hint = "number of the sealed bag" },
        Text("signedBy", Required, 200) with { Hint = "who signed for it" },
        Text("tracking", Optional, 200),
        Of("expected", Shape.Day, Optional) with { Hint = "when it is to arrive" },
    ];

    private static readonly Dictionary<CustodyKind, CustodyRule> Table = new CustodyRule[]
    {
        new(IDENTIFIED, [Text("howFound", Required, 2000)]) { Signers = Hands, Travels = true, Place = Whereabouts.Away },
        new(SEIZED, [Text("sealNumber", Required, 100), .. Participants, Text("order", Required, 300)]) { Signers = Hands, Travels = true, Place = Whereabouts.Away },
        new(COLLECTED, [Text("sealNumber", Required, 100), .. Participants, Text("order", Required, 300)]) { Signers = Hands, Travels = true, Place = Whereabouts.Away },
        new(ACQUIRED,
        [
            Tools,
            Text("method", Required, 4000),
            Object("writeBlocker", Required, Flag("used", Required), Text("model", Optional, 200), Text("version", Optional, 100)),
            Of("sourceHashBefore", Shape.Digest, Optional) with { Hint = "this and the next two are needed, unless 'hashNotApplicable' says why there are none" },
            Of("sourceHashAfter", Shape.Digest, Optional),
            Of("copyHash", Shape.Digest, Optional) with { Hint = "the three agree, or 'change' says why not" },
        ]) { Signers = Hands, Travels = true, Place = Whereabouts.Away },
        new(COPIED,
        [
            Of("copyingRecord", Shape.Digest, Required) with { Hint = "of the signed copying record" },
            Text("copyItem", Required, 100) with { Hint = "exhibit number or item id of the copy" },
        ]) { Signers = Hands, Travels = true, Place = Whereabouts.InHand },
        new(COPY_REFUSED, [Word("refusedBecause", Required, "WOULD_HINDER_INVESTIGATION", "LOSS_OR_CHANGE_POSSIBLE", "OTHER")]) { Signers = Hands, Travels = true, Place = Whereabouts.InHand },
        new(SEALED, [Text("sealNumber", Required, 100), Texts("present", Required, 50)]) { Signers = Hands, Travels = true, Place = Whereabouts.Named },
        new(UNSEALED, [Text("sealNumber", Required, 100), Texts("present", Required, 50)]) { Signers = Hands, Travels = true, After = [SEALED, SEIZED, COLLECTED], Place = Whereabouts.Away },
        new(STORED, [Text("storagePlace", Required, 300), Text("accessClass", Required, 100)]) { Signers = Both, Travels = true, Place = Whereabouts.Named, Moves = true },
        new(MOVED, [Text("storagePlace", Required, 300), Text("accessClass", Required, 100)]) { Signers = Both, Travels = true, Place = Whereabouts.Named, Moves = true },
        new(CHECKED_OUT, [Text("purpose", Required, 500), Of("expectedReturn", Shape.LocalTime, Required)]) { Signers = Both, Travels = true, Moves = true, Place = Whereabouts.Away },
        new(CHECKED_IN, [Text("purpose", Required, 500)]) { Signers = Both, Travels = true, Place = Whereabouts.Named, Moves = true, After = [CHECKED_OUT] },
        new(RECEIVED_BY_LAB, [Flag("sealIntact", Required), Word("hashCheck", Required, "EQUAL", "DIFFERS", "NOT_POSSIBLE")])
            { Signers = Hands, Needs = ["condition"], Travels = true, Place = Whereabouts.Named, Moves = true },
        new(EXAMINED, [Tools, Text("itemUsed", Required, 200) with { Hint = "the working copy, or why not" }, Text("report", Required, 200)]) { Signers = Hands, Travels = true, Place = Whereabouts.InHand },
        new(ANALYSED, [Tools, Text("itemUsed", Required, 200) with { Hint = "the working copy, or why not" }, Text("report", Required, 200)]) { Signers = Hands, Travels = true, Place = Whereabouts.InHand },
        new(ATTACHED, [Of("request", Shape.Id, Required), Text("certificate", Required, 200) with { Hint = "digest of the custodian's certificate, or the exemption" }]) { Signers = Hands, Place = Whereabouts.Named },
        new(RELEASED,
        [
            Texts("approvers", Required, 10) with { Min = 1 },
            Text("legalBasis", Required, 2000),
            Text("conditions", Optional, 4000),
        ]) { Signers = NoPerson, Recorded = true, After = [ATTACHED] },
        new(ENCRYPTED_FOR, [Of("keyId", Shape.Digest, Required) with { Hint = "SHA-256 of the certificate" }]) { Signers = NoPerson, Needs = ["to"], Recorded = true, After = [RELEASED] },
        new(SENT, Transport) { Signers = NoPerson, Needs = ["to"], Recorded = true, After = [RELEASED] },
        new(RECEIVED, Transport) { Signers = NoPerson, Needs = ["from"], Recorded = true, Follows = [SENT] },
        new(VERIFIED, [.. Transport, Of("computed", Shape.Digest, Required)]) { Signers = NoPerson, Recorded = true, After = [ATTACHED, RECEIVED], Follows = [RECEIVED, SENT] },
        new(MISMATCH, [.. Transport, Of("computed", Shape.Digest, Optional)]) { Signers = Both, Recorded = true, After = [ATTACHED, RECEIVED] },
        new(SHIPPED, Shipment) { Signers = Both, Needs = ["to"], Recorded = true, Travels = true, Moves = true, Place = Whereabouts.Away },
        new(DELIVERED_PHYSICAL, Shipment) { Signers = Both, Needs = ["from"], Recorded = true, Travels = true, Place = Whereabouts.Named, Moves = true, Follows = [SHIPPED] },
        new(LOST,
        [
            Word("lost", Required, "PARCEL", "ITEM") with { Hint = "PARCEL: it is brought again; ITEM: its sender gives it up" },
            Text("bagNumber", Optional, 100) with { Hint = "number of the sealed bag that does not come" },
        ]) { Signers = NoPerson, Needs = ["to"], Recorded = true, Place = Whereabouts.Named, After = [RELEASED] },
        new(ACCESSED, [Purpose, Part, Text("medium", Optional, 300)]) { Signers = Both, Recorded = true },
        new(VIEWED, [Purpose, Part, Text("medium", Optional, 300)]) { Signers = Both },
        new(EXPORTED, [Purpose, Part, Text("medium", Required, 300)]) { Signers = Both, Recorded = true },
        new(DISCLOSED,
        [
            Word("disclosedTo", Required, "COURT", "DEFENCE", "VICTIM", "OTHER"),
            Text("decision", Required, 300) with { Hint = "reference of the decision" },
            Text("part", Required, 4000) with { Hint = "files, chunks or redactions" },
        ]) { Signers = Desk, Recorded = true, After = [ATTACHED] },
        new(REDACTED, [Text("what", Required, 2000), Text("ground", Required, 500), Text("resultingItem", Required, 100)]) { Signers = Both, Travels = true },
        new(TRANSLATED, [Of("fromLanguage", Shape.Language, Required), Of("toLanguage", Shape.Language, Required), Text("translator", Required, 300)]) { Signers = Both, Travels = true },
        new(RETURNED_TO_OWNER, [Text("receiver", Required, 200), Text("receiptReference", Required, 200)]) { Signers = Both, Travels = true, Place = Whereabouts.Named, Moves = true },
        new(RETURNED_TO_STATE, [Text("receiver", Required, 200), Text("receiptReference", Required, 200)]) { Signers = Both, Travels = true, Place = Whereabouts.Named, Moves = true },
        new(RETENTION_SET, [Of("until", Shape.Day, Required), Text("ground", Required, 500)]) { Signers = Desk },
        new(LEGAL_HOLD, [Of("until", Shape.Day, Optional), Text("ground", Required, 500)]) { Signers = Desk },
        new(HOLD_LIFTED, [Text("ground", Required, 500)]) { Signers = Desk, After = [LEGAL_HOLD] },
        new(DELETED, [Text("method", Required, 500), Text("scope", Required, 500), Text("approver", Required, 200), Text("certificate", Required, 200)])
            { Signers = Both, Travels = true },
        new(DESTROYED, [Text("method", Required, 500), Text("scope", Required, 500), Text("approver", Required, 200), Text("certificate", Required, 200)])
            { Signers = Both, Travels = true, Place = Whereabouts.Named },
        new(CORRECTION, [Of("corrects", Shape.Digest, Required) with { Hint = "of the signed event; of the manifest for what it says of the time before" }]) { Signers = Both, Travels = true },
    }.Select(rule => rule.Complete()).ToDictionary(rule => rule.Kind);

    /// <summary>All kinds, in the order of <see cref="CustodyKind"/>.</summary>
    public static IReadOnlyList<CustodyRule> All { get; } = [.. Enum.GetValues<CustodyKind>().Select(kind => Table[kind])];

    /// <summary>The rule of one kind.</summary>
    public static CustodyRule Of(CustodyKind kind) => Table[kind];

    /// <summary>
    /// T802 when nobody of the authority may sign such an event: the gateways ask it of their own persons and of those of the other State, the verifier of all. A laboratory need not stand in
    /// the card; of an authority that does, the card says what it is.
    /// </summary>
    /// <param name="custody">An event that a person signed.</param>
    /// <param name="card">The roles that the cards of its State give to the authority; empty: it stands in none.</param>
    public static Refusal? InRole(CustodyEvent custody, IReadOnlyCollection<Role> card)
    {
        ArgumentNullException.ThrowIfNull(custody);
        ArgumentNullException.ThrowIfNull(card);
        // Otherwise one person could say that two released it, or that a content agreed that nobody decrypted.
        if (custody.Rule.OnlyGateway)
            return new Refusal(RefusalCode.RoleMissing, $"{custody.Event} is signed by {custody.RecordedBy.Name} for {custody.RecordedBy.Authority}; only a gateway can know it, and says it under its authority's seal", "event");
        return card.Count == 0 || custody.Rule.Signers.Any(card.Contains) ? null
            : new Refusal(RefusalCode.RoleMissing, $"{custody.Event} is signed for {custody.RecordedBy.Authority}, which by its State's card is {string.Join(", ", card)}; {string.Join(", ", custody.Rule.Signers)} may", "event");
    }

    private static Field Of(string name, Shape shape, Need need) => Field.Of(name, shape, need);
}
