using System.CommandLine;
using System.Text;
using Gateway.Cli.Connection;
using Grpc.Core;

namespace Gateway.Cli.Output;

/// <summary>Parses, runs, and turns every way in which a command can end into one of the four exit codes.</summary>
internal static class CommandLine
{
    public static readonly Option<string?> Context = new("--context") { Description = "Name of the context to use (gatewayctl context list)", HelpName = "NAME", Recursive = true };
    public static readonly Option<bool> Json = new("--json") { Description = "One JSON value on standard output instead of text", Recursive = true };

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        root.Add(Context);
        root.Add(Json);
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
                await Console.Error.WriteLineAsync(SafeText.Line($"gatewayctl: {problem.Message}"));
            await Console.Error.WriteLineAsync("gatewayctl: '--help' shows what is possible");
            return (int)ExitCode.Usage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
    }

    /// <summary>Gives a command its work. Whatever the work throws becomes a sentence and an exit code here, never a stack trace.</summary>
    public static Command Runs(this Command command, Func<Invocation, Task<ExitCode>> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            // On the pool from the first step on, not only behind the first wait: so whoever traces a command finds its steps in one row.
            await Task.Yield();
            var terminal = new Terminal(Console.Out, Console.Error, parsed.GetValue(Json), interactive: !Console.IsOutputRedirected);
            using var invocation = new Invocation(parsed, terminal, TimeProvider.System, cancel);
            try
            {
                return (int)await work(invocation);
            }
            catch (Exception e) when (Explain(e, cancel) is { } stop)
            {
                terminal.Stopped(stop);
                if (Environment.GetEnvironmentVariable("GATEWAYCTL_DEBUG") == "1")
                    await Console.Error.WriteLineAsync(e.ToString());
                return (int)stop.Exit;
            }
        });
        return command;
    }

    internal static StopException? Explain(Exception e, CancellationToken cancel) => e switch
    {
        StopException stop => stop,
        _ when cancel.IsCancellationRequested => StopException.Incomplete("interrupted", e),
        RpcException rpc => RefusedCalls.Explain(rpc),
        OperationCanceledException => StopException.Incomplete("interrupted", e),
        IOException full when FreeRoom.IsFull(full) => StopException.Incomplete($"the disk is full: {e.Message}. Make room on it, then run the same command again", e),
        IOException or UnauthorizedAccessException => StopException.Incomplete(e.Message, e),
        HttpRequestException => StopException.Incomplete($"the gateway cannot be reached: {e.Message}", e),
        System.Security.Cryptography.CryptographicException => StopException.Incomplete($"a key or certificate cannot be used: {e.Message}", e),
        // A defect of this program. It must not look like a verdict.
        _ => StopException.Incomplete($"unexpected {e.GetType().Name}; set GATEWAYCTL_DEBUG=1 and run again to see where", e),
    };
}
