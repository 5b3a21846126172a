using System.Globalization;
using Gateway.Storage;

namespace Gateway.Cases;

/// <summary>What the rules need to know of a request long after it was read: days and codes, no words.</summary>
/// <param name="OriginalBy">The day on which the signed original is due; null: none is to follow.</param>
/// <param name="CardVersion">Version of the requested State's card under which the case was opened.</param>
/// <param name="Mark">The classification that the own State gave it.</param>
internal sealed record CaseFacts(DateOnly? OriginalBy, long? CardVersion, string? Mark)
{
    public static CaseFacts Of(Session s, string caseId) => s.One("SELECT original_by, card_version, mark FROM cases WHERE id = $1",
        row => new CaseFacts(row.TextOrNull(0) is { } day ? DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null, row.IsDBNull(1) ? null : row.GetInt64(1), row.TextOrNull(2)), caseId)
        ?? new CaseFacts(null, null, null);
}
