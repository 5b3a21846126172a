using System.Diagnostics;
using Xunit;

namespace Gateway.Recognition.Tests.Algorithms;

/// <summary>The openssl command line in a folder of its own.</summary>
public sealed class OpenSslCommand : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Folder { get; } = Directory.CreateTempSubdirectory("gateway-openssl-").FullName;

    /// <summary>Whether the gost engine is there (Debian: libengine-gost-openssl; tests/run.sh installs it).</summary>
    public static bool HasGost { get; } = Directory.Exists("/usr/lib") && Directory.EnumerateDirectories("/usr/lib").Any(d => File.Exists(d + "/engines-3/gost.so"));

    public byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    public void Write(string name, ReadOnlySpan<byte> content) => File.WriteAllBytes(Path.Combine(Folder, name), content.ToArray());

    /// <summary>Runs and insists on success.</summary>
    public string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            throw new TimeoutException($"openssl {string.Join(' ', arguments)}");
        }

        Assert.True(process.ExitCode == 0, $"openssl {string.Join(' ', arguments)}: exit code {process.ExitCode}: {error.GetAwaiter().GetResult()}");
        return output.GetAwaiter().GetResult();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

internal sealed class GostEngineFactAttribute : FactAttribute
{
    public GostEngineFactAttribute() => Skip = OpenSslCommand.HasGost ? null : "libengine-gost-openssl is not installed";
}

internal sealed class GostEngineTheoryAttribute : TheoryAttribute
{
    public GostEngineTheoryAttribute() => Skip = OpenSslCommand.HasGost ? null : "libengine-gost-openssl is not installed";
}
