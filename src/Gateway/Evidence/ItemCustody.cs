using System.Text.Json.Nodes;
using Gateway.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;

namespace Gateway.Evidence;

/// <summary>The custody events that the acts on an item yield by themselves.</summary>
internal static class ItemCustody
{
    private const int MaxConditions = 4000;
    private const string NotOpened = "the content stayed encrypted";

    /// <summary>Two persons let the item go.</summary>
    public static CustodyDraft Released(Release release, IEnumerable<string> approvers, Actor by, Digest document) => new(CustodyKind.RELEASED, $"release under {Shorter(Stated(release.LegalBasis))}", by, With(new JsonObject
    {
        ["hashNotApplicable"] = NotOpened,
        ["document"] = document.ToString(),
        ["approvers"] = new JsonArray([.. approvers.Select(name => (JsonNode)name)]),
        ["legalBasis"] = Stated(release.LegalBasis),
    }, "conditions", Both(release.Conditions, release.Terms)));

    /// <summary>Its key leaves for the other authority; whether the chunks ever follow nobody knows then.</summary>
    public static CustodyDraft EncryptedFor(string to, Digest keyId) => new(CustodyKind.ENCRYPTED_FOR, "the key of the item was encrypted for its recipient", null,
        new JsonObject { ["hashNotApplicable"] = NotOpened, ["to"] = to, ["keyId"] = keyId.ToString() });

    /// <summary>Chunks of it went by this wire: all of them, or those that a carrier did not bring.</summary>
    public static CustodyDraft Sent(string message, long chunks, long all, string from, string to, Digest receipt)
        => new(CustodyKind.SENT, chunks == all ? "transfer to the other gateway" : "transfer to the other gateway, before the rest went by a carrier", null,
            Transport(message, chunks, all, receipt, new JsonObject { ["from"] = from, ["to"] = to, ["hashNotApplicable"] = NotOpened }));

    /// <summary>The recipient's gateway certifies that the disk came; carrier and seal are those that were announced.</summary>
    public static CustodyDraft Delivered(Shipment shipment, string from, string to, Digest receipt) => new(CustodyKind.DELIVERED_PHYSICAL, "its receipt ReceivedFromNonERDS says that the item came on a disk", null, With(With(new JsonObject
    {
        ["hashNotApplicable"] = NotOpened,
        ["document"] = receipt.ToString(),
        ["place"] = $"at {to}, as its receipt says",
        ["from"] = from,
        ["to"] = to,
        ["carrier"] = Stated(shipment.Carrier),
        ["bagNumber"] = Stated(shipment.SealNumber),
        ["signedBy"] = $"receipt of {to}",
    }, "tracking", shipment.Tracking), "expected", shipment.Day));

    /// <summary>The parcel was opened here, and what was found.</summary>
    /// <param name="arrival">What the person says who opened it.</param>
    /// <param name="announced">The notice of the other side; null when none came.</param>
    /// <param name="from">Who sent it.</param>
    /// <param name="by">Who opened it.</param>
    public static CustodyDraft Arrived(FoundParcel arrival, Shipment? announced, string from, Actor by) => new(CustodyKind.DELIVERED_PHYSICAL, "the parcel was opened and its disk is read", by, With(new JsonObject
    {
        ["hashNotApplicable"] = NotOpened,
        ["from"] = from,
        ["to"] = by.Authority,
        ["carrier"] = announced is null ? "not announced" : Stated(announced.Carrier),
        ["bagNumber"] = arrival.SealNumber,
        ["signedBy"] = arrival.SignedBy,
        ["sealBefore"] = arrival.SealNumber,
        ["condition"] = $"{(arrival.SealIntact ? "the physical seal was whole" : "THE PHYSICAL SEAL WAS BROKEN")}{(arrival.Differs(announced) is { } differs ? $"; {differs}" : "")}",
    }, "tracking", announced?.Tracking));

    /// <summary>All chunks came, by wire or on a disk, and match the manifest.</summary>
    public static CustodyDraft Received(string message, long chunks, string from, string to, bool byCarrier, Digest receipt)
        => new(CustodyKind.RECEIVED, $"all encrypted chunks {(byCarrier ? "came on a disk" : "are there")} and match the manifest", null, Transport(message, chunks, chunks, receipt, new JsonObject { ["from"] = from, ["to"] = to, ["hashNotApplicable"] = NotOpened }));

    /// <summary>It goes by a carrier.</summary>
    public static CustodyDraft Shipped(Shipment shipment, string to, Actor by, Digest document) => new(CustodyKind.SHIPPED, "the encrypted chunks go by a carrier", by, With(With(new JsonObject
    {
        ["hashNotApplicable"] = NotOpened,
        ["document"] = document.ToString(),
        ["to"] = to,
        ["carrier"] = Stated(shipment.Carrier),
        ["bagNumber"] = Stated(shipment.SealNumber),
        ["signedBy"] = by.Name,
    }, "tracking", shipment.Tracking), "expected", shipment.Day));

