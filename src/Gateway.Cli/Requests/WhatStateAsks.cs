using System.Globalization;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>What a State asks of a request of one kind, in the reader's language: read before a word of it is written, at three in the morning too.</summary>
internal static class WhatStateAsks
{
    /// <summary>The lines, by the profile that is in force now.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(Invocation run, RequestKind kind, string authority, Labels labels)
    {
        var state = authority.Split('-')[0];
        var view = await run.Gateway.ShowProfileAsync(new ShowProfileRequest { State = state }, cancellationToken: run.Cancel);
        using var profile = JsonDocument.Parse(view.ProfileJson);
        return [labels.Format("asks.head", ("state", state), ("kind", labels.Coded("kind", kind.ToString()))), .. Lines(labels, kind, profile.RootElement).Select(line => $"  {line}")];
    }

    /// <summary>What a profile says of a kind; what it does not say is as the rules have it for every State.</summary>
    public static IEnumerable<string> Lines(Labels labels, RequestKind kind, JsonElement profile)
    {
        string Words(string group, IEnumerable<string> codes) => string.Join(", ", codes.Select(code => labels.Coded(group, code)));
        yield return labels.Format("asks.languages", ("languages", Texts(profile, "languages") is { Count: > 0 } languages ? Words("language", languages) : labels["asks.any"]));
        if (Texts(profile, "emergencyLanguages") is { Count: > 0 } besides)
            yield return labels.Format("asks.emergencyLanguages", ("languages", Words("language", besides)));
        if (Flag(profile, "acceptsOralInEmergency"))
            yield return labels["asks.oral"];
        yield return labels[OfKind(profile, "signatureLevels", kind).Any(row => row.GetProperty("level").GetString() == nameof(SignatureLevel.QUALIFIED)) ? "asks.qualified" : "asks.advanced"];
        if (Flag(profile, "requiresTimeStamp"))
            yield return labels["asks.timeStamp"];
        if (Wants(profile, kind))
            yield return labels.Format("asks.original", ("days", Number(profile, "originalFollowUpDays")));
        if (Texts(profile, "authorisationKinds").Contains(kind.ToString()))
            yield return labels["asks.authorisation"];
        if (OfKind(profile, "specialDocuments", kind).SelectMany(row => Texts(row, "types")).Distinct().ToList() is { Count: > 0 } documents)
            yield return labels.Format("asks.documents", ("documents", Words("word", documents)));
        if (OfKind(profile, "channelsAllowed", kind).SelectMany(row => Texts(row, "channels")).ToList() is { Count: > 0 } channels)
            yield return labels.Format("asks.channels", ("channels", Words("channel", channels)));
        if ((OfKind(profile, "minOffenceMonthsByKind", kind).Select(row => Number(row, "months")).FirstOrDefault() ?? (profile.TryGetProperty("minOffenceMonths", out _) ? Number(profile, "minOffenceMonths") : null)) is { } months)
            yield return labels.Format("asks.threshold", ("months", months));
        if (profile.TryGetProperty("maxItemMiB", out _))
            yield return labels.Format("asks.maxItem", ("mib", Number(profile, "maxItemMiB")));
        if (profile.TryGetProperty("deMinimisNote", out var note))
            yield return labels.Format("asks.petty", ("note", note.GetString()!));
    }

    private static bool Wants(JsonElement profile, RequestKind kind) => profile.TryGetProperty("originalFollowUp", out var when)
        && (when.GetString() == nameof(OriginalFollowUp.ALWAYS) || (when.GetString() == nameof(OriginalFollowUp.KINDS) && Texts(profile, "originalFollowUpKinds").Contains(kind.ToString())));

    private static bool Flag(JsonElement profile, string name) => profile.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static string Number(JsonElement of, string name) => of.GetProperty(name).GetInt64().ToString(CultureInfo.InvariantCulture);

    private static List<string> Texts(JsonElement of, string name) => of.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(text => text.GetString()!)] : [];

    private static IEnumerable<JsonElement> OfKind(JsonElement profile, string name, RequestKind kind)
        => profile.TryGetProperty(name, out var rows) ? rows.EnumerateArray().Where(row => row.GetProperty("kind").GetString() == kind.ToString()) : [];
}
