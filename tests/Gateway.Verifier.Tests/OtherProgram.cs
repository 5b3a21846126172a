using System.Diagnostics;
using System.Text;

namespace Gateway.Verifier.Tests;

/// <summary>Runs a program to its end and gives what it wrote, first its output, then its errors.</summary>
internal static class OtherProgram
{
    /// <param name="program">Its name, or where it lies.</param>
    /// <param name="arguments">As they are, without a shell.</param>
    /// <param name="environment">Variables beside those of the test.</param>
    public static (int Code, string Output) Run(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = new Process { StartInfo = start };
        var (output, error) = (new StringBuilder(), new StringBuilder());
        // Both as they come: a pipe that nobody empties would stop the program.
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(error, line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // Without a limit: returns when the program has ended and both are read.
        process.WaitForExit();
        return (process.ExitCode, $"{output}{error}");
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is not null)
            text.Append(line).Append('\n');
    }
}
