using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>The built executable as a process of its own: initialised once, then served, killed and served again on the same ports and data.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly HttpClient s_health = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly string _folder;
    private readonly int _healthPort = FreePort();
    // A killed process cannot remove the sockets that the runtime makes for debuggers: after a thousand kills they are three thousand.
    private readonly Dictionary<string, string> _environment = new() { ["DOTNET_EnableDiagnostics"] = "0" };
    private Process? _process;

    /// <param name="state">XA or XB.</param>
    /// <param name="folder">Where configuration and log go.</param>
    /// <param name="dataFolder">Where the data go; null: into <paramref name="folder"/>.</param>
    public GatewayProcess(string state, string folder, string? dataFolder = null)
    {
        (State, _folder, DataFolder) = (state, folder, dataFolder ?? Path.Combine(folder, "data"));
        Directory.CreateDirectory(folder);
        File.WriteAllText(ConfigurationFile, Configuration().ToJsonString());
    }

    public string State { get; }

    public string DataFolder { get; }

    public int OperatorPort { get; } = FreePort();

    public int ExchangePort { get; } = FreePort();

    /// <summary>Process id of the gateway that runs now.</summary>
    public int Id => _process?.Id ?? throw new InvalidOperationException($"{State} is not running");

    public bool HasEnded => _process is null or { HasExited: true };

    /// <summary>Exit code of the process that ended last; 137 after SIGKILL.</summary>
    public int ExitCode { get; private set; }

    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string ConfigurationFile => Path.Combine(_folder, "gateway.json");

    private string LogFile => Path.Combine(_folder, "gateway.log");

    // The project reference builds it; the artifacts of both lie in folders of the same configuration.
    private static string Executable => Repository.PathOf($"artifacts/bin/Gateway/{new DirectoryInfo(AppContext.BaseDirectory).Name}/gateway");

    /// <summary>All work on one thread: strace counts the calls of each thread, and so they are all counted together.</summary>
    public void UseOneThread()
    {
        _environment["DOTNET_ThreadPool_ForceMinWorkerThreads"] = "1";
        _environment["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "1";
    }

    /// <summary>The card, not yet issued, is to name another port: that of something in between.</summary>
    public void AnnouncePort(int port)
        => File.WriteAllText(ConfigurationFile, File.ReadAllText(ConfigurationFile).Replace($"https://127.0.0.1:{ExchangePort}", $"https://127.0.0.1:{port}", StringComparison.Ordinal));

    /// <summary>Changes the configuration before the gateway is initialised.</summary>
    public void Configure(Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(ConfigurationFile))!.AsObject();
        change(json);
        File.WriteAllText(ConfigurationFile, json.ToJsonString());
    }

    /// <summary><c>gateway init</c> with two administrators.</summary>
    public void Initialise()
    {
        var (code, output, error) = Repository.Run(Executable, "init", "--config", ConfigurationFile,
            "--card-key", DevelopmentKeys.Of(State, "card/card.key"), "--card-cert", DevelopmentKeys.Of(State, "card/card.crt"),
            "--admin", $"administrator={DevelopmentKeys.Of(State, "persons/administrator/client.crt")}",
            "--admin", $"deputy-administrator={DevelopmentKeys.Of(State, "persons/deputy-administrator/client.crt")}");
        if (code != 0)
            throw new InvalidOperationException($"gateway init of {State} ended with {code}: {output}{error}");
    }

    /// <summary><c>gateway key install --renew-log</c>, killed in place of one of its flushes; 137 when there were so many.</summary>
    public (int Code, string Said) RenewLog(int killedAtFlush)
    {
        var (code, output, error) = Repository.Run("/usr/bin/env", ["DOTNET_EnableDiagnostics=0", "DOTNET_ThreadPool_ForceMinWorkerThreads=1", "DOTNET_ThreadPool_ForceMaxWorkerThreads=1", "strace", "-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", string.Create(CultureInfo.InvariantCulture, $"inject=fsync,fdatasync:signal=KILL:when={killedAtFlush}"),
            Executable, "key", "install", "--config", ConfigurationFile, "--card-key", DevelopmentKeys.Of(State, "card/card.key"), "--card-cert", DevelopmentKeys.Of(State, "card/card.crt"), "--renew-log", "a copy of the log key was found outside"]);
        return (code, output + error);
    }

    /// <summary>Starts the process and returns at once.</summary>
    public void Launch()
    {
        // exec: the process started is the gateway itself, and its output needs no reader here.
        var start = new ProcessStartInfo("bash", ["-c", "exec \"$0\" serve --config \"$1\" >> \"$2\" 2>&1", Executable, ConfigurationFile, LogFile]);
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        _process?.Dispose();
        _process = Process.Start(start) ?? throw new InvalidOperationException("bash did not start");
    }

    /// <summary>Starts the process and waits until it is ready.</summary>
    public async Task Start()
    {
        Launch();
        await Ready();
    }

    /// <summary>Waits for <c>/health/ready</c>. A gateway that ends by itself meanwhile is an error.</summary>
    public async Task Ready()
    {
        for (var end = Stopwatch.StartNew(); end.Elapsed < TimeSpan.FromMinutes(2); await Task.Delay(50))
        {
            if (HasEnded)
                throw new InvalidOperationException($"the gateway of {State} ended with {await Ended()}:\n{Tail()}");
            try
            {
                using var answer = await s_health.GetAsync(new Uri($"http://127.0.0.1:{_healthPort}/health/ready"));
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }
        }
        throw new TimeoutException($"the gateway of {State} was not ready in time:\n{Tail()}");
    }

    /// <summary>SIGKILL.</summary>
    public async Task Kill()
    {
        _process?.Kill();
        await Ended();
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> Stop()
    {
        Repository.Run("kill", "-TERM", Id.ToString(CultureInfo.InvariantCulture));
        return await Ended();
    }

    /// <summary>Waits until the process has ended; returns the exit code.</summary>
    public async Task<int> Ended()
    {
        if (_process is null)
            return ExitCode;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var ended = _process.WaitForExitAsync(limit.Token);
        while (await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(10), limit.Token)) != ended)
            LetGo(_process.Id);
        await ended;
        return ExitCode = _process.ExitCode;
    }

    // strace 6.1 sometimes misses the end of a thread that it had killed, and waits for it for ever; until it ends, nobody learns that the process is dead.
    private static void LetGo(int process)
    {
        var status = File.Exists($"/proc/{process}/status") ? File.ReadAllLines($"/proc/{process}/status") : [];
        if (status.Any(l => l.StartsWith("State:\tZ", StringComparison.Ordinal)) && status.FirstOrDefault(l => l.StartsWith("TracerPid:", StringComparison.Ordinal))?[10..].Trim() is { } tracer and not "0")
            Repository.Run("kill", "-KILL", tracer);
    }

    /// <summary>Runs SQL in the ledger, beside the gateway; the first column of the first row.</summary>
    public string Sql(string statement, params string[] arguments)
    {
        const string Run = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=60); r = c.execute(sys.argv[2], sys.argv[3:]).fetchone(); c.commit(); print(r[0] if r else '')";
        var (code, said, error) = Repository.Run("/usr/bin/env", ["python3", "-c", Run, Path.Combine(DataFolder, "gateway.db"), statement, .. arguments]);
        return code == 0 ? said.Trim() : throw new InvalidOperationException(error);
    }

    /// <summary>The end of the log, for messages of failed tests.</summary>
    public string Tail() => string.Join('\n', Log.Split('\n').TakeLast(15));

    public async ValueTask DisposeAsync()
    {
        if (!HasEnded)
            await Kill();
        _process?.Dispose();
    }

    // Below the range from which the kernel takes the ports of outgoing connections: nobody may sit on ours while we are down.
    private static int FreePort()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(12_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }
    }

    private JsonObject Configuration() => new()
    {
        ["Gateway"] = new JsonObject { ["State"] = State, ["DataFolder"] = DataFolder, ["DrainSeconds"] = 10, ["MinFreeMiB"] = 0 },
        ["Listen"] = new JsonObject { ["Exchange"] = $"127.0.0.1:{ExchangePort}", ["Operator"] = $"127.0.0.1:{OperatorPort}", ["Health"] = $"127.0.0.1:{_healthPort}" },
        ["Keys"] = new JsonObject
        {
            ["Tls"] = Pair("gateway/tls"),
            ["UserAuthority"] = DevelopmentKeys.Of(State, "root/root.crt"),
            ["PersonAuthorities"] = new JsonArray(DevelopmentKeys.Of(State, "root/root.crt")),
            ["Authorities"] = new JsonArray(
                Authority("CA", "Central Authority", "CENTRAL_AUTHORITY_MLA"),
                Authority("CP", "Contact Point", "CONTACT_POINT_24_7"),
                Authority("PO", "Prosecution Office", "COMPETENT_AUTHORITY", "CA"),
                Authority("LAB", "Forensic Laboratory", "FORENSIC_LAB", "PO")),
        },
        // A peer that was killed is back within a second or two.
        ["Delivery"] = new JsonObject { ["LongestPauseSeconds"] = 1 },
        ["Telemetry"] = new JsonObject { ["LogLevel"] = "Warning" },
    };

    private JsonObject Authority(string name, string words, string role, string? parent = null) => new()
    {
        ["Id"] = $"{State}-{name}",
        ["Name"] = $"{words} of {State}",
        ["Roles"] = new JsonArray(role),
        ["Endpoint"] = $"https://127.0.0.1:{ExchangePort}",
        ["Parent"] = parent is null ? "" : $"{State}-{parent}",
        ["Seal"] = Pair($"authorities/{State}-{name}/seal"),
        ["Stamp"] = Pair($"authorities/{State}-{name}/stamp"),
        ["Encryption"] = Pair($"authorities/{State}-{name}/encryption"),
        ["Evidence"] = Pair($"authorities/{State}-{name}/evidence"),
    };

    private JsonObject Pair(string name) => new()
    {
        ["Certificate"] = DevelopmentKeys.Of(State, $"{name}.crt"),
        ["Key"] = DevelopmentKeys.Of(State, $"{name}.key"),
    };
}
