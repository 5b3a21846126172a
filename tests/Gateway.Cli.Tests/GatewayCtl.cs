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

    private static async Task<Said> EndedAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Said(process.ExitCode, await output, await error);
    }

    public static Process Start(string config, params string[] arguments) => Start(config, null, arguments);

    private static Process Start(string config, (string Name, string Value)? also, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "gatewayctl.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["GATEWAYCTL_CONFIG"] = config;
        if (also is var (name, value))
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
