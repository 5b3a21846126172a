using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Erasures;

namespace Gateway.Cli.Cases;

/// <summary>Two persons decide that a case is erased: one proposes, another approves or rejects. Each signs.</summary>
internal static class CaseErase
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var reason = new Option<ErasureReason?>("--reason") { Description = "Why: RETENTION_ENDED, CONDITION_OF_USE, ORDERED, UNLAWFUL (to propose)", HelpName = "REASON" };
        var basis = new Option<string>("--basis") { Description = "The provision, retention rule or order relied on; no personal data, it is kept for ever", Required = true, HelpName = "TEXT" };
        var approve = new Option<bool>("--approve") { Description = "As the second person: erase it" };
        var reject = new Option<bool>("--reject") { Description = "Reject what another person proposed" };
        return new Command("erase", "Destroy a closed case, two persons together; its receipts stay") { @case, reason, basis, approve, reject }.Runs(async run =>
        {
            if (run.Value(approve) && run.Value(reject))
                throw StopException.No("choose one of --approve and --reject");
            var step = run.Value(approve) ? ErasureStep.APPROVE : run.Value(reject) ? ErasureStep.REJECT : ErasureStep.PROPOSE;
            if (step == ErasureStep.PROPOSE && run.Value(reason) is null)
                throw StopException.No("a proposal needs --reason");
            var fields = new JsonObject { ["case"] = run.Value(@case), ["decision"] = step.ToString(), ["legalBasis"] = run.Value(basis) };
            if (run.Value(reason) is { } why)
                fields["reason"] = why.ToString();
            SignAndSubmit.Show(run.Terminal, await SignAndSubmit.ComposeSignSubmitAsync(run, ErasureDecision.Type, fields));
            return ExitCode.Good;
        });
    }
}
