using Gateway.Drafts;
using Gateway.Erasures;
using Gateway.Integrity;
using Gateway.AuditLog;
using Gateway.Backups;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Users;
using Gateway.Witness;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Hosting;

/// <summary>Puts the gateway together: one object of each class, three ports, the loops. Opens the database; never creates anything.</summary>
internal static class GatewayHost
{
    /// <summary>Largest message of either port: 8 MiB of parts in base64 inside a signature inside an envelope, with room.</summary>
    private const int MaxMessageBytes = 16 * 1024 * 1024;

    /// <summary>Throws <see cref="DatabaseNotUsableException"/> when the data cannot be used as it is.</summary>
    public static async Task<WebApplication> Build(Configuration configuration, TimeProvider clock, Action<ILoggingBuilder>? logging = null)
    {
        // Empty: no settings file, no environment variable and no default address changes what the configuration says.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "gateway" });
        (logging ?? (l => LogAsJson(l, configuration.Telemetry)))(builder.Logging);
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(configuration.Gateway);
        AddSlices(builder.Services, configuration);
        builder.Services.AddRouting();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = MaxMessageBytes);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(configuration.Gateway.DrainSeconds));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Ports.Listen(kestrel, configuration.Listen));
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, WireBlocks>();

        var app = builder.Build();
        try
        {
            // Opened now: what cannot be used must be said before the ports open.
            app.Services.GetRequiredService<Database>();
            app.Services.GetRequiredService<CaseKeys>();
            FirstLog(app.Services.GetRequiredService<Database>(), app.Services.GetRequiredService<PeerDirectory>(), clock);
            app.Services.GetRequiredService<UserDirectory>();
            app.Services.GetRequiredService<KeyRing>();
            app.Services.GetRequiredService<LogKeys>();
            app.Services.GetRequiredService<Connections>();
            // Copies of the databases in clear, unless a backup is being made this minute.
            BackupSpool.Clear(configuration.Gateway.DataFolder);
            await app.Services.GetRequiredService<FinishErasures>().All();
            await app.Services.GetRequiredService<DeclareHolds>().Run();
            await app.Services.GetRequiredService<ForgetDrafts>().Run();
        }
        catch
        {
            // The lock of the data folder goes with the database.
            await app.DisposeAsync();
            throw;
        }
        var drain = app.Services.GetRequiredService<Drain>();
        app.Lifetime.ApplicationStopping.Register(drain.Begin);

        app.UseMiddleware<Admission>();
        app.UseRouting();
        app.MapGrpcService<ExchangeEndpoint>();
        app.MapGrpcService<OperatorEndpoint>();
        app.MapGrpcService<GrpcHealthEndpoint>();
        app.MapWitness();
        app.MapHealth();
        app.MapLogFiles();
        return app;
    }

    // The first start ever: what the clock shows becomes the name of the log, for good.
    private static void FirstLog(Database database, PeerDirectory peers, TimeProvider clock)
    {
        if (database.Read(LogEpoch.Current) is null && ClockDoubt.Of(peers.OwnCard.Card, clock.GetUtcNow()) is { } doubt)
            throw new DatabaseNotUsableException($"{doubt}; the first log would be named after a wrong year. Set the clock and start again; if the clock is right, the card is not: run 'gateway key install --config FILE'");
    }

    private static void AddSlices(IServiceCollection services, Configuration configuration)
    {
        var folder = configuration.Gateway.DataFolder;
        services.AddSingleton(_ => Database.Open(folder));
        services.AddSingleton(_ => CaseKeys.Open(folder));
        services.AddSingleton(_ => KeyRing.Load(configuration.Gateway.State, configuration.Keys));
        services.AddSingleton(_ => LogKeys.Load(folder));
        services.AddSingleton(configuration.Log);
        services.AddSingleton(p => new Sequencer(p.GetRequiredService<Database>(), p.GetRequiredService<LogKeys>(), configuration.Gateway.State, p.GetRequiredService<TimeProvider>(),
            () => p.GetRequiredService<LedgerGate>().Standing == LedgerStanding.OPEN && p.GetRequiredService<WitnessMemory>().NotYet is null));
        services.AddHostedService<SequencerLoop>();
        services.AddSingleton<LogProofs>();
        services.AddSingleton(p => new ShowLog(p.GetRequiredService<Database>(), p.GetRequiredService<LogProofs>(), p.GetRequiredService<LogKeys>(), PeerRows.LogKeys, p.GetRequiredService<Alarms>()));
        services.AddSingleton<Drain>();
        services.AddSingleton<Alarms>();
        services.AddSingleton<Rounds>();
        services.AddSingleton<Standstill>();

        services.AddSingleton<UserDirectory>();
        services.AddSingleton<UserViews>();
        services.AddSingleton<AddUser>();
        services.AddSingleton<RevokeUser>();

        services.AddSingleton<PeerDirectory>();
        services.AddSingleton<PeerContacts>();
        services.AddSingleton<PeerViews>();
        services.AddSingleton<PeerChannels>();
        services.AddSingleton<AddPeer>();
        services.AddSingleton<PaperStates>();
        services.AddSingleton<ApprovePeer>();
        services.AddSingleton<BlockPeer>();
        services.AddSingleton<TakeCard>();
        services.AddSingleton<PushOwnCard>();
        services.AddSingleton<TestPeer>();
        services.AddSingleton<AnnounceCardLoop>();
        services.AddHostedService(p => p.GetRequiredService<AnnounceCardLoop>());

        services.AddSingleton<Halt>();
        services.AddSingleton<RightOfWay>();
        services.AddSingleton(configuration.Backup);
        services.AddSingleton(configuration.Evidence);
        services.AddSingleton(configuration.Judging);
        services.AddSingleton(configuration.Approval);
        services.AddFlow(configuration.Delivery);
        services.AddWitness(configuration.Witness, configuration.TimeStamps);
        services.AddClock(configuration.Clock, configuration.Notification);

        services.AddSingleton<Doorkeeper>();
        services.AddSingleton<Connections>();
        services.AddSingleton(new OpenCalls(configuration.Listen));
        services.AddSingleton<Edge>();
        services.AddSingleton<ExchangeEndpoint>();
        services.AddSingleton<OperatorEndpoint>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<GrpcHealthEndpoint>();
        services.AddSingleton<ShowStatus>();
        services.AddHostedService<AlarmLoop>();
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<IntegrityLoop>(p, folder, configuration.Integrity));
        services.AddHostedService(p => p.GetRequiredService<IntegrityLoop>());
        if (configuration.Telemetry.OtlpEndpoint.Length > 0)
            services.AddHostedService(_ => new TelemetryExport(configuration.Telemetry, configuration.Gateway.State));
    }

    /// <summary>What <c>gateway serve</c> writes to standard output.</summary>
    internal static void LogAsJson(ILoggingBuilder logging, TelemetryOptions options)
    {
        logging.SetMinimumLevel(Enum.Parse<LogLevel>(options.LogLevel));
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        logging.AddJsonConsole(json =>
        {
            json.UseUtcTimestamp = true;
            json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            json.IncludeScopes = true;
        });
    }
}
