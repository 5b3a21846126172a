using System.Text.Json;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Requests;
using Gateway.Users;

namespace Gateway.Submission;

/// <summary>Composes the bytes of a request for a person to sign, or every problem at once. Changes nothing.</summary>
internal sealed class DraftRequest(PeerDirectory peers, Registry registry, TimeProvider clock)
{
    public Composition Compose(User user, JsonElement fields)
    {
        var sender = TextOf(fields, "requestingAuthority") ?? user.Authority;
        var recipient = TextOf(fields, "requestedAuthority");
        var context = Context(peers, sender, recipient, clock.GetUtcNow()) with
        {
            SenderAuthority = sender,
            Reference = registry.NextReference(Ids.StateOf(user.Authority)),
        };
        return RequestComposer.Compose(fields, context);
    }

    /// <summary>What both cards say today about the two authorities of a request.</summary>
    public static RequestContext Context(PeerDirectory peers, string sender, string? recipient, DateTimeOffset now)
    {
        var from = CardOf(peers, sender);
        var to = recipient is null ? null : CardOf(peers, recipient);
        return new RequestContext(now, from?.Find(sender)?.Roles ?? [], to?.Find(recipient!)?.Roles ?? [], to?.Profile) { Sender = from?.Profile };
    }

    private static PeerCard? CardOf(PeerDirectory peers, string authority)
    {
        if (!Ids.IsAuthority(authority))
            return null;
        var state = Ids.StateOf(authority);
        return state == peers.OwnCard.Card.State ? peers.OwnCard.Card : peers.ByState(state)?.Card.Card;
    }

    private static string? TextOf(JsonElement fields, string name)
        => fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
