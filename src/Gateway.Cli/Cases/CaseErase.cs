using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Erasures;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>Two persons decide that a case is erased: one proposes, another approves or rejects. Each signs.</summary>
internal static class CaseErase
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var reason = new Option<ErasureReason?>("--reason") { Description = "Why: RETENTION_ENDED, CONDITION_OF_USE, ORDERED, UNLAWFUL (to propose)", HelpName = "REASON" };
        var basis = new Option<string?>("--basis") { Description = "The provision, retention rule or order relied on; no personal data, it is kept for ever. Without it, and without --reason: the retention that has ended", HelpName = "TEXT" };
        var approve = new Option<bool>("--approve") { Description = "As the second person: erase it" };
        var reject = new Option<bool>("--reject") { Description = "Reject what another person proposed" };
        return new Command("erase", "Destroy a closed case, two persons together; its receipts stay") { @case, reason, basis, approve, reject }.Runs(async run =>
        {
            if (run.Value(approve) && run.Value(reject))
                throw StopException.No("choose one of --approve and --reject");
            var step = run.Value(approve) ? ErasureStep.APPROVE : run.Value(reject) ? ErasureStep.REJECT : ErasureStep.PROPOSE;
            var (why, ground) = (run.Value(reason), run.Value(basis));
            if (why is null && ground is null && step != ErasureStep.REJECT && await EndedAsync(run, run.Value(@case)) is { } ended)
                (why, ground) = (step == ErasureStep.PROPOSE ? ErasureReason.RETENTION_ENDED : (ErasureReason?)null, ended);
            if (ground is null)
                throw StopException.No("no retention of this case has ended: say what is relied on with --basis");
            if (step == ErasureStep.PROPOSE && why is null)
                throw StopException.No("a proposal needs --reason");
            var fields = new JsonObject { ["case"] = run.Value(@case), ["decision"] = step.ToString(), ["legalBasis"] = ground };
            if (why is not null)
                fields["reason"] = why.ToString();
            SignAndSubmit.Show(run.Terminal, await SignAndSubmit.ComposeSignSubmitAsync(run, ErasureDecision.Type, fields));
            return ExitCode.Good;
        });
    }

    /// <summary>The basis of an erasure for which the time has come; null when it has not.</summary>
    private static async Task<string?> EndedAsync(Invocation run, string caseId)
    {
        var reply = await run.Gateway.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId, MissedOnly = true, OwnOnly = true, Rule = nameof(DeadlineRule.RETENTION) }, cancellationToken: run.Cancel);
        return reply.Deadlines is [{ } due, ..] ? $"retention ended {due.Due}: {due.Basis}" : null;
    }
}
