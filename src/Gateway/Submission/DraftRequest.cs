using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Users;

namespace Gateway.Submission;

/// <summary>Composes the bytes of a request for a person to sign, or every problem at once. Changes nothing.</summary>
internal sealed class DraftRequest(Surroundings around, Registry registry, TimeProvider clock)
{
    public Composition Compose(User user, JsonElement fields) => Compose(user, fields, user.Authority);

    /// <summary>The same, for the authority for which a draft is kept when its fields name none.</summary>
    public Composition Compose(User user, JsonElement fields, string authority)
    {
        var sender = Surroundings.TextOf(fields, "requestingAuthority") is { Length: > 0 } named ? named : authority;
        var composition = RequestComposer.Compose(fields, around.Of(fields, sender, clock.GetUtcNow(), user) with
        {
            SenderAuthority = sender,
            // What came on paper from another State stands in our register under its code.
            Reference = registry.NextReference(Ids.IsAuthority(sender) ? Ids.StateOf(sender) : Ids.StateOf(user.Authority)),
        });
        return Surroundings.TextOf(fields, "reference") is { } written && registry.Refuse(written) is { } beyond ? composition with { Document = null, Problems = [.. composition.Problems, beyond] } : composition;
    }
}
