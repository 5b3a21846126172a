using System.ComponentModel;
using System.Diagnostics;
using Gateway.Cli.Output;

namespace Gateway.Cli.Connection;

/// <summary>
/// What makes the sound at the duty officer's screen: the bell of the terminal, or a program of the desk. The gateway certifies to another State that an officer was reached, on
/// the word of this class: so it says that it rang only when something was there that could ring, and a screen without one is refused at its start.
/// </summary>
/// <param name="program">The program, started with how many times to ring; empty: the bell of the terminal on standard error.</param>
internal sealed class Bell(string program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Null when nothing is to sound. A stop when it should and cannot.</summary>
    public static Bell? Open(bool sound, string? program)
    {
        if (program is { Length: 0 })
            throw StopException.Usage("--bell names no program");
        if (program is not null)
            return new Bell(program);
        if (!sound)
            return null;
        if (Console.IsErrorRedirected)
            throw StopException.Usage("--sound rings the bell of the terminal, and standard error is none here: nobody would be woken, and an officer would count as reached. Start it at a terminal, or name a program that sounds: --bell PROGRAM");
        return new Bell("");
    }

    /// <summary>Rings; what went wrong, or null when it rang.</summary>
    public async Task<string?> RingAsync(int times, CancellationToken stop)
    {
        if (program.Length == 0)
        {
            // To the terminal itself, not into a file that takes the lines.
            await Console.Error.WriteAsync(new string('\a', times).AsMemory(), stop);
            await Console.Error.FlushAsync(stop);
            return null;
        }
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [times.ToString(System.Globalization.CultureInfo.InvariantCulture)]) { UseShellExecute = false, RedirectStandardInput = true });
            if (process is null)
                return $"{program} did not start";
            process.StandardInput.Close();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(Patience);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                stop.ThrowIfCancellationRequested();
                return $"{program} did not end within {Patience.TotalSeconds:0} seconds";
            }
            return process.ExitCode == 0 ? null : $"{program} ended with {process.ExitCode}";
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return $"{program}: {e.Message}";
        }
    }
}