    /// <summary>It, or the parcel with it, does not come, as an officer decided.</summary>
    /// <param name="loss">The decision.</param>
    /// <param name="parcel">The notice of the parcel that does not come, if one is on its way.</param>
    /// <param name="to">For whom it was.</param>
    /// <param name="by">Who decided.</param>
    /// <param name="document">The signed decision.</param>
    public static CustodyDraft Lost(Loss loss, Shipment? parcel, string to, Actor by, Digest document) => new(CustodyKind.LOST, Stated(loss.Reason), by, With(new JsonObject
    {
        ["hashNotApplicable"] = NotOpened,
        ["document"] = document.ToString(),
        ["to"] = to,
        ["lost"] = loss.What.ToString(),
    }, "bagNumber", parcel?.SealNumber));

    /// <summary>The recipient decrypted it and compared, or could not.</summary>
    /// <param name="statement">What the person found.</param>
    /// <param name="manifest">With what it was compared.</param>
    /// <param name="message">The announcement.</param>
    /// <param name="by">Who decrypted it.</param>
    /// <param name="document">The signed statement.</param>
    /// <param name="receipt">What certifies it to the other side; null when no receipt follows any more.</param>
    public static CustodyDraft Compared(HandOver statement, Manifest manifest, string message, Actor by, Digest document, Digest? receipt)
    {
        var computed = statement.Digests.FirstOrDefault(d => d.Algorithm == DigestSet.Sha256)?.Value;
        var fields = Transport(message, manifest.Chunks, manifest.Chunks, receipt, new JsonObject { ["hashBefore"] = manifest.Sha256.ToString(), ["document"] = document.ToString() });
        if (computed is not null)
            fields["computed"] = computed;
        return statement.Outcome == HandOverOutcome.AGREED
            ? new(CustodyKind.VERIFIED, "decrypted by the recipient; every digest agrees", by, With(fields, "hashAfter", computed))
            : new(CustodyKind.MISMATCH, $"decrypting the item gave {statement.Outcome}", by, computed is null ? With(fields, "hashNotApplicable", "nothing could be decrypted") : With(fields, "hashAfter", computed));
    }

    /// <summary>A person got the key of the item.</summary>
    public static CustodyDraft Accessed(string purpose, string part, Actor by, Digest document) => new(CustodyKind.ACCESSED, purpose, by, new JsonObject
    {
        ["hashNotApplicable"] = "the key was given; what was decrypted is for the person to state",
        ["document"] = document.ToString(),
        ["purposeCode"] = "AS_STATED",
        ["part"] = part,
    });

    /// <summary>A part was disclosed, as a decision says.</summary>
    /// <param name="to">COURT, DEFENCE, VICTIM, OTHER.</param>
    /// <param name="decision">Reference of the decision.</param>
    /// <param name="part">Files or chunks.</param>
    /// <param name="reason">Why.</param>
    /// <param name="by">Who disclosed it.</param>
    /// <param name="document">The signed document that asked for it, if any.</param>
    public static CustodyDraft Disclosed(string to, string decision, string part, string reason, Actor by, Digest? document) => new(CustodyKind.DISCLOSED, reason, by, With(new JsonObject
    {
        ["hashNotApplicable"] = "a part is proved by its chunks or by the file tree",
        ["disclosedTo"] = to,
        ["decision"] = decision,
        ["part"] = part,
    }, "document", document?.ToString()));

    /// <summary>Its papers left in the bundle of its case.</summary>
    public static CustodyDraft Exported(string purpose, Digest bundle, Actor by) => new(CustodyKind.EXPORTED, SaysSomething(purpose) ? purpose : "the bundle of the case was exported", by, new JsonObject
    {
        ["hashNotApplicable"] = NotOpened,
        ["document"] = bundle.ToString(),
        ["purposeCode"] = "AS_STATED",
        ["part"] = "manifest, releases, custody events and receipts; no content and no key",
        ["medium"] = "bundle of the case, a ZIP file",
    });

    private static JsonObject Transport(string message, long chunks, long all, Digest? receipt, JsonObject fields)
    {
        fields["message"] = message;
        fields["chunks"] = chunks;
        fields["chunksInAll"] = all;
        return With(fields, "receipt", receipt?.ToString());
    }

    private static JsonObject With(JsonObject fields, string name, string? value)
    {
        if (SaysSomething(value))
            fields[name] = value;
        return fields;
    }

    // What another State, or an older version of this program, signed may say nothing; its event is written all the same.
    private static string Stated(string text) => SaysSomething(text) ? text : "not stated";

    private static bool SaysSomething(string? text) => !string.IsNullOrWhiteSpace(text) && !text.Contains('\0', StringComparison.Ordinal);

    // What does not fit stands in the release, of which the event has the digest.
    private static string? Both(string? conditions, string? terms)
    {
        var both = string.Join("; ", new[] { conditions, terms }.OfType<string>());
        return both.Length == 0 ? null : both.Length <= MaxConditions ? both : conditions ?? "those of the case, as the release states them";
    }

    private static string Shorter(string text) => text.Length <= 1500 ? text : text[..1500];
}
