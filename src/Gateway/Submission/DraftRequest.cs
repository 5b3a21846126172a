using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Users;

namespace Gateway.Submission;

/// <summary>Composes the bytes of a request for a person to sign, or every problem at once. Changes nothing.</summary>
internal sealed class DraftRequest(Surroundings around, Registry registry, TimeProvider clock)
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    public Composition Compose(User user, JsonElement fields) => Compose(user, fields, user.Authority);

    /// <summary>Of a request that came on paper at this time: its dates are judged by that day. Whoever sends one is judged by the day of sending, whatever was said here.</summary>
    public Composition Enter(User user, JsonElement fields, DateTimeOffset came)
        => came > clock.GetUtcNow() + Skew
            ? new Composition(null, [new Refusal(RefusalCode.ClockSkew, $"Event time {DocumentWriter.FormatTime(came)} is ahead of now, {DocumentWriter.FormatTime(clock.GetUtcNow())}.", "cameAt")], [])
            : Compose(user, fields, user.Authority, came);

    /// <summary>The same, for the authority for which a draft is kept when its fields name none.</summary>
    public Composition Compose(User user, JsonElement fields, string authority, DateTimeOffset? came = null)
    {
        var sender = Surroundings.TextOf(fields, "requestingAuthority") is { Length: > 0 } named ? named : authority;
        var composition = RequestComposer.Compose(fields, around.Of(fields, sender, came ?? clock.GetUtcNow(), user) with
        {
            Now = clock.GetUtcNow(),
            CameAt = came,
            SenderAuthority = sender,
            // What came on paper from another State stands in our register under its code.
            Reference = registry.NextReference(Ids.IsAuthority(sender) ? Ids.StateOf(sender) : Ids.StateOf(user.Authority)),
        });
        return Surroundings.TextOf(fields, "reference") is { } written && registry.Refuse(written) is { } beyond ? composition with { Document = null, Problems = [.. composition.Problems, beyond] } : composition;
    }
}
