using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Cli.Peers;
using Gateway.V1;

namespace Gateway.Cli.Connection;

internal static class StatusCommand
{
    public static Command Create() => new Command("status", "Is all well: alarms, outbox, peers").Runs(async run =>
    {
        var status = await run.Gateway.StatusAsync(new StatusRequest(), cancellationToken: run.Cancel);
        run.Terminal.Facts(
            ("State", status.State),
            ("version", status.Version),
            ("time", status.Time),
            ("outbox", $"{status.Outbox} waiting, {status.DeadLetters} given up"),
            ("cases", $"{status.Cases}"),
            ("receipts", $"{status.Receipts}"));
        run.Terminal.Table("no alarms", ["alarm", "since", "what"], status.Alarms.Select(a => new[] { a.Code, a.Since, a.Text }));
        PeerList.Show(run.Terminal, status.Peers);
        run.Terminal.Write(status);
        return ExitCode.Good;
    });
}
