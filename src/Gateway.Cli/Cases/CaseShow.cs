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
        return new Command("show", "One case: state, what may be done now, where each message is, both receipt chains") { @case, lang }.Runs(async run =>
        {
            var view = await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = run.Value(@case) }, cancellationToken: run.Cancel);
            var (labels, zone) = (Language.Of(run, lang), run.Clock.LocalTimeZone);
            run.Terminal.Facts([
                (labels["head.case"], view.CaseId), (labels["head.side"], labels.Coded("side", view.Side)), (labels["head.ownAuthority"], view.OwnAuthority), (labels["head.otherAuthority"], view.PeerAuthority), (labels["head.peer"], view.Peer),
                (labels["head.kind"], labels.Coded("kind", view.Kind)), (labels["head.urgency"], labels.Coded("urgency", view.Urgency)), (labels["head.state"], labels.Coded("state", view.State)), (labels["head.opened"], Language.Both(view.Opened, zone)), (labels["head.reference"], view.Reference),
                .. view.Desks.Select(d => (labels[d.Part switch { "DESK" => "head.desk", "TASK" => "head.task", _ => "head.copy" }], (string?)labels.Format("head.since", ("authority", d.Authority), ("since", d.Since), ("by", d.By)))),
                (labels["page.preservation"], view.Preservation.Length == 0 ? null
                    : view.PreservedUntil.Length == 0 ? labels.Coded("preservation", view.Preservation)
                    : labels.Format("page.kept", ("state", labels.Coded("preservation", view.Preservation)), ("until", Language.Both(view.PreservedUntil, zone)))), (labels["head.measure"], labels.Coded("track", view.Measure)),
                (labels["head.original"], view.Original.Length == 0 ? null : view.OriginalKept.Length == 0 ? labels.Coded("original", view.Original) : $"{labels.Coded("original", view.Original)}; {view.OriginalKept}"),
                (labels["head.linked"], string.Join(", ", view.Linked)), (labels["head.allowed"], string.Join(", ", view.AllowedActs.Select(act => labels.Coded("act", act)))),
                (labels["head.erased"], view.Erased), (labels["head.erasedThere"], view.ErasedThere), .. CaseHold.Lines(labels["head.hold"], view.Holds), (labels["head.erasureProposed"], view.ErasureProposedBy)]);
            foreach (var step in NextSteps.Of(labels, view))
                run.Terminal.Line($"{labels["page.next"]}: {step}");
            foreach (var warning in view.Warnings)
                run.Terminal.Line(Terminal.Refused(warning, labels["head.warning"]));
            run.Terminal.Table(labels["head.noDeliveries"], [labels["head.message"], labels["head.direction"], labels["head.kind"], labels["head.delivery"], labels["head.certified"]], view.Deliveries.Select(m => new[]
            {
                m.Message, labels.Coded("direction", m.Direction), m.About == "REQUEST" ? labels.Coded("kind", m.Kind) : m.About == "ACT" ? labels.Coded("act", m.Kind) : labels.Coded("about", m.About),
                labels.Coded("delivery", m.Delivery), Language.Both(m.Certified, zone),
            }));
            run.Terminal.Table(labels["head.noReceipts"], [labels["head.receiptsOf"], labels["head.count"], labels["head.chainHead"]], view.Chains.Select(c => new[] { c.State, $"{c.Count}", c.HeadSha256 }));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }
}
