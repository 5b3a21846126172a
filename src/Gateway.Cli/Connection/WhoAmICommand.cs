using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Connection;

internal static class WhoAmICommand
{
    public static Command Create() => new Command("whoami", "Who the gateway takes you for, and what you may do").Runs(async run =>
    {
        var me = await run.Gateway.WhoAmIAsync(new WhoAmIRequest(), cancellationToken: run.Cancel);
        run.Terminal.Facts(
            ("name", me.User?.Name),
            ("roles", string.Join(", ", me.User?.Roles ?? [])),
            ("authority", me.User?.Authority),
            ("State", me.State),
            ("signs as", me.User?.SigningSubject),
            ("client certificate", me.User?.ClientSha256),
            ("system account", me.User?.SystemAccount == true ? "yes" : ""),
            ("gateway version", me.Version));
        run.Terminal.Write(me);
        return ExitCode.Good;
    });
}
