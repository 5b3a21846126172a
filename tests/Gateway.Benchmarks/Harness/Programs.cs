using System.Diagnostics;

namespace Gateway.Benchmarks.Harness;

/// <summary>What a program that ran to its end has left.</summary>
/// <param name="PeakMegabytes">Its largest resident size, as it was seen last before its end.</param>
internal sealed record Finished(int ExitCode, string Output, string Error, TimeSpan Elapsed, double PeakMegabytes);

/// <summary>Finds and runs programs: those of this build, and tools of the machine.</summary>
internal static class Programs
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>The folder of Gateway.sln.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>An executable of the same build as this one: artifacts/bin/PROJECT/CONFIGURATION/NAME.</summary>
    public static string Built(string project, string name)
    {
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var path = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, OperatingSystem.IsWindows() ? name + ".exe" : name);
        return File.Exists(path) ? path : throw new MeasurementFailedException($"{path} is not built; build Gateway.sln with -c {own.Name}");
    }

    /// <summary>The full path of a tool, or null.</summary>
    public static string? Find(string tool)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(["/usr/sbin", "/usr/local/sbin"])
            .Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);

    /// <summary>Runs to the end, whatever the exit code.</summary>
    public static async Task<Finished> Run(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        var peak = Peak(process);
        await process.WaitForExitAsync();
        var elapsed = Stopwatch.GetElapsedTime(began);
        return new Finished(process.ExitCode, await output, await error, elapsed, await peak);
    }

    private static async Task<double> Peak(Process process)
    {
        for (var peak = 0.0; ; await Task.Delay(Look))
        {
            try
            {
                if (process.HasExited)
                    return peak;
                peak = Math.Max(peak, ProcessFigures.PeakMegabytes(process.Id));
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It ended just now, or this system has no such figures.
                return peak;
            }
        }
    }

    /// <summary>Runs to the end and expects exit code 0.</summary>
    public static async Task<Finished> Must(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var list = arguments.ToList();
        var finished = await Run(program, list, environment);
        return finished.ExitCode == 0
            ? finished
            : throw new MeasurementFailedException($"{Path.GetFileName(program)} {string.Join(' ', list)} ended with {finished.ExitCode}:\n{finished.Output}{finished.Error}");
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
                return folder.FullName;
        }
        throw new MeasurementFailedException("the repository's root was not found above the executable");
    }
}
