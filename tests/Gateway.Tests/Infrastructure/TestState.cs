using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json.Nodes;
using Gateway.Hosting;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.PeerCards;
using Gateway.Runtime;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Infrastructure;

/// <summary>A person with both certificates.</summary>
internal sealed record TestPerson(string Name, TestIdentity Client, TestIdentity Signing);

/// <summary>
/// A whole gateway in this process, as <c>gateway init</c> and <c>gateway serve</c> make it: real files, database, Kestrel and mutual
/// TLS on loopback. Authorities are XX-CA (central authority), XX-CP (contact point), XX-PO (competent authority) and XX-LAB.
/// </summary>
internal sealed class TestState : IAsyncDisposable
{
    private const int FirstPort = 20_000;
    private const int Ports = 12_000;

    private static int s_lastPort = Environment.ProcessId * 61 % Ports;

    private readonly List<IDisposable> _toDispose = [];
    private WebApplication? _app;

    private TestState(string state, TestClock clock)
    {
        State = state;
        Clock = clock;
        Pki = new TestPki(state);
        Folder = Directory.CreateTempSubdirectory($"gateway-{state}-").FullName;
        (ExchangePort, OperatorPort, HealthPort) = (FreePort(), FreePort(), FreePort());
        Administrator = Person("administrator");
        Deputy = Person("deputy-administrator");
        Tls = Pki.Issue("gateway", TestPki.Sign);
    }

    public string State { get; }

    public TestClock Clock { get; }

    public TestPki Pki { get; }

    public string Folder { get; }

    public string ConfigurationFile => Path.Combine(Folder, "gateway.json");

    public string DataFolder => Path.Combine(Folder, "data");

    public int ExchangePort { get; }

    public int OperatorPort { get; }

    public int HealthPort { get; }

    public TestPerson Administrator { get; }

    public TestPerson Deputy { get; }

    public TestIdentity Tls { get; private set; }

    /// <summary>Where the gateway logs to, from its next start on; nowhere unless a test wants to read it.</summary>
    public Action<ILoggingBuilder> Logging { get; set; } = logging => logging.SetMinimumLevel(LogLevel.None);

    /// <summary>The running gateway's objects.</summary>
    public IServiceProvider Services => _app?.Services ?? throw new InvalidOperationException("the gateway is not running");

    public bool IsRunning => _app is not null;

    public SignedCard Card => Services.GetRequiredService<PeerDirectory>().OwnCard;

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Files and configuration only, as before <c>gateway init</c>.</summary>
    public static TestState Configured(string state = "XA", TestClock? clock = null)
    {
        var made = new TestState(state, clock ?? new TestClock());
        made.WriteConfiguration();
        return made;
    }

    /// <summary>Initialised, with two administrators, not running.</summary>
    public static async Task<TestState> Initialised(string state = "XA", TestClock? clock = null, Action<JsonObject>? configure = null)
    {
        var made = Configured(state, clock);
        if (configure is not null)
            made.Configure(configure);
        var outcome = await new Initialise(made.Configuration(), made.Clock).Run(made.CardKeyFiles(),
        [
            new FirstAdministrator(made.Administrator.Name, made.Write("administrator.crt", made.Administrator.Client.CertificatePem), null),
            new FirstAdministrator(made.Deputy.Name, made.Write("deputy.crt", made.Deputy.Client.CertificatePem), null),
        ]);
        _ = outcome.Value;
        return made;
    }

    /// <summary>Initialised and running.</summary>
    public static async Task<TestState> Running(string state = "XA", TestClock? clock = null, Action<JsonObject>? configure = null)
    {
        var made = await Initialised(state, clock, configure);
        await made.Start();
        return made;
    }

    /// <summary>Both States go through the whole ceremony with each other.</summary>
    public static async Task Introduce(TestState one, TestState other)
    {
        await one.Approve(other.Card);
        await other.Approve(one.Card);
    }

    public async Task Start()
    {
        _app = await GatewayHost.Build(Configuration(), Clock, Logging);
        await _app.StartAsync();
    }

