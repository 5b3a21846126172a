using System.Diagnostics;
using Gateway.Rpc.Interop;
using Xunit;

namespace Gateway.Rpc.Tests;

/// <summary>The published cases between Gateway.Rpc and two other implementations, in both directions.</summary>
public sealed class CrossTests
{
    // Their server cannot tell whether a request was compressed, so it cannot refuse one that was not.
    private static readonly string[] NeedsToSeeCompression = ["client_compressed_unary", "client_compressed_streaming"];

    // Their server does not compress on request.
    private static readonly string[] NeedsToCompress = ["server_compressed_unary", "server_compressed_streaming"];

    [NodeFact]
    public Task Grpc_js_as_client_passes_every_case_at_our_server() => TheirClientAsync("node", Foreign.Path("js/client.js"));

    [NodeFact]
    public Task Our_client_passes_the_cases_at_grpc_js_as_server() =>
        OurClientAsync("node", Foreign.Path("js/server.js"), [.. InteropCases.Names.Except(NeedsToSeeCompression).Except(NeedsToCompress), InteropCases.CompressedRequest]);

    [PythonFact]
    public Task Grpcio_as_client_passes_every_case_at_our_server() => TheirClientAsync(Foreign.Python, "-B", Foreign.Path("python/client.py"));

    [PythonFact]
    public Task Our_client_passes_the_cases_at_grpcio_as_server() =>
        OurClientAsync(Foreign.Python, ["-B", Foreign.Path("python/server.py")], [.. InteropCases.Names.Except(NeedsToSeeCompression), InteropCases.CompressedRequest]);

    private static Task OurClientAsync(string program, string script, string[] cases) => OurClientAsync(program, [script], cases);

    private static async Task OurClientAsync(string program, string[] arguments, string[] cases)
    {
        using var server = Foreign.Start(program, [.. arguments, "--port", "0"]);
        try
        {
            var listening = await server.StandardOutput.ReadLineAsync().WaitAsync(Wait.Long) ?? throw new InvalidOperationException(await server.StandardError.ReadToEndAsync());
            using var handler = new SocketsHttpHandler();
            var output = new StringWriter();
            await InteropClient.RunAsync(new Uri($"http://127.0.0.1:{listening.Split(':')[1]}"), cases, handler, output);
            Assert.Equal(string.Concat(cases.Select(name => $"{name}: passed\n")), output.ToString());
        }
        finally
        {
            server.Kill();
        }
    }

    private static async Task TheirClientAsync(string program, params string[] arguments)
    {
        await using var server = await InteropServer.StartAsync(Arguments.Parse(["--port", "0"]));
        using var client = Foreign.Start(program, [.. arguments, "--port", $"{server.Port}", "--case", "all"]);
        try
        {
            var errors = client.StandardError.ReadToEndAsync();
            var output = await client.StandardOutput.ReadToEndAsync().WaitAsync(Wait.Long * 2);
            await client.WaitForExitAsync().WaitAsync(Wait.Long);
            Assert.Equal(string.Concat(InteropCases.Names.Select(name => $"{name}: passed\n")), output + (client.ExitCode == 0 ? "" : await errors));
        }
        finally
        {
            client.Kill();
        }
    }

    private static class Foreign
    {
        // Debian's own, for which Debian packages grpcio.
        public const string Python = "/usr/bin/python3";

        public static string Path(string relative)
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(System.IO.Path.Combine(folder.FullName, "Gateway.sln"))) return System.IO.Path.Combine(folder.FullName, "tests/Gateway.Rpc.Interop", relative);
            }
            return relative;
        }

        public static Process Start(string program, string[] arguments) =>
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

        public static bool Runs(string program, params string[] arguments)
        {
            try
            {
                using var process = Start(program, arguments);
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }

    private sealed class NodeFactAttribute : FactAttribute
    {
        public NodeFactAttribute()
        {
            if (!Foreign.Runs("node", "--version")) Skip = "node is absent.";
            else if (!Directory.Exists(Foreign.Path("js/node_modules/@grpc/grpc-js"))) Skip = "@grpc/grpc-js is absent: npm ci --prefix tests/Gateway.Rpc.Interop/js";
        }
    }

    private sealed class PythonFactAttribute : FactAttribute
    {
        public PythonFactAttribute()
        {
            if (!Foreign.Runs(Foreign.Python, "-c", "import grpc")) Skip = "grpcio is absent: apt-get install python3-grpcio";
        }
    }
}
