using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;

namespace Gateway.Cli.Requests;

/// <summary>
/// One of the hours that a request for a hearing by video proposes, taken with the acceptance: the words name it as the request does, in both zones, and its end is the date promised, of
/// which the clocks of both sides remind. Nobody retypes an hour of another zone.
/// </summary>
internal static class HearingSlot
{
    public static Option<int?> Number { get; } = new("--slot") { Description = "Of a hearing by video: which of the proposed hours is taken, 1 for the first. Its end is then the date promised", HelpName = "N" };

    public static Option<string?> Purpose { get; } = Purposes.Option();

    /// <summary>Fills text and date of the acceptance; nothing when no slot was named.</summary>
    public static async Task SetAsync(Invocation run, string caseId, JsonObject fields)
    {
        if (run.Value(Number) is not { } number)
            return;
        var (_, content) = await RequestPrint.RequestOfAsync(run, caseId, "the hours proposed for the hearing", Purpose);
        using var request = JsonDocument.Parse(content);
        if (!request.RootElement.TryGetProperty("slots", out var slots) || slots.ValueKind != JsonValueKind.Array)
            throw StopException.No("the request proposes no hours: it asks for no hearing by video");
        if (number < 1 || number > slots.GetArrayLength())
            throw StopException.No(string.Create(CultureInfo.InvariantCulture, $"the request proposes {slots.GetArrayLength()} hours: --slot 1{(slots.GetArrayLength() > 1 ? $" to {slots.GetArrayLength()}" : "")}; to propose others: gatewayctl request condition"));
        var slot = slots[number - 1];
        string Of(string name) => slot.GetProperty(name).GetString()!;
        var words = string.Create(CultureInfo.InvariantCulture, $"Slot {number} of the request is taken: from {Both(Of("from"), request.RootElement)} to {Both(Of("to"), request.RootElement)}.");
        fields["text"] = fields["text"] is { } said ? $"{words} {said.GetValue<string>()}" : words;
        fields["dueAt"] ??= RequestAct.Time(Of("to"));
    }

    // As the request has it, and in the zone that it names for the side that is asked.
    private static string Both(string time, JsonElement request)
        => request.TryGetProperty("zoneRequested", out var zone) && TimeZoneInfo.TryFindSystemTimeZoneById(zone.GetString() ?? "", out var there) && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? $"{time} = {DocumentWriter.FormatLocalTime(TimeZoneInfo.ConvertTime(at, there))} ({there.Id})" : time;
}
