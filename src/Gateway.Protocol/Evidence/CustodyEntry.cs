using System.Text.Json;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Evidence;

/// <summary>A custody event before the item was attached, inside its manifest (<see cref="EarlierCustody"/>). What is absent is empty here; the rules of the manifest name it.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Time">Local time, to the second, with offset.</param>
/// <param name="Place">Where.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Reason">Why.</param>
/// <param name="HashBefore">SHA-256 of the content before, absent where it was not computed.</param>
/// <param name="HashAfter">SHA-256 of the content after, absent where it was not computed.</param>
public sealed record CustodyEntry(CustodyKind Event, DateTimeOffset Time, string Place, Actor Actor, string Reason, Digest? HashBefore, Digest? HashAfter)
{
    /// <summary>An object with the other members: those of the kind, seals, holders, the basis. What the properties say is not taken from it.</summary>
    public JsonElement? Members { get; init; }

    /// <summary>Reads what a laboratory wrote; <see cref="FormatException"/> names a member that no event has or whose value is none.</summary>
    /// <param name="given">An object of members in any order.</param>
    public static CustodyEntry Of(JsonElement given)
    {
        if (given.ValueKind != JsonValueKind.Object)
            throw new FormatException("a custody event is an object");
        if (!given.TryGetProperty("event", out _))
            throw new FormatException($"a custody event names its 'event': one of {string.Join(", ", EarlierCustody.Kinds)}");
        foreach (var member in given.EnumerateObject())
        {
            // People may write either spelling of UTC.
            if (member.Name == "time" && FieldCheck.String(member.Value) is { } utc && DocumentReader.TryTime(utc, out _))
                continue;
            if (EarlierCustody.Fields.FirstOrDefault(field => field.Name == member.Name) is not { } field)
                throw new FormatException($"a custody event has no member '{StrictJson.Shown(member.Name)}'");
            if (field.Shape is not (Shape.Object or Shape.Objects) && FieldCheck.Leaf(field, member.Value) is var (_, detail))
                throw new FormatException($"'{field.Name}' of a custody event: {detail}");
        }
        return From(given);
    }

    /// <summary>ATTACHED, as whoever attaches an item writes it into the manifest.</summary>
    public static CustodyEntry Attached(DateTimeOffset time, string place, Actor actor, string reason, Digest sha256, string request, string certificate)
    {
        using var members = JsonDocument.Parse(DocumentWriter.Write("custody", 1, w => w.Text("request", request).Text("certificate", certificate)));
        return new(CustodyKind.ATTACHED, time, place, actor, reason, null, sha256) { Members = members.RootElement.Clone() };
    }

    /// <summary>What ATTACHED says of the certificate: that it stands in the manifest, or the exemption.</summary>
    public static string CertificateOf(CertificateExemption? exemption) => exemption?.Code.ToString() ?? "in this manifest";

    /// <summary>SHA-256 of the copy that an acquisition made; null where it says none.</summary>
    public Digest? CopyHash => Event == CustodyKind.ACQUIRED && Digest.TryParse(Text("copyHash"), out var digest) ? digest : null;

    /// <summary>Whether it says what changed.</summary>
    public bool IsChanged => Members is { } members && members.TryGetProperty("change", out _);

    /// <summary>A member that is a string; null when it is absent.</summary>
    public string? Text(string name) => Members is { } members && members.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null;

    internal static CustodyEntry Read(DocumentReader r)
    {
        var all = r.Element;
        FieldCheck.Read(r, EarlierCustody.Fields);
        return r.Failed ? null! : From(all);
    }

    internal void Write(DocumentWriter w)
    {
        foreach (var field in EarlierCustody.Fields)
        {
            switch (field.Name)
            {
                case "event":
                    w.Word("event", Event);
                    break;
                case "time":
                    if (Time != default)
                        w.LocalTime("time", Time);
                    break;
                case "place":
                    w.OptionalText("place", Place.Length > 0 ? Place : null);
                    break;
                case "actor":
                    w.Object("actor", actor => actor.OptionalText("name", Actor.Name.Length > 0 ? Actor.Name : null).OptionalText("authority", Actor.Authority.Length > 0 ? Actor.Authority : null));
                    break;
                case "reason":
                    w.OptionalText("reason", Reason.Length > 0 ? Reason : null);
                    break;
                case "hashBefore":
                    w.OptionalText("hashBefore", HashBefore?.ToString());
                    break;
                case "hashAfter":
                    w.OptionalText("hashAfter", HashAfter?.ToString());
                    break;
                default:
                    if (Members is { } members && members.TryGetProperty(field.Name, out var value))
                        w.Raw(field.Name, value);
                    break;
            }
        }
    }

    private static CustodyEntry From(JsonElement given)
    {
        string Of(JsonElement from, string name) => from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) ? FieldCheck.String(value) ?? "" : "";
        Digest? Hash(string name) => Digest.TryParse(Of(given, name), out var digest) ? digest : null;
        var actor = given.TryGetProperty("actor", out var person) ? person : default;
        if (!DocumentReader.TryLocalTime(Of(given, "time"), out var time))
            DocumentReader.TryTime(Of(given, "time"), out time);
        return new(Enum.TryParse<CustodyKind>(Of(given, "event"), out var kind) ? kind : default, time, Of(given, "place"), new Actor(Of(actor, "name"), Of(actor, "authority")), Of(given, "reason"), Hash("hashBefore"), Hash("hashAfter"))
        {
            Members = given.Clone(),
        };
    }
}
