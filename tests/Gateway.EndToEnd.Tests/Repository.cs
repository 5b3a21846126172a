using System.Diagnostics;

namespace Gateway.EndToEnd.Tests;

/// <summary>The repository that these tests were built from, and its programs.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>Paths, relative to the root with '/', of all files that are tracked or would be by the next 'git add'.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles();

    /// <summary>Runs a program to its end; the output must be small.</summary>
    public static (int ExitCode, string Output, string Error) Run(string program, params string[] arguments)
        => RunFor(TimeSpan.FromMinutes(2), program, arguments);

    /// <summary>Runs a program that may take longer.</summary>
    public static (int ExitCode, string Output, string Error) RunFor(TimeSpan atMost, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(atMost))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("no Gateway.sln above " + AppContext.BaseDirectory);
    }

    private static string[] ListFiles()
    {
        // A clone may belong to another user than the one who tests it.
        var (code, output, error) = Run("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard");
        if (code != 0)
            throw new InvalidOperationException("git ls-files: " + error);
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct().Where(file => File.Exists(PathOf(file)))];
    }
}
