using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// A released item goes on a disk: what the receiver needs to know the parcel by. Type <c>shipment</c>, version 1, signed by the person who
/// handed it to the carrier. The digests went ahead with the manifest; the disk is encrypted, its key does not travel with it.
/// </summary>
/// <param name="Id">Of this shipment.</param>
/// <param name="ItemId">The item.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest.</param>
/// <param name="Case">The case.</param>
/// <param name="Authority">The authority for which the person acts.</param>
/// <param name="Carrier">Who brings it.</param>
/// <param name="SealNumber">Number on the physical seal of the bag.</param>
/// <param name="Media">What is in it: kind, make and serial number of each disk.</param>
/// <param name="Tracking">The carrier's number, or null.</param>
/// <param name="Time">UTC.</param>
public sealed record Shipment(
    string Id, string ItemId, Digest ManifestSha256, string Case, string Authority, string Carrier, string SealNumber, string Media, string? Tracking, DateTimeOffset Time)
{
    /// <summary>The day on which the carrier is to bring it, where that is; null when nobody knows.</summary>
    public DateOnly? Expected { get; init; }

    /// <summary>The end of that day in every time zone.</summary>
    public DateTimeOffset? Late => Expected is { } day && day < DateOnly.MaxValue.AddDays(-2) ? new DateTimeOffset(day.AddDays(1), new TimeOnly(12, 0), TimeSpan.Zero) : null;

    private const int MostDays = 366;

    /// <summary>The document type.</summary>
    public const string Type = "shipment";

    /// <summary>Reads a shipment.</summary>
    public static Outcome<Shipment> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var shipment = new Shipment(
            r.Id("id", Ids.IsId), r.Id("itemId", Ids.IsId), r.Digest("manifestSha256"), r.Id("case", Ids.IsCase), r.Id("authority", Ids.IsAuthority),
            r.Text("carrier", 200), r.Text("sealNumber", 100), r.Text("media", 1000), r.TextOrNull("tracking", 200), r.Time("time"));
        if (r.OptionalText("expected", 10) is not { } text)
            return shipment;
        if (!FieldCheck.TryDay(text, out var day))
            r.Refuse(RefusalCode.DocumentValue, "expected a day such as 2026-03-01", "expected");
        // In the zone of the sender it may still be the day before; and what is a year away is no parcel.
        else if (!r.Failed && day.DayNumber - DateOnly.FromDateTime(shipment.Time.UtcDateTime).DayNumber is < -1 or > MostDays)
            r.Refuse(RefusalCode.DocumentValue, $"the day is over, or more than {MostDays} days away", "expected");
        return shipment with { Expected = day };
    });

    /// <summary>Null when every text says something; asked of what is new.</summary>
    public Refusal? RefuseBlank() => SaidText.Refuse(("carrier", Carrier), ("sealNumber", SealNumber), ("media", Media), ("tracking", Tracking));

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w =>
    {
        w.Text("id", Id).Text("itemId", ItemId).Digest("manifestSha256", ManifestSha256).Text("case", Case).Text("authority", Authority)
            .Text("carrier", Carrier).Text("sealNumber", SealNumber).Text("media", Media).TextOrNull("tracking", Tracking).Time("time", Time);
        if (Day is { } day)
            w.Text("expected", day);
    });

    /// <summary>The day as it is written.</summary>
    public string? Day => Expected?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>For people, in one line.</summary>
    public override string ToString() => $"{Carrier}{(Tracking is null ? "" : $", {Tracking}")}; physical seal {SealNumber}; {Media}; {DocumentWriter.FormatTime(Time)}{(Day is null ? "" : $"; expected {Day}")}";
}
