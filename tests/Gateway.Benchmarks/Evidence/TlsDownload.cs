using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Benchmarks.Harness;

namespace Gateway.Benchmarks.Evidence;

/// <summary><c>curl</c> of the same file from a private nginx over TLS 1.3 on loopback, as Debian builds both.</summary>
internal static class TlsDownload
{
    /// <summary>The time, or why there is none.</summary>
    public static async Task<(TimeSpan? Elapsed, string Note)> Fetch(Workspace workspace, string file)
    {
        if (Programs.Find("nginx") is not { } nginx || Programs.Find("curl") is not { } curl)
            return (null, "not available: nginx-light or curl is not installed (tests/Gateway.Benchmarks/install-tools.sh)");
        var folder = Directory.CreateDirectory(workspace.File("nginx")).FullName;
        string At(string name) => Path.Combine(folder, name);
        await Programs.Must(Programs.Find("openssl")!, ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
            "-days", "1", "-keyout", At("tls.key"), "-out", At("tls.crt")]);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await File.WriteAllTextAsync(At("nginx.conf"), string.Create(CultureInfo.InvariantCulture, $$"""
            {{(Environment.UserName == "root" ? "user root;" : "")}}
            daemon off;
            pid {{At("pid")}};
            error_log stderr;
            worker_processes 1;
            events { worker_connections 64; }
            http {
              access_log off;
              sendfile on;
              client_body_temp_path {{At("body")}}; proxy_temp_path {{At("proxy")}}; fastcgi_temp_path {{At("fastcgi")}}; uwsgi_temp_path {{At("uwsgi")}}; scgi_temp_path {{At("scgi")}};
              server {
                listen 127.0.0.1:{{port}} ssl;
                ssl_certificate {{At("tls.crt")}};
                ssl_certificate_key {{At("tls.key")}};
                ssl_protocols TLSv1.3;
                root {{Path.GetDirectoryName(file)}};
              }
            }

            """));
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "exec \"$0\" -e \"$2\" -p \"$3\" -c \"$1\" > \"$2\" 2>&1 < /dev/null", nginx, At("nginx.conf"), At("log"), folder } };
        using var process = Process.Start(start)!;
        try
        {
            string[] what = ["-sS", "--fail", "--cacert", At("tls.crt"), "--retry", "50", "--retry-delay", "1", "--retry-connrefused", $"https://127.0.0.1:{port}/{Path.GetFileName(file)}"];
            var ready = await Programs.Run(curl, ["--range", "0-0", "-o", At("first"), .. what]);
            if (ready.ExitCode != 0)
                return (null, $"not available: curl ended with {ready.ExitCode}: {ready.Error.Trim().ReplaceLineEndings(" ")}");
            var fetched = await Programs.Must(curl, ["-o", workspace.File("copied-by-curl"), .. what]);
            return (fetched.Elapsed, "curl from nginx on 127.0.0.1, TLS 1.3, sendfile, not flushed");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            File.Delete(workspace.File("copied-by-curl"));
        }
    }
}
