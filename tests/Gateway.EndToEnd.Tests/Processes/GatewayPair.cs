using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit.Sdk;

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>XA and XB as two processes that know each other, and the people of the main flow, who do as gatewayctl does.</summary>
internal sealed class GatewayPair : IAsyncDisposable
{
    /// <summary>Name of the test collection: two gateways and a tracer keep a small machine busy.</summary>
    public const string OneAtATime = "gateways";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    private readonly List<Person> _people = [];
    private readonly HashSet<Person> _users = [];
    private readonly ConcurrentQueue<string> _accepted = new();

    private GatewayPair(string folder, string? askingData, string? askedData)
    {
        (Folder, Contexts) = (folder, Path.Combine(folder, "contexts.json"));
        Asking = new GatewayProcess("XA", Path.Combine(folder, "XA"), askingData);
        Asked = new GatewayProcess("XB", Path.Combine(folder, "XB"), askedData);
    }

    /// <summary>Everything of this pair that has no place of its own; deleted at the end.</summary>
    public string Folder { get; }

    public GatewayProcess Asking { get; }

    public GatewayProcess Asked { get; }

    public Person DutyOfficer { get; private set; } = null!;

    public Person AskedLawyer { get; private set; } = null!;

    /// <summary>Status and detail of every failed call, as the submitters saw it.</summary>
    public ConcurrentQueue<Status> Failures { get; } = new();

    /// <summary>How many submissions were answered with success.</summary>
    public int Accepted => _accepted.Count;

