using System.Text.Json;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Users;

namespace Gateway.Access;

/// <summary>Whether a user may see a case, and work on it. What may not be seen is answered as what does not exist, in the same words.</summary>
internal sealed class NeedToKnow(PeerDirectory peers, UserDirectory users)
{
    /// <summary>The answer for a case that is not there and for one that is hidden; it does not repeat the id, so that both are the same bytes.</summary>
    public static Refusal NoCase(string path = "caseId") => new(RefusalCode.NotFound, "there is no such case, or it is not open to you", path);

    public Reach Of(User user, Permission permission) => Reach.Of(peers.OwnCard.Card.WithParents(user.Authority), user, permission);

    /// <summary>Whether the user sees the case; also before the case is opened, when its message waits for a decision or was rejected.</summary>
    public bool Sees(Session s, User user, Permission permission, string caseId) => s.Number($"""
        SELECT count(*) FROM (SELECT $1 AS id) AS asked LEFT JOIN cases c ON c.id = asked.id
        WHERE {Reach.Sees("asked.id", "coalesce(c.kind, '')", 2)}
        """, Of(user, permission).With(caseId)) == 1;

    /// <summary>Null when the user may act on the case, which the user sees already: it lies with the own authority or one above it, or one of them was given a task.</summary>
    public Refusal? RefuseActing(Session s, User user, string caseId) => Elsewhere(s, user, caseId, DeskPart.DESK, DeskPart.TASK);

    /// <summary>
    /// Null when the user answers for the case, which the user sees already: it lies with the own authority or one above it, or the own one is the central authority of the one
    /// that holds it. Who has a copy or a task does not decide what becomes of the case as a whole.
    /// </summary>
    public Refusal? RefuseAnswering(Session s, User user, string caseId) => IsCentral(s, user, caseId) ? null : Elsewhere(s, user, caseId, DeskPart.DESK);

    /// <summary>Null when the user may decide about a message of the case that waits, or state what came of an item: who acts on the case, and the central authority of the one that holds it.</summary>
    public Refusal? RefuseDeciding(Session s, User user, string caseId) => IsCentral(s, user, caseId) ? null : RefuseActing(s, user, caseId);

    private bool IsCentral(Session s, User user, string caseId) => Desks.Holder(s, caseId) is { } holder && peers.OwnCard.Card.CentralAuthorityOf(holder) == user.Authority;

    private Refusal? Elsewhere(Session s, User user, string caseId, params ReadOnlySpan<DeskPart> parts)
    {
        var line = peers.OwnCard.Card.WithParents(user.Authority);
        var desks = Desks.Of(s, caseId);
        foreach (var (authority, part, _, _) in desks)
        {
            if (parts.Contains(part) && (line.Contains(authority) || authority == user.Authority))
                return null;
        }
        return new Refusal(RefusalCode.RoleMissing, $"{user.Name} works for {user.Authority}; the case lies with {desks.Find(d => d.Part == DeskPart.DESK).Authority}. It can be handed over ('gatewayctl request handover').");
    }

    /// <summary>Whether a person of this authority, as the users are registered today, is on the list of the case.</summary>
    public bool AnyReader(Session s, string caseId, string authority) => users.All
        .Where(u => u.Revoked is null && u.Authority == authority)
        .Any(u => s.Number("SELECT count(*) FROM case_readers WHERE case_id = $1 AND reader = $2", caseId, Desks.Reader(u.Authority, u.PersonName)) > 0);

    /// <summary>Whom the list of a request names on our side; null when its kind has no such list. Reads also what the rules refuse: a measure stays hidden although it is rejected.</summary>
    public IReadOnlyList<Digest>? ReadersOf(ReadOnlyMemory<byte> request)
    {
        try
        {
            using var json = JsonDocument.Parse(request);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !Enum.TryParse<RequestKind>(TextOf(json.RootElement, "kind"), out var kind) || !Enum.IsDefined(kind) || !RequestKinds.Of(kind).NeedToKnow)
                return null;
            return json.RootElement.TryGetProperty("needToKnow", out var list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Select(person => (Authority: TextOf(person, "authority"), Name: TextOf(person, "person")))
                    .Where(p => p.Name is not null && p.Authority is not null && Ids.IsAuthority(p.Authority) && Ids.StateOf(p.Authority) == peers.OwnCard.Card.State)
                    .Select(p => Desks.Reader(p.Authority!, p.Name!.Trim()))]
                : [];
        }
        catch (JsonException)
        {
            // Not JSON: of no kind.
            return null;
        }
    }

    private static string? TextOf(JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate.
            return null;
        }
    }
}
