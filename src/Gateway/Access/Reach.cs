using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Users;

namespace Gateway.Access;

/// <summary>
/// What one user may see: the cases of the own authority and of those above it, what was handed over or copied to it, and of a measure
/// with a need-to-know list only what names the person. It is a condition in SQL, asked in the statement that finds the row, so that
/// what is hidden and what does not exist take the same path and give the same answer.
/// </summary>
internal sealed class Reach
{
    /// <summary>How many parameters <see cref="Sees"/> takes.</summary>
    public const int Parameters = 6;

    /// <summary>A user with no more cases than this is given a list from those cases; others from what is listed, by its order.</summary>
    private const int Few = 2000;

    private readonly object?[] _values;

    private Reach(bool everything, IReadOnlyList<string> authorities, IReadOnlyList<RequestKind>? kinds, User user, bool ownItemsOnly)
    {
        Authorities = authorities;
        _values =
        [
            everything,
            Json(authorities),
            kinds is null ? "[]" : Json([.. kinds.Select(k => k.ToString())]),
            user.Name,
            Desks.Reader(user.Authority, user.PersonName),
            ownItemsOnly,
        ];
    }

    /// <summary>The own authority and those above it.</summary>
    public IReadOnlyList<string> Authorities { get; }

    /// <summary>The condition that a case is seen; the values of <see cref="With"/> stand from <c>$first</c> on.</summary>
    /// <param name="caseId">SQL of the case id; r, d and i are other tables inside.</param>
    /// <param name="kind">SQL of the kind of request; for what belongs to no case yet, its own kind.</param>
    /// <param name="first">Number of the first parameter.</param>
    public static string Sees(string caseId, string kind, int first) => $"""
        (CASE WHEN EXISTS (SELECT 1 FROM case_readers r WHERE r.case_id = {caseId})
          THEN EXISTS (SELECT 1 FROM case_readers r WHERE r.case_id = {caseId} AND r.reader = ${first + 4})
          ELSE ((${first} = 1 OR (${first + 5} = 0 AND EXISTS (SELECT 1 FROM case_desks d WHERE d.case_id = {caseId} AND d.authority IN (SELECT value FROM json_each(${first + 1}))))
              OR EXISTS (SELECT 1 FROM case_desks d WHERE d.case_id = {caseId} AND d.authority = json_extract(${first + 1}, '$[0]') AND d.part = 'TASK'))
            AND (${first + 2} = '[]' OR {kind} IN (SELECT value FROM json_each(${first + 2}))))
            OR EXISTS (SELECT 1 FROM items i WHERE i.case_id = {caseId} AND i.uploader = ${first + 3}) END)
        """;

    /// <summary>
    /// The ids of the cases among which everything is that the user sees, each found by an index; <see cref="Sees"/> is asked besides. Not for a user who sees
    /// every case, whom <see cref="HasFew"/> does not name.
    /// </summary>
    /// <param name="first">Number of the first parameter.</param>
    public static string Cases(int first) => $"""
        (SELECT case_id FROM case_desks WHERE authority IN (SELECT value FROM json_each(${first + 1}))
          UNION SELECT case_id FROM case_readers WHERE reader = ${first + 4}
          UNION SELECT case_id FROM items WHERE uploader = ${first + 3})
        """;

    /// <summary>Whether the user has so few cases that a list begins with them.</summary>
    public bool HasFew(Session s) => _values[0] is false && s.Number($"SELECT count(*) FROM (SELECT 1 FROM {Cases(2)} LIMIT $1)", With(Few + 1)) <= Few;

    /// <summary>The given values followed by those of <see cref="Sees"/>.</summary>
    public object?[] With(params object?[] values) => [.. values, .. _values];

    /// <summary>Of a user, for something that the permission opens.</summary>
    /// <param name="line">The user's authority and those above it.</param>
    /// <param name="user">Who asks.</param>
    /// <param name="permission">What for.</param>
    public static Reach Of(IReadOnlyList<string> line, User user, Permission permission)
    {
        var grants = Permissions.Of(permission).Where(g => user.Roles.Contains(g.Role)).ToList();
        // To whom it is not open at all, what is there must look like what is not.
        if (grants.Count == 0)
            return OfNone(user);
        // A laboratory sees what it attached and what it was tasked with; it attaches to what the authority above it has.
        var laboratory = permission != Permission.AttachEvidence && grants.TrueForAll(g => g.Condition == GrantCondition.OwnItems);
        var own = grants.TrueForAll(g => g.Condition == GrantCondition.OwnKinds);
        return new Reach(
            grants.Exists(g => g.Condition == GrantCondition.ContentMasked) || permission == Permission.AdministerPeers,
            line.Count > 0 ? line : [user.Authority],
            own ? [.. RequestKinds.All.Where(row => grants.Exists(g => row.Recipients.Contains(g.Role) || row.Senders.Contains(g.Role))).Select(row => row.Kind)] : null,
            user,
            laboratory);
    }

    /// <summary>Of a user who may see no case at all: what belongs to none is open to everybody.</summary>
    public static Reach OfNone(User user) => new(everything: false, [], null, user, ownItemsOnly: false);

    private static string Json(IReadOnlyList<string> words) => $"[{string.Join(',', words.Select(word => $"\"{JsonEncodedText.Encode(word)}\""))}]";
}
