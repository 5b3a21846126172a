using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Custody;

/// <summary>What an event says beyond the columns of the table.</summary>
internal static class CustodyDetail
{
    private static readonly string[] s_columns =
        ["id", "item", "case", "manifestSha256", "seq", "event", "time", "zone", "place", "actor", "recordedBy", "from", "to", "reason", "hashBefore", "hashAfter", "sealBefore", "sealAfter", "previous", "salt", "basis"];

    /// <summary>The other members as <c>name: value</c>, in the order of the document.</summary>
    public static string? Of(IReadOnlyList<Field> fields, JsonElement members)
    {
        var parts = fields.Where(field => !s_columns.Contains(field.Name) && members.TryGetProperty(field.Name, out _))
            .Select(field => $"{field.Name}: {Value(members.GetProperty(field.Name))}");
        return string.Join("; ", parts) is { Length: > 0 } text ? text : null;
    }

    /// <summary>The end of the time that the event itself explains: when the item is to come back, or to arrive.</summary>
    public static DateTimeOffset? ExplainedUntil(Func<string, string?> member)
    {
        if (member("expectedReturn") is { } back && DocumentReader.TryLocalTime(back, out var time))
            return time;
        // A day ends where the parcel arrives; twelve hours more cover every time zone.
        return member("expected") is { } day && FieldCheck.TryDay(day, out var date) && date < DateOnly.MaxValue.AddDays(-2)
            ? new DateTimeOffset(date.AddDays(1), new TimeOnly(12, 0), TimeSpan.Zero)
            : null;
    }

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Value)),
        JsonValueKind.Object => string.Join(" ", value.EnumerateObject().Select(member => Value(member.Value))),
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        _ => value.GetRawText(),
    };
}
