using Gateway.Hosting;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>What callers hear when something is wrong, and how the gateway goes down.</summary>
public sealed class EdgeTests
{
    [Fact]
    public async Task A_fault_says_nothing_of_its_cause()
    {
        await using var state = await TestState.Running();
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(state.DataFolder, "gateway.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE outbox";
            command.ExecuteNonQuery();
        }
        var error = await Assert.ThrowsAsync<RpcException>(async () => await state.Client(state.Administrator).StatusAsync(new StatusRequest()));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.DoesNotContain("outbox", error.Status.Detail, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("SQL", error.Status.Detail, StringComparison.OrdinalIgnoreCase);
        // It served others meanwhile and goes on.
        Assert.Equal("XA", (await state.Client(state.Administrator).WhoAmIAsync(new WhoAmIRequest())).State);
    }

    [Fact]
    public async Task While_draining_new_calls_are_refused_and_may_be_sent_again()
    {
        await using var state = await TestState.Running();
        var client = state.Client(state.Administrator);
        await client.WhoAmIAsync(new WhoAmIRequest());
        state.Get<Drain>().Begin();
        var refusal = await Refused.By(async () => await client.WhoAmIAsync(new WhoAmIRequest()), "T603");
        Assert.True(refusal.Retry);
        using var http = new HttpClient();
        using var ready = await http.GetAsync(new Uri($"http://127.0.0.1:{state.HealthPort}/health/ready"));
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("shutting down", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_is_told_on_its_own_port_only()
    {
        await using var state = await TestState.Running();
        await Eventually.Holds(() => state.Get<Gateway.Receipts.LedgerGate>().Shut is null);
        using var http = new HttpClient();
        Assert.Equal("live\n", await http.GetStringAsync(new Uri($"http://127.0.0.1:{state.HealthPort}/health/live")));
        Assert.Equal("ready\n", await http.GetStringAsync(new Uri($"http://127.0.0.1:{state.HealthPort}/health/ready")));
        using var call = await http.PostAsync(new Uri($"http://127.0.0.1:{state.HealthPort}/gateway.v1.Operator/WhoAmI"), null);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, call.StatusCode);
        var grpc = new Grpc.Health.V1.Health.HealthClient(state.Channel(state.OperatorPort, state.Administrator.Client));
        Assert.Equal(Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus.Serving, (await grpc.CheckAsync(new Grpc.Health.V1.HealthCheckRequest())).Status);
    }

    [Fact]
    public async Task A_stopped_gateway_starts_again_with_what_it_had()
    {
        await using var state = await TestState.Running();
        await state.AddUser("auditor", "XA-CA", "AUDITOR");
        await state.Stop();
        await state.Start();
        Assert.Contains((await state.Client(state.Administrator).ListUsersAsync(new ListUsersRequest())).Users, u => u.Name == "auditor");
    }

    [Fact]
    public async Task Alarms_show_what_expires_and_that_the_clock_jumped()
    {
        await using var state = await TestState.Running();
        var status = state.Client(state.Administrator);
        Assert.Empty((await status.StatusAsync(new StatusRequest())).Alarms);
        var loop = new AlarmLoop(state.Get<Gateway.Keys.KeyRing>(), state.Get<Gateway.Peers.PeerDirectory>(), state.Get<Readiness>(), state.Configuration().Gateway, state.Get<Gateway.Delivery.DeadLetters>(), state.Get<Gateway.Recovery.ForkAlarms>(), state.Get<Gateway.Witness.SecondLogs>(), state.Get<Alarms>(), state.Get<Rounds>(), state.Get<Drain>(), state.Clock);
        state.Clock.Offset = TimeSpan.FromDays(340);
        loop.Look();
        var alarms = (await status.StatusAsync(new StatusRequest())).Alarms;
        Assert.Contains(alarms, a => a.Code == "CARD_EXPIRES" && a.Text.Contains("fewer than 30 days", StringComparison.Ordinal));
        Assert.Contains(alarms, a => a.Code == "CLOCK_JUMPED");
        state.Clock.Offset = TimeSpan.Zero;
        loop.Look();
        Assert.DoesNotContain((await status.StatusAsync(new StatusRequest())).Alarms, a => a.Code == "CARD_EXPIRES");
    }

    [Fact]
    public async Task A_database_that_cannot_be_written_is_refused_with_its_own_code()
    {
        await using var state = await TestState.Running();
        await state.Get<Gateway.Storage.Database>().Write(Gateway.Storage.Lane.Ordinary, s => s.Raw("SELECT 1"));
        var error = await Assert.ThrowsAsync<SqliteException>(() => state.Get<Gateway.Storage.Database>().Write<int>(Gateway.Storage.Lane.Ordinary, _ => throw new SqliteException("attempt to write a readonly database", 8, 1032)));
        Assert.True(Edge.IsReadOnly(error));
        Assert.False(Edge.IsReadOnly(new SqliteException("disk I/O error", 10, 778)));
        Assert.Equal(AfterRefusal.Retry, RefusalCode.StorageReadOnly.After());
        Assert.Equal("T607", RefusalCode.StorageReadOnly.Text());
    }

    [Fact]
    public async Task After_a_flush_that_failed_nothing_more_is_written_and_the_gateway_stops()
    {
        await using var state = await TestState.Running();
        var database = state.Get<Gateway.Storage.Database>();
        // A write that was never made is an ordinary fault, and the next one works.
        await Assert.ThrowsAsync<SqliteException>(() => database.Write<int>(Gateway.Storage.Lane.Ordinary, _ => throw new SqliteException("disk I/O error", 10, 778)));
        await database.Write(Gateway.Storage.Lane.Ordinary, s => s.Number("SELECT 1"));
        await Assert.ThrowsAsync<Gateway.Storage.LedgerBrokenException>(() => database.Write<int>(Gateway.Storage.Lane.Ordinary, _ => throw new SqliteException("disk I/O error", 10, 1034)));
        await Assert.ThrowsAsync<Gateway.Storage.LedgerBrokenException>(() => database.Write(Gateway.Storage.Lane.Ordinary, s => s.Number("SELECT 1")));
        var stopping = state.Get<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping;
        await Assert.ThrowsAsync<RpcException>(() => state.AddUser("auditor", "XA-CA", "AUDITOR"));
        await Eventually.Holds(() => stopping.IsCancellationRequested);
        Environment.ExitCode = 0;
    }

    [Fact]
    public void Every_refusal_has_a_status_that_is_not_ok()
        => Assert.All(Enum.GetValues<RefusalCode>(), code => Assert.True(RefusalStatus.CodeOf(code) is not (StatusCode.OK or StatusCode.Unknown or StatusCode.Internal), code.ToString()));
}
