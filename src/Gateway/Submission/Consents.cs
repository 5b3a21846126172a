using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>The consents to further use that other States gave us, as their requests state them.</summary>
internal static class Consents
{
    /// <summary>What the request of this case asks to be allowed, granted or not; null when its content is gone.</summary>
    public static FurtherUse? Of(Session s, CaseKeys keys, string caseId)
        => s.One("SELECT request_message FROM cases WHERE id = $1", r => r.GetString(0), caseId) is { } message && KeptDocuments.Read(s, keys, caseId, message, PartRole.request) is { } bytes
            && Request.Read(bytes).TryGet(out var request, out _)
            ? FurtherUse.Of(caseId, request)
            : null;

    /// <summary>Those that a State granted in full.</summary>
    public static List<FurtherUse> Granted(Session s, CaseKeys keys, string state) =>
    [
        .. s.Query("SELECT id FROM cases WHERE peer = $1 AND kind = 'FURTHER_USE_CONSENT' AND side = $2 AND state IN ('EXECUTED', 'COMPLETED') AND outcome = 'FULL' ORDER BY opened, id", r => r.GetString(0), state, CaseSide.Requesting)
            .Select(id => Of(s, keys, id)).OfType<FurtherUse>(),
    ];
}
