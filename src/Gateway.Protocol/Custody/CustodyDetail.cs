using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
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

    /// <summary>The tools that an event names, with what it leaves out empty.</summary>
    public static IReadOnlyList<ForensicTool> Tools(JsonElement members)
    {
        if (!members.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array)
            return [];
        static string Of(JsonElement tool, string name) => tool.ValueKind == JsonValueKind.Object && tool.TryGetProperty(name, out var value) ? FieldCheck.String(value) ?? "" : "";
        return [.. tools.EnumerateArray().Select(tool => new ForensicTool(Of(tool, "name"), Of(tool, "vendor"), Of(tool, "version"), Of(tool, "purpose")))];
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
