using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

internal static class CaseList
{
    public static Command Create()
    {
        var open = new Option<bool>("--open") { Description = "Only those not closed" };
        var held = new Option<bool>("--held") { Description = "Only those under a legal hold, with every hold: who, why, since and until when" };
        var limit = new Option<uint>("--limit") { Description = "At most so many", DefaultValueFactory = _ => 100, HelpName = "N" };
        var mine = new Option<bool>("--mine") { Description = "Only those that lie with your own authority: its queue" };
        var desk = new Option<string?>("--desk") { Description = "Only those that lie with this authority", HelpName = "AUTHORITY" };
        var before = new Option<string?>("--before") { Description = "Go on where an earlier list ended", HelpName = "PLACE" };
        var lang = Language.Option();
        return new Command("list", "Cases that are open to you, and where they stand") { open, held, mine, desk, limit, before, lang }.Runs(async run =>
        {
            var request = new ListCasesRequest { OpenOnly = run.Value(open), HeldOnly = run.Value(held), Limit = run.Value(limit), Desk = run.Value(mine) ? "own" : run.Value(desk) ?? "", Before = run.Value(before) ?? "" };
            var reply = await run.Gateway.ListCasesAsync(request, cancellationToken: run.Cancel);
            var (labels, zone) = (Language.Of(run, lang), run.Clock.LocalTimeZone);
            if (run.Value(held))
                run.Terminal.Table("no cases under a legal hold", ["case", "hold", "by", "why", "since", "until", "reference"],
                    reply.Cases.SelectMany(c => c.Holds.Select(h => new[] { c.CaseId, $"{h.Number}", h.By, h.Reason, Language.Both(h.Since, zone), h.Until, c.Reference })));
            else
                run.Terminal.Table("no cases", ["case", "we are", "peer", "kind", "urgency", "state", "lies with", "opened", "reference"],
                    reply.Cases.Select(c => new[] { c.CaseId, labels.Coded("side", c.Side), c.PeerAuthority, labels.Coded("kind", c.Kind), labels.Coded("urgency", c.Urgency), labels.Coded("state", c.State), c.Desks.FirstOrDefault(d => d.Part == "DESK")?.Authority, Language.Both(c.Opened, zone), c.Reference }));
            if (reply.Next.Length > 0)
                run.Terminal.Line($"older ones: --before '{reply.Next}'");
            run.Terminal.Write(json => ProtoJson.WriteList(json, reply.Cases));
            return ExitCode.Good;
        });
    }
}
