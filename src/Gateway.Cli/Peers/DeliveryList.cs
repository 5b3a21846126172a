using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Peers;

internal static class DeliveryList
{
    private static readonly string[] Columns = ["message", "case", "peer", "lane", "state", "attempts", "next attempt", "last error"];

    public static Command Create()
    {
        var dead = new Option<bool>("--dead") { Description = "Only those given up" };
        return new Command("list", "What is on its way to peers, and what keeps it") { dead }.Runs(async run =>
        {
            var reply = await run.Gateway.ListDeliveriesAsync(new ListDeliveriesRequest { DeadOnly = run.Value(dead) }, cancellationToken: run.Cancel);
            run.Terminal.Table("nothing on its way", Columns, reply.Deliveries.Select(Row));
            run.Terminal.Write(json => ProtoJson.WriteList(json, reply.Deliveries));
            return ExitCode.Good;
        });
    }

    public static void ShowOne(Terminal terminal, DeliveryView delivery)
    {
        terminal.Table("", Columns, [Row(delivery)]);
        terminal.Write(delivery);
    }

    private static string[] Row(DeliveryView d) => [d.Message, d.CaseId, d.Peer, d.Lane, d.State, $"{d.Attempts}", d.NextAttempt, d.LastError];
}
