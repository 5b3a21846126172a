using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Net.Client;

namespace Gateway.Benchmarks.Harness;

/// <summary>The built <c>gateway</c> executable of one State as a child process: own configuration and data folder, keys of certs-dev, log in a file.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private const int FirstPort = 20_000;
    private const int Ports = 12_000;

    private static int s_lastPort = Environment.ProcessId * 61 % Ports;

    private readonly string _folder;
    private readonly string _pki;
    private readonly int _exchangePort = FreePort();
    private readonly int _healthPort = FreePort();
    private readonly List<GrpcChannel> _channels = [];
    private Process? _process;

    private GatewayProcess(string state, string folder, string pki)
    {
        (State, _folder, _pki) = (state, folder, pki);
        Tls = X509CertificateLoader.LoadCertificateFromFile(TlsCertificateFile);
        Directory.CreateDirectory(folder);
    }

    public string State { get; }

    public int OperatorPort { get; } = FreePort();

    public X509Certificate2 Tls { get; }

    public string TlsCertificateFile => Path.Combine(_pki, "gateway", "tls.crt");

    public int ProcessId => _process!.Id;

    /// <summary>From the last start of the process until it said that it was ready.</summary>
    public TimeSpan LastStart { get; private set; }

    private string ConfigurationFile => Path.Combine(_folder, "gateway.json");

    /// <summary>Configured, initialised with two administrators, serving.</summary>
    public static async Task<GatewayProcess> Start(string state, string folder, string pki)
    {
        var gateway = new GatewayProcess(state, folder, pki);
        gateway.WriteConfiguration();
        var administrators = new[] { "administrator", "deputy-administrator" };
        await Programs.Must(Programs.Built("Gateway", "gateway"),
        [
            "init", "--config", gateway.ConfigurationFile, "--card-key", Path.Combine(pki, "card", "card.key"), "--card-cert", Path.Combine(pki, "card", "card.crt"),
            .. administrators.SelectMany(a => new[] { "--admin", $"{a}={gateway.Person(a).ClientCertificate}" }),
        ]);
        await gateway.Serve();
        return gateway;
    }

    public Person Person(string name) => new(Path.Combine(_pki, "persons", name));

    /// <summary>A client on a new connection.</summary>
    public Operator.OperatorClient Client(string person)
    {
        var channel = Person(person).Connect(OperatorPort, Tls);
        _channels.Add(channel);
        return new Operator.OperatorClient(channel);
    }

    public async Task AddUser(string name, string authority, string role, bool system = false)
    {
        var person = Person(name);
        await Client("administrator").AddUserAsync(new AddUserRequest
        {
            Name = name,
            Roles = { role },
            Authority = authority,
            ClientCertificate = ByteString.CopyFrom(person.ClientDer),
            SigningCertificate = person.Signs ? ByteString.CopyFrom(person.SigningDer) : ByteString.Empty,
            SystemAccount = system,
        });
    }

    /// <summary>Imports the other's card with one administrator and approves it with the other.</summary>
    public async Task Approve(GatewayProcess other)
    {
        var card = await other.Client("administrator").OwnCardAsync(new OwnCardRequest());
        await Client("administrator").AddPeerAsync(new AddPeerRequest { Card = card.Card, Fingerprint = card.Fingerprint });
        await Client("deputy-administrator").ApprovePeerAsync(new ApprovePeerRequest { State = other.State, Fingerprint = card.Fingerprint });
    }

    /// <summary>SIGKILL, then the same again on the same data.</summary>
    public async Task KillAndServe()
    {
        AppDomain.CurrentDomain.ProcessExit -= StopWithUs;
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await Serve();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
            channel.Dispose();
        await Stop();
    }

    /// <summary>Asked to end, and waited for.</summary>
    public async Task Stop()
    {
        if (_process is null)
            return;
        AppDomain.CurrentDomain.ProcessExit -= StopWithUs;
        if (!_process.HasExited)
            await Programs.Run("kill", ["-TERM", $"{_process.Id}"]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        _process = null;
    }

    // An interrupted benchmark leaves no gateway behind.
    private void StopWithUs(object? sender, EventArgs e) => _process?.Kill();

    /// <summary>On the data that is there.</summary>
    public async Task Serve()
    {
        var log = Path.Combine(_folder, "gateway.log");
        // The shell makes way for the gateway: its process id is the gateway's. The log goes to a file, not through this process.
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "exec \"$0\" serve --config \"$1\" >> \"$2\" 2>&1 < /dev/null", Programs.Built("Gateway", "gateway"), ConfigurationFile, log } };
        var started = Stopwatch.GetTimestamp();
        _process = Process.Start(start)!;
        AppDomain.CurrentDomain.ProcessExit += StopWithUs;
        using var http = new HttpClient();
        for (var i = 0; i < 6000; i++)
        {
            if (_process.HasExited)
                break;
            try
            {
                if ((await http.GetAsync(new Uri($"http://127.0.0.1:{_healthPort}/health/ready"))).IsSuccessStatusCode)
                {
                    LastStart = Stopwatch.GetElapsedTime(started);
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(10);
        }
        throw new MeasurementFailedException($"the gateway of {State} did not become ready:\n{await File.ReadAllTextAsync(log)}");
    }

    private void WriteConfiguration()
    {
        var endpoint = $"https://127.0.0.1:{_exchangePort}";
        File.WriteAllText(ConfigurationFile, new JsonObject
        {
            ["Gateway"] = new JsonObject { ["State"] = State, ["DataFolder"] = "data" },
            ["Listen"] = new JsonObject { ["Exchange"] = $"127.0.0.1:{_exchangePort}", ["Operator"] = $"127.0.0.1:{OperatorPort}", ["Health"] = $"127.0.0.1:{_healthPort}" },
            ["Keys"] = new JsonObject
            {
                ["Tls"] = Pair(Path.Combine("gateway", "tls")),
                ["UserAuthority"] = Path.Combine(_pki, "root", "root.crt"),
                ["PersonAuthorities"] = Path.Combine(_pki, "root", "root.crt"),
                ["Authorities"] = new JsonArray(
                    Authority("CA", "Central Authority", "CENTRAL_AUTHORITY_MLA", endpoint),
                    Authority("CP", "Contact Point", "CONTACT_POINT_24_7", endpoint),
                    Authority("PO", "Prosecution Office", "COMPETENT_AUTHORITY", "", "CA"),
                    Authority("LAB", "Forensic Laboratory", "FORENSIC_LAB", "", "PO")),
            },
        }.ToJsonString());
    }

    private JsonObject Authority(string name, string words, string role, string endpoint, string? parent = null)
    {
        var id = $"{State}-{name}";
        var json = new JsonObject { ["Id"] = id, ["Name"] = $"{words} of {State}", ["Roles"] = new JsonArray(role), ["Endpoint"] = endpoint, ["Parent"] = parent is null ? "" : $"{State}-{parent}" };
        foreach (var purpose in new[] { "seal", "stamp", "encryption", "evidence" })
            json[char.ToUpperInvariant(purpose[0]) + purpose[1..]] = Pair(Path.Combine("authorities", id, purpose));
        return json;
    }

    private JsonObject Pair(string name) => new() { ["Certificate"] = Path.Combine(_pki, $"{name}.crt"), ["Key"] = Path.Combine(_pki, $"{name}.key") };

    // Below the range from which the system serves outgoing connections.
    private static int FreePort()
    {
        while (true)
        {
            var port = FirstPort + (Interlocked.Increment(ref s_lastPort) % Ports);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // In use by another program: the next.
            }
        }
    }
}
