using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

internal static class CaseList
{
    public static Command Create()
    {
        var open = new Option<bool>("--open") { Description = "Only those not closed" };
        var limit = new Option<uint>("--limit") { Description = "At most so many", DefaultValueFactory = _ => 100, HelpName = "N" };
        return new Command("list", "Cases and where they stand") { open, limit }.Runs(async run =>
        {
            var reply = await run.Gateway.ListCasesAsync(new ListCasesRequest { OpenOnly = run.Value(open), Limit = run.Value(limit) }, cancellationToken: run.Cancel);
            run.Terminal.Table("no cases", ["case", "we are", "peer", "kind", "urgency", "state", "opened", "reference"],
                reply.Cases.Select(c => new[] { c.CaseId, c.Side, c.PeerAuthority, c.Kind, c.Urgency, c.State, c.Opened, c.Reference }));
            run.Terminal.Write(json => ProtoJson.WriteList(json, reply.Cases));
            return ExitCode.Good;
        });
    }
}