    /// <summary>As after SIGTERM.</summary>
    public async Task Stop()
    {
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    public TestPerson Person(string name) => new(name, Pki.Issue(name, TestPki.Sign), Pki.Issue(name, TestPki.Sign));

    /// <summary>Adds a user through the operator API.</summary>
    public async Task<TestPerson> AddUser(string name, string authority, params string[] roles)
    {
        var person = Person(name);
        await Client(Administrator).AddUserAsync(new AddUserRequest
        {
            Name = name,
            Roles = { roles },
            Authority = authority,
            ClientCertificate = ByteString.CopyFrom(person.Client.X509.RawData),
            SigningCertificate = ByteString.CopyFrom(person.Signing.X509.RawData),
        });
        return person;
    }

    /// <summary>Imports a card with the first administrator and approves it with the second.</summary>
    public async Task Approve(SignedCard card)
    {
        await Client(Administrator).AddPeerAsync(new AddPeerRequest { Card = ByteString.CopyFrom(card.Der.Span), Fingerprint = card.Fingerprint });
        await Client(Deputy).ApprovePeerAsync(new ApprovePeerRequest { State = card.Card.State, Fingerprint = card.Fingerprint });
    }

    public Operator.OperatorClient Client(TestPerson person) => new(Channel(OperatorPort, person.Client));

    /// <summary>A caller on the exchange port with any certificate.</summary>
    public Exchange.ExchangeClient ExchangeClient(TestIdentity identity) => new(Channel(ExchangePort, identity));

    /// <summary>A channel of its own, with one connection of its own.</summary>
    public GrpcChannel Channel(int port, TestIdentity identity, SslProtocols protocols = SslProtocols.Tls13)
    {
        var channel = GrpcChannel.ForAddress($"https://127.0.0.1:{port}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    EnabledSslProtocols = protocols,
                    ClientCertificates = [identity.X509],
                    LocalCertificateSelectionCallback = (_, _, _, _, _) => identity.X509,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetRawCertData().AsSpan().SequenceEqual(Tls.X509.RawData),
                },
            },
            DisposeHttpClient = true,
        });
        _toDispose.Add(channel);
        return channel;
    }

    /// <summary>Issues a card of this State under its card key, as <c>gateway key install</c> would, without putting it in force here.</summary>
    public SignedCard IssueCard(SignedCard? before, TestIdentity? cardKey = null, int validDays = 365)
    {
        var configuration = Configuration();
        using var signer = (cardKey ?? Pki.Card).Signer();
        return new IssueCard(State, configuration.Keys, configuration.Profile, Directory.Exists(DataFolder) ? LogCard() : null).Issue(signer, before, validDays, Clock.GetUtcNow()).Value;
    }

    private Gateway.Protocol.PeerCards.CardLog LogCard()
    {
        using var keys = LogKeys.Load(DataFolder);
        return keys.Card;
    }

    public CardKeyFiles CardKeyFiles(int validDays = 365) => new(Write("card.key", Pki.Card.KeyPem), Write("card.crt", Pki.Card.CertificatePem), validDays);

    public Configuration Configuration()
    {
        var mistakes = new Mistakes();
        var configuration = ConfigurationCheck.Files(ConfigurationFile, Clock.GetUtcNow(), mistakes);
        return mistakes.Any ? throw new InvalidOperationException(string.Join('\n', mistakes.Found)) : configuration;
    }

    /// <summary>Writes the configuration again after <paramref name="change"/>.</summary>
    public void Configure(Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(ConfigurationFile))!.AsObject();
        change(json);
        File.WriteAllText(ConfigurationFile, json.ToJsonString());
    }

    /// <summary>A file in the folder, mode 0600.</summary>
    public string Write(string name, string content)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var disposable in _toDispose)
            disposable.Dispose();
        await Stop();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A port below the range from which the system serves outgoing connections, never given twice by this process.</summary>
    public static int FreePort()
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
                // In use by another program, perhaps another test run: the next.
            }
        }
    }

    private void WriteConfiguration()
    {
        var endpoint = $"https://127.0.0.1:{ExchangePort}";
        Write("root.crt", Pki.Root.CertificatePem);
        File.WriteAllText(ConfigurationFile, new JsonObject
        {
            ["Gateway"] = new JsonObject { ["State"] = State, ["DataFolder"] = "data", ["DrainSeconds"] = 5, ["MinFreeMiB"] = 1 },
            // The first checkpoint at the start, others when a test asks for them.
            ["Log"] = new JsonObject { ["CheckpointSeconds"] = 3600 },
            // A test waits two minutes; a pause that grows to five would outlast it.
            ["Delivery"] = new JsonObject { ["LongestPauseSeconds"] = 2 },
            // Looked at when a test asks for it.
            ["Clock"] = new JsonObject { ["TickSeconds"] = 3600 },
            ["Listen"] = new JsonObject { ["Exchange"] = $"127.0.0.1:{ExchangePort}", ["Operator"] = $"127.0.0.1:{OperatorPort}", ["Health"] = $"127.0.0.1:{HealthPort}" },
            ["Keys"] = new JsonObject
            {
                ["Tls"] = Pair("tls", Tls),
                ["UserAuthority"] = "root.crt",
                ["PersonAuthorities"] = "root.crt",
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
        return new JsonObject
        {
            ["Id"] = id,
            ["Name"] = $"{words} of {State}",
            ["Roles"] = new JsonArray(role),
            ["Endpoint"] = endpoint,
            ["Parent"] = parent is null ? "" : $"{State}-{parent}",
            ["Seal"] = Pair($"{id}-seal", Pki.Issue($"Seal of {id}", TestPki.Sign)),
            ["Stamp"] = Pair($"{id}-stamp", Pki.Issue($"Stamp of {id}", TestPki.Sign)),
            ["Encryption"] = Pair($"{id}-encryption", Pki.Issue($"Encryption key of {id}", TestPki.Agree)),
            ["Evidence"] = Pair($"{id}-evidence", Pki.Issue($"Evidence key of {id}", TestPki.Agree)),
        };
    }

    private JsonObject Pair(string name, TestIdentity identity)
    {
        Write($"{name}.crt", identity.CertificatePem);
        Write($"{name}.key", identity.KeyPem);
        return new JsonObject { ["Certificate"] = $"{name}.crt", ["Key"] = $"{name}.key" };
    }
}
