using Gateway.Custody;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>What a person found who opened the parcel with a disk. Said without looking at the notice, so that the two can be compared.</summary>
internal sealed record FoundParcel(string SealNumber, bool SealIntact, string SignedBy)
{
    private const int MaxSeal = 100;
    private const int MaxName = 200;

    /// <summary>What was said, in the lengths that its custody event has.</summary>
    public static Outcome<FoundParcel> Read(FoundOnArrival said)
    {
        if (!IsText(said.SealNumber, MaxSeal))
            return new Refusal(RefusalCode.ArgumentNotValid, $"the number on the physical seal has 1 to {MaxSeal} characters on one line; without a seal say 'none'", "arrival.sealNumber");
        return IsText(said.SignedBy, MaxName)
            ? new FoundParcel(said.SealNumber, said.SealIntact, said.SignedBy)
            : new Refusal(RefusalCode.ArgumentNotValid, $"who signed for the parcel has 1 to {MaxName} characters on one line", "arrival.signedBy");
    }

    /// <summary>The last notice of a shipment of an item that is received; null when none came.</summary>
    public static Shipment? Announced(Session s, CaseKeys keys, ItemRow item)
        => Decision.Last(s, keys, item, Decision.Shipped) is { } notice && Shipment.Read(notice.Signed.Content).TryGet(out var shipment, out _) ? shipment : null;

    /// <summary>Why it is not what was announced; null when it is, or when nothing was.</summary>
    public string? Differs(Shipment? announced)
        => announced is null || announced.SealNumber == SealNumber ? null : $"the number announced was {announced.SealNumber}";

    // As the members of an event must be, which is composed from it.
    private static bool IsText(string text, int max) => text.Trim().Length > 0 && text.Length <= max && !text.Any(c => char.IsControl(c) || char.IsSurrogate(c));
}
