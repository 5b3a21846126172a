using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.V1;

namespace Gateway.Cli.Cases;

internal static class CaseShow
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var lang = Language.Option();
        return new Command("show", "One case: state, what may be done now, both receipt chains") { @case, lang }.Runs(async run =>
        {
            var view = await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = run.Value(@case) }, cancellationToken: run.Cancel);
            var (labels, zone) = (Language.Of(run, lang), run.Clock.LocalTimeZone);
            run.Terminal.Facts([
                ("case", view.CaseId), ("we are", labels.Coded("side", view.Side)), ("own authority", view.OwnAuthority), ("other authority", view.PeerAuthority), ("State", view.Peer),
                ("kind", labels.Coded("kind", view.Kind)), ("urgency", labels.Coded("urgency", view.Urgency)), ("state", labels.Coded("state", view.State)), ("opened", Language.Both(view.Opened, zone)), ("reference", view.Reference),
                .. view.Desks.Select(d => (d.Part switch { "DESK" => "lies with", "TASK" => "task for", _ => "copy for" }, (string?)$"{d.Authority} since {d.Since}, by {d.By}")),
                ("preservation", view.Preservation.Length == 0 ? null
                    : view.PreservedUntil.Length == 0 ? labels.Coded("preservation", view.Preservation)
                    : labels.Format("page.kept", ("state", labels.Coded("preservation", view.Preservation)), ("until", Language.Both(view.PreservedUntil, zone)))), ("measure", labels.Coded("track", view.Measure)),
                ("original", view.Original.Length == 0 ? null : view.OriginalKept.Length == 0 ? labels.Coded("original", view.Original) : $"{labels.Coded("original", view.Original)}; {view.OriginalKept}"),
                ("linked", string.Join(", ", view.Linked)), ("may be done now", string.Join(", ", view.AllowedActs.Select(act => labels.Coded("act", act)))),
                ("erased here", view.Erased), ("erased by the other side", view.ErasedThere), ("legal hold", view.Hold), ("erasure proposed by", view.ErasureProposedBy)]);
            foreach (var step in NextSteps.Of(labels, view))
                run.Terminal.Line($"{labels["page.next"]}: {step}");
            foreach (var warning in view.Warnings)
                run.Terminal.Line(Terminal.Refused(warning, "warning"));
            run.Terminal.Table("no receipts yet", ["receipts of", "count", "head (SHA-256)"], view.Chains.Select(c => new[] { c.State, $"{c.Count}", c.HeadSha256 }));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }
}
