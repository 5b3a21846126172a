using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Evidence;

/// <summary>What is lost.</summary>
public enum LossWhat
{
    /// <summary>The parcel with the disk; the item is brought again, by wire or in another parcel.</summary>
    PARCEL,

    /// <summary>The item: its sender gives it up, and nothing more of it is brought.</summary>
    ITEM,
}

/// <summary>
/// A released item, or the parcel with it, does not arrive, as an officer of the State that sent it decides. Type <c>loss</c>, version 1, signed by
/// that person. It takes nothing back: what comes after all is received, and its receipts say so behind it.
/// </summary>
/// <param name="Id">Of this decision.</param>
/// <param name="ItemId">The item.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest.</param>
/// <param name="Case">The case.</param>
/// <param name="Authority">The competent authority for which the person decides.</param>
/// <param name="Role">The role in which the person decides: one that releases, and that the State's card gives to the authority.</param>
/// <param name="What">What is lost.</param>
/// <param name="Shipment">SHA-256 of the signed notice of the parcel that does not come; null: none is on its way. Filled in by the gateway.</param>
/// <param name="Reason">What happened, what was done to find it.</param>
/// <param name="Time">UTC.</param>
public sealed record Loss(
    string Id, string ItemId, Digest ManifestSha256, string Case, string Authority, Role Role, LossWhat What, Digest? Shipment, string Reason, DateTimeOffset Time)
{
    /// <summary>The document type.</summary>
    public const string Type = "loss";

    /// <summary>Reads a decision.</summary>
    public static Outcome<Loss> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var loss = new Loss(
            r.Id("id", Ids.IsId), r.Id("itemId", Ids.IsId), r.Digest("manifestSha256"), r.Id("case", Ids.IsCase), r.Id("authority", Ids.IsAuthority), r.Word<Role>("role"),
            r.Word<LossWhat>("what"), r.DigestOrNull("shipment"), r.Text("reason", 2000), r.Time("time"));
        if (!r.Failed && loss is { What: LossWhat.PARCEL, Shipment: null })
            r.Refuse(RefusalCode.DocumentValue, "a parcel that is lost was announced before: the notice is named", "shipment");
        return loss;
    });

    /// <summary>Null when the reason says something; asked of what is new.</summary>
    public Refusal? RefuseBlank() => SaidText.Refuse(("reason", Reason));

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("id", Id).Text("itemId", ItemId).Digest("manifestSha256", ManifestSha256).Text("case", Case).Text("authority", Authority)
        .Word("role", Role).Word("what", What).DigestOrNull("shipment", Shipment).Text("reason", Reason).Time("time", Time));

    /// <summary>For people, in one line.</summary>
    public override string ToString() => $"{(What == LossWhat.PARCEL ? "the parcel is lost, the item is brought again" : "given up, nothing more of it comes")}: {Reason}; {DocumentWriter.FormatTime(Time)}";
}
