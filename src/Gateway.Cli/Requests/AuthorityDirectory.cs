using Gateway.Cli.Connection;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Wording;
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

    /// <summary>The name in the reader's language, else the one that the card has for everybody.</summary>
    /// <param name="labels">The reader's language.</param>
    /// <param name="name">For everybody.</param>
    /// <param name="names">By language tag.</param>
    public static string NameIn(Labels labels, string name, IReadOnlyDictionary<string, string> names)
        => names.GetValueOrDefault(labels.Language) ?? names.OrderBy(one => one.Key, StringComparer.Ordinal).FirstOrDefault(one => one.Key.Split('-')[0] == labels.Language).Value ?? name;

    /// <summary>The same of an authority as it is listed; null of none.</summary>
    public static string? NameIn(Labels labels, AuthorityView? authority) => authority is null ? null : NameIn(labels, authority.Name, authority.Names.AsReadOnly());

    /// <summary>Name and address of an authority, the own State's too, for an envelope.</summary>
    public static async Task<string> AddressAsync(Invocation run, string authority, Labels labels)
    {
        var (name, address) = await FindAnyAsync(run, authority, labels);
        return name is null ? authority : $"{name} ({authority}){(string.IsNullOrEmpty(address) ? "" : $"\n{address}")}";
    }

    /// <summary>The name of an authority, the own State's too; null where nobody names it.</summary>
    public static async Task<string?> NameAsync(Invocation run, string authority, Labels labels) => (await FindAnyAsync(run, authority, labels)).Name;

    private static async Task<(string? Name, string? Address)> FindAnyAsync(Invocation run, string authority, Labels labels)
    {
        if (SignedCard.Open((await run.Gateway.OwnCardAsync(new OwnCardRequest(), cancellationToken: run.Cancel)).Card.ToByteArray()).TryGet(out var card, out _) && card.Card.Find(authority) is { } own)
            return (NameIn(labels, own.Name, own.Names.ToDictionary(name => name.Language, name => name.Text)), own.Address);
        var found = await FindAsync(run, authority);
        return (NameIn(labels, found), found?.Address);
    }
}
