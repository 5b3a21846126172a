using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Cases;

/// <summary>The cases that name a case.</summary>
internal static class FollowUps
{
    /// <summary>What is on its way by wire did not arrive; what was handed to a carrier counts, as its dates do, before a reply shows that it came.</summary>
    public static List<FollowUp> Of(Session s, string caseId) => s.Query("""
        SELECT c.id, l.relation, CASE WHEN c.state = 'SENT' AND m.state = $2 THEN 'DELIVERED' ELSE c.state END, c.preserved_until
        FROM case_links l JOIN cases c ON c.id = l.case_id LEFT JOIN messages m ON m.id = c.request_message WHERE l.linked = $1
        """,
        r => new FollowUp(r.GetString(0), r.Word<Relation>(1), r.Word<CaseState>(2), r.IsDBNull(3) ? null : r.Time(3)), caseId, PaperCases.Carried);
}
