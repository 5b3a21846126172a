using System.Diagnostics;
using System.Text;
using Xunit.Sdk;

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>A command line that runs beside the test, and what it has said to the person so far.</summary>
internal sealed class RunningCommand : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _told = new();
    private readonly TaskCompletionSource _allTold = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunningCommand(Process process) => _process = process;

    /// <summary>All of standard error so far.</summary>
    public string Told
    {
        get
        {
            lock (_told)
                return _told.ToString();
        }
    }

    public bool HasEnded => _process.HasExited;

    public static RunningCommand Start(string contexts, params string[] arguments)
    {
        var start = new ProcessStartInfo(GatewayPair.Program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["GATEWAYCTL_CONFIG"] = contexts;
        var command = new RunningCommand(Process.Start(start) ?? throw new InvalidOperationException("gatewayctl did not start"));
        command._process.ErrorDataReceived += (_, e) =>
        {
            lock (command._told)
                command._told.AppendLine(e.Data);
            if (e.Data is null)
                command._allTold.TrySetResult();
        };
        command._process.OutputDataReceived += (_, _) => { };
        command._process.BeginErrorReadLine();
        command._process.BeginOutputReadLine();
        return command;
    }

    /// <summary>Waits until it has said a text; it must not end before.</summary>
    public async Task Says(string text)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(4); await Task.Delay(50))
        {
            var ended = HasEnded;
            if (Told.Contains(text, StringComparison.Ordinal))
                return;
            if (ended)
                break;
        }
        throw new XunitException($"it never said '{text}': {Told}");
    }

    /// <summary>Waits for its end; the exit code.</summary>
    public async Task<int> Ended()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        await _process.WaitForExitAsync(limit.Token);
        await _allTold.Task;
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
