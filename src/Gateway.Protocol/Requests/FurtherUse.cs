using System.Globalization;
using System.Text.Json;

namespace Gateway.Protocol.Requests;

/// <summary>What a request for consent to further use asks to be allowed, and what is allowed once it was answered in full: nothing beside it.</summary>
/// <param name="Case">The case of the request itself.</param>
/// <param name="OriginalCase">The case in which the data were given.</param>
/// <param name="PurposeCode">The purpose for which they may be used.</param>
/// <param name="ThirdState">The State to which they may be passed on; null: to none.</param>
/// <param name="From">First day, UTC.</param>
/// <param name="To">Last day, UTC.</param>
/// <param name="Data">Which data, in words: for the person who reads them to judge.</param>
public sealed record FurtherUse(string Case, string OriginalCase, string PurposeCode, string? ThirdState, DateOnly From, DateOnly To, string Data)
{
    /// <summary>What this request asks; null when it is of another kind.</summary>
    /// <param name="caseId">The case that it opened.</param>
    /// <param name="request">The request.</param>
    public static FurtherUse? Of(string caseId, Request request)
    {
        if (request.Kind != RequestKind.FURTHER_USE_CONSENT)
            return null;
        var fields = request.Fields;
        var period = fields.GetProperty("usePeriod");
        return new FurtherUse(caseId, fields.GetProperty("originalCase").GetString()!, fields.GetProperty("newPurposeCode").GetString()!,
            fields.TryGetProperty("thirdPartyState", out var state) && state.ValueKind == JsonValueKind.String ? state.GetString() : null,
            RequestView.DayIn(period, "from") ?? DateOnly.MaxValue, RequestView.DayIn(period, "to") ?? DateOnly.MinValue, fields.GetProperty("dataConcerned").GetString()!);
    }

    /// <summary>Why data of a case may not be used so; null when they may.</summary>
    /// <param name="given">The case in which they were given.</param>
    /// <param name="purpose">For what.</param>
    /// <param name="user">The State that would use them.</param>
    /// <param name="own">The State that received them.</param>
    /// <param name="now">When.</param>
    public string? Refuse(string given, string? purpose, string user, string own, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (given != OriginalCase && given != Case)
            return $"{Case} is about another case";
        if ((ThirdState ?? own) != user)
            return ThirdState is null ? $"{Case} allows no other State to use them" : $"{Case} allows {ThirdState} to use them";
        if (purpose != PurposeCode)
            return $"{Case} allows {PurposeCode}";
        return today < From || today > To ? $"{Case} allows it from {Day(From)} to {Day(To)}" : null;
    }

    /// <summary>In one line, without the data: <c>CIVIL_PROCEEDINGS by consent XA-… to 2033-01-09</c>.</summary>
    public override string ToString() => $"{PurposeCode} by consent {Case} to {Day(To)}{(ThirdState is null ? "" : $", by {ThirdState}")}";

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
