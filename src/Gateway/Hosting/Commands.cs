using System.CommandLine;
using Gateway.Keys;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Hosting;

/// <summary>The verbs of <c>gateway</c>. Exit codes: 0 good, 1 refused, 2 usage, 3 could not be completed.</summary>
internal sealed partial class Commands(TextWriter output, TextWriter error, TimeProvider clock)
{
    private const int Good = 0;
    private const int Refused = 1;
    private const int Usage = 2;
    private const int Incomplete = 3;
    private const int LeastThreads = 8;

    private readonly Option<string> _config = new("--config") { Description = "the configuration file (JSON)", HelpName = "FILE", Required = true };
    private readonly Option<string> _cardKey = new("--card-key") { Description = "private key of the card, PKCS #8 PEM; offline at all other times", HelpName = "FILE", Required = true };
    private readonly Option<string> _cardCertificate = new("--card-cert") { Description = "certificate of the card key, PEM", HelpName = "FILE", Required = true };
    private readonly Option<int> _validDays = new("--card-valid-days") { Description = "how long the card is good for", HelpName = "N", DefaultValueFactory = _ => 365 };

    public async Task<int> Run(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var mistake in parsed.Errors)
                await error.WriteLineAsync($"gateway: {mistake.Message}");
            await error.WriteLineAsync("gateway: 'gateway --help' shows the verbs, 'gateway VERB --help' their options");
            return Usage;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (DatabaseNotUsableException e)
        {
            await error.WriteLineAsync($"gateway: {e.Message}");
            return Refused;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException or InvalidDataException)
        {
            await error.WriteLineAsync($"gateway: {e.Message}");
            return Incomplete;
        }
    }

    private RootCommand Root()
    {
        var config = new Command("config", "look at the configuration");
        config.Add(Verb("check", "say every mistake in the configuration, keys, database and ports at once", ConfigCheck, _config));
        var db = new Command("db", "look after the database");
        db.Add(Verb("migrate", "bring the database to the schema of this program", Migrate, _config));
        return new RootCommand("The gateway of one State: serves peers and operators, keeps its data in one folder.")
        {
            Verb("serve", "run until SIGTERM or SIGINT; never creates a database or a key", Serve, _config),
            InitVerb(),
            config,
            db,
            KeyVerbs(),
            FsckVerb(),
            BackupVerb(),
            RestoreVerb(),
        };
    }

    private Command InitVerb()
    {
        var administrators = new Option<string[]>("--admin")
        {
            Description = "a first administrator; two are needed to approve peers (repeat)",
            HelpName = "NAME=CLIENT.crt[,SIGNING.crt]",
            Required = true,
        };
        return Verb("init", "make the data folder, the database, the storage key, the own card and the first administrators", async parsed =>
        {
            var named = parsed.GetRequiredValue(administrators).Select(text => (Text: text, Value: FirstAdministrator.Parse(text))).ToList();
            if (named.Find(a => a.Value is null).Text is { } unreadable)
            {
                await error.WriteLineAsync($"gateway: --admin '{unreadable}' is not NAME=CLIENT.crt[,SIGNING.crt]; a name has a-z, 0-9, dot and hyphen");
                return Usage;
            }
            if (await Load(parsed) is not { } configuration)
                return Refused;
            var result = await new Initialise(configuration, clock).Run(CardKey(parsed), [.. named.Select(a => a.Value!)]);
            return await Say(result, fingerprint => $"{configuration.Gateway.DataFolder} is ready. Read this fingerprint of the card to your peers by voice:\n{fingerprint}");
        }, _config, _cardKey, _cardCertificate, _validDays, administrators);
    }

    private Command KeyVerbs()
    {
        var purpose = new Option<KeyPurpose>("--purpose") { Description = "what the key is for: card, tls, seal, stamp, encryption, evidence, storage, log, cosigner, logcertificate", HelpName = "PURPOSE", Required = true };
        var result = new Option<string?>("--out") { Description = "writes FILE.key and FILE.csr (card: FILE.crt)", HelpName = "FILE" };
        var subject = new Option<string?>("--subject") { Description = "distinguished name, for example \"CN=Seal of XA-CA,O=Ministry,C=XA\"", HelpName = "NAME" };
        var hosts = new Option<string[]>("--host") { Description = "name or address that peers use (tls; repeat)", HelpName = "HOST" };
        var config = new Option<string?>("--config") { Description = "the configuration file (storage, log, cosigner, logcertificate)", HelpName = "FILE" };
        var key = new Command("key", "make keys, and put new certificates in force");
        key.Add(Verb("create", "make a P-256 key (0600) and a certificate request; for storage and the log, the next key of the data folder", async parsed =>
        {
            if (parsed.GetValue(purpose).IsKeptHere())
                return await CreateNumberedKey(parsed.GetValue(purpose), parsed.GetValue(config));
            if (parsed.GetValue(result) is not { Length: > 0 } file || parsed.GetValue(subject) is not { Length: > 0 } name)
            {
                await error.WriteLineAsync("gateway: key create needs --out FILE and --subject NAME");
                return Usage;
            }
            foreach (var made in new CreateKey(parsed.GetValue(purpose), name, file, parsed.GetValue(hosts) ?? []).Run(clock.GetUtcNow()))
                await output.WriteLineAsync(made);
            return Good;
        }, purpose, result, subject, hosts, config));
        var accept = new Option<bool>("--accept-unreadable") { Description = "an evidence key is lost for good: go on although items that it opened stay unreadable" };
        var renew = new Option<string?>("--renew-log") { Description = "also begin another log, and say in the card why: a key of the log was stolen, or peers cosign it no more", HelpName = "TEXT" };
        var number = new Option<int?>("--log-number") { Description = "with --renew-log: its number in the year, where somebody has begun the next one in your name", HelpName = "N" };
        var version = new Option<long?>("--card-version") { Description = "the version of the card, where a database that came back from a backup does not know the last one", HelpName = "N" };
        key.Add(Verb("wrap", "wrap all stored key grants to the evidence keys that the configuration names first, and list what no key opens (gateway stopped)", async parsed =>
            await Load(parsed) is { } configuration ? await Wrap(configuration) : Refused, _config));
        key.Add(Verb("install", "issue the next version of the own card from the certificates that the configuration names (gateway stopped)", async parsed =>
        {
            if (await Load(parsed) is not { } configuration)
                return Refused;
            var installed = await new InstallKeys(configuration, clock).Run(CardKey(parsed), parsed.GetValue(accept), parsed.GetValue(renew), parsed.GetValue(number), parsed.GetValue(version));
            return await Say(installed, card => $"card {card.Card.Version} is in force until {card.Card.Expires:yyyy-MM-dd}; peers get it at the next start{(parsed.GetValue(renew) is null ? "" : $"\n{card.Card.Log!.Renewal!.Begun} follows {card.Card.Log.Renewal.Ended}")}");
        }, _config, _cardKey, _cardCertificate, _validDays, accept, renew, number, version));
        return key;
    }

    private async Task<int> Wrap(Configuration configuration)
    {
        var (renewed, unreadable, spoiled) = await new WrapGrants(configuration, clock).Run();
        foreach (var item in spoiled)
            await error.WriteLineAsync($"gateway: no grant, and no key helps: {item}; ask the State that sent it to release it again");
        foreach (var item in unreadable)
            await error.WriteLineAsync($"gateway: {item}");
        await output.WriteLineAsync(unreadable.Count == 0
            ? $"{renewed} key grants were wrapped anew; all are to the evidence keys in use: an older pair may be taken out and destroyed when no peer holds a card that names it"
            : $"{renewed} key grants were wrapped anew; {unreadable.Count} open with no key in the configuration: put the pair that was taken out back behind the first");
        return unreadable.Count == 0 ? Good : Refused;
    }

    private async Task<int> Serve(ParseResult parsed)
    {
        if (await Load(parsed) is not { } configuration)
            return Refused;
        // Whoever writes a chunk may have to wait for the disk. The pool begins with a thread for each core and adds more slowly: a request would wait for one.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, LeastThreads), completions);
        await using var gateway = await GatewayHost.Build(configuration, clock);
        await gateway.RunAsync();
        return Environment.ExitCode;
    }

    private async Task<int> ConfigCheck(ParseResult parsed)
    {
        var mistakes = new Mistakes();
        await ConfigurationCheck.All(parsed.GetRequiredValue(_config), clock.GetUtcNow(), mistakes);
        if (!mistakes.Any)
        {
            await output.WriteLineAsync("the configuration is good");
            return Good;
        }
        await Report(mistakes, output);
        return Refused;
    }

    private async Task<int> Migrate(ParseResult parsed)
    {
        if (await Load(parsed) is not { } configuration)
            return Refused;
        var applied = Database.Migrate(configuration.Gateway.DataFolder);
        await output.WriteLineAsync(applied.Count == 0 ? "the database has the newest schema already" : $"applied {string.Join(", ", applied)}");
        return Good;
    }

    private async Task<int> CreateNumberedKey(KeyPurpose purpose, string? file)
    {
        if (file is null)
        {
            await error.WriteLineAsync($"gateway: key create --purpose {purpose.ToString().ToLowerInvariant()} needs --config FILE");
            return Usage;
        }
        var mistakes = new Mistakes();
        var configuration = Configuration.Load(file, mistakes);
        if (mistakes.At("Gateway:DataFolder") || mistakes.At(file))
        {
            await Report(mistakes, error);
            return Refused;
        }
        var folder = configuration.Gateway.DataFolder;
        if (purpose == KeyPurpose.Storage)
        {
            var epoch = StorageKeys.Create(Path.Combine(folder, CaseKeys.FolderName));
            await output.WriteLineAsync($"storage key of epoch {epoch}; back it up apart from the data. It is used from the next start on");
            return Good;
        }
        var made = LogKeys.Create(folder, configuration.Gateway.State, purpose, clock.GetUtcNow());
        await output.WriteLineAsync($"{made}; back it up apart from the data. It signs from the next start on, beside the older ones; run 'gateway key install' so that peers know it");
        return Good;
    }

    /// <summary>Null when there are mistakes; they have been told.</summary>
    private async Task<Configuration?> Load(ParseResult parsed)
    {
        var mistakes = new Mistakes();
        var configuration = ConfigurationCheck.Files(parsed.GetRequiredValue(_config), clock.GetUtcNow(), mistakes);
        if (!mistakes.Any)
            return configuration;
        await Report(mistakes, error);
        return null;
    }

    private CardKeyFiles CardKey(ParseResult parsed)
        => new(parsed.GetRequiredValue(_cardKey), parsed.GetRequiredValue(_cardCertificate), parsed.GetValue(_validDays));

    private async Task<int> Say<T>(Outcome<T> outcome, Func<T, string> text)
    {
        if (outcome.TryGet(out var value, out var refusal))
        {
            await output.WriteLineAsync(text(value));
            return Good;
        }
        await error.WriteLineAsync($"gateway: {refusal}");
        return Refused;
    }

    private static async Task Report(Mistakes mistakes, TextWriter writer)
    {
        foreach (var mistake in mistakes.Found)
            await writer.WriteLineAsync(mistake.ToString());
        await writer.WriteLineAsync(mistakes.Found.Count == 1 ? "1 mistake" : $"{mistakes.Found.Count} mistakes");
    }

    private static Command Verb(string name, string description, Func<ParseResult, Task<int>> run, params Option[] options)
    {
        var command = new Command(name, description);
        foreach (var option in options)
            command.Add(option);
        command.SetAction((parsed, _) => run(parsed));
        return command;
    }
}
