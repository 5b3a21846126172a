using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Users;

internal static class UserList
{
    private static readonly string[] Columns = ["name", "authority", "roles", "signs as", "system", "revoked"];

    public static Command Create() => new Command("list", "Who may use this gateway").Runs(async run =>
    {
        var reply = await run.Gateway.ListUsersAsync(new ListUsersRequest(), cancellationToken: run.Cancel);
        run.Terminal.Table("no users", Columns, reply.Users.Select(Row));
        run.Terminal.Write(json => ProtoJson.WriteList(json, reply.Users));
        return ExitCode.Good;
    });

    public static void ShowOne(Terminal terminal, UserView user)
    {
        terminal.Table("", Columns, [Row(user)]);
        terminal.Write(user);
    }

    private static string[] Row(UserView u) => [u.Name, u.Authority, string.Join(", ", u.Roles), u.SigningSubject, u.SystemAccount ? "yes" : "", u.Revoked];
}
