using System.Diagnostics;
using Xunit;

namespace Gateway.Protocol.Tests.Marks;

/// <summary>The openssl command line in a folder of its own: the independent judge of what we write, and the maker of what we read.</summary>
public sealed class OpenSsl : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Folder { get; } = Directory.CreateTempSubdirectory("gateway-openssl-").FullName;

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    public byte[] Read(string name) => File.ReadAllBytes(Path(name));

    public string Text(string name) => File.ReadAllText(Path(name));

    public void Write(string name, ReadOnlySpan<byte> content) => File.WriteAllBytes(Path(name), content.ToArray());

    /// <summary>Runs and insists on success.</summary>
    public string Run(params string[] arguments)
    {
        var (exitCode, output) = Try(arguments);
        Assert.True(exitCode == 0, $"openssl {string.Join(' ', arguments)}: exit code {exitCode}: {output}");
        return output;
    }

    public (int ExitCode, string Output) Try(params string[] arguments)
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

        return (process.ExitCode, output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult());
    }

    /// <summary>A key and its self-signed certificate as <c>name.key</c> and <c>name.crt</c>.</summary>
    /// <param name="name">File and common name.</param>
    /// <param name="usage">keyUsage as in openssl.cnf.</param>
    /// <param name="key">Arguments of <c>genpkey</c>.</param>
    public void Identity(string name, string usage, params string[] key)
    {
        Run(["genpkey", .. key, "-out", name + ".key"]);
        Run("req", "-new", "-x509", "-key", name + ".key", "-out", name + ".crt", "-days", "2", "-subj", $"/C=XA/O=Test authority/CN={name}",
            "-addext", "keyUsage=critical," + usage, "-addext", "basicConstraints=critical,CA:FALSE");
    }

    public void EcIdentity(string name, string usage, string curve = "P-256")
        => Identity(name, usage, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve, "-pkeyopt", "ec_param_enc:named_curve");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
