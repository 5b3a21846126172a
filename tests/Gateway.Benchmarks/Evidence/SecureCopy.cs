using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Benchmarks.Harness;

namespace Gateway.Benchmarks.Evidence;

/// <summary><c>scp</c> of the same file to a private sshd on loopback with throw-away keys.</summary>
internal static class SecureCopy
{
    /// <summary>The time, or why there is none.</summary>
    public static async Task<(TimeSpan? Elapsed, string Note)> Copy(Workspace workspace, string file)
    {
        if (Programs.Find("sshd") is not { } sshd || Programs.Find("scp") is not { } scp || Programs.Find("ssh-keygen") is not { } keygen)
            return (null, "not available: openssh-server is not installed");
        var folder = Directory.CreateDirectory(workspace.File("ssh")).FullName;
        string At(string name) => Path.Combine(folder, name);
        foreach (var key in new[] { "host", "user" })
            await Programs.Must(keygen, ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", At(key)]);
        File.Copy(At("user.pub"), At("authorized_keys"));
        File.SetUnixFileMode(At("authorized_keys"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var port = FreePort();
        await File.WriteAllTextAsync(At("sshd_config"), string.Create(CultureInfo.InvariantCulture, $"""
            ListenAddress 127.0.0.1
            Port {port}
            HostKey {At("host")}
            AuthorizedKeysFile {At("authorized_keys")}
            PidFile none
            StrictModes no
            UsePAM no
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            Subsystem sftp internal-sftp

            """));
        await File.WriteAllTextAsync(At("known_hosts"), $"[127.0.0.1]:{port} {await File.ReadAllTextAsync(At("host.pub"))}");
        using var separation = new SeparationFolder();
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "exec \"$0\" -D -e -f \"$1\" > \"$2\" 2>&1 < /dev/null", sshd, At("sshd_config"), At("log") } };
        using var process = Process.Start(start)!;
        try
        {
            if (!await Listens(process, port))
                return (null, $"not available: sshd did not start: {(await File.ReadAllTextAsync(At("log"))).Trim().ReplaceLineEndings(" ")}");
            string[] options = ["-q", "-P", $"{port}", "-i", At("user"), "-o", $"UserKnownHostsFile={At("known_hosts")}", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-F", "/dev/null"];
            var copied = await Programs.Run(scp, [.. options, file, $"127.0.0.1:{workspace.File("copied-by-scp")}"]);
            return copied.ExitCode == 0
                ? (copied.Elapsed, $"{Path.GetFileName(scp)} to 127.0.0.1, default cipher, not flushed")
                : (null, $"not available: scp ended with {copied.ExitCode}: {copied.Error.Trim().ReplaceLineEndings(" ")}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync();
            File.Delete(workspace.File("copied-by-scp"));
        }
    }

    private static async Task<bool> Listens(Process sshd, int port)
    {
        for (var i = 0; i < 100 && !sshd.HasExited; i++)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }
        return false;
    }

    /// <summary>sshd run by root wants this folder, which the system's own start script would have made.</summary>
    private sealed class SeparationFolder : IDisposable
    {
        private const string Path = "/run/sshd";

        private readonly bool _made = Environment.IsPrivilegedProcess && !Directory.Exists(Path);

        public SeparationFolder()
        {
            if (_made)
                Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        public void Dispose()
        {
            if (_made)
                Directory.Delete(Path);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
