using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Custody;

/// <summary>
/// One thing that happened to an item. Type <c>custodyEvent</c>, version 1, signed by the person who says so, or sealed by the authority whose
/// gateway recorded it with an act. Its signed form is a leaf of the log and is chained to the event before; nothing is ever corrected in
/// place: a CORRECTION names the event that it corrects.
/// </summary>
/// <param name="Id">32 hexadecimal digits, random.</param>
/// <param name="Item">The item.</param>
/// <param name="Case">The case.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest.</param>
/// <param name="Seq">Its number in the chain of this item at one State.</param>
/// <param name="Event">What happened.</param>
/// <param name="Time">When it happened, local time to the second, with offset.</param>
/// <param name="Place">Where.</param>
/// <param name="Actor">Who did it, for which authority.</param>
/// <param name="RecordedBy">Who signs it, for which authority.</param>
/// <param name="Reason">Why.</param>
/// <param name="Previous">SHA-256 of the signed event before; of the signed manifest in the first.</param>
/// <param name="Fields">The whole document, for the members that the table of its kind describes.</param>
public sealed record CustodyEvent(
    string Id, string Item, string Case, Digest ManifestSha256, long Seq, CustodyKind Event, DateTimeOffset Time, string Place, Actor Actor, Actor RecordedBy, string Reason,
    Digest Previous, JsonElement Fields)
{
    /// <summary>The value of <c>type</c>.</summary>
    public const string Type = "custodyEvent";

    /// <summary>The newest version that this code writes and reads.</summary>
    public const int Version = 1;

    /// <summary>Longest event; what is longer is attached by its digest.</summary>
    public static JsonLimits Limits { get; } = new(MaxBytes: 128 * 1024, MaxDepth: 8, MaxMembers: 5_000);

    /// <summary>The name under which a gateway records.</summary>
    public const string Gateway = "gateway";

    /// <summary>The State in whose chain it stands.</summary>
    public string State => Ids.StateOf(RecordedBy.Authority);

    /// <summary>The rule of its kind.</summary>
    public CustodyRule Rule => CustodyRules.Of(Event);

    /// <summary>SHA-256 of the content before, where it was computed.</summary>
    public Digest? HashBefore => DigestOf("hashBefore");

    /// <summary>SHA-256 of the content after, where it was computed.</summary>
    public Digest? HashAfter => DigestOf("hashAfter");

    /// <summary>Reads the exact bytes and judges them by the table.</summary>
    public static Outcome<CustodyEvent> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, Version, ReadMembers, Limits)
        .Then<CustodyEvent>(custody => CustodyComposer.Problems(custody.Fields, custody.Event, custody.Rule.AllFields) is [var first, ..] ? first : custody);

    /// <summary>A member that is a string; null when it is absent.</summary>
    public string? Text(string name) => Fields.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null;

    /// <summary>A member that is a digest; null when it is absent.</summary>
    public Digest? DigestOf(string name) => Digest.TryParse(Text(name), out var digest) ? digest : null;

    private static CustodyEvent ReadMembers(DocumentReader reader)
    {
        // The kind decides which members follow the common ones.
        var all = reader.Element;
        var rule = RuleOf(all);
        FieldCheck.Read(reader, rule?.AllFields ?? CustodyFields.Before);
        return reader.Failed || rule is null ? null! : From(all.Clone(), rule);
    }

    /// <summary>The rule of the kind that a form names; null when it names none.</summary>
    internal static CustodyRule? RuleOf(JsonElement fields)
        => fields.TryGetProperty("event", out var word) && FieldCheck.String(word) is { } text && Enum.TryParse<CustodyKind>(text, out var kind) && Enum.GetName(kind) == text
            ? CustodyRules.Of(kind)
            : null;

    private static CustodyEvent From(JsonElement fields, CustodyRule rule)
    {
        // What a table calls required may be absent in what is merely readable; the rules then refuse it.
        string Text(string name) => fields.TryGetProperty(name, out var value) ? value.GetString()! : "";
        Digest Hash(string name) => Digest.TryParse(Text(name), out var digest) ? digest : default;
        Actor Person(string member)
        {
            var person = fields.TryGetProperty(member, out var value) ? value : default;
            string Of(string name) => person.ValueKind == JsonValueKind.Object && person.TryGetProperty(name, out var text) ? text.GetString()! : "";
            return new Actor(Of("name"), Of("authority"));
        }
        DocumentReader.TryLocalTime(Text("time"), out var time);
        return new(Text("id"), Text("item"), Text("case"), Hash("manifestSha256"), fields.GetProperty("seq").GetInt64(), rule.Kind, time, Text("place"),
            Person("actor"), Person("recordedBy"), Text("reason"), Hash("previous"), fields);
    }
}
