using System.Reflection;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>
/// The program as it is, from its entry point, in the process of the test: for many runs in a row, of which each would otherwise start a process. What it writes goes to
/// the console of the process, so nothing else runs meanwhile.
/// </summary>
[CollectionDefinition(nameof(InThisProcess), DisableParallelization = true)]
public sealed class InThisProcess
{
    private const string Configuration = "GATEWAYCTL_CONFIG";

    internal static Said Run(LoopbackGateway gateway, params string[] arguments)
    {
        var (output, error) = (Console.Out, Console.Error);
        var (said, complained) = (new StringWriter(), new StringWriter());
        var before = Environment.GetEnvironmentVariable(Configuration);
        Environment.SetEnvironmentVariable(Configuration, gateway.Folder["config/contexts.json"]);
        Console.SetOut(said);
        Console.SetError(complained);
        try
        {
            var exit = (int)Assembly.Load("gatewayctl").EntryPoint!.Invoke(null, [arguments])!;
            return new Said(exit, said.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            Environment.SetEnvironmentVariable(Configuration, before);
        }
    }
}
