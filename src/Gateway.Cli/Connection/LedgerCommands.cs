using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Connection;

/// <summary>Whether the gateway may sign, and an administrator's decision about it after a restore or a rollback.</summary>
internal static class LedgerCommands
{
    private static readonly Option<string> Reason = new("--reason") { Description = "Why; it is recorded under your name", Required = true, HelpName = "TEXT" };

    public static Command Status() => new Command("status", "Whether the chains may grow, and what each peer holds of them") { }.Runs(async run =>
    {
        Show(run, await run.Gateway.ShowLedgerAsync(new ShowLedgerRequest(), cancellationToken: run.Cancel));
        return ExitCode.Good;
    });

    public static Command Confirm()
    {
        var state = new Argument<string>("state") { Description = "A State that cannot be reached and need not be waited for" };
        return new Command("confirm", "After a restore: do not wait for a peer that cannot be reached") { state, Reason }.Runs(run => Decide(run, run.Value(state)));
    }

    public static Command Reopen()
        => new Command("reopen", "After a rollback: go on with the chains as they stand now") { Reason }.Runs(run => Decide(run, ""));

    public static Command LookedInto()
    {
        var subject = new Argument<string>("subject") { Description = "The case, channel or State that the alarm is about" };
        return new Command("looked-into", "End an alarm RECEIPT_FORK, LOG_SECOND or LOG_RENEWED whose cause was found out; the proof stays") { subject, Reason }.Runs(run => Decide(run, "", run.Value(subject)));
    }

    private static async Task<ExitCode> Decide(Invocation run, string state, string lookedInto = "")
    {
        Show(run, await run.Gateway.ConfirmLedgerAsync(new ConfirmLedgerRequest { State = state, LookedInto = lookedInto, Reason = run.Value(Reason)! }, cancellationToken: run.Cancel));
        return ExitCode.Good;
    }

    private static void Show(Invocation run, LedgerView view)
    {
        run.Terminal.Facts(("standing", view.Standing), ("why", view.Why), ("restored as of", view.RestoredAsOf), ("receipts of ours that exist twice", view.OwnForks > 0 ? $"{view.OwnForks}" : ""));
        run.Terminal.Table("no peers", ["peer", "compared"], view.Peers.Select(p => new[] { p.State, p.Result }));
        run.Terminal.Write(view);
    }
}
