using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>Breaches of personal data that another State sent: recorded when found, told within 72 hours.</summary>
internal static class BreachCommands
{
    public static Command Record()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var found = new Option<string>("--found-at") { Description = "When it was found: 2026-03-01T02:15:00+05:30", Required = true, HelpName = "TIME" };
        var text = new Option<string>("--text") { Description = "What happened, to which data, what was done", Required = true, HelpName = "TEXT" };
        return new Command("record", "Records a breach of data that another State sent; 72 hours run from when it was found") { @case, found, text }.Runs(async run =>
        {
            var view = await run.Gateway.RecordBreachAsync(new RecordBreachRequest { CaseId = run.Value(@case), FoundAt = RequestAct.Time(run.Value(found)!), Text = run.Value(text)! }, cancellationToken: run.Cancel);
            Show(run.Terminal, view);
            run.Terminal.Line($"tell the other State: gatewayctl request act {view.CaseId} BREACH_NOTICE --text …; when the case is closed: by letter, then gatewayctl breach told {view.Breach} --how …");
            return ExitCode.Good;
        });
    }

    public static Command Told()
    {
        var breach = new Argument<string>("breach") { Description = "Id of the breach" };
        var how = new Option<string>("--how") { Description = "By whom, to whom, when", Required = true, HelpName = "TEXT" };
        return new Command("told", "Records how the other State was told, where no act in the case did") { breach, how }.Runs(async run =>
        {
            Show(run.Terminal, await run.Gateway.TellBreachAsync(new TellBreachRequest { Breach = run.Value(breach), How = run.Value(how)! }, cancellationToken: run.Cancel));
            return ExitCode.Good;
        });
    }

    public static Command List()
    {
        var open = new Option<bool>("--open") { Description = "Only those of which nobody was told yet" };
        return new Command("list", "Breaches, the oldest first") { open }.Runs(async run =>
        {
            var reply = await run.Gateway.ListBreachesAsync(new ListBreachesRequest { OpenOnly = run.Value(open) }, cancellationToken: run.Cancel);
            run.Terminal.Table("no breach is recorded", ["breach", "case", "found", "due", "told", "how"], reply.Breaches.Select(b => new[] { b.Breach, b.CaseId, b.FoundAt, b.DueAt, b.Told, b.How }));
            run.Terminal.Write(json => ProtoJson.WriteList(json, reply.Breaches));
            return ExitCode.Good;
        });
    }

    private static void Show(Terminal terminal, BreachView view)
    {
        terminal.Facts(("breach", view.Breach), ("case", view.CaseId), ("found", view.FoundAt), ("due", view.DueAt), ("recorded by", view.By), ("text", view.Text), ("told", view.Told), ("how", view.How));
        terminal.Write(view);
    }
}
