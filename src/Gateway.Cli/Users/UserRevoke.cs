using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Users;

internal static class UserRevoke
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "User name" };
        return new Command("revoke", "Takes a user's access away, at once") { name }.Runs(async run =>
        {
            UserList.ShowOne(run.Terminal, await run.Gateway.RevokeUserAsync(new RevokeUserRequest { Name = run.Value(name) }, cancellationToken: run.Cancel));
            return ExitCode.Good;
        });
    }
}
