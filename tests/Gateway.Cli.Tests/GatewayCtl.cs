using System.Diagnostics;

namespace Gateway.Cli.Tests;

/// <summary>Runs the built executable in a process of its own.</summary>
internal static class GatewayCtl
{
    public static async Task<Said> RunAsync(string config, params string[] arguments)
    {
        using var process = Start(config, null, arguments);
        return await EndedAsync(process);
    }

    /// <summary>A run in an environment of its own.</summary>
    public static async Task<Said> RunWithAsync(string config, (string Name, string Value) also, params string[] arguments)
    {
        using var process = Start(config, also, arguments);
        return await EndedAsync(process);
    }

    public static async Task<Said> EndedAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Said(process.ExitCode, await output, await error);
    }

    /// <summary>A run under another program, such as one that traces it.</summary>
    public static async Task<Said> RunUnderAsync(string config, IReadOnlyList<string> under, params string[] arguments)
    {
        using var process = StartBelow([.. under], config, arguments);
        return await EndedAsync(process);
    }

    public static Process Start(string config, params string[] arguments) => Start(config, null, arguments);

    /// <summary>A run below another program, which is given the command to run as its last arguments: env, strace.</summary>
    public static Process StartBelow(string[] program, string config, params string[] arguments)
    {
        var start = Below(program);
        // strace counts the calls of each thread, and the runtime's own files among those of the command.
        (start.Environment["DOTNET_EnableDiagnostics"], start.Environment["DOTNET_EnableWriteXorExecute"]) = ("0", "0");
        (start.Environment["DOTNET_ThreadPool_ForceMinWorkerThreads"], start.Environment["DOTNET_ThreadPool_ForceMaxWorkerThreads"]) = ("1", "1");
        return Start(start, config, arguments);
    }

    private static Process Start(string config, (string Name, string Value)? also, string[] arguments)
    {
        var start = Below([]);
        if (also is var (name, value))
            start.Environment[name] = value;
        return Start(start, config, arguments);
    }

    private static ProcessStartInfo Below(string[] program)
    {
        string[] command = [.. program, "dotnet", Path.Combine(AppContext.BaseDirectory, "gatewayctl.dll")];
        return new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
    }

    private static Process Start(ProcessStartInfo start, string config, string[] arguments)
    {
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["GATEWAYCTL_CONFIG"] = config;
        return Process.Start(start)!;
    }
}
