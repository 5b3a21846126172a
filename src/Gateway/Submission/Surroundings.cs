using System.Text.Json;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>What the rules need to know beside a request: both cards as they are today, and the cases it is linked to.</summary>
internal sealed class Surroundings(Database database, PeerDirectory peers)
{
    /// <summary>Of a request that was read.</summary>
    public RequestContext Of(Request request, DateTimeOffset now) => Of(request.RequestingAuthority, request.RequestedAuthority, [.. request.Linked.Select(link => link.Case)], now);

    /// <summary>Of fields that a person is still filling in.</summary>
    public RequestContext Of(JsonElement fields, string sender, DateTimeOffset now) => Of(sender, TextOf(fields, "requestedAuthority"), Linked(fields), now);

    /// <summary>The text of a member, or null.</summary>
    public static string? TextOf(JsonElement fields, string name)
        => fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private RequestContext Of(string sender, string? recipient, IReadOnlyList<string> linked, DateTimeOffset now)
    {
        var from = CardOf(sender);
        var to = recipient is null ? null : CardOf(recipient);
        var cases = database.Read(s => Known(s, linked));
        return new RequestContext(now, from?.Find(sender)?.Roles ?? [], to?.Find(recipient!)?.Roles ?? [], to?.Profile)
        {
            Sender = from?.Profile,
            LinkedCases = cases,
        };
    }

    private PeerCard? CardOf(string authority)
    {
        if (!Ids.IsAuthority(authority))
            return null;
        var state = Ids.StateOf(authority);
        return state == peers.OwnCard.Card.State ? peers.OwnCard.Card : peers.ByState(state)?.Card.Card;
    }

    private static Dictionary<string, LinkedCase> Known(Session s, IReadOnlyList<string> linked)
    {
        var known = new Dictionary<string, LinkedCase>(StringComparer.Ordinal);
        foreach (var id in linked)
        {
            var found = s.One("SELECT kind, peer, preserved_until, state, outcome FROM cases WHERE id = $1", row => new LinkedCase(
                row.Word<RequestKind>(0), row.GetString(1), row.IsDBNull(2) ? null : row.Time(2),
                row.GetString(3) is "EXECUTED" or "COMPLETED" && row.TextOrNull(4) == "FULL"), id);
            if (found is not null)
                known[id] = found;
        }
        return known;
    }

    private static List<string> Linked(JsonElement fields)
        => fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty("linkedRequests", out var links) && links.ValueKind == JsonValueKind.Array
            ? [.. links.EnumerateArray().Select(link => TextOf(link, "case")).OfType<string>()]
            : [];
}
