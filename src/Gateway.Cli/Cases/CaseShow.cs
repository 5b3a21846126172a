using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

internal static class CaseShow
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        return new Command("show", "One case: state, what may be done now, both receipt chains") { @case }.Runs(async run =>
        {
            var view = await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = run.Value(@case) }, cancellationToken: run.Cancel);
            run.Terminal.Facts([
                ("case", view.CaseId), ("we are", view.Side), ("own authority", view.OwnAuthority), ("other authority", view.PeerAuthority), ("State", view.Peer),
                ("kind", view.Kind), ("urgency", view.Urgency), ("state", view.State), ("opened", view.Opened), ("reference", view.Reference),
                .. view.Desks.Select(d => (d.Part switch { "DESK" => "lies with", "TASK" => "task for", _ => "copy for" }, (string?)$"{d.Authority} since {d.Since}, by {d.By}")),
                ("linked", string.Join(", ", view.Linked)), ("may be done now", string.Join(", ", view.AllowedActs)),
                ("erased here", view.Erased), ("erased by the other side", view.ErasedThere), ("legal hold", view.Hold), ("erasure proposed by", view.ErasureProposedBy)]);
            foreach (var warning in view.Warnings)
                run.Terminal.Line(Terminal.Refused(warning, "warning"));
            run.Terminal.Table("no receipts yet", ["receipts of", "count", "head (SHA-256)"], view.Chains.Select(c => new[] { c.State, $"{c.Count}", c.HeadSha256 }));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }
}
