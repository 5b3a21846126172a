using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>A request as the rules look at it. Members may be missing: while composing, the rules judge what is there already.</summary>
internal sealed class RequestView(JsonElement root, RequestRow? row, RequestContext context)
{
    private readonly List<Refusal> _problems = [];

    public RequestContext Context => context;

    public RequestRow? Row => row;

    public IReadOnlyList<Field> Fields => row?.AllFields ?? RequestFields.Common;

    public JsonElement Root => root;

    public string Kind => row?.Kind.ToString() ?? "The request";

    public IReadOnlyList<Refusal> Problems => _problems;

    public Urgency? Urgency => Enum.TryParse<Urgency>(Text("urgency"), out var urgency) ? urgency : null;

    public DateTimeOffset Created => Text("created") is { } text && DocumentReader.TryTime(text, out var time) ? time : context.Now;

    public void Refuse(RefusalCode code, string detail, string path) => _problems.Add(new Refusal(code, detail, path));

    /// <summary>The message for an empty field; only while composing can it promise that nothing was sent.</summary>
    public void RefuseEmpty(string path, string? source = null, RefusalCode code = RefusalCode.RequiredFieldEmpty)
    {
        var asks = source ?? (row is { Articles: [var first, ..] } ? first : null);
        Refuse(code, $"Missing field \"{path}\". {Kind} needs it{(asks is null ? "" : $" ({Cite(asks)})")}.{(context.Arrived ? "" : " Nothing was sent.")}", path);
    }

    /// <summary>A provision as messages name it.</summary>
    public string Cite(string citation) => Treaties.Cite(citation, context.ApprovedTreaties);

    /// <summary>The State that asks; null when no authority is named.</summary>
    public string? RequestingState => StateOf("requestingAuthority");

    /// <summary>The State that is asked; null when no authority is named.</summary>
    public string? RequestedState => StateOf("requestedAuthority");

    /// <summary>The State at the other end, seen from where the rules run.</summary>
    public string? OtherState => context.Arrived ? StateOf("requestingAuthority") : RequestedState;

    public bool Has(string name) => root.TryGetProperty(name, out _);

    public string? Text(string name) => TextIn(root, name);

    /// <summary>A flag, also one inside an object (<c>consent.given</c>); null when it is not there.</summary>
    public bool? Flag(string name)
    {
        var value = root;
        foreach (var step in name.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(step, out value))
                return null;
        }
        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>Whether a word or a flag has this value.</summary>
    public bool Says(string name, string value) => value == "true" ? Flag(name) == true : Text(name) == value;

    public long? Integer(string name) => IntegerIn(root, name);

    public DateTimeOffset? Time(string name) => TimeIn(root, name);

    public JsonElement? Object(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    /// <summary>The elements of a list with their paths.</summary>
    public IEnumerable<(JsonElement Element, string Path)> List(string name) => ListIn(root, name, name);

    /// <summary>The links to other cases.</summary>
    public IEnumerable<(string Relation, string Case, string Path)> Links()
        => List("linkedRequests").Where(link => link.Element.ValueKind == JsonValueKind.Object).Select(link => (TextIn(link.Element, "relation") ?? "", TextIn(link.Element, "case") ?? "", $"{link.Path}.case"));

    private string? StateOf(string name) => Text(name) is { } authority && Ids.IsAuthority(authority) ? Ids.StateOf(authority) : null;

    public static IEnumerable<(JsonElement Element, string Path)> ListIn(JsonElement parent, string name, string path)
        => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select((element, index) => (element, $"{path}[{index}]"))
            : [];

    public static string? TextIn(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null;

    public static DateTimeOffset? TimeIn(JsonElement parent, string name)
        => TextIn(parent, name) is { } text && DocumentReader.TryLocalTime(text, out var time) ? time : null;

    public static long? IntegerIn(JsonElement parent, string name)
        => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    public static DateOnly? DayIn(JsonElement parent, string name)
        => TextIn(parent, name) is { } text && FieldCheck.TryDay(text, out var day) ? day : null;
}