    /// <summary>Both initialised, introduced and running.</summary>
    public static async Task<GatewayPair> Start(string? askingData = null, string? askedData = null, Action<GatewayPair>? before = null)
    {
        var pair = new GatewayPair(Directory.CreateTempSubdirectory("gateway-pair-").FullName, askingData, askedData);
        try
        {
            before?.Invoke(pair);
            pair.Asking.Initialise();
            pair.Asked.Initialise();
            pair.Asking.Launch();
            await pair.Asked.Start();
            await pair.Asking.Ready();
            await pair.Approve(pair.Asking, await pair.CardOf(pair.Asked));
            await pair.Approve(pair.Asked, await pair.CardOf(pair.Asking));
            pair.DutyOfficer = await pair.AddUser(pair.Asking, "duty-officer", "XA-CP", "CONTACT_POINT_24_7");
            pair.AskedLawyer = await pair.AddUser(pair.Asked, "lawyer", "XB-CA", "CENTRAL_AUTHORITY_MLA");
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>A PRESERVE_DATA of the samples, submitted until it is answered.</summary>
    public Task<SubmitReply> SendPreserve(CancellationToken giveUp = default) => Submit(DutyOfficer, "request", Preserve(), giveUp);

    /// <summary>The same, composed and signed; what is returned submits it once.</summary>
    public async Task<Func<Task>> PreparePreserve()
    {
        var request = await Compose(DutyOfficer, "request", Preserve()) ?? throw new XunitException("a request waits for no case");
        return async () => await DutyOfficer.Client.SubmitAsync(request, deadline: Soon());
    }

    private static JsonObject Preserve()
    {
        var fields = JsonNode.Parse(File.ReadAllText(Repository.PathOf("deploy/samples/preserve-data.json")))!.AsObject();
        fields["requestedAuthority"] = "XB-CA";
        fields["requestingAuthority"] = "XA-CP";
        fields["estimatedDataLossAt"] = DocumentWriter.FormatLocalTime(TimeProvider.System.GetUtcNow().AddDays(10));
        return fields;
    }

    /// <summary>The acts that bring a delivered case to its end, each as soon as the case stands so at that gateway.</summary>
    public async Task CompleteCase(string caseId, CancellationToken giveUp = default)
    {
        var due = DocumentWriter.FormatTime(TimeProvider.System.GetUtcNow().AddDays(2));
        await Act(AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due }, giveUp);
        await Act(AskedLawyer, caseId, "ACCEPTED", new JsonObject { ["dueAt"] = due }, giveUp);
        await Act(AskedLawyer, caseId, "IN_EXECUTION", [], giveUp);
        await Act(AskedLawyer, caseId, "EXECUTED", new JsonObject { ["outcome"] = "NOTHING_TO_ADD", ["text"] = "The provider keeps these data by itself." }, giveUp);
        await Act(DutyOfficer, caseId, "COMPLETED", [], giveUp);
    }

    /// <summary>
    /// Compose, sign, submit; after any error the same bytes with the same key again, until an answer comes. Only before the first
    /// submission may <paramref name="giveUp"/> end it: afterwards nobody knows whether it was accepted.
    /// </summary>
    public async Task<SubmitReply> Submit(Person person, string type, JsonObject fields, CancellationToken giveUp = default)
    {
        SubmitRequest? request = null;
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (request is null)
                {
                    giveUp.ThrowIfCancellationRequested();
                    request = await Compose(person, type, fields);
                }
                if (request is not null)
                {
                    var reply = await person.Client.SubmitAsync(request, deadline: Soon(), cancellationToken: CancellationToken.None);
                    // The first of two decisions sends nothing yet.
                    if (reply.Message.Length > 0)
                        _accepted.Enqueue($"{person.Gateway.State} {person.Name} {request.IdempotencyKey} {reply.Message} {reply.CaseId}");
                    return reply;
                }
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Internal
                or StatusCode.Unknown or StatusCode.ResourceExhausted or StatusCode.Aborted)
            {
                Failures.Enqueue(e.Status);
            }
            if (watch.Elapsed > s_patience)
                throw new XunitException($"no answer for {person.Name}: {string.Join('\n', Failures.TakeLast(5))}\n{Asking.Tail()}\n{Asked.Tail()}");
            await Task.Delay(50, CancellationToken.None);
        }
    }

    /// <summary>XB's laboratory attaches a file or folder with gatewayctl, through <paramref name="port"/> if something is in between.</summary>
    public async Task Attach(string source, string caseId, int? port = null, string? intake = null) => Ctl(0, await AttachCommand(source, caseId, port, intake));

    /// <summary>What the laboratory would type, with all of the person and the context there.</summary>
    public async Task<string[]> AttachCommand(string source, string caseId, int? port = null, string? intake = null)
    {
        var technician = await AddUser(Asked, "technician", "XB-LAB", "FORENSIC_LAB");
        string Key(string name) => DevelopmentKeys.Of("XB", $"persons/{technician.Name}/{name}");
        Gatewayctl("context", "add", "technician", "--endpoint", $"https://localhost:{port ?? Asked.OperatorPort}", "--server-cert", DevelopmentKeys.Of("XB", "gateway/tls.crt"),
            "--client-cert", Key("client.crt"), "--client-key", Key("client.key"), "--sign-cert", Key("signing.crt"), "--sign-key", Key("signing.key"));
        return ["--context", "technician", "evidence", "attach", source, "--case", caseId, "--intake", intake ?? Repository.PathOf("deploy/samples/intake.json")];
    }

    /// <summary>Attaches a file of random bytes; returns the item as XB's gateway holds it.</summary>
    public async Task<ItemView> AttachNew(string caseId, int bytes, int? port = null)
    {
        var file = Path.Combine(Folder, $"{Ids.New()}.img");
        await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(bytes));
        var before = (await AskedLawyer.Client.ListItemsAsync(new ListItemsRequest { CaseId = caseId })).Items.Select(i => i.Item).ToHashSet(StringComparer.Ordinal);
        await Attach(file, caseId, port);
        return (await AskedLawyer.Client.ListItemsAsync(new ListItemsRequest { CaseId = caseId })).Items.Single(i => !before.Contains(i.Item));
    }

    /// <summary>Waits until XA holds all chunks of a released item, however often its gateway is away meanwhile.</summary>
    public async Task<ItemView> Received(ItemView item)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_patience; await Task.Delay(100))
        {
            try
            {
                var items = (await DutyOfficer.Client.ListItemsAsync(new ListItemsRequest { CaseId = item.CaseId })).Items;
                if (items.SingleOrDefault(i => i.Item == item.Item) is { State: "COMPLETE" } received)
                    return received;
            }
            catch (RpcException)
            {
                // It is killed, or starts.
            }
        }
        throw new XunitException($"the item did not arrive\n{Asking.Tail()}\n{Asked.Tail()}");
    }

    /// <summary>How an item stands at XA.</summary>
    public async Task<ItemView> Stands(ItemView item) => (await DutyOfficer.Client.ListItemsAsync(new ListItemsRequest { CaseId = item.CaseId, Item = item.Item })).Items.Single();

    /// <summary>Waits for what other processes bring about.</summary>
    public async Task Holds(Func<bool> condition, string otherwise)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_patience; await Task.Delay(100))
        {
            if (condition())
                return;
        }
        throw new XunitException($"{otherwise}\n{Asking.Tail()}\n{Asked.Tail()}");
    }

    /// <summary>Two officers of XB's prosecution office release an item.</summary>
    public async Task Release(ItemView item, string caseId) => await (await PrepareRelease(item, caseId))();

    /// <summary>All of a release but the two decisions themselves, which go on through kills.</summary>
    public async Task<Func<Task>> PrepareRelease(ItemView item, string caseId)
    {
        var decisions = new List<(Person Officer, JsonObject Fields)>();
        foreach (var (name, decision) in new[] { ("officer-1", "PROPOSE"), ("officer-2", "APPROVE") })
        {
            var officer = await AddUser(Asked, name, "XB-PO", "COMPETENT_AUTHORITY");
            var manifest = await officer.Client.FetchManifestAsync(new FetchManifestRequest { Item = item.Item });
            decisions.Add((officer, new JsonObject
            {
                ["itemId"] = item.Item,
                ["manifestSha256"] = Digest.Of(manifest.Manifest.Span).ToString(),
                ["case"] = caseId,
                ["decision"] = decision,
                ["legalBasis"] = "Code of Criminal Procedure of XB, section 110",
            }));
        }
        return async () =>
        {
            foreach (var (officer, fields) in decisions)
                await Submit(officer, "release", fields);
        };
    }

    /// <summary>XB's laboratory gives an item that was released and announced to a carrier.</summary>
    public async Task Ship(ItemView item)
    {
        var technician = await AddUser(Asked, "technician", "XB-LAB", "FORENSIC_LAB");
        var manifest = await technician.Client.FetchManifestAsync(new FetchManifestRequest { Item = item.Item });
        await Submit(technician, "shipment", new JsonObject
        {
            ["itemId"] = item.Item,
            ["manifestSha256"] = Digest.Of(manifest.Manifest.Span).ToString(),
            ["case"] = item.CaseId,
            ["carrier"] = "Courier Ltd",
            ["sealNumber"] = "B-004711",
            ["media"] = "USB disk, Example, serial 17",
        });
    }

    /// <summary>Waits until nothing waits and both sides hold equally many receipts.</summary>
    public async Task Settle()
    {
        var (asking, asked) = (Administrator(Asking), Administrator(Asked));
        var seen = "";
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_patience; await Task.Delay(100))
        {
            try
            {
                var here = await asking.Client.StatusAsync(new StatusRequest(), deadline: Soon());
                var there = await asked.Client.StatusAsync(new StatusRequest(), deadline: Soon());
                seen = $"XA: {here.Outbox} wait, {here.DeadLetters} dead, {here.Receipts} receipts; XB: {there.Outbox} wait, {there.DeadLetters} dead, {there.Receipts} receipts";
                if (here.Outbox + here.DeadLetters + there.Outbox + there.DeadLetters == 0 && here.Receipts == there.Receipts)
                    return;
            }
            catch (RpcException e)
            {
                seen = e.Status.ToString();
            }
        }
        throw new XunitException($"not settled: {seen}\n{Asking.Tail()}\n{Asked.Tail()}");
    }

    /// <summary>What the independent script says; its last line is <c>N differences</c>.</summary>
    public string Count(string? askingData = null, string? askedData = null)
    {
        var accepted = Path.Combine(Folder, "accepted.txt");
        File.WriteAllLines(accepted, _accepted);
        var (_, output, error) = Repository.Run("/usr/bin/env", "python3", "tests/Gateway.EndToEnd.Tests/count-receipts.py",
            "XA", askingData ?? Asking.DataFolder, DevelopmentKeys.Of("XA", "root/root.crt"),
            "XB", askedData ?? Asked.DataFolder, DevelopmentKeys.Of("XB", "root/root.crt"), "--accepted", accepted);
        return output + error;
    }

    /// <summary>Settles, then the script must find nothing; returns what it said.</summary>
    public async Task<string> Agree()
    {
        await Settle();
        var said = Count();
        if (!said.EndsWith("\n0 differences\n", StringComparison.Ordinal))
            throw new XunitException($"{said}\n{Asking.Tail()}\n{Asked.Tail()}");
        return said;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var person in _people)
            person.Dispose();
        await Asking.DisposeAsync();
        await Asked.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The command line as built.</summary>
    public static string Program => Repository.PathOf($"artifacts/bin/Gateway.Cli/{new DirectoryInfo(AppContext.BaseDirectory).Name}/gatewayctl");

    /// <summary>The file of contexts that it uses; journals lie beside it.</summary>
    public string Contexts { get; set; } = "";

    /// <summary>A person of the development keys with a context named after State and person, through <paramref name="port"/> if something is in between.</summary>
    public async Task AddContext(GatewayProcess gateway, string name, string authority, string role, int? port = null)
    {
        var person = await AddUser(gateway, name, authority, role);
        string Key(string file) => DevelopmentKeys.Of(gateway.State, $"persons/{person.Name}/{file}");
        Gatewayctl("context", "add", $"{gateway.State.ToLowerInvariant()}-{name}", "--endpoint", $"https://localhost:{port ?? gateway.OperatorPort}", "--server-cert", DevelopmentKeys.Of(gateway.State, "gateway/tls.crt"),
            "--client-cert", Key("client.crt"), "--client-key", Key("client.key"), "--sign-cert", Key("signing.crt"), "--sign-key", Key("signing.key"));
    }

    /// <summary>The same command again and again until it is done; a gateway that is away ends it with 3 at most. What all of them said to the person.</summary>
    public async Task<string> GoOn(params string[] arguments)
    {
        var told = "";
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            var (code, said, error) = await Task.Run(() => Run(arguments));
            told += error;
            if (code == 0)
                return told;
            if (code != 3 || watch.Elapsed > s_patience)
                throw new XunitException($"gatewayctl {string.Join(' ', arguments)} ended with {code}: {said}{error}\n{Asking.Tail()}\n{Asked.Tail()}");
        }
    }

    private (int ExitCode, string Output, string Error) Run(string[] arguments) => Repository.Run("/usr/bin/env", [$"GATEWAYCTL_CONFIG={Contexts}", Program, .. arguments]);

    /// <summary>What a command says; it must end with this code.</summary>
    public string Ctl(int expected, params string[] arguments)
    {
        var (code, said, error) = Run(arguments);
        return code == expected ? said + (expected == 0 ? "" : error) : throw new XunitException($"gatewayctl {string.Join(' ', arguments)} ended with {code}: {said}{error}");
    }

    /// <summary>Repeats a command until it says a text.</summary>
    public async Task Says(string text, params string[] arguments)
    {
        var said = "";
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_patience; await Task.Delay(200))
        {
            if ((said = Ctl(0, arguments)).Contains(text, StringComparison.Ordinal))
                return;
        }
        throw new XunitException($"gatewayctl {string.Join(' ', arguments)} never said '{text}': {said}");
    }

    private void Gatewayctl(params string[] arguments) => Ctl(0, arguments);

    private async Task Act(Person person, string caseId, string kind, JsonObject fields, CancellationToken giveUp)
    {
        fields["case"] = caseId;
        fields["kind"] = kind;
        await Submit(person, "act", fields, giveUp);
    }

    /// <summary>Null when the case does not stand so yet at that gateway.</summary>
    private static async Task<SubmitRequest?> Compose(Person person, string type, JsonObject fields)
    {
        var composed = await person.Client.ComposeAsync(new ComposeRequest { Type = type, FieldsJson = fields.ToJsonString() }, deadline: Soon());
        if (type == "act" && composed.Problems.Count > 0 && composed.Problems.All(p => p.Code is "V043" or "T804"))
            return null;
        if (composed.Problems.Count > 0)
            throw new XunitException(string.Join('\n', composed.Problems.Select(p => $"{p.Code} {p.Path}: {p.Detail}")));
        var signed = SignedDocument.Sign(composed.Document.Span, person.Signer, TimeProvider.System.GetUtcNow());
        return new SubmitRequest { SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = Ids.New() };
    }

    private static DateTime Soon() => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30);

    private Person Administrator(GatewayProcess gateway) => Known(gateway, "administrator");

    private Person Known(GatewayProcess gateway, string name)
    {
        if (_people.Find(p => p.Gateway == gateway && p.Name == name) is { } known)
            return known;
        var person = new Person(gateway, name);
        _people.Add(person);
        return person;
    }

    /// <summary>The card that a State gives out.</summary>
    public async Task<OwnCardReply> CardOf(GatewayProcess gateway) => await Administrator(gateway).Client.OwnCardAsync(new OwnCardRequest());

    private async Task Approve(GatewayProcess gateway, OwnCardReply card)
    {
        await Administrator(gateway).Client.AddPeerAsync(new AddPeerRequest { Card = card.Card, Fingerprint = card.Fingerprint });
        var state = gateway == Asking ? Asked.State : Asking.State;
        await Known(gateway, "deputy-administrator").Client.ApprovePeerAsync(new ApprovePeerRequest { State = state, Fingerprint = card.Fingerprint });
    }

    private async Task<Person> AddUser(GatewayProcess gateway, string name, string authority, string role)
    {
        var person = Known(gateway, name);
        if (!_users.Add(person))
            return person;
        await Administrator(gateway).Client.AddUserAsync(new AddUserRequest
        {
            Name = name,
            Roles = { role },
            Authority = authority,
            ClientCertificate = ByteString.CopyFrom(person.ClientCertificate),
            SigningCertificate = ByteString.CopyFrom(person.SigningCertificate),
        });
        return person;
    }
}
