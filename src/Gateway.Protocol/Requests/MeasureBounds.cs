using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>
/// What a measure in real time, or a covert one, yielded after the end of its authorisation goes nowhere: a delivery for a later period is no act, and an item that was taken later is not released.
/// What it yielded before may still be delivered afterwards.
/// </summary>
public static class MeasureBounds
{
    /// <summary>V010 when the authorisation in the request had ended before <paramref name="until"/>; null for other kinds, and for a request that states no end.</summary>
    /// <param name="kind">Kind of the request.</param>
    /// <param name="request">The document of the request.</param>
    /// <param name="until">The last moment of what is delivered.</param>
    /// <param name="path">The member that states it.</param>
    public static Refusal? Refuse(RequestKind kind, JsonElement request, DateTimeOffset until, string path)
        => (RequestKinds.Of(kind) is { FutureData: true } or { NeedToKnow: true })
            && request.TryGetProperty("judicialAuthorisation", out var authorisation) && authorisation.ValueKind == JsonValueKind.Object
            && authorisation.TryGetProperty("validUntil", out var end) && end.ValueKind == JsonValueKind.String && DocumentReader.TryLocalTime(end.GetString()!, out var ended) && ended < until
            ? new Refusal(RefusalCode.AuthorisationMissing, $"The judicial authorisation ended on {end.GetString()}; what the measure yielded until {DocumentWriter.FormatTime(until)} is not delivered. Deliver what it yielded before.", path)
            : null;
}
