using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Benchmarks.Harness;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Benchmarks.Exchange;

/// <summary>
/// Follows the sender's event stream. <c>message.delivered</c> is written in the transaction that stores the peer's two receipts
/// beside our own: when it is seen, all three exist at the sender.
/// </summary>
internal sealed class DeliveryWatch : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<DateTimeOffset>> _waiting = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following;

    public DeliveryWatch(Operator.OperatorClient client) => _following = Follow(client);

    /// <summary>The time that stands in the event, once the event was seen here.</summary>
    public async Task<DateTimeOffset> Delivered(string message, CancellationToken cancellation)
    {
        var time = await Slot(message).Task.WaitAsync(cancellation);
        _waiting.TryRemove(message, out _);
        return time;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task Follow(Operator.OperatorClient client)
    {
        try
        {
            using var call = client.Watch(new WatchRequest(), cancellationToken: _stop.Token);
            while (await call.ResponseStream.MoveNext(_stop.Token))
            {
                var one = call.ResponseStream.Current;
                if (one.Kind == "message.delivered")
                    Slot(one.Subject).TrySetResult(DateTimeOffset.Parse(one.Time, CultureInfo.InvariantCulture));
                else if (one.Kind is "message.rejected" or "delivery.failed")
                    Slot(one.Subject).TrySetException(new MeasurementFailedException($"{one.Kind}: {one.Text}"));
            }
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException && _stop.IsCancellationRequested)
        {
            // The end of the measurement.
        }
        catch (RpcException e)
        {
            foreach (var slot in _waiting.Values)
                slot.TrySetException(new MeasurementFailedException($"the event stream ended: {e.Status}"));
        }
    }

    // The event may come before the answer to the submission, or after.
    private TaskCompletionSource<DateTimeOffset> Slot(string message)
        => _waiting.GetOrAdd(message, static _ => new TaskCompletionSource<DateTimeOffset>(TaskCreationOptions.RunContinuationsAsynchronously));
}
