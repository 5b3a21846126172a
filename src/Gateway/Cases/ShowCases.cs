using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Cases;

/// <summary>Cases as people see them: where each stands, what may be done next, how long its chains are.</summary>
internal sealed class ShowCases(Database database)
{
    private const int MaxRows = 1000;

    public Outcome<ListCasesReply> List(ListCasesRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        var reply = new ListCasesReply();
        var limit = request.Limit is 0 or > MaxRows ? MaxRows : (int)request.Limit;
        reply.Cases.AddRange(database.Read(s => CaseRow.Newest(s, request.OpenOnly, limit).ConvertAll(row => View(s, row))));
        return reply;
    }

    public Outcome<CaseView> Show(ShowCaseRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        return database.Read<Outcome<CaseView>>(s => CaseRow.Find(s, request.CaseId) is { } row
            ? View(s, row)
            : new Refusal(RefusalCode.NotFound, $"there is no case '{request.CaseId}'", "caseId"));
    }

    private static CaseView View(Session s, CaseRow row)
    {
        var view = new CaseView
        {
            CaseId = row.Id,
            Side = row.Side.ToString().ToUpperInvariant(),
            Peer = row.Peer,
            OwnAuthority = row.OwnAuthority,
            PeerAuthority = row.PeerAuthority,
            Kind = row.Kind.ToString(),
            Urgency = row.Urgency.ToString(),
            State = row.State.ToString(),
            Opened = DocumentWriter.FormatTime(row.Opened),
            Reference = row.Reference,
        };
        foreach (var (issuer, time) in s.Query("SELECT issuer, time FROM erasures WHERE case_id = $1", r => (r.GetString(0), r.GetString(1)), row.Id))
        {
            if (issuer == row.Peer)
                view.ErasedThere = time;
            else
                view.Erased = time;
        }
        view.Hold = s.One("SELECT by || ': ' || reason FROM case_holds WHERE case_id = $1", r => r.GetString(0), row.Id) ?? "";
        view.ErasureProposedBy = s.One("SELECT CASE kind WHEN 'PROPOSE' THEN user ELSE '' END FROM erasure_decisions WHERE case_id = $1 ORDER BY seq DESC LIMIT 1", r => r.GetString(0), row.Id) ?? "";
        view.Linked.AddRange(s.Query("SELECT linked FROM case_links WHERE case_id = $1 UNION SELECT case_id FROM case_links WHERE linked = $1", r => r.GetString(0), row.Id));
        view.AllowedActs.AddRange(Transitions.Allowed(row.History(s).Standing, row.Side, row.Kind).Select(a => a.ToString()));
        view.Chains.AddRange(s.Query("SELECT issuer, seq, sha256 FROM chains WHERE chain = $1 ORDER BY issuer",
            r => new ChainView { State = r.GetString(0), Count = (ulong)r.GetInt64(1), HeadSha256 = r.Digest(2).ToString() }, row.Id));
        return view;
    }
}
