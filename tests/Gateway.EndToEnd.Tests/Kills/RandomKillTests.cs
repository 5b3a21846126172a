using System.Globalization;
using Gateway.EndToEnd.Tests.Processes;
using Xunit;
using Xunit.Abstractions;

namespace Gateway.EndToEnd.Tests.Kills;

/// <summary>
/// kill -9 at random moments while people work. How often: GATEWAY_KILLS (default 40); a thousand takes half an hour:
/// <c>GATEWAY_KILLS=1000 dotnet test tests/Gateway.EndToEnd.Tests -c Release --filter RandomKillTests</c>.
/// </summary>
[Collection(GatewayPair.OneAtATime)]
public sealed class RandomKillTests(ITestOutputHelper output)
{
    private const int DefaultKills = 40;
    private const int Workers = 6;

    [Fact]
    public async Task After_random_kills_of_both_gateways_the_script_finds_no_difference()
    {
        var kills = int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_KILLS"), CultureInfo.InvariantCulture, out var wanted) && wanted > 0 ? wanted : DefaultKills;
        await using var pair = await GatewayPair.Start();
        using var enough = new CancellationTokenSource();
        var people = Enumerable.Range(0, Workers).Select(_ => Work(pair, enough.Token)).ToList();
        await Task.WhenAll(KillAgainAndAgain(pair, pair.Asking, kills - kills / 2), KillAgainAndAgain(pair, pair.Asked, kills / 2));
        await Task.WhenAll(pair.Asking.Ready(), pair.Asked.Ready());
        await enough.CancelAsync();
        await Task.WhenAll(people);
        var said = await pair.Agree();
        output.WriteLine($"{kills} kills; {pair.Failures.Count} calls failed meanwhile\n{said}");
        Assert.True(pair.Accepted >= kills, $"only {pair.Accepted} submissions were accepted");
        Assert.NotEmpty(pair.Failures);
    }

    private static async Task KillAgainAndAgain(GatewayPair pair, GatewayProcess gateway, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await SomeProgress(pair);
            await Task.Delay(Random.Shared.Next(300));
            await gateway.Kill();
            gateway.Launch();
            // Sometimes it is killed again while it starts and repairs what the kill before left.
            if (Random.Shared.Next(5) == 0)
            {
                await Task.Delay(Random.Shared.Next(500));
                continue;
            }
            await gateway.Ready();
        }
    }

    /// <summary>A busy machine restarts more slowly than it is killed: without this, kills would hit gateways that do nothing.</summary>
    private static async Task SomeProgress(GatewayPair pair)
    {
        var goal = pair.Accepted + Random.Shared.Next(Workers);
        for (var i = 0; i < 200 && pair.Accepted < goal; i++)
            await Task.Delay(50);
    }

    private static async Task Work(GatewayPair pair, CancellationToken enough)
    {
        try
        {
            while (!enough.IsCancellationRequested)
            {
                var sent = await pair.SendPreserve(enough);
                await pair.CompleteCase(sent.CaseId, enough);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop between two submissions.
        }
    }
}
