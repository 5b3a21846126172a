using System.Diagnostics;
using Gateway.Benchmarks.Harness;
using Gateway.V1;

namespace Gateway.Benchmarks.Exchange;

/// <summary>One exchange whose three receipts were seen at the sender.</summary>
/// <param name="SeenAt">When it was seen (<see cref="Stopwatch"/>).</param>
/// <param name="ToReply">From the call of Submit to its answer.</param>
/// <param name="ToSeen">From the call of Submit to the event as this process saw it.</param>
/// <param name="ToStored">From the call of Submit to the time that stands in the event: inside the transaction, before its flush.</param>
internal sealed record CompletedExchange(long SeenAt, TimeSpan ToReply, TimeSpan ToSeen, TimeSpan ToStored);

/// <summary>A number of clients, each with one request under way: compose, sign, submit, wait for the receipts, again.</summary>
internal sealed class LoadGenerator(GatewayProcess gateway, RequestSource source, DeliveryWatch watch)
{
    private const int Connections = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Operator.OperatorClient[] _connections = [.. Enumerable.Range(0, Connections).Select(_ => gateway.Client("case-system"))];
    private readonly List<CompletedExchange> _completed = [];
    private int _submitted;

    public int Submitted => _submitted;

    /// <summary>Runs until <paramref name="stop"/>; then waits for what is under way.</summary>
    public async Task<IReadOnlyList<CompletedExchange>> Run(int clients, CancellationToken stop)
    {
        using var giveUp = new CancellationTokenSource();
        await using var late = stop.Register(() => giveUp.CancelAfter(Patience));
        await Task.WhenAll(Enumerable.Range(0, clients).Select(n => Task.Run(() => Client(_connections[n % Connections], stop, giveUp.Token), CancellationToken.None)));
        return _completed;
    }

    private async Task Client(Operator.OperatorClient connection, CancellationToken stop, CancellationToken giveUp)
    {
        while (!stop.IsCancellationRequested)
        {
            var request = source.Next();
            var (began, beganAt) = (Stopwatch.GetTimestamp(), DateTimeOffset.UtcNow);
            var reply = await connection.SubmitAsync(request, cancellationToken: giveUp);
            Interlocked.Increment(ref _submitted);
            var toReply = Stopwatch.GetElapsedTime(began);
            var stored = await watch.Delivered(reply.Message, giveUp);
            var seen = Stopwatch.GetTimestamp();
            lock (_completed)
                _completed.Add(new CompletedExchange(seen, toReply, Stopwatch.GetElapsedTime(began, seen), stored - beganAt));
        }
    }
}
