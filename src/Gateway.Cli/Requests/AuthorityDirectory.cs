using Gateway.Cli.Connection;
using Gateway.Protocol.PeerCards;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>Authorities as the gateway knows them: from the cards of States with a gateway, and from the descriptions of the others. Of a description counts what two administrators brought.</summary>
internal static class AuthorityDirectory
{
    /// <summary>An authority of another State; null when no card and no description in force names it.</summary>
    public static async Task<AuthorityView?> FindAsync(Invocation run, string authority)
    {
        AuthorityView? In(IEnumerable<AuthorityView> listed) => listed.FirstOrDefault(a => a.Authority == authority);
        return In((await run.Gateway.ListPeersAsync(new ListPeersRequest(), cancellationToken: run.Cancel)).Peers.SelectMany(p => p.Authorities))
            ?? In((await run.Gateway.ListPaperStatesAsync(new ListPaperStatesRequest(), cancellationToken: run.Cancel)).States.SelectMany(s => s.InForce));
    }

    /// <summary>Name and address of an authority, the own State's too, for an envelope.</summary>
    public static async Task<string> AddressAsync(Invocation run, string authority)
    {
        if (SignedCard.Open((await run.Gateway.OwnCardAsync(new OwnCardRequest(), cancellationToken: run.Cancel)).Card.ToByteArray()).TryGet(out var card, out _) && card.Card.Find(authority) is { } own)
            return Written(own.Name, authority, own.Address);
        return await FindAsync(run, authority) is { } found ? Written(found.Name, authority, found.Address) : authority;
    }

    private static string Written(string name, string authority, string? address) => $"{name} ({authority}){(string.IsNullOrEmpty(address) ? "" : $"\n{address}")}";
}
