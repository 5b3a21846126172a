using Gateway.Access;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Cases;

/// <summary>Cases as people see them: where each stands, what may be done next, how long its chains are.</summary>
internal sealed class ShowCases(Database database, NeedToKnow access, PeerDirectory peers, TimeProvider clock)
{
    private const int MaxRows = 1000;
    private const int MaxDeliveries = 500;
    private const string OwnDesk = "own";

    public Outcome<ListCasesReply> List(ListCasesRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        var reply = new ListCasesReply();
        var limit = request.Limit is 0 or > MaxRows ? MaxRows : (int)request.Limit;
        var reach = access.Of(by, Permission.ReadReceipts);
        var desk = request.Desk == OwnDesk ? by.Authority : request.Desk;
        if (!Before(request.Before).TryGet(out var before, out var refusal))
            return refusal;
        var rows = database.Read(s =>
        {
            var found = CaseRow.Newest(s, reach, request.OpenOnly, request.HeldOnly, desk, before, limit);
            reply.Cases.AddRange(found.Select(row => View(s, reach, row)));
            return found;
        });
        if (rows.Count == limit)
            reply.Next = $"{DocumentWriter.FormatTime(rows[^1].Opened)} {rows[^1].Id}";
        return reply;
    }

    public Outcome<CaseView> Show(ShowCaseRequest request, User by)
    {
        if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
            return notPermitted;
        var reach = access.Of(by, Permission.ReadReceipts);
        return database.Read<Outcome<CaseView>>(s => CaseRow.Seen(s, reach, request.CaseId) is { } row ? Whole(s, reach, row) : NeedToKnow.NoCase());
    }

    private CaseView Whole(Session s, Reach reach, CaseRow row)
    {
        var view = View(s, reach, row);
        view.Deliveries.AddRange(Deliveries.OfCase(s, row.Id, row.Peer, MaxDeliveries).Select(m => new MessageDelivery
        {
            Message = m.Message, Direction = m.Direction, About = m.About.ToString(), Kind = m.Kind, Delivery = m.Story.State?.ToString() ?? "",
            Certified = m.Certified is { } at ? DocumentWriter.FormatTime(at) : "",
        }));
        return view;
    }

    // Where a list goes on: the time and id of its last case.
    private static Outcome<(string Opened, string Id)> Before(string cursor)
    {
        if (cursor.Length == 0)
            return ("", "");
        var parts = cursor.Split(' ');
        return parts.Length == 2 && parts[0].Length == 24 && Ids.IsCase(parts[1])
            ? (parts[0], parts[1])
            : new Refusal(RefusalCode.ArgumentNotValid, "'before' is what an earlier list gave as 'next'", "before");
    }

    private CaseView View(Session s, Reach reach, CaseRow row)
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
        var holds = CaseHolds.Of(s, row.Id);
        view.Hold = string.Join("; ", holds);
        view.Holds.AddRange(holds.Select(hold => new HoldView { Number = (uint)hold.Number, By = hold.By, Reason = hold.Reason, Since = DocumentWriter.FormatTime(hold.Since), Until = hold.Until ?? "" }));
        view.ErasureProposedBy = s.One("SELECT CASE kind WHEN 'PROPOSE' THEN user ELSE '' END FROM erasure_decisions WHERE case_id = $1 ORDER BY seq DESC LIMIT 1", r => r.GetString(0), row.Id) ?? "";
        view.Linked.AddRange(Links(s, reach, row.Id));
        foreach (var desk in Desks.Of(s, row.Id))
            view.Desks.Add(new DeskView { Authority = desk.Authority, Part = desk.Part.ToString(), Since = DocumentWriter.FormatTime(desk.Since), By = desk.By });
        var standing = row.History(s).Standing;
        var late = LateOriginals.Of(s, row.Id);
        view.AllowedActs.AddRange(row.IsRejected(s) ? [] : Transitions.Allowed(standing, row.Side, row.Kind).Select(a => a.ToString()));
        Track(view, s, reach, row, standing);
        var facts = CaseFacts.Of(s, row.Id);
        view.Mark = facts.Mark ?? "";
        // The last word counts; one that was kept here came behind every act.
        view.Original = (late is [.., var last] ? last.State : standing.Original) is var original and not OriginalState.NOT_RECEIVED ? original.ToString() : "";
        view.OriginalKept = late is [.., var kept] ? $"{DocumentWriter.FormatTime(kept.Time)}, by {kept.By}" : "";
        if (LateOriginals.Takes(row, ActKind.ORIGINAL_RECEIVED) && facts.OriginalBy is not null && view.Original.Length == 0)
            view.AllowedActs.Add(nameof(ActKind.ORIGINAL_RECEIVED));
        view.Warnings.AddRange(CaseWarnings.Of(row, facts, standing, peers, clock.GetUtcNow()).Select(RefusalWire.ToWire));
        view.Chains.AddRange(s.Query("SELECT issuer, seq, sha256 FROM chains WHERE chain = $1 ORDER BY issuer",
            r => new ChainView { State = r.GetString(0), Count = (ulong)r.GetInt64(1), HeadSha256 = r.Digest(2).ToString() }, row.Id));
        return view;
    }

    private void Track(CaseView view, Session s, Reach reach, CaseRow row, Standing standing)
    {
        if (standing.Track is CaseTrack.NONE)
            return;
        if (standing.Track is CaseTrack.MEASURE_STARTED or CaseTrack.MEASURE_TERMINATED)
        {
            view.Measure = standing.Track.ToString();
            return;
        }
        // What the user may not see does not show here either.
        var followUps = FollowUps.Of(s, row.Id).Where(followUp => CaseRow.Seen(s, reach, followUp.Case) is not null).ToList();
        var preservation = Preservation.Of(standing, followUps, clock.GetUtcNow());
        (view.Preservation, view.PreservedUntil) = (preservation.State.ToString(), preservation.Until is { } until ? DocumentWriter.FormatTime(until) : "");
    }

    /// <summary>
    /// The cases linked with it: those that its own request names, whether they are here, open to the user or not (who reads the request reads them there, and one that is left out would be told from one
    /// that nobody has), and those that name it and that the user sees.
    /// </summary>
    public static List<string> Links(Session s, Reach reach, string caseId)
    {
        var named = s.Query("SELECT linked FROM case_links WHERE case_id = $1 ORDER BY linked", r => r.GetString(0), caseId);
        return [.. named.Union(s.Query("SELECT case_id FROM case_links WHERE linked = $1 ORDER BY case_id", r => r.GetString(0), caseId).Where(id => CaseRow.Seen(s, reach, id) is not null))];
    }
}
