using System.CommandLine;
using Gateway.Cli.Output;

namespace Gateway.Cli.Connection;

internal static class ContextUse
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "Name of a context" };
        return new Command("use", "Makes a context the current one") { name }.Runs(run =>
        {
            run.Contexts.Use(run.Value(name));
            run.Terminal.Line($"current: {run.Value(name)}");
            run.Terminal.Write(json => ContextList.WriteAll(json, run.Contexts));
            return Task.FromResult(ExitCode.Good);
        });
    }
}
