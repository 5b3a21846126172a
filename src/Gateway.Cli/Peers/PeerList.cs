using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Peers;

internal static class PeerList
{
    public static Command Create() => new Command("list", "The peers, their cards and whether they can be reached").Runs(async run =>
    {
        var reply = await run.Gateway.ListPeersAsync(new ListPeersRequest(), cancellationToken: run.Cancel);
        Show(run.Terminal, reply.Peers);
        run.Terminal.Write(json => ProtoJson.WriteList(json, reply.Peers));
        return ExitCode.Good;
    });

    public static void Show(Terminal terminal, IEnumerable<PeerView> peers)
        => terminal.Table("no peers yet; 'gatewayctl peer add' proposes one", ["State", "status", "card", "expires", "reachable", "last contact", "authorities"],
            peers.Select(p => new[]
            {
                p.State, p.Status, $"{p.CardVersion}", p.CardExpires, p.Reachable ? "yes" : "no", p.LastContact,
                string.Join(", ", p.Authorities.Select(a => a.Authority)),
            }));

    public static void ShowOne(Terminal terminal, PeerView peer)
    {
        terminal.Facts(
            ("State", peer.State),
            ("status", peer.Status),
            ("fingerprint", peer.Fingerprint),
            ("card", $"version {peer.CardVersion}, expires {peer.CardExpires}"));
        terminal.Table("no authorities", ["authority", "name", "roles", "endpoint"],
            peer.Authorities.Select(a => new[] { a.Authority, a.Name, string.Join(", ", a.Roles), a.Endpoint }));
        terminal.Write(peer);
    }
}
