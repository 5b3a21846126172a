using System.Text.Json;
using Gateway.Access;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.TimeStamps;
using Gateway.Users;

namespace Gateway.Submission;

/// <summary>What the rules need to know beside a request: both cards as they are today, and the cases it is linked to.</summary>
internal sealed class Surroundings(Database database, CaseKeys caseKeys, PeerDirectory peers, NeedToKnow access, StampRequest stamping)
{
    /// <summary>Of a request that was read: one that arrived, or one that a person sends.</summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time at which it is judged.</param>
    /// <param name="author">Who sends it; null for one that arrived.</param>
    public RequestContext Of(Request request, DateTimeOffset now, User? author = null)
        => Of(request.RequestingAuthority, request.RequestedAuthority, request.Kind, [.. request.Linked.Select(link => link.Case)], now, author);

    /// <summary>Of fields that a person is still filling in.</summary>
    public RequestContext Of(JsonElement fields, string sender, DateTimeOffset now, User author)
        => Of(sender, TextOf(fields, "requestedAuthority"), Enum.TryParse<RequestKind>(TextOf(fields, "kind"), out var kind) ? kind : null, Linked(fields), now, author);

    /// <summary>The text of a member, or null.</summary>
    public static string? TextOf(JsonElement fields, string name)
        => fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private RequestContext Of(string sender, string? recipient, RequestKind? kind, IReadOnlyList<string> linked, DateTimeOffset now, User? author)
    {
        var from = CardOf(sender);
        var to = recipient is null ? null : CardOf(recipient);
        var (own, other) = (Designated(from, sender, now), recipient is null ? null : Designated(to, recipient, now));
        var (cases, approved) = database.Read(s => (Known(s, linked, author), ApproveTreaties.Approved(s)));
        return new RequestContext(now, own?.Roles ?? [], other?.Roles ?? [], to?.Profile)
        {
            Sender = from?.Profile,
            SenderFunctions = own?.Functions,
            RecipientFunctions = other?.Functions,
            SuggestedRecipient = kind is { } asked ? to?.Authorities.FirstOrDefault(a => a.DesignatedAt(now) && (a.Encryption.Count > 0 || peers.OnPaper(to.State) is not null) && Takes(a, asked, to.Profile))?.Id : null,
            LinkedCases = cases,
            ApprovedTreaties = approved,
            TimeStamps = stamping.Possible,
            Author = author is null ? null : new RequestAuthor(author.Authority, author.PersonName),
        };
    }

    // An authority whose designation has ended, or not begun, has no role on that day.
    private static CardAuthority? Designated(PeerCard? card, string authority, DateTimeOffset now) => card?.Find(authority) is { } found && found.DesignatedAt(now) ? found : null;

    private static bool Takes(CardAuthority authority, RequestKind kind, StateProfile profile)
        => (authority.Functions.Count == 0 || authority.Functions.Contains(kind.ToString())) && Roles.Of(authority.Roles).Any(RequestKinds.Of(kind).RecipientsOf(profile).Contains);

    private PeerCard? CardOf(string authority)
    {
        if (!Ids.IsAuthority(authority))
            return null;
        return peers.CardOf(Ids.StateOf(authority));
    }

    // A person links only to what is open to that person; the rest is as unknown as what does not exist.
    private Dictionary<string, LinkedCase> Known(Session s, IReadOnlyList<string> linked, User? author)
    {
        var known = new Dictionary<string, LinkedCase>(StringComparer.Ordinal);
        foreach (var id in linked.Where(id => author is null || access.Sees(s, author, Permission.ReadReceipts, id)))
        {
            // What was prolonged runs to the end of the last prolongation.
            var found = s.One("""
                SELECT kind, peer, nullif(max(coalesce(preserved_until, ''), coalesce((SELECT max(x.preserved_until) FROM case_links l JOIN cases x ON x.id = l.case_id
                  WHERE l.linked = c.id AND l.relation = 'EXTENDS' AND x.side = c.side AND x.peer = c.peer AND x.state <> 'REJECTED_TECHNICAL'), '')), ''), state, outcome, side FROM cases c WHERE id = $1
                """, row => new LinkedCase(
                row.Word<RequestKind>(0), row.GetString(1), row.IsDBNull(2) ? null : row.Time(2),
                row.GetString(3) is "EXECUTED" or "COMPLETED" && row.TextOrNull(4) == "FULL" && row.Word<CaseSide>(5) == CaseSide.Requesting), id);
            if (found is not null)
                known[id] = found.Kind == RequestKind.FURTHER_USE_CONSENT ? found with { Consent = Consents.Of(s, caseKeys, id) } : found;
        }
        return known;
    }

    private static List<string> Linked(JsonElement fields)
        => fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty("linkedRequests", out var links) && links.ValueKind == JsonValueKind.Array
            ? [.. links.EnumerateArray().Select(link => TextOf(link, "case")).OfType<string>()]
            : [];
}
