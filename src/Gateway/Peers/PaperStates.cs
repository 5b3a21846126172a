using Gateway.AuditLog;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Peers;

/// <summary>
/// The directory of States that are reached on paper. One administrator brings the description, and it is in force when a second one brings the same bytes: where requests
/// go to is never one person's word. A new description waits beside the one in force.
/// </summary>
internal sealed class PaperStates(Database database, PeerDirectory peers, UserDirectory users, TimeProvider clock)
{
    private const int MaxBytes = 256 * 1024;

    public async Task<Outcome<PaperStateView>> Set(SetPaperStateRequest request, User by)
    {
        if (by.Refuse(Permission.AdministerPeers) is { } notPermitted)
            return notPermitted;
        if (request.Document.Length > MaxBytes)
            return new Refusal(RefusalCode.DocumentLimit, $"a description has at most {MaxBytes} bytes", "document");
        if (!PaperStateOptions.Read(request.Document.Memory).TryGet(out var options, out var refusal))
            return refusal;
        var state = options.State;
        if (state == peers.OwnCard.Card.State)
            return new Refusal(RefusalCode.CardNotValid, "this is our own State", "document");
        if (peers.ByState(state) is { } peer)
            return new Refusal(RefusalCode.StateConflict, $"{state} has a gateway: its card is {peer.Status}", "document");
        var (bytes, now) = (request.Document.ToByteArray(), clock.GetUtcNow());
        var result = await database.Write(Lane.Ordinary, s => Store(s, state, bytes, by, now));
        if (result.Succeeded)
            peers.Reload();
        return result;
    }

    public Outcome<ListPaperStatesReply> List(User by)
    {
        if (by.Refuse(Permission.AdministerPeers) is { } notAdministrator && by.Refuse(Permission.ReadReceipts) is not null)
            return notAdministrator;
        var reply = new ListPaperStatesReply();
        reply.States.AddRange(database.Read(All).Select(View));
        return reply;
    }

    /// <summary>The descriptions in force, as cards without keys.</summary>
    public static List<PeerCard> InForce(Session s) => [.. All(s).Where(row => row.InForce is not null).Select(row => Options(row.InForce!).ToCard())];

    /// <summary>A description of a State that is or was in force; null: there is none, or none of this number.</summary>
    /// <param name="s">The session.</param>
    /// <param name="state">The State.</param>
    /// <param name="number">Counted from 1; 0: the one in force.</param>
    public static Description? Find(Session s, string state, long number)
        => s.One("SELECT number, document, since FROM paper_descriptions WHERE state = $1 AND ($2 = 0 OR number = $2) ORDER BY number DESC LIMIT 1",
            r => new Description(r.GetInt64(0), Options(r.Bytes(1)), r.GetString(2)), state, number);

    /// <summary>The numbers of all that were in force, the newest first.</summary>
    public static List<long> Numbers(Session s, string state) => s.Query("SELECT number FROM paper_descriptions WHERE state = $1 ORDER BY number DESC", r => r.GetInt64(0), state);

    private Outcome<PaperStateView> Store(Session s, string state, byte[] bytes, User by, DateTimeOffset now)
    {
        var before = All(s).Find(row => row.State == state);
        var sha256 = Digest.Of(bytes);
        if (before is { ApprovedBy: null } && Digest.Of(before.Document) == sha256)
        {
            if (before.ProposedBy == by.Name || (users.ByName(before.ProposedBy) is { } first && first.IsSamePersonAs(by)))
                return new Refusal(RefusalCode.SecondPersonNeeded, $"{before.ProposedBy} brought this description, the same person; a second administrator brings the same file", "document");
            s.RunOne("UPDATE paper_states SET approved_by = $1, changed = $2, in_force = document WHERE state = $3", by.Name, now, state);
            s.RunOne("INSERT INTO paper_descriptions (state, number, document, since) SELECT $1, coalesce(max(number), 0) + 1, $2, $3 FROM paper_descriptions WHERE state = $1", state, bytes, now);
            new AuditRecord("paperState.approved", by.Name, state, Detail: sha256.ToString()).Append(s, now);
        }
        else
        {
            s.RunOne("""
                INSERT INTO paper_states (state, document, proposed_by, approved_by, changed) VALUES ($1, $2, $3, NULL, $4)
                ON CONFLICT (state) DO UPDATE SET document = $2, proposed_by = $3, approved_by = NULL, changed = $4
                """, state, bytes, by.Name, now);
            new AuditRecord("paperState.proposed", by.Name, state, Detail: sha256.ToString()).Append(s, now);
        }
        return View(All(s).Find(row => row.State == state)!);
    }

    private static List<Row> All(Session s) => s.Query("SELECT state, document, proposed_by, approved_by, changed, in_force FROM paper_states ORDER BY state",
        r => new Row(r.GetString(0), r.Bytes(1), r.GetString(2), r.TextOrNull(3), r.GetString(4), r.BytesOrNull(5)));

    private static PaperStateView View(Row row)
    {
        var options = Options(row.Document);
        var view = new PaperStateView
        {
            State = row.State,
            Status = row.ApprovedBy is null ? "PROPOSED" : "APPROVED",
            ProposedBy = row.ProposedBy,
            ApprovedBy = row.ApprovedBy ?? "",
            Changed = row.Changed,
            Sha256 = Digest.Of(row.Document).ToString(),
            Source = options.Source,
        };
        view.Authorities.AddRange(options.ToCard().Authorities.Select(PeerViews.Of));
        view.Addresses.AddRange(options.Authorities.Select(a => a.Address));
        if (row.InForce is { } inForce)
            view.InForce.AddRange(Options(inForce).ToCard().Authorities.Select(PeerViews.Of));
        return view;
    }

    private static PaperStateOptions Options(byte[] document)
        => PaperStateOptions.Read(document).TryGet(out var options, out var refusal) ? options : throw new LedgerBrokenException($"a stored description of a State cannot be read: {refusal.Detail}");

    private sealed record Row(string State, byte[] Document, string ProposedBy, string? ApprovedBy, string Changed, byte[]? InForce);
}

/// <summary>A description that two administrators brought.</summary>
/// <param name="Number">Counted from 1 for each State.</param>
/// <param name="Options">What it says.</param>
/// <param name="Since">From when on it was in force, UTC; empty when that was not kept.</param>
internal sealed record Description(long Number, PaperStateOptions Options, string Since);
