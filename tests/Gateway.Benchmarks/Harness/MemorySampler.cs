namespace Gateway.Benchmarks.Harness;

/// <summary>Looks four times a second at the resident size of processes, found anew each time: a killed gateway has another number afterwards.</summary>
internal sealed class MemorySampler : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private readonly Func<IEnumerable<(string Name, int ProcessId)>> _processes;
    private readonly Dictionary<string, (double First, double Peak)> _seen = new(StringComparer.Ordinal);
    private readonly Task _looking;

    public MemorySampler(Func<IEnumerable<(string Name, int ProcessId)>> processes)
    {
        _processes = processes;
        _looking = Look();
    }

    /// <summary>MB of each process when it was first seen, and the most since. To be read after the end.</summary>
    public IReadOnlyDictionary<string, (double First, double Peak)> Seen => _seen;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        _stop.Dispose();
    }

    private async Task Look()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                foreach (var (name, id) in _processes())
                {
                    var now = ProcessFigures.ResidentMegabytes(id);
                    _seen[name] = _seen.TryGetValue(name, out var before) ? (before.First, Math.Max(before.Peak, now)) : (now, now);
                }
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // One of them ended between two looks.
            }
            await Task.Delay(Period, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
