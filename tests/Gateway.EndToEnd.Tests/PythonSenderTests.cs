using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>Needs the Debian packages python3-grpcio and python3-protobuf, and some protoc; skipped by name where one is missing.</summary>
internal sealed class PythonSenderFactAttribute : FactAttribute
{
    public const string Python = "/usr/bin/python3";

    public PythonSenderFactAttribute()
    {
        if (!File.Exists(Python) || Repository.Run(Python, "-c", "import grpc, google.protobuf").ExitCode != 0)
            Skip = "python3-grpcio or python3-protobuf is not installed";
        else if (Protoc() is null)
            Skip = "no protoc, neither on the path nor in the NuGet package Grpc.Tools";
    }

    public static string? Protoc()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var tools = Path.Combine(packages, "grpc.tools");
        var architecture = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "linux_arm64" : "linux_x64";
        var candidates = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "protoc"))
            .Concat(Directory.Exists(tools) ? Directory.GetDirectories(tools).Select(version => Path.Combine(version, "tools", architecture, "protoc")) : []);
        return candidates.FirstOrDefault(File.Exists);
    }
}

/// <summary>python-sender/sender.py, written from docs/protocol.md alone, against a real gateway of XB that has approved the card it made.</summary>
public sealed partial class PythonSenderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("python-sender-").FullName;
    private Process? _gateway;

    [PythonSenderFact]
    public async Task A_sender_in_Python_is_accepted_once_and_refused_with_a_broken_seal()
    {
        Succeeds("bash", "certs-dev/make.sh", At("pki"), "XA", "XB");
        var (exchange, fingerprint) = await StartGateway();

        // The ceremony: XA's card as sender.py signs it, typed in by two administrators; XB's card in the other direction.
        var asked = Succeeds(PythonSenderFactAttribute.Python, Sender, "card", "--pki", At("pki"), "--state", "XA", "--authority", "XA-CP", "--out", At("xa.card")).Trim();
        Administers("administrator", "peer", "add", At("xa.card"), "--fingerprint", asked);
        Administers("deputy-administrator", "peer", "approve", "XA", "--fingerprint", asked);
        Administers("administrator", "peer", "card", "--out", At("xb.card"));

        string[] send = ["send", "--pki", At("pki"), "--state", "XA", "--authority", "XA-CP", "--person", "duty-officer", "--peer-card", At("xb.card"),
            "--peer-fingerprint", fingerprint, "--to", "XB-CP", "--endpoint", $"localhost:{exchange}", "--protos", Repository.PathOf("protos"),
            "--protoc", PythonSenderFactAttribute.Protoc()!];
        var first = Repository.Run(PythonSenderFactAttribute.Python, [Sender, .. send, "--work", At("message")]);
        Assert.True(first.ExitCode == 0, first.Output + first.Error + Log);
        Assert.Matches(@"\AXB case 1 RelayAcceptance [0-9a-f]{64}\nXB case 2 ContentConsignment [0-9a-f]{64}\naccepted: case XA-[0-9a-f]{32}\n\z", first.Output);

        // The same message in a new envelope: the same receipts, byte for byte (sender.py compares them, their digests stand in the output).
        var second = Repository.Run(PythonSenderFactAttribute.Python, [Sender, .. send, "--work", At("message")]);
        Assert.True(second.ExitCode == 0, second.Output + second.Error + Log);
        Assert.Equal(first.Output.TrimEnd() + ", duplicate\n", second.Output);

        var broken = Repository.Run(PythonSenderFactAttribute.Python, [Sender, .. send, "--work", At("broken"), "--break-seal"]);
        Assert.True(broken.ExitCode == 1, broken.Output + broken.Error + Log);
        Assert.Matches(@"\AXB peer 1 RelayRejection T209 [0-9a-f]{64}\nrefused: T209 signed: ", broken.Output);
    }

    public void Dispose()
    {
        if (_gateway is { HasExited: false })
        {
            _gateway.Kill(entireProcessTree: true);
            _gateway.WaitForExit();
        }
        _gateway?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Sender => Repository.PathOf("tests/Gateway.EndToEnd.Tests/python-sender/sender.py");

    private string Log => File.Exists(At("gateway.log")) ? File.ReadAllText(At("gateway.log")) : "";

    private string At(string name) => Path.Combine(_folder, name);

    // The project file has both executables built before these tests, in the same configuration.
    private static string Program(string project, string name) => Repository.PathOf($"artifacts/bin/{project}/{new DirectoryInfo(AppContext.BaseDirectory).Name}/{name}");

    private static string Succeeds(string program, params string[] arguments)
    {
        var (code, output, error) = Repository.Run(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {output}{error}");
        return output;
    }

    private void Administers(string person, params string[] arguments)
        => Succeeds("/usr/bin/env", ["XDG_CONFIG_HOME=" + At("contexts"), Program("Gateway.Cli", "gatewayctl"), "--context", person, .. arguments]);

    /// <summary>Initialises and starts XB; returns its exchange port and the fingerprint of its card.</summary>
    private async Task<(int Exchange, string Fingerprint)> StartGateway()
    {
        var (exchange, @operator, health) = (FreePort(), FreePort(), FreePort());
        await File.WriteAllTextAsync(At("gateway.json"), Configuration(exchange, @operator, health).ToJsonString());
        var said = Succeeds(Program("Gateway", "gateway"), "init", "--config", At("gateway.json"), "--card-key", Key("card/card.key"), "--card-cert", Key("card/card.crt"),
            "--admin", "administrator=" + Key("persons/administrator/client.crt"), "--admin", "deputy-administrator=" + Key("persons/deputy-administrator/client.crt"));
        _gateway = Process.Start("bash", ["-c", "exec \"$0\" serve --config \"$1\" > \"$2\" 2>&1", Program("Gateway", "gateway"), At("gateway.json"), At("gateway.log")]);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var watch = Stopwatch.StartNew(); !await IsReady(client, health); await Task.Delay(100))
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2) && !_gateway.HasExited, Log);
        foreach (var person in new[] { "administrator", "deputy-administrator" })
        {
            Administers(person, "context", "add", person, "--endpoint", $"https://localhost:{@operator}", "--server-cert", Key("gateway/tls.crt"),
                "--client-cert", Key($"persons/{person}/client.crt"), "--client-key", Key($"persons/{person}/client.key"));
        }
        return (exchange, Fingerprint().Match(said).Value);
    }

    private static async Task<bool> IsReady(HttpClient client, int port)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private JsonObject Configuration(int exchange, int @operator, int health) => new()
    {
        ["Gateway"] = new JsonObject { ["State"] = "XB", ["DataFolder"] = At("data"), ["MinFreeMiB"] = 0 },
        ["Listen"] = new JsonObject { ["Exchange"] = $"127.0.0.1:{exchange}", ["Operator"] = $"127.0.0.1:{@operator}", ["Health"] = $"127.0.0.1:{health}" },
        ["Keys"] = new JsonObject
        {
            ["Tls"] = Pair("gateway/tls"),
            ["UserAuthority"] = Key("root/root.crt"),
            ["PersonAuthorities"] = Key("root/root.crt"),
            ["Authorities"] = new JsonArray(new JsonObject
            {
                ["Id"] = "XB-CP",
                ["Name"] = "Contact Point of XB",
                ["Roles"] = "CONTACT_POINT_24_7",
                ["Endpoint"] = $"https://localhost:{exchange}",
                ["Seal"] = Pair("authorities/XB-CP/seal"),
                ["Stamp"] = Pair("authorities/XB-CP/stamp"),
                ["Encryption"] = Pair("authorities/XB-CP/encryption"),
                ["Evidence"] = Pair("authorities/XB-CP/evidence"),
            }),
        },
    };

    private JsonObject Pair(string name) => new() { ["Certificate"] = Key(name + ".crt"), ["Key"] = Key(name + ".key") };

    private string Key(string name) => At("pki/XB/" + name);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("[0-9a-f]{8}( [0-9a-f]{8}){7}")]
    private static partial Regex Fingerprint();
}
