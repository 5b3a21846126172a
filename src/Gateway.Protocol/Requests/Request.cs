using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>A request that was read: in the right order, every value of the right shape. Whether its content satisfies the rules is the
/// question of <see cref="RequestRules"/>. Names of persons live here and nowhere else.</summary>
/// <param name="Id">128 random bits.</param>
/// <param name="Kind">What is asked.</param>
/// <param name="Urgency">How urgent.</param>
/// <param name="Reference">Human reference, <c>RQ-XA-2026-000417</c>.</param>
/// <param name="Created">When it was composed, UTC.</param>
/// <param name="RequestingAuthority">Who asks.</param>
/// <param name="RequestedAuthority">Who is asked.</param>
/// <param name="CaseReference">File number of the requesting authority.</param>
/// <param name="Linked">Other cases that it belongs to.</param>
/// <param name="Fields">The whole document, for the members that the table of its kind describes.</param>
public sealed record Request(
    string Id, RequestKind Kind, Urgency Urgency, string Reference, DateTimeOffset Created, string RequestingAuthority, string RequestedAuthority,
    string CaseReference, IReadOnlyList<LinkedRequest> Linked, JsonElement Fields)
{
    /// <summary>The value of <c>type</c>.</summary>
    public const string Type = "request";

    /// <summary>The newest version that this code writes and reads.</summary>
    public const int Version = 1;

    /// <summary>Longest request; evidence and long documents travel beside it.</summary>
    public static JsonLimits Limits { get; } = new(MaxBytes: 4 * 1024 * 1024, MaxDepth: 16, MaxMembers: 100_000);

    /// <summary>The row of its kind.</summary>
    public RequestRow Row => RequestKinds.Of(Kind);

    /// <summary>One of its offences is an offence of the convention.</summary>
    public bool IsConventionOffence => Fields.TryGetProperty("offence", out var list)
        && list.EnumerateArray().Any(offence => offence.TryGetProperty("scope", out var scope) && scope.GetString() == "CONVENTION");

    /// <summary>Which side receives personal data in this case: by what its kind is, and the requested side also when somebody is named, or when the requesting side declares how what it sends is to be handled.</summary>
    public DataReceiver Receiver => Row.Receiver | (Names || (!Row.AsksPersonalData && Fields.TryGetProperty("handling", out _)) ? DataReceiver.REQUESTED : DataReceiver.NONE);

    private bool Names => Fields.TryGetProperty("persons", out var persons) && persons.GetArrayLength() > 0;

    /// <summary>The day until which the signed original is to follow; null when none is.</summary>
    public DateOnly? OriginalBy => Fields.TryGetProperty("originalFollowup", out var original) && original.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.True
        ? RequestView.DayIn(original, "by") : null;

    /// <summary>The same where the requested State's profile is known: the earlier day holds, and what its profile wants follows whether the sender says so or not.</summary>
    /// <param name="requested">Profile of the requested State; null: not known.</param>
    /// <param name="arrived">When the request arrived there, UTC.</param>
    public DateOnly? OriginalDue(StateProfile? requested, DateTimeOffset arrived)
    {
        var day = DateOnly.FromDateTime(arrived.UtcDateTime);
        // A receipt of a stranger may be dated at the end of the calendar.
        DateOnly? wanted = requested?.WantsOriginal(Kind) == true ? day.AddDays(Math.Min(requested.OriginalFollowUpDays, DateOnly.MaxValue.DayNumber - day.DayNumber)) : null;
        return wanted < OriginalBy ? wanted : OriginalBy ?? wanted;
    }

    /// <summary>When the first decision or answer is due by default.</summary>
    public DateTimeOffset DecisionDue => Row.DecisionDue(Urgency, Created);

    /// <summary>Reads the exact bytes. Refusals: T1xx for the encoding, order and shapes, V013 for a time without offset.</summary>
    public static Outcome<Request> Read(ReadOnlyMemory<byte> bytes)
        => DocumentReader.Read(bytes, Type, Version, ReadMembers, Limits);

    private static Request ReadMembers(DocumentReader reader)
    {
        // The kind decides which members follow the common ones.
        var all = reader.Element;
        var row = all.TryGetProperty("kind", out var word) && FieldCheck.String(word) is { } text && Enum.TryParse<RequestKind>(text, out var kind) && Enum.GetName(kind) == text
            ? RequestKinds.Of(kind)
            : null;
        FieldCheck.Read(reader, row?.AllFields ?? RequestFields.Common);
        return reader.Failed || row is null ? null! : From(all.Clone(), row);
    }

    private static Request From(JsonElement fields, RequestRow row)
    {
        string Text(string name) => fields.GetProperty(name).GetString()!;
        DocumentReader.TryTime(Text("created"), out var created);
        var linked = fields.TryGetProperty("linkedRequests", out var links)
            ? links.EnumerateArray().Select(link => new LinkedRequest(
                Enum.Parse<Relation>(link.GetProperty("relation").GetString()!),
                link.GetProperty("case").GetString()!,
                link.TryGetProperty("message", out var message) ? message.GetString() : null)).ToArray()
            : [];
        return new(Text("id"), row.Kind, Enum.Parse<Urgency>(Text("urgency")), Text("reference"), created, Text("requestingAuthority"),
            Text("requestedAuthority"), Text("caseReference"), linked, fields);
    }
}
